//! The transaction of a commit: the events, then each promise in its order, whose results are events themselves.

use std::{collections::VecDeque, sync::Arc};

use auction::{Full, Outcome};
use journey::{Command, Event, Journey, ReserveCommand, SeatNow, StopWhy, Verdict};
use lead::{AttemptId, Channel, Consent, JourneyId, Timestamp};

use super::{
    Base, Commit, CommitError, Done as Committed, Outgoing, Writer, book, give_back,
    journal::{Born, Journal},
    reserve, row, settle,
};
use crate::{
    Entry, Keys, NewSuppression, RowFacts, SuppressedBy, callbacks,
    durable::{Conn, Done, binds},
    events::{Fact, Wanted, note},
    in_flight::Light,
    seal::CallerKey,
    suppression::suppress,
};

/// What the transaction came to, if the database took it.
pub(super) enum Written {
    Done(Box<Committed>),
    Conflict { is_durable: bool },
    Refused(CommitError),
}

/// Why the transaction is undone.
pub(super) enum Stop {
    Database(sqlx::Error),
    /// Somebody was first.
    Conflict {
        /// By making the journey durable.
        is_durable: bool,
    },
    Refused(CommitError),
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// What the promises of one commit share.
pub(super) struct Promises<'c> {
    pub(super) conn: &'c mut Conn,
    pub(super) keys: &'c Keys,
    /// Which events somebody is to be told of.
    pub(super) wanted: &'c Wanted,
    pub(super) journal: Journal,
    pub(super) id: JourneyId,
    pub(super) now: Timestamp,
    pub(super) journey: Journey,
    pub(super) caller: Vec<CallerKey>,
    pub(super) outgoing: Vec<Outgoing>,
    pub(super) writer: Writer,
    pub(super) facts: RowFacts,
    pub(super) over_cap: bool,
    /// When the lead's publisher is told how it ended, where that is later.
    pub(super) told_at: Option<Timestamp>,
    /// Something changed that the plain row of an ended journey says.
    pub(super) row_changed: bool,
    /// Attempts whose seats are free: they are left last, so that whoever waits for one waits for nothing else.
    pub(super) leaving: Vec<AttemptId>,
}

/// Runs the transaction.
pub(super) async fn run(
    conn: &mut Conn,
    (keys, wanted): (Arc<Keys>, Arc<Wanted>),
    commit: Commit,
    light: Option<Light>,
    now: Timestamp,
) -> Result<Done<Written>, sqlx::Error> {
    match write(conn, (&keys, &wanted), commit, light, now).await {
        Ok(done) => Ok(Done::Keep(Written::Done(Box::new(done)))),
        Err(Stop::Database(error)) => Err(error),
        Err(Stop::Conflict { is_durable }) => Ok(Done::Undo(Written::Conflict { is_durable })),
        Err(Stop::Refused(error)) => Ok(Done::Undo(Written::Refused(error))),
    }
}

async fn write(
    conn: &mut Conn,
    (keys, wanted): (&Keys, &Wanted),
    commit: Commit,
    light: Option<Light>,
    now: Timestamp,
) -> Result<Committed, Stop> {
    let told_at = commit.told_at;
    let Commit { id, settings_version, base, entries, journey, commands, outgoing, writer, row, .. } = commit;
    let campaign = &journey.campaign().id;
    let mut caller = journey.caller().map(|number| keys.caller(number)).unwrap_or_default();
    let marks = match base {
        Base::New | Base::Light(_) => journey.caller().map(|number| keys.marks(number)),
        Base::Durable(_) => None,
    };
    let of = Born {
        id,
        campaign,
        settings_version,
        publisher: journey.publisher().map(|(publisher, _)| publisher),
        channel: row.channel,
        test: journey.campaign().rules.test,
        caller: &caller,
        marks: &marks.unwrap_or_default(),
    };
    let journal = Journal::begin(conn, keys, of, (base, light), entries).await?;
    if journal.forgets {
        // No window may learn again who it was.
        caller.clear();
    }
    let mut promises = Promises {
        conn,
        keys,
        wanted,
        journal,
        id,
        now,
        journey,
        caller,
        outgoing,
        writer,
        facts: row,
        over_cap: false,
        told_at,
        row_changed: false,
        leaving: vec![],
    };
    let requests = promises.work_through(commands).await?;
    if promises.row_changed {
        row::refresh(&mut promises).await?;
    }
    if promises.journey.channel() == Channel::Callback {
        callbacks::refresh(promises.conn, &promises.journey).await?;
    }
    promises.leave_seats().await?;
    let Promises { conn, journal, journey, over_cap, .. } = promises;
    let (head, steps) = journal.end(conn, journey.deadline()).await?;
    Ok(Committed { journey, requests, head, steps, over_cap })
}

