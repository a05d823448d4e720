//! The journal's part of a commit: the journey's row by its head, and plain inserts of its events.

use journey::{EVENTS_MAX, Event};
use lead::{CampaignId, Channel, JourneyId, PublisherId, Timestamp};

use super::{Base, CommitError, transaction::Stop};
use crate::{
    ChainHash, Entry, Keys, Step,
    durable::{Bind, Conn, Many, binds},
    entry::Encoded,
    erasure::{self, AtCarrier},
    in_flight::Light,
    seal::{CallerKey, CallerMarks, JourneyKey},
};

static EVENTS: Many =
    Many::new("INSERT INTO events (journey, n, event_key, at, format, kind, hash, body) VALUES", 8);
/// What is written of a journey when it becomes durable.
#[derive(Clone, Copy)]
pub(super) struct Born<'a> {
    pub(super) id: JourneyId,
    pub(super) campaign: &'a CampaignId,
    pub(super) settings_version: u64,
    pub(super) publisher: Option<&'a PublisherId>,
    pub(super) channel: Channel,
    pub(super) test: bool,
    /// What its caller is recognised by.
    pub(super) caller: &'a [CallerKey],
    /// What its caller is found by.
    pub(super) marks: &'a CallerMarks,
}

/// The events of one journey inside the transaction.
pub(super) struct Journal {
    id: JourneyId,
    pub(super) key: JourneyKey,
    /// Its person is to be forgotten: nothing may be kept of it that the end of the call does not take away.
    pub(super) forgets: bool,
    head: ChainHash,
    n: u32,
    steps: Vec<Step>,
    /// The events that are inserted at the end, all at once.
    rows: Vec<Vec<Bind>>,
}

impl Journal {
    /// Finds or makes the journey's row, whose head must be what the commit follows, and inserts the events.
    pub(super) async fn begin(
        conn: &mut Conn,
        keys: &Keys,
        journey: Born<'_>,
        (base, light): (Base, Option<Light>),
        entries: Vec<Entry>,
    ) -> Result<Self, Stop> {
        let id = journey.id;
        let mut journal = match (base, light) {
            (Base::Durable(head), _) => Self::of_row(conn, keys, id, head).await?,
            (_, Some(light)) => Self::of_light(conn, keys, journey, light).await?,
            (_, None) => {
                let (key, wrapped) =
                    keys.fresh(id).map_err(|error| refused(CommitError::Encode(error.into())))?;
                let at = entries.first().map_or_else(Timestamp::default, |entry| entry.at);
                let forgets = make_row(conn, journey, &wrapped, at).await?;
                Self { id, key, forgets, head: ChainHash::start(id), n: 0, steps: vec![], rows: vec![] }
            }
        };
        for entry in entries {
            journal.append(conn, entry).await?;
        }
        Ok(journal)
    }

    async fn of_row(conn: &mut Conn, keys: &Keys, id: JourneyId, head: ChainHash) -> Result<Self, Stop> {
        const READ: &str = "SELECT events, wrapped_key, erasure FROM journeys WHERE id = $1 AND head = $2";
        const TAKE: &str = "UPDATE journeys SET head = $2 WHERE id = $1 AND head = $2 RETURNING events, wrapped_key, erasure";
        // Where there is one writer, what was read stays so until the transaction's end.
        let take = if conn.is_the_only_writer() { READ } else { TAKE };
        let row = conn.row(take, binds![id, head.bytes().as_slice()]).await?;
        let row = row.ok_or(Stop::Conflict { is_durable: true })?;
        let key = keys.unwrap(id, row.bytes_opt("wrapped_key")?.as_deref());
        let key = key.map_err(|error| refused(CommitError::Key(error)))?;
        let forgets = row.id_opt("erasure")?.is_some();
        Ok(Self { id, key, forgets, head, n: row.count("events")?, steps: vec![], rows: vec![] })
    }

    async fn of_light(conn: &mut Conn, keys: &Keys, journey: Born<'_>, light: Light) -> Result<Self, Stop> {
        let id = journey.id;
        let key = keys.unwrap(id, Some(&light.wrapped)).map_err(|error| refused(CommitError::Key(error)))?;
        let at = light.events.first().map_or_else(Timestamp::default, |event| event.at);
        let of = Born { settings_version: light.settings_version, ..journey };
        let forgets = make_row(conn, of, &light.wrapped, at).await?;
        let mut journal =
            Self { id, key, forgets, head: ChainHash::start(id), n: 0, steps: vec![], rows: vec![] };
        for event in light.events {
            journal.push(event);
        }
        Ok(journal)
    }

