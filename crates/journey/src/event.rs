//! `Event`: what happened, in the past tense. The one stored format of a journey.

use std::time::Duration;

use auction::{Destination, Full, Outcome, Ranked, Ranking, Seed};
use bridge::permit::Rule;
use ivr::Input;
use lead::{AuctionId, E164, OfferId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Answerer, DialResult, LegId, Standby, Submitted, Taken};

/// What happened to one journey. `P` is the form of its personal values: in custody in the core, sealed where it is
/// stored; only the sealed form can be serialized.
///
/// ```
/// fn write<T: serde::Serialize>() {}
/// fn sealed() { write::<journey::Event<String>>() }
/// ```
/// ```compile_fail
/// fn write<T: serde::Serialize>() {}
/// fn plain() { write::<journey::Event<lead::Pii<String>>>() }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event<P> {
    /// A call arrived.
    Arrived {
        /// The number dialled.
        dnis: E164,
        /// The caller's number in E.164 form. `None`: withheld.
        caller: Option<P>,
        /// The caller's leg.
        leg: LegId,
        /// Whether the same caller was here before.
        standby: Standby,
        /// What the carrier says of the caller's number (STIR), as it says it.
        attestation: Option<String>,
    },
    /// A form was accepted whose lead is sold as data.
    FormReceived {
        /// What it says.
        form: Box<Submitted<P>>,
    },
    /// Somebody asked to be rung.
    CallbackAsked {
        /// What their form says.
        form: Box<Submitted<P>>,
    },
    /// A one-time code was sent to the number that asked to be rung.
    CodeSent {
        /// Which code, from 1.
        n: u32,
    },
    /// It was not sent, or that is not known.
    CodeNotSent {
        /// Which code.
        n: u32,
    },
    /// The visitor asks for another code.
    CodeAskedAgain,
    /// The visitor entered the code: the number is theirs.
    NumberProven,
    /// The lead may not be dialled now.
    LeadForbidden {
        /// The dial.
        n: u32,
        /// What forbids it.
        rule: Rule,
        /// The first moment at which no rule of time does any more. `None`: no waiting mends it.
        until: Option<Timestamp>,
    },
    /// The carrier dials the lead.
    LeadDialled {
        /// The dial.
        n: u32,
        /// The lead's leg.
        leg: LegId,
    },
    /// Our request to dial the lead was refused, or its outcome is not known.
    LeadDialFailed {
        /// The dial.
        n: u32,
        /// Whether nobody was dialled for certain.
        sure: bool,
    },
    /// The lead's phone was answered.
    LeadAnswered {
        /// The dial.
        n: u32,
        /// The lead's leg.
        leg: LegId,
        /// By whom, as far as the carrier can tell.
        by: Answerer,
    },
    /// The lead's leg ended.
    LeadLegEnded {
        /// The dial.
        n: u32,
        /// The leg.
        leg: LegId,
        /// How.
        how: DialResult,
        /// When, by the carrier's time where it says one.
        at: Timestamp,
    },
    /// A person of the business took back the wish to be rung: no further try is made.
    CallbackCancelled,
    /// The buyer to which a lead was handed over took it.
    PostTaken {
        /// The attempt.
        n: u32,
        /// When its receipt came.
        at: Timestamp,
    },
    /// The buyer to which a lead was handed over refused it, in so many words.
    PostRefused {
        /// The attempt.
        n: u32,
        /// Its code, for the story.
        why: String,
    },
    /// Whether the buyer to which a lead was handed over took it cannot be learned: it is not sent again by itself.
    PostUnsettled {
        /// The attempt.
        n: u32,
    },
    /// The caller answered a question, or was silent.
    Heard {
        /// The step that the question was asked at.
        step: u16,
        /// What the caller did.
        input: Input<P>,
    },
    /// The auction is open: its seed is committed before the pings leave.
    AuctionOpened {
        /// The auction.
        auction: AuctionId,
        /// What ties are drawn by.
        seed: Seed,
    },
    /// Whoever ran the auction is gone: another one takes its place, and what still comes of the first is a stray.
    AuctionReopened {
        /// The auction whose result will not come.
        was: AuctionId,
        /// The one in its place.
        auction: AuctionId,
        /// What ties are drawn by.
        seed: Seed,
    },
    /// The auction is closed.
    AuctionClosed {
        /// Its result.
        ranking: Box<Ranking>,
    },
    /// A bid that nobody waited for came in time.
    BidJoined {
        /// The auction.
        auction: AuctionId,
        /// The bid.
        ranked: Box<Ranked>,
    },
    /// The award is reserved.
    Reserved {
        /// The attempt.
        n: u32,
    },
    /// The award could not be reserved.
    ReserveRefused {
        /// The attempt.
        n: u32,
        /// `capped`, `at_concurrency` or `duplicate_lead`.
        why: Outcome,
        /// The offer. `None`: a release wrote it that did not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offer: Option<OfferId>,
        /// The limit that was full, and how full it was then. `None`: no limit refused it, or nobody said.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "full")]
        full: Option<Full>,
    },
    /// The reserved winner confirmed.
    Confirmed {
        /// The attempt.
        n: u32,
        /// Where the call goes, if the reply says so.
        to: Option<Destination>,
        /// When the bid ends, if the reply says so.
        expires_at: Option<Timestamp>,
    },
    /// The reserved winner refused, or did not answer in time.
    Unconfirmed {
        /// The attempt.
        n: u32,
        /// Its code, for the story.
        why: String,
    },
    /// The carrier accepted our push.
    Pushed {
        /// The attempt.
        n: u32,
    },
    /// Our push was refused, or its outcome is not known.
    PushFailed {
        /// The attempt.
        n: u32,
    },
    /// The carrier accepted our push to the question about a buyer.
    AskPushed {
        /// The question, from 1.
        n: u32,
    },
    /// That push was refused, or its outcome is not known.
    AskPushFailed {
        /// The question.
        n: u32,
    },
    /// A request of the caller's leg took the question whether this buyer may have their details.
    CallerAsked {
        /// The question.
        n: u32,
        /// The offer that won.
        offer: OfferId,
        /// Which request.
        by: Taken,
    },
    /// The carrier records the caller's leg.
    RecordingBegan {
        /// The carrier's reference.
        reference: String,
    },
    /// Our request to record was refused, or its outcome is not known.
    RecordFailed,
    /// A request of the caller's leg took the dial: its reply is the dial's document.
    DialTaken {
        /// The attempt.
        n: u32,
        /// Which request.
        by: Taken,
    },
    /// The buyer's leg exists, or rings.
    BuyerRang {
        /// The attempt.
        n: u32,
        /// The leg.
        leg: LegId,
    },
    /// Something picked up.
    BuyerPickedUp {
        /// The attempt.
        n: u32,
        /// The leg.
        leg: LegId,
        /// When, by the carrier's time where it says one.
        at: Timestamp,
    },
    /// The buyer accepted.
    BuyerAccepted {
        /// The attempt.
        n: u32,
        /// The leg.
        leg: LegId,
        /// When, by the carrier's time where it says one.
        at: Timestamp,
    },
    /// The buyer was asked to accept and did not.
    BuyerDeclined {
        /// The attempt.
        n: u32,
        /// The leg.
        leg: LegId,
    },
    /// The buyer's leg ended.
    LegEnded {
        /// The attempt.
        n: u32,
        /// The leg.
        leg: LegId,
        /// How.
        result: DialResult,
        /// How long it lasted from the pick-up, by the carrier.
        lasted: Option<Duration>,
    },
    /// The dial ended and the caller's leg is ours again, or gone.
    DialEnded {
        /// The attempt.
        n: u32,
        /// How.
        result: DialResult,
        /// Whether the two legs were bridged, where the carrier says so: the truth.
        bridged: Option<bool>,
        /// How long the buyer's leg lasted from the pick-up, by the carrier.
        lasted: Option<Duration>,
    },
    /// The carrier knows of no leg of a dial whose whole time has passed: it was never executed.
    DialNotFound {
        /// The attempt.
        n: u32,
    },
    /// The caller hung up.
    CallerHungUp {
        /// When, by the carrier's time where it says one.
        at: Timestamp,
    },
    /// Our request to drop a leg was executed.
    Dropped {
        /// The attempt.
        n: u32,
    },
    /// Our request to drop a leg was refused, or its outcome is not known.
    DropFailed {
        /// The attempt.
        n: u32,
    },
    /// The instant of the journey's deadline passed, and the carrier's look-up said nothing better.
    DeadlinePassed {
        /// The deadline.
        at: Timestamp,
    },
    /// The recording can be fetched from the carrier.
    RecordingReady {
        /// The carrier's reference.
        reference: String,
        /// How long it is.
        lasted: Option<Duration>,
    },
    /// An operator moves the caller's leg to another destination.
    TransferAsked {
        /// Where to.
        to: Destination,
    },
    /// The carrier moved the caller's leg.
    Transferred,
    /// The carrier did not move the caller's leg.
    TransferFailed,
}

