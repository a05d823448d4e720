//! `Campaign`: what a caller reaches, with all that its journeys need to know of the settings.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use auction::{Rules, Vertical};
use bridge::{ConsentRule, Policy, permit::Requirements};
use ivr::{Script, Speech};
use lead::{CampaignId, E164, FieldName};
use serde::{Deserialize, Serialize};

/// A campaign of one settings version. A journey keeps the version that it began with.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// What people call it.
    pub name: String,
    /// The version of the settings that it belongs to.
    pub version: u64,
    /// What is sold.
    pub vertical: Vertical,
    /// What the caller is asked.
    pub script: Arc<Script>,
    /// The fields that an offer of this vertical requires or filters by: the auction opens once they are known.
    pub needed: BTreeSet<FieldName>,
    /// What holds in its auctions.
    pub rules: Rules,
    /// The bridge's limits.
    pub policy: Policy,
    /// What a caller on hold hears: an audio URL of about 12 s. Empty: the carrier's own ringback.
    pub hold_audio: Vec<Speech>,
    /// What a caller hears that nobody buys.
    pub fallback: Fallback,
    /// What happens when the same caller rings again.
    pub repeat: RepeatRule,
    /// How a person who asked to be rung is rung. `None`: nobody may ask.
    pub callback: Option<Callback>,
    /// Whether calls are recorded.
    pub recording: Recording,
    /// Whether the person must agree to the very buyer that gets their lead.
    pub buyer_consent: BuyerConsent,
    /// A talk shorter than this, ended by the caller, never was a bridge (domain.md 9).
    pub bridge_min: Duration,
    /// A buyer that drops the caller within this time loses the sale to the next bid. `None`: off (domain.md 19).
    pub short_drop: Option<Duration>,
}

impl Campaign {
    /// The same with nothing counted and nothing charged.
    pub(crate) fn as_a_test(&self) -> Self {
        Self { rules: Rules { test: true, ..self.rules.clone() }, ..self.clone() }
    }
}

/// How a person who asked to be rung is rung (domain.md 20, 21).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// Our number that shows on their phone.
    pub from: E164,
    /// What must be known before they are rung, and by which brand.
    pub requirements: Requirements,
    /// How long their phone rings.
    pub ring: Duration,
    /// How long after each dial that reached nobody the next one follows; with none left, they are not rung again.
    pub again: Vec<Duration>,
    /// What is done when a machine answers.
    pub machine: OnMachine,
    /// Whether they prove first that the number is theirs.
    pub code: CodeRule,
    /// When their auction begins.
    pub auction: AuctionAt,
    /// What they hear first: who calls, to press 1, and how to be left alone.
    pub gate: Vec<Speech>,
    /// What they hear who want no more calls.
    pub stopped: Vec<Speech>,
}

/// When the auction of a person who is rung begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuctionAt {
    /// When they have pressed 1 (default): nobody is asked in vain.
    #[default]
    Pressed1,
    /// When their phone rings, if their form says all that the auction needs.
    Ringing,
}

/// Whether somebody who asks to be rung proves first that the number is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeRule {
    /// They need not (default).
    #[default]
    None,
    /// By a one-time code that is sent to it as a text message.
    Sms,
}

/// What is done when a machine answers. It hears nothing either way: its owner did not ask for a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnMachine {
    /// We hang up, and try again as if nobody had answered.
    TryAgain,
    /// We hang up, and do not try again.
    HangUp,
}

/// The campaign's own ending: never silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    /// What is said.
    pub say: Vec<Speech>,
    /// A number that the caller is then connected to, without a sale.
    pub dial: Option<E164>,
}

/// What happens when the same caller rings again inside the window (domain.md 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatRule {
    /// For how long after a sale the same caller counts as the same.
    pub window: Duration,
    /// What happens then.
    pub then: Then,
}

/// What happens to a caller that comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The same buyer again, without charge (default).
    SameBuyer,
    /// A new auction without the buyers that already had this caller.
    WithoutThem,
    /// The campaign's ending.
    Ending,
}

/// Whether calls are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recording {
    /// They are not (default).
    Off,
    /// They are, after this notice.
    On {
        /// What the caller hears before anything else.
        notice: Vec<Speech>,
    },
}

/// Whether the person must agree to the very buyer that gets their lead.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuyerConsent {
    /// What the script or the form asks for is enough (default).
    #[default]
    NotAsked,
    /// Their consent must name it: on the form, or by voice once it is known who won.
    Named {
        /// Which text the person hears.
        version: String,
        /// The question: `{buyer}` stands for the buyer's name.
        ask: Vec<Speech>,
    },
}

impl BuyerConsent {
    /// Where the buyer's name stands in the question.
    pub const BUYER: &'static str = "{buyer}";

    /// What the bridge goes by.
    pub const fn rule(&self) -> ConsentRule {
        match self {
            Self::NotAsked => ConsentRule::Nothing,
            Self::Named { .. } => ConsentRule::NamesBuyer,
        }
    }

    /// The question about a buyer of this name.
    pub fn ask(&self, buyer: &str) -> Vec<Speech> {
        let named = |speech: &Speech| match speech {
            Speech::Say(text) => Speech::Say(text.replace(Self::BUYER, buyer.trim())),
            Speech::Play(audio) => Speech::Play(audio.clone()),
        };
        match self {
            Self::NotAsked => vec![],
            Self::Named { ask, .. } => ask.iter().map(named).collect(),
        }
    }
}
