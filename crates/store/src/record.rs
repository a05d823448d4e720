//! `Record`: a journey as it is kept, to be folded.

use std::collections::BTreeSet;

use lead::{CampaignId, JourneyId, Timestamp};

use crate::{
    ChainHash, DecodeError, OpenSealError, ReadFailed, Recorded, Store,
    durable::{Done, Locks, Row, Sync, binds},
    entry::Encoded,
    in_flight::{Light, Look},
    limits::{READ_DEADLINE, WAKE_LEASE},
};

/// A journey as it is kept.
#[derive(Debug)]
pub struct Record {
    /// Where.
    pub place: Place,
    /// The settings version that it began with.
    pub settings_version: u64,
    /// The head of its events.
    pub head: ChainHash,
    /// Its events, in their order.
    pub entries: Vec<Recorded>,
    /// Its person was erased: what was personal reads `[erased]`, and nothing follows from its events any more.
    pub erased: bool,
    /// Its campaign. A light journey's is found by the number that it arrived at.
    pub campaign: Option<CampaignId>,
}

/// Where a journey is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In flight: it may be lost.
    Light,
    /// For good.
    Durable,
}

/// Why a journey could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The durable store could not be read.
    #[error("the durable store could not be read")]
    Read(#[from] ReadFailed),
    /// Its data key could not be opened.
    #[error("the data key of the journey could not be opened")]
    Key(#[from] OpenSealError),
    /// One of its events could not be read.
    #[error("an event of the journey could not be read")]
    Event(#[from] DecodeError),
}

impl LoadError {
    /// Whether an event is of a form or kind that this release does not know.
    pub const fn is_of_newer(&self) -> bool {
        matches!(self, Self::Event(DecodeError::Newer { .. } | DecodeError::Read { .. }))
    }
}

impl Store {
    /// A journey, from the in-flight store, else from the durable one. One that is just being committed is waited for.
    ///
    /// # Errors
    /// When it cannot be read. `Ok(None)` is a journey that nobody knows.
    pub async fn load(&self, id: JourneyId) -> Result<Option<Record>, LoadError> {
        let look = tokio::time::timeout(READ_DEADLINE, self.in_flight.look(id));
        match look.await.map_err(|_| ReadFailed::Deadline)? {
            Look::Light(light) => self.open_light(id, light).map(Some),
            Look::Elsewhere => self.load_durable(id).await,
            Look::Doubtful => match self.load_durable(id).await? {
                Some(record) => {
                    self.in_flight.is_durable(id);
                    Ok(Some(record))
                }
                None => {
                    self.in_flight.keep_light(id).await.map(|light| self.open_light(id, light)).transpose()
                }
            },
        }
    }

    /// A journey, from the durable store, else from the in-flight one: after what was read of it proved to be the past.
    ///
    /// # Errors
    /// When it cannot be read. `Ok(None)` is a journey that nobody knows.
    pub async fn load_again(&self, id: JourneyId) -> Result<Option<Record>, LoadError> {
        if let Some(record) = self.load_durable(id).await? {
            self.in_flight.is_durable(id);
            return Ok(Some(record));
        }
        self.load(id).await
    }

    fn open_light(&self, id: JourneyId, light: Light) -> Result<Record, LoadError> {
        let key = self.keys.unwrap(id, Some(&light.wrapped))?;
        let entries = light.events.into_iter().map(|event| event.open(id, &key)).collect::<Result<_, _>>()?;
        let (settings_version, head) = (light.settings_version, light.head);
        Ok(Record { place: Place::Light, settings_version, head, entries, erased: false, campaign: None })
    }

    /// A journey from the durable store alone. Of an erased person each personal value reads `[erased]`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn load_durable(&self, id: JourneyId) -> Result<Option<Record>, LoadError> {
        const JOURNEY: &str =
            "SELECT head, settings_version, wrapped_key, campaign FROM journeys WHERE id = $1";
        const EVENTS: &str = "SELECT n, event_key, at, format, kind, hash, body FROM events WHERE journey = $1 \
            ORDER BY n";
        let read = self.durable.read(move |conn| {
            Box::pin(async move {
                let Some(journey) = conn.row(JOURNEY, binds![id]).await? else { return Ok(None) };
                Ok(Some((journey, conn.rows(EVENTS, binds![id]).await?)))
            })
        });
        let Some((row, events)) = read.await? else { return Ok(None) };
        let (head, version, wrapped, campaign) = journey(&row).map_err(ReadFailed::from)?;
        let (key, erased) = (self.keys.unwrap(id, wrapped.as_deref())?, wrapped.is_none());
        let mut entries = Vec::with_capacity(events.len());
        for row in &events {
            entries.push(event(row).map_err(ReadFailed::from)?.open(id, &key)?);
        }
        // An event may have come between the two reads.
        let head = entries.last().map_or(head, |last: &Recorded| last.hash);
        Ok(Some(Record {
            place: Place::Durable,
            settings_version: version,
            head,
            entries,
            erased,
            campaign: Some(campaign),
        }))
    }

    /// The head of a journey's events, the durable store asked first: what a cached fold is compared with.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn head(&self, id: JourneyId) -> Result<Option<ChainHash>, ReadFailed> {
        const HEAD: &str = "SELECT head FROM journeys WHERE id = $1";
        match self.durable.row(HEAD, binds![id]).await? {
            Some(row) => Ok(Some(row.hash("head")?)),
            None => Ok(self.in_flight.head(id).await),
        }
    }

    /// The journeys whose deadline has passed, at most `limit` of each store, those that have waited longest first. Where
    /// nodes share the store, each is given to one of them for a while: not every one asks the carrier the same.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn due_journeys(&self, now: Timestamp, limit: u32) -> Result<Vec<JourneyId>, ReadFailed> {
        const DUE: &str = "SELECT id FROM journeys WHERE wake_at <= $1 \
            AND (woken_at IS DISTINCT FROM wake_at OR woken_until <= $1) ORDER BY wake_at, id LIMIT $2";
        let mut due = self.in_flight.due(now, limit as usize).await;
        let mut durable = Vec::new();
        for row in self.durable.rows(DUE, binds![now, limit]).await? {
            durable.push(JourneyId::from_uuid(row.id("id")?));
        }
        if self.is_shared() && !durable.is_empty() {
            let given = self.wake_here(now, durable.clone()).await;
            durable.retain(|id| given.contains(id));
        }
        due.append(&mut durable);
        Ok(due)
    }

    /// Those of the due journeys that no other node was given meanwhile. It says so by the wake-up's own time, so it stands in
    /// the way of no later one. Whoever was given one and dies leaves it to the next look after the lease.
    async fn wake_here(&self, now: Timestamp, due: Vec<JourneyId>) -> BTreeSet<JourneyId> {
        const TAKE: &str = "UPDATE journeys SET woken_at = wake_at, woken_until = $3 WHERE id = $1 \
            AND wake_at <= $2 AND (woken_at IS DISTINCT FROM wake_at OR woken_until <= $2) RETURNING id";
        let until = now + WAKE_LEASE;
        let taking = self.durable.write(Sync::Soon, Locks::default(), move |conn| {
            Box::pin(async move {
                let mut given = BTreeSet::new();
                // In the order of their ids, so that two nodes never wait for each other.
                for id in BTreeSet::from_iter(due) {
                    if conn.row(TAKE, binds![id, now, until]).await?.is_some() {
                        given.insert(id);
                    }
                }
                Ok(Done::Keep(given))
            })
        });
        // The writer says why it was not done. They are due at the next look as well.
        taking.await.unwrap_or_default()
    }

    /// The journeys that still wait for something, at most `limit`, those whose deadline comes first first. Light ones
    /// are none of them: no run but their own knows them.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn unfinished_journeys(&self, limit: u32) -> Result<Vec<JourneyId>, ReadFailed> {
        const UNFINISHED: &str =
            "SELECT id FROM journeys WHERE wake_at IS NOT NULL ORDER BY wake_at, id LIMIT $1";
        let rows = self.durable.rows(UNFINISHED, binds![limit]).await?;
        Ok(rows
            .iter()
            .map(|row| Ok(JourneyId::from_uuid(row.id("id")?)))
            .collect::<Result<_, sqlx::Error>>()?)
    }
}

type Kept = (ChainHash, u64, Option<Vec<u8>>, CampaignId);

fn journey(row: &Row) -> Result<Kept, sqlx::Error> {
    let version = u64::try_from(row.int("settings_version")?).unwrap_or_default();
    Ok((row.hash("head")?, version, row.bytes_opt("wrapped_key")?, row.slug("campaign")?))
}

/// An event of a row.
pub(crate) fn event(row: &Row) -> Result<Encoded, sqlx::Error> {
    Ok(Encoded {
        n: row.count("n")?,
        key: row.text("event_key")?,
        at: row.at("at")?,
        format: row.int("format")?,
        kind: row.text("kind")?,
        hash: row.hash("hash")?,
        body: row.bytes("body")?,
    })
}