impl<P> Event<P> {
    /// The same event with its personal values in another form.
    pub fn map<Q>(self, f: &mut impl FnMut(P) -> Q) -> Event<Q> {
        match self {
            Self::Arrived { dnis, caller, leg, standby, attestation } => {
                Event::Arrived { dnis, caller: caller.map(f), leg, standby, attestation }
            }
            Self::FormReceived { form } => Event::FormReceived { form: Box::new(form.map(f)) },
            Self::CallbackAsked { form } => Event::CallbackAsked { form: Box::new(form.map(f)) },
            Self::CodeSent { n } => Event::CodeSent { n },
            Self::CodeNotSent { n } => Event::CodeNotSent { n },
            Self::CodeAskedAgain => Event::CodeAskedAgain,
            Self::NumberProven => Event::NumberProven,
            Self::LeadForbidden { n, rule, until } => Event::LeadForbidden { n, rule, until },
            Self::LeadDialled { n, leg } => Event::LeadDialled { n, leg },
            Self::LeadDialFailed { n, sure } => Event::LeadDialFailed { n, sure },
            Self::LeadAnswered { n, leg, by } => Event::LeadAnswered { n, leg, by },
            Self::LeadLegEnded { n, leg, how, at } => Event::LeadLegEnded { n, leg, how, at },
            Self::CallbackCancelled => Event::CallbackCancelled,
            Self::PostTaken { n, at } => Event::PostTaken { n, at },
            Self::PostRefused { n, why } => Event::PostRefused { n, why },
            Self::PostUnsettled { n } => Event::PostUnsettled { n },
            Self::Heard { step, input } => Event::Heard { step, input: input.map(f) },
            Self::AuctionOpened { auction, seed } => Event::AuctionOpened { auction, seed },
            Self::AuctionReopened { was, auction, seed } => Event::AuctionReopened { was, auction, seed },
            Self::AuctionClosed { ranking } => Event::AuctionClosed { ranking },
            Self::BidJoined { auction, ranked } => Event::BidJoined { auction, ranked },
            Self::Reserved { n } => Event::Reserved { n },
            Self::ReserveRefused { n, why, offer, full } => Event::ReserveRefused { n, why, offer, full },
            Self::Confirmed { n, to, expires_at } => Event::Confirmed { n, to, expires_at },
            Self::Unconfirmed { n, why } => Event::Unconfirmed { n, why },
            Self::Pushed { n } => Event::Pushed { n },
            Self::PushFailed { n } => Event::PushFailed { n },
            Self::AskPushed { n } => Event::AskPushed { n },
            Self::AskPushFailed { n } => Event::AskPushFailed { n },
            Self::CallerAsked { n, offer, by } => Event::CallerAsked { n, offer, by },
            Self::RecordingBegan { reference } => Event::RecordingBegan { reference },
            Self::RecordFailed => Event::RecordFailed,
            Self::DialTaken { n, by } => Event::DialTaken { n, by },
            Self::BuyerRang { n, leg } => Event::BuyerRang { n, leg },
            Self::BuyerPickedUp { n, leg, at } => Event::BuyerPickedUp { n, leg, at },
            Self::BuyerAccepted { n, leg, at } => Event::BuyerAccepted { n, leg, at },
            Self::BuyerDeclined { n, leg } => Event::BuyerDeclined { n, leg },
            Self::LegEnded { n, leg, result, lasted } => Event::LegEnded { n, leg, result, lasted },
            Self::DialEnded { n, result, bridged, lasted } => Event::DialEnded { n, result, bridged, lasted },
            Self::DialNotFound { n } => Event::DialNotFound { n },
            Self::CallerHungUp { at } => Event::CallerHungUp { at },
            Self::Dropped { n } => Event::Dropped { n },
            Self::DropFailed { n } => Event::DropFailed { n },
            Self::DeadlinePassed { at } => Event::DeadlinePassed { at },
            Self::RecordingReady { reference, lasted } => Event::RecordingReady { reference, lasted },
            Self::TransferAsked { to } => Event::TransferAsked { to },
            Self::Transferred => Event::Transferred,
            Self::TransferFailed => Event::TransferFailed,
        }
    }

