//! Where a journey stands: each variant carries only what is true in it.

use std::time::Duration;

use auction::{Destination, Ranking};
use bridge::{Attempt, Handover, Question, Queue, Sold};
use ivr::{Interview, Speech};
use lead::{AuctionId, Channel, E164, Pii, Timestamp};

use crate::{Again, Ended, LegId, SeatNow, line::Line, naming::NamingNow};

/// Where a journey stands.
#[derive(Debug)]
pub(crate) enum Phase {
    /// The caller answers questions; no auction is open yet.
    Interviewing { interview: Interview, step: u16 },
    /// An auction is under way; the interview may still go on.
    Selling { interview: Interview, step: u16, auction: AuctionNow, since: Timestamp },
    /// The caller is asked whether the buyer that won may have their details.
    Naming { question: Box<Question>, now: NamingNow },
    /// An award waits for its reservation, inside one transaction.
    Reserving { attempt: Box<Attempt>, asker: Asker },
    /// The reserved winner is asked once more.
    Confirming { attempt: Box<Attempt>, until: Timestamp },
    /// The dial may be taken.
    Ready { attempt: Box<Attempt>, push: PushNow },
    /// The dial was taken by a request of the caller's leg.
    Dialling { attempt: Box<Attempt>, line: Line },
    /// The buyer's leg is being ended; its end is waited for.
    Dropping { attempt: Box<Attempt>, line: Line, drops: u32, until: Timestamp },
    /// A lead that is sold as data was posted to its winner, whose answer decides.
    HandedOver { handover: Box<Handover>, until: Timestamp },
    /// An offer whose bid expired is asked once more.
    AskingAgain { queue: Box<Queue>, again: Again, auction: AuctionNow, until: Timestamp },
    /// The buyer accepted: the sale is booked.
    Talking { sold: Box<Sold>, talk: Talk },
    /// The journey has ended.
    Over { ended: Ended, say: Vec<Speech>, late: Late },
    /// Held only while a step is made.
    Moving,
}

/// An auction, as far as its journey knows it.
#[derive(Debug)]
pub(crate) enum AuctionNow {
    /// It was asked for.
    Opening,
    /// Its seed is committed.
    Open(AuctionId),
    /// It is closed, and the interview still goes on.
    Closed(Box<Ranking>),
    /// Its result did not come in time, and the interview still goes on.
    RanOut,
}

/// Who waits for the next dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// The caller is on hold: the dial is pushed.
    OnHold,
    /// A request of the caller's leg is being answered right now: its reply takes the dial.
    Asking,
}

/// The latch of hold pattern B (carriers.md §5): a poll delivers only when no push may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PushNow {
    /// Our request is on its way since then.
    Pushing { since: Timestamp },
    /// The carrier accepted it, and will fetch the document.
    Pushed { at: Timestamp },
    /// There is none, or it failed: the next poll delivers.
    Waiting,
}

/// A sold call's talk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Talk {
    /// The buyer's leg, where it is known.
    pub(crate) leg: Option<LegId>,
    /// When the buyer's leg picked up: the carrier counts from here.
    pub(crate) picked_up_at: Timestamp,
    /// Whether it still goes on.
    pub(crate) now: TalkNow,
    /// Whether the sale is earned already, since nothing need be reached.
    pub(crate) earned: bool,
    /// How the acceptance was heard.
    pub(crate) told: Told,
    /// Whether its leg still holds a seat.
    pub(crate) seat: SeatNow,
    /// When the leg is looked up next.
    pub(crate) until: Timestamp,
    /// When the carrier has surely ended it.
    pub(crate) longest: Timestamp,
}

/// Whether a talk still goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TalkNow {
    /// It does.
    On,
    /// The buyer's leg ended; the dial's own ending is still out.
    Ended { lasted: Option<Duration>, at: Timestamp },
}

/// How an acceptance was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// While its attempt was under way.
    Live,
    /// After the journey had ended without it.
    Late,
}