impl Promises<'_> {
    /// Tells whoever wants to know.
    pub(super) async fn note(&mut self, fact: Fact<'_>) -> Result<(), sqlx::Error> {
        note(self.conn, self.now, self.wanted, fact).await
    }

    /// Keeps each promise; what its result brings about goes behind what is still to do. Gives the requests.
    async fn work_through(&mut self, commands: Vec<Command>) -> Result<Vec<Command>, Stop> {
        let (mut rest, mut requests) = (VecDeque::from(commands), vec![]);
        while let Some(command) = rest.pop_front() {
            match command {
                Command::Reserve(wanted) => {
                    self.leave_seats().await?;
                    rest.extend(self.reserve(&wanted).await?);
                }
                Command::Void { attempt, seat } => {
                    give_back::void(self.conn, attempt).await?;
                    if seat == SeatNow::Free {
                        self.leaving.push(attempt);
                    }
                }
                Command::FreeSeat { attempt } => self.leaving.push(attempt),
                Command::Book(post) => book::book(self, &post).await?,
                Command::HandOver(post) => book::hand_over(self, &post).await?,
                // Its event is the promise.
                Command::Accept => {}
                Command::Suppress { why } => self.suppress(why).await?,
                Command::Settle { sale, verdict, talk, payout, .. } => {
                    settle::settle(self, sale, verdict, talk, payout).await?;
                }
                Command::Return { sale, offer } => settle::tell(self, sale, &offer).await?,
                Command::Keep(consent) => self.keep(&consent).await?,
                Command::End(ended) => {
                    const END: &str = "UPDATE journeys SET ended_at = $2, outcome = $3 WHERE id = $1";
                    self.conn.execute(END, binds![self.id, self.now, ended.code()]).await?;
                    self.row_changed = true;
                }
                request @ (Command::OpenAuction { .. }
                | Command::RunAuction { .. }
                | Command::Confirm(_)
                | Command::DialLead { .. }
                | Command::Push(_)
                | Command::PushAsk(_)
                | Command::Record
                | Command::SendCode { .. }
                | Command::Drop { .. }
                | Command::Transfer { .. }) => requests.push(request),
            }
        }
        Ok(requests)
    }

    async fn leave_seats(&mut self) -> Result<(), sqlx::Error> {
        for attempt in std::mem::take(&mut self.leaving) {
            give_back::free_seat(self.conn, attempt).await?;
        }
        Ok(())
    }

    /// The person is not called again, by whatever journey.
    async fn suppress(&mut self, why: StopWhy) -> Result<(), Stop> {
        let Some(number) = self.journey.caller().cloned() else { return Ok(()) };
        let why = match why {
            StopWhy::Pressed9 => SuppressedBy::Pressed9,
            StopWhy::SaidStop => SuppressedBy::SaidStop,
        };
        let new = NewSuppression { number, why, at: self.now, by: None, journey: Some(self.id) };
        suppress(self.conn, self.keys, &new).await?;
        Ok(())
    }

    async fn keep(&mut self, consent: &Consent) -> Result<(), Stop> {
        const KEEP: &str = "INSERT INTO consents (journey, text_version, given_at, covers, sellers, recording) \
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let text = |list: Result<String, serde_json::Error>| {
            list.map_err(|error| Stop::Database(sqlx::Error::Encode(Box::new(error))))
        };
        let covers = text(serde_json::to_string(&consent.covers))?;
        let sellers = text(serde_json::to_string(&consent.sellers))?;
        let values = binds![
            self.id,
            consent.text_version.as_str(),
            consent.given_at,
            covers,
            sellers,
            consent.recording.clone()
        ];
        self.conn.execute(KEEP, values).await?;
        Ok(())
    }

    /// Counts an award. Its result is an event of the journey, folded here.
    async fn reserve(&mut self, wanted: &ReserveCommand) -> Result<Vec<Command>, Stop> {
        let n = wanted.n;
        let event = match reserve::reserve(self.conn, (self.now, self.wanted), self.id, &self.caller, wanted)
            .await?
        {
            None => Event::Reserved { n },
            Some((why, full)) => Event::ReserveRefused { n, why, offer: Some(wanted.offer.clone()), full },
        };
        let entry = Entry { key: format!("reserve:{n}"), at: self.now, event: event.clone() };
        self.journal.append(self.conn, entry).await?;
        let folded = self.journey.folded();
        let commands = self.journey.on_event(self.now, event);
        if self.journey.folded() == folded {
            return Err(Stop::Refused(CommitError::NotItsCommand));
        }
        Ok(commands)
    }
}

/// The word for a verdict, as a sale's entry gives its reason.
pub(super) const fn reason(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Earned => "earned",
        Verdict::TooShort => "too_short",
        Verdict::Abandoned => "abandoned",
        Verdict::Dropped => "dropped",
        Verdict::Paid => "paid",
    }
}

/// Why an award cannot be counted, and the limit that is full, as full as it is.
pub(super) type Refusal = Option<(Outcome, Option<Full>)>;