    /// Whether a journey that has folded almost all its events may do without it: nothing that was promised hangs on it.
    pub(crate) fn may_be_missed(&self) -> bool {
        matches!(
            self,
            Self::Heard { .. }
                | Self::BidJoined { .. }
                | Self::BuyerRang { .. }
                | Self::RecordingReady { .. }
                | Self::TransferAsked { .. }
        )
    }

    /// Whether it tells of an auction.
    pub(crate) const fn is_of_an_auction(&self) -> bool {
        matches!(self, Self::AuctionOpened { .. } | Self::AuctionClosed { .. } | Self::BidJoined { .. })
    }

    /// The number of whose lead it is, where the event that began the journey says it.
    pub fn whose(&self) -> Option<&P> {
        match self {
            Self::Arrived { caller, .. } => caller.as_ref(),
            Self::FormReceived { form } | Self::CallbackAsked { form } => form.phone.as_ref(),
            _ => None,
        }
    }

    /// The leg of the lead's own phone, where the event names it first.
    pub const fn leads_leg(&self) -> Option<&LegId> {
        match self {
            Self::Arrived { leg, .. } | Self::LeadAnswered { leg, .. } => Some(leg),
            _ => None,
        }
    }

    /// Its name, for lists, logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Arrived { .. } => "arrived",
            Self::FormReceived { .. } => "form_received",
            Self::CallbackAsked { .. } => "callback_asked",
            Self::CodeSent { .. } => "code_sent",
            Self::CodeNotSent { .. } => "code_not_sent",
            Self::CodeAskedAgain => "code_asked_again",
            Self::NumberProven => "number_proven",
            Self::LeadForbidden { .. } => "lead_forbidden",
            Self::LeadDialled { .. } => "lead_dialled",
            Self::LeadDialFailed { .. } => "lead_dial_failed",
            Self::LeadAnswered { .. } => "lead_answered",
            Self::LeadLegEnded { .. } => "lead_leg_ended",
            Self::CallbackCancelled => "callback_cancelled",
            Self::PostTaken { .. } => "post_taken",
            Self::PostRefused { .. } => "post_refused",
            Self::PostUnsettled { .. } => "post_unsettled",
            Self::Heard { .. } => "heard",
            Self::AuctionOpened { .. } => "auction_opened",
            Self::AuctionReopened { .. } => "auction_reopened",
            Self::AuctionClosed { .. } => "auction_closed",
            Self::BidJoined { .. } => "bid_joined",
            Self::Reserved { .. } => "reserved",
            Self::ReserveRefused { .. } => "reserve_refused",
            Self::Confirmed { .. } => "confirmed",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::Pushed { .. } => "pushed",
            Self::PushFailed { .. } => "push_failed",
            Self::AskPushed { .. } => "ask_pushed",
            Self::AskPushFailed { .. } => "ask_push_failed",
            Self::CallerAsked { .. } => "caller_asked",
            Self::RecordingBegan { .. } => "recording_began",
            Self::RecordFailed => "record_failed",
            Self::DialTaken { .. } => "dial_taken",
            Self::BuyerRang { .. } => "buyer_rang",
            Self::BuyerPickedUp { .. } => "buyer_picked_up",
            Self::BuyerAccepted { .. } => "buyer_accepted",
            Self::BuyerDeclined { .. } => "buyer_declined",
            Self::LegEnded { .. } => "leg_ended",
            Self::DialEnded { .. } => "dial_ended",
            Self::DialNotFound { .. } => "dial_not_found",
            Self::CallerHungUp { .. } => "caller_hung_up",
            Self::Dropped { .. } => "dropped",
            Self::DropFailed { .. } => "drop_failed",
            Self::DeadlinePassed { .. } => "deadline_passed",
            Self::RecordingReady { .. } => "recording_ready",
            Self::TransferAsked { .. } => "transfer_asked",
            Self::Transferred => "transferred",
            Self::TransferFailed => "transfer_failed",
        }
    }
}

/// A full limit in the words of an auction's record. What a newer release counts by is passed over.
mod full {
    use auction::Full;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "the shape that a field's own form has")]
    pub(super) fn serialize<S: Serializer>(full: &Option<Full>, to: S) -> Result<S::Ok, S::Error> {
        match full {
            Some(full) => to.collect_str(full),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Full>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.as_deref().and_then(Full::parse))
    }
}