/// What an ended journey still hears.
#[derive(Debug)]
pub(crate) enum Late {
    /// Nothing.
    Nothing,
    /// Nothing either; the sale is kept for those who read the journey.
    Sold(Box<Sold>),
    /// A lead was handed over, and whether its buyer took it is still not known.
    Handed(Box<Handover>),
    /// Nobody bought, and perhaps the truth about an attempt is still out: drive 8.
    Unsold { queue: Box<Queue>, open: Option<Open> },
}

/// A dialled attempt that was given up before the carrier said how its dial ended. Its leg holds its seat until the
/// leg's end is heard.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) n: u32,
    pub(crate) line: Line,
    pub(crate) truth: Truth,
    /// Since when the carrier is asked how it ended, and when it is asked next.
    pub(crate) since: Timestamp,
    pub(crate) ask_at: Timestamp,
    /// When the caller's leg may have been given another dial, the campaign's own ending. `None`: the caller was gone.
    pub(crate) dialled_on: Option<Timestamp>,
}

/// Whether an attempt that was given up may still turn out to be a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It may.
    Out,
    /// The buyer accepted when the caller was gone.
    TooLate,
}

/// How the lead of a journey is reached.
#[derive(Debug)]
pub(crate) enum Origin {
    /// By a leg of theirs: they rang our number, or we rang theirs and show ours.
    Leg { channel: Channel, ours: E164, leg: LegId },
    /// By nothing: they filled a form, which is sold as data.
    Form,
}

/// The call that a journey is about; of a form, what stands in its place.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) origin: Origin,
    /// Whose lead it is: the number that called, or that the form names.
    pub(crate) caller: Option<Pii<E164>>,
    pub(crate) arrived_at: Timestamp,
    pub(crate) caller_now: CallerNow,
    /// When the leg of the buyer that accepted ended.
    pub(crate) buyer_left_at: Option<Timestamp>,
    /// The legs of the attempts before the one that is under way.
    pub(crate) past_legs: Vec<LegId>,
    /// How many of those attempts were dialled without anything heard of their leg.
    pub(crate) past_unheard: u32,
    /// The auctions that were opened for it.
    pub(crate) auctions: Vec<AuctionId>,
    /// Whether the last of them took the place of one whose result did not come.
    pub(crate) is_reopened: bool,
    pub(crate) rounds: u32,
    /// Whether it came behind the notice of a recording, to the end.
    pub(crate) has_heard_notice: bool,
    /// Whether the carrier was asked to record its leg.
    pub(crate) is_recorder_asked: bool,
    /// The recording of its leg that is being made.
    pub(crate) recorder: Option<String>,
    pub(crate) recording: Option<String>,
    pub(crate) transfer: Option<Destination>,
    pub(crate) without: Vec<lead::BuyerId>,
    /// The one offer that this call tries.
    pub(crate) only: Option<lead::OfferId>,
}

impl Call {
    pub(crate) fn begin(origin: Origin, caller: Option<Pii<E164>>, arrived_at: Timestamp) -> Self {
        Self {
            origin,
            caller,
            arrived_at,
            caller_now: CallerNow::OnTheLine,
            buyer_left_at: None,
            past_legs: vec![],
            past_unheard: 0,
            auctions: vec![],
            is_reopened: false,
            rounds: 0,
            has_heard_notice: false,
            is_recorder_asked: false,
            recorder: None,
            recording: None,
            transfer: None,
            without: vec![],
            only: None,
        }
    }

    pub(crate) const fn channel(&self) -> Channel {
        match &self.origin {
            Origin::Leg { channel, .. } => *channel,
            Origin::Form => Channel::Form,
        }
    }

    /// Our number on the lead's leg, and the leg.
    pub(crate) const fn leg(&self) -> Option<(&E164, &LegId)> {
        match &self.origin {
            Origin::Leg { ours, leg, .. } => Some((ours, leg)),
            Origin::Form => None,
        }
    }
}

/// Whether the caller is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallerNow {
    /// On the line.
    OnTheLine,
    /// Gone since.
    Gone(Timestamp),
}

impl CallerNow {
    /// When the caller went.
    pub(crate) const fn gone_at(self) -> Option<Timestamp> {
        match self {
            Self::OnTheLine => None,
            Self::Gone(at) => Some(at),
        }
    }

    pub(crate) const fn is_gone(self) -> bool {
        matches!(self, Self::Gone(_))
    }
}
