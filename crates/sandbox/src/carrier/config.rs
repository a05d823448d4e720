//! What a carrier is started with.

use super::{faults::Faults, line::Line};
use std::{collections::BTreeMap, net::SocketAddr};

/// Account, numbers and manners of the emulated carrier.
#[derive(Clone, Debug)]
pub struct CarrierConfig {
    /// The account, `AC…`.
    pub account_sid: String,
    /// The secret that signs webhooks and opens the REST side.
    pub auth_token: String,
    /// Where a call to any number goes that [`super::Carrier::set_number`] does not name. The fragment is obeyed.
    pub voice_url: String,
    /// Asked once when the primary URL cannot be fetched or executed.
    pub voice_fallback_url: Option<String>,
    /// Told when an inbound call is over.
    pub status_callback_url: Option<String>,
    /// Simulated seconds in one real second. Webhook time-outs stay real.
    pub speed: u32,
    /// What goes wrong.
    pub faults: Faults,
    /// Seed of sids and of chance.
    pub seed: u64,
    /// What `From` says when the caller hides his number.
    pub anonymous: String,
    /// What a leg that answered and was not bridged is called in the Dial action.
    pub screened_out: ScreenedOut,
    /// Whether the Dial action carries `DialBridged`.
    pub dial_bridged: Sent,
    /// Whether the Dial action is requested when the caller hung up.
    pub action_after_hang_up: Sent,
    /// What the `Timestamp` of callbacks follows.
    pub timestamps: Timestamps,
    /// Public origins (`https://calls.example`) and the plain HTTP address where they are really served.
    /// Signatures cover the public URL.
    pub reach: BTreeMap<String, SocketAddr>,
    /// Whoever is at a number without a line that the server itself rings, ex: somebody who asked to be called.
    pub rung: Line,
    /// Whoever is at a number or SIP URI without a line that a `<Dial>` rings.
    pub dialled: Line,
}

/// The word for a leg that answered and was refused by its screen. Twilio does not document it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenedOut {
    /// `completed`, as if it had been connected.
    Completed,
    /// `no-answer`.
    NoAnswer,
}

/// Whether something optional is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is.
    Yes,
    /// It is not, as with some look-alikes.
    No,
}

/// The clock of callbacks and of the REST side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timestamps {
    /// The start of the call on the wall, plus simulated time: durations and times agree.
    Simulated,
    /// The wall.
    Wall,
}

/// One number of the account.
#[derive(Clone, Debug)]
pub struct Number {
    /// E.164.
    pub number: String,
    /// As in [`CarrierConfig`].
    pub voice_url: String,
    /// As in [`CarrierConfig`].
    pub voice_fallback_url: Option<String>,
    /// As in [`CarrierConfig`].
    pub status_callback_url: Option<String>,
}

impl CarrierConfig {
    /// A carrier in good health, sixty times as fast as life.
    #[must_use]
    pub fn new(voice_url: impl Into<String>) -> Self {
        Self {
            account_sid: "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
            auth_token: "sandbox-auth-token".to_owned(),
            voice_url: voice_url.into(),
            voice_fallback_url: None,
            status_callback_url: None,
            speed: 60,
            faults: Faults::none(),
            seed: 1,
            anonymous: "+266696687".to_owned(),
            screened_out: ScreenedOut::Completed,
            dial_bridged: Sent::Yes,
            action_after_hang_up: Sent::Yes,
            timestamps: Timestamps::Simulated,
            reach: BTreeMap::new(),
            rung: Line::failed(),
            dialled: Line::failed(),
        }
    }

    pub(crate) fn number(&self, number: &str) -> Number {
        Number {
            number: number.to_owned(),
            voice_url: self.voice_url.clone(),
            voice_fallback_url: self.voice_fallback_url.clone(),
            status_callback_url: self.status_callback_url.clone(),
        }
    }
}
