//! A commit: one transaction that holds an event, its promises and their results, or nothing of them.

mod book;
mod correct;
mod give_back;
mod journal;
mod locks;
mod reserve;
mod row;
mod settle;
mod transaction;
mod writer;

use journey::{Command, Journey};
use lead::{Channel, JourneyId, Money, OfferId, Pii, SaleId, Timestamp};

use crate::{
    ChainHash, EncodeError, Entry, OpenSealError, PostKind, Step, Store, WriteFailed,
    durable::{Ending, Sync},
    in_flight::Moved,
};
use transaction::Written;

pub use correct::{CorrectError, Correction, NotCorrected, SaleCorrection};
pub(crate) use reserve::caller_binds;
pub(crate) use row::sale_state;
pub(crate) use settle::dispute;
pub use writer::Writer;

/// What is committed together.
#[derive(Debug)]
pub struct Commit {
    /// The journey.
    pub id: JourneyId,
    /// The settings version that it began with.
    pub settings_version: u64,
    /// What the events follow.
    pub base: Base,
    /// The events, the last of which gave the commands.
    pub entries: Vec<Entry>,
    /// The journey with these events folded.
    pub journey: Journey,
    /// What follows from the last event.
    pub commands: Vec<Command>,
    /// The requests to buyers that its promises make due, ready to be sent.
    pub outgoing: Vec<Outgoing>,
    /// Writes what is handed over: to whom is known only when a reservation has its result.
    pub writer: Writer,
    /// What the journey itself does not know of its plain row.
    pub row: RowFacts,
    /// When the lead's publisher is told how it ended, where that is later than it does: else the moment would say that a number
    /// may not be called.
    pub told_at: Option<Timestamp>,
}

/// What the events of a commit follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// Nothing.
    New,
    /// A light journey with this head: its events move over in the same transaction.
    Light(ChainHash),
    /// A durable journey with this head.
    Durable(ChainHash),
}

/// A request to a buyer, ready to be sent when its promise is made.
#[derive(Debug)]
pub struct Outgoing {
    /// The sale, whose id is its idempotency key.
    pub sale: SaleId,
    /// What it says.
    pub kind: PostKind,
    /// The offer.
    pub offer: OfferId,
    /// The request.
    pub body: Pii<Vec<u8>>,
}

/// What a journey's plain row says that the journey itself does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowFacts {
    /// How the lead came.
    pub channel: Channel,
    /// How many offers were pinged.
    pub pings: u32,
    /// How many of them bid.
    pub bids: u32,
    /// The best static price that was eligible.
    pub best_static: Option<Money>,
}

/// What a commit came to.
#[derive(Debug)]
pub enum Committed {
    /// All of it is durable. Whoever sees this acts, and nobody else does.
    Done(Box<Done>),
    /// Somebody was first: nothing of it is kept. The cached fold is dropped, and the durable journal read again.
    Conflict,
}

/// What was committed.
#[derive(Debug)]
pub struct Done {
    /// The journey with everything folded that the transaction itself brought about.
    pub journey: Journey,
    /// The requests to send now, in their order.
    pub requests: Vec<Command>,
    /// The head of its events.
    pub head: ChainHash,
    /// The events of this commit as they were kept: the given ones, then those that the transaction brought about.
    pub steps: Vec<Step>,
    /// A sale was booked above a cap: a person should look.
    pub over_cap: bool,
}

/// Why a commit was not made.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// It may or may not be made: it counts as somebody else's, and its requests are not sent.
    #[error("it is not known whether the journey was committed")]
    Unknown,
    /// It was not made.
    #[error("the journey was not committed")]
    Failed(#[source] WriteFailed),
    /// An event could not be encoded.
    #[error("an event could not be encoded")]
    Encode(#[source] EncodeError),
    /// The journey's data key could not be opened.
    #[error("the data key of the journey could not be opened")]
    Key(#[source] OpenSealError),
    /// It has too many events.
    #[error("the journey has too many events")]
    TooManyEvents,
    /// It has a sale that is not void.
    #[error("the journey already has a sale that is not void")]
    SecondSale,
    /// The commands are not those of the journey: it does not know the reservation's result.
    #[error("the journey does not fold the result of its own reservation")]
    NotItsCommand,
    /// There is no event.
    #[error("a commit holds at least one event")]
    Empty,
}

impl CommitError {
    /// Whether the same may be committed when the database is there.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Failed(error) => error.is_absence(),
            Self::Encode(_)
            | Self::Key(_)
            | Self::TooManyEvents
            | Self::SecondSale
            | Self::NotItsCommand
            | Self::Empty => false,
        }
    }
}