    /// Appends one event.
    pub(super) async fn append(&mut self, conn: &mut Conn, entry: Entry) -> Result<(), Stop> {
        if self.n as usize >= EVENTS_MAX {
            return Err(refused(CommitError::TooManyEvents));
        }
        if let (JourneyKey::Erased, Event::RecordingReady { reference, .. }) = (&self.key, &entry.event) {
            // Whoever drives it does not know yet that its person was erased.
            let what = AtCarrier::One(reference.clone());
            erasure::queue_recording(conn, entry.at, self.id, &what).await?;
        }
        if !matches!(self.key, JourneyKey::Erased) {
            erasure::note_recording(conn, entry.at, self.id, &entry.event).await?;
        }
        let encoded = Encoded::of(self.id, &self.key, (self.n, self.head), entry)
            .map_err(|error| refused(CommitError::Encode(error)))?;
        self.steps.push(encoded.step());
        self.push(encoded);
        Ok(())
    }

    fn push(&mut self, event: Encoded) {
        let Encoded { n, key, at, format, kind, hash, body } = event;
        self.rows.push(binds![self.id, n, key, at, format, kind, hash.bytes().as_slice(), body]);
        (self.head, self.n) = (hash, n + 1);
    }

    /// Inserts the events, and writes the journey's new head and when it must be woken.
    pub(super) async fn end(
        self,
        conn: &mut Conn,
        wake_at: Option<Timestamp>,
    ) -> Result<(ChainHash, Vec<Step>), Stop> {
        const END: &str = "UPDATE journeys SET head = $2, events = $3, wake_at = $4 WHERE id = $1";
        conn.insert(&EVENTS, self.rows).await.map_err(|error| conflict(error, false))?;
        conn.execute(END, binds![self.id, self.head.bytes().as_slice(), self.n, wake_at]).await?;
        Ok((self.head, self.steps))
    }
}

/// Makes the journey's row, and says whether its person is to be forgotten: one that was erased while the call was only in
/// flight.
async fn make_row(conn: &mut Conn, journey: Born<'_>, wrapped: &[u8], at: Timestamp) -> Result<bool, Stop> {
    let Born { id, campaign, settings_version, caller, .. } = journey;
    const MAKE: &str = "INSERT INTO journeys \
        (id, head, events, settings_version, wrapped_key, campaign, created_at, caller, erasure) \
        VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8)";
    let erasure = erasure::of_call(conn, caller, at).await?;
    let version = i64::try_from(settings_version).unwrap_or(i64::MAX);
    let start = ChainHash::start(id);
    let known_by = caller.first().filter(|_| erasure.is_none()).map(|key| key.bytes().to_vec());
    let row = binds![id, start.bytes().as_slice(), version, wrapped, campaign.as_str(), at];
    let values = [row, binds![known_by, erasure]].concat();
    conn.execute(MAKE, values).await.map_err(|error| conflict(error, true))?;
    arrive(conn, journey, erasure.is_some()).await?;
    Ok(erasure.is_some())
}

/// Writes what lists say of a call from its beginning, and what it is found by.
async fn arrive(conn: &mut Conn, journey: Born<'_>, forgets: bool) -> Result<(), Stop> {
    const ARRIVE: &str = "INSERT INTO arrivals (journey, publisher, channel, test, exchange, last_four) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    let marks = if forgets { CallerMarks::default() } else { journey.marks.clone() };
    let publisher = journey.publisher.map(PublisherId::as_str);
    let of = binds![journey.id, publisher, journey.channel.code(), journey.test];
    conn.execute(ARRIVE, [of, binds![marks.exchange, marks.last_four]].concat()).await?;
    Ok(())
}

/// A row that is there already says that somebody was first.
fn conflict(error: sqlx::Error, is_durable: bool) -> Stop {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => Stop::Conflict { is_durable },
        _ => Stop::Database(error),
    }
}

const fn refused(error: CommitError) -> Stop {
    Stop::Refused(error)
}