impl Store {
    /// Commits an event with its promises and their results.
    ///
    /// # Errors
    /// Says whether nothing was committed, or whether that is not known.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        let (id, base) = (commit.id, commit.base);
        let now = commit.entries.last().ok_or(CommitError::Empty)?.at;
        let light = match base {
            Base::Light(head) => match self.in_flight.begin_move(id, head).await {
                Some(light) => Some(light),
                None => return Ok(Committed::Conflict),
            },
            Base::New | Base::Durable(_) => None,
        };
        let locks = locks::of(&self.keys, &commit, now);
        let (keys, in_flight) = (self.keys.clone(), self.in_flight.clone());
        let wanted = self.events.clone();
        let written = self
            .durable
            .write_then(
                (sync_of(&commit.commands), locks),
                move |conn| Box::pin(transaction::run(conn, (keys, wanted), commit, light, now)),
                move |written, ending| {
                    if let Base::New | Base::Light(_) = base {
                        in_flight.end_move(id, moved(written, ending), now);
                    }
                },
            )
            .await;
        match written {
            Ok(Written::Done(done)) => Ok(Committed::Done(done)),
            // Whoever drives it reads again and decides anew: a decision is made once, and its lead is moved into it.
            Ok(Written::Conflict { .. }) | Err(WriteFailed::InTheWay) => Ok(Committed::Conflict),
            Ok(Written::Refused(error)) => Err(error),
            Err(WriteFailed::Unknown) => Err(CommitError::Unknown),
            Err(error @ (WriteFailed::Away | WriteFailed::Overloaded | WriteFailed::Closed)) => {
                if let Base::Light(_) = base {
                    self.in_flight.end_move(id, Moved::Light, now);
                }
                Err(CommitError::Failed(error))
            }
            Err(error) => Err(CommitError::Failed(error)),
        }
    }
}

/// What became of a journey that was not durable before.
fn moved(written: Option<&Written>, ending: Ending) -> Moved {
    match (written, ending) {
        (Some(Written::Done(_) | Written::Conflict { is_durable: true }), Ending::Committed) => {
            Moved::Durable
        }
        (_, Ending::Unknown) => Moved::Unknown,
        (_, Ending::Committed | Ending::RolledBack) => Moved::Light,
    }
}

/// A sale, what corrects it, a lead that was taken in or handed over, and evidence of consent are synced before anybody hears of them.
fn sync_of(commands: &[Command]) -> Sync {
    let is_synced = |command: &Command| match command {
        Command::Book(_)
        | Command::Settle { .. }
        | Command::Return { .. }
        | Command::HandOver(_)
        | Command::Accept
        | Command::Suppress { .. }
        | Command::Keep(_) => true,
        Command::OpenAuction { .. }
        | Command::RunAuction { .. }
        | Command::Reserve(_)
        | Command::Confirm(_)
        | Command::Void { .. }
        | Command::FreeSeat { .. }
        | Command::DialLead { .. }
        | Command::PushAsk(_)
        | Command::Record
        | Command::SendCode { .. }
        | Command::Push(_)
        | Command::Drop { .. }
        | Command::End(_)
        | Command::Transfer { .. } => false,
    };
    if commands.iter().any(is_synced) { Sync::Full } else { Sync::Normal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_and_consent_are_synced_and_an_ending_alone_is_not() {
        let consent = lead::Consent::spoken("v1".into(), lead::Timestamp::default());
        assert_eq!(sync_of(&[Command::Keep(consent)]), Sync::Full);
        let attempt = lead::AttemptId::of(JourneyId::of_call("AC", "1"), 1);
        assert_eq!(sync_of(&[Command::FreeSeat { attempt }]), Sync::Normal);
        let offer = OfferId::parse("a").unwrap();
        let give_back = Command::Return { sale: SaleId::of(attempt), offer };
        assert_eq!(sync_of(&[Command::FreeSeat { attempt }, give_back]), Sync::Full);
        assert_eq!(sync_of(&[]), Sync::Normal);
    }
}
