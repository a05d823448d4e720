//! Callbacks that wait: people who asked to be rung and have not pressed 1 yet. A row is written in the transaction of the
//! event that changed it, and goes with the wish.

use bridge::permit::Rule;
use journey::Journey;
use lead::{CampaignId, JourneyId, PublisherId, Timestamp};

use crate::{
    LoadError, ReadFailed, Store,
    durable::{Conn, Row, binds, odd},
    record::event,
    seal::masked,
    views::{Wanted, limit},
};

/// A person who asked to be rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingCallback {
    /// The journey.
    pub journey: JourneyId,
    /// Whose lead it is.
    pub campaign: CampaignId,
    /// Who handed it in.
    pub publisher: Option<PublisherId>,
    /// Where it stands.
    pub state: CallbackState,
    /// When the person asked.
    pub asked_at: Timestamp,
    /// When the next try is due, where it is waited for.
    pub due_at: Option<Timestamp>,
    /// The rule that it waits for; `None`: the plan's own next try.
    pub held_by: Option<Rule>,
    /// How many tries may have rung.
    pub tries: u32,
    /// The number with most of it covered. `None`: there is none, or its person was erased.
    pub masked: Option<String>,
}

/// Where a callback stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallbackState {
    /// Its moment has not come.
    Waiting,
    /// The person's phone rings, or is about to.
    Calling,
    /// Somebody answered, and is asked to press 1.
    Connected,
}

/// Which callbacks are listed, those that have waited longest first.
#[derive(Debug, Clone, Default)]
pub struct CallbackFilter {
    /// Of this state.
    pub state: Option<CallbackState>,
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// Of this publisher.
    pub publisher: Option<PublisherId>,
    /// Behind this one.
    pub after: Option<(Timestamp, JourneyId)>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// How many callbacks stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallbackCounts {
    /// Those whose moment has not come.
    pub waiting: u64,
    /// Those that are rung or were just answered.
    pub calling: u64,
}

impl CallbackState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Calling, Self::Connected];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Calling => "calling",
            Self::Connected => "connected",
        }
    }

    /// The one of this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl Store {
    /// Lists callbacks that have not been reached yet.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn callbacks(&self, filter: &CallbackFilter) -> Result<Vec<WaitingCallback>, LoadError> {
        let mut wanted = Wanted::default();
        wanted.and_if("c.state = ?", filter.state.map(CallbackState::as_str));
        wanted.and_if("c.campaign = ?", filter.campaign.as_ref().map(CampaignId::as_str));
        wanted.and_if("c.publisher = ?", filter.publisher.as_ref().map(PublisherId::as_str));
        if let Some((at, journey)) = filter.after {
            wanted.and_all("(c.asked_at, c.journey) > (?, ?)", binds![at, journey]);
        }
        let (conditions, mut values) = wanted.done();
        values.push(limit(filter.limit).into());
        let n = values.len();
        let sql = format!(
            "SELECT c.journey, c.campaign, c.publisher, c.state, c.asked_at, c.due_at, c.held_by, c.tries, \
                j.wrapped_key, e.n, e.event_key, e.at, e.format, e.kind, e.hash, e.body \
            FROM (SELECT c.* FROM callbacks c{conditions} ORDER BY c.asked_at, c.journey LIMIT ${n}) c \
            JOIN journeys j ON j.id = c.journey JOIN events e ON e.journey = c.journey AND e.n = 0 \
            ORDER BY c.asked_at, c.journey"
        );
        let rows = self.durable.rows_made(sql, values).await?;
        rows.iter().map(|row| self.callback(row)).collect()
    }

    /// Where one stands. `None`: it is reached, over, or was never there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn callback_state(&self, journey: JourneyId) -> Result<Option<CallbackState>, ReadFailed> {
        const OF: &str = "SELECT state FROM callbacks WHERE journey = $1";
        let Some(row) = self.durable.row(OF, binds![journey]).await? else { return Ok(None) };
        Ok(CallbackState::parse(&row.text("state")?))
    }

    /// How many there are.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn callback_counts(&self) -> Result<CallbackCounts, ReadFailed> {
        const COUNT: &str = "SELECT state, COUNT(*) AS n FROM callbacks GROUP BY state";
        let mut counts = CallbackCounts::default();
        for row in self.durable.rows(COUNT, vec![]).await? {
            let n = u64::try_from(row.int("n")?).unwrap_or_default();
            match row.text("state")?.as_str() {
                "waiting" => counts.waiting += n,
                _ => counts.calling += n,
            }
        }
        Ok(counts)
    }

    fn callback(&self, row: &Row) -> Result<WaitingCallback, LoadError> {
        let mut callback = read(row).map_err(ReadFailed::from)?;
        // Its person was erased: nothing of the number is left.
        if let Some(wrapped) = row.bytes_opt("wrapped_key").map_err(ReadFailed::from)? {
            let key = self.keys.unwrap(callback.journey, Some(&wrapped))?;
            let first = event(row).map_err(ReadFailed::from)?.open(callback.journey, &key)?;
            callback.masked = first.event.whose().map(masked);
        }
        Ok(callback)
    }
}

fn read(row: &Row) -> Result<WaitingCallback, sqlx::Error> {
    let held_by = row.text_opt("held_by")?;
    Ok(WaitingCallback {
        journey: JourneyId::from_uuid(row.id("journey")?),
        campaign: row.slug("campaign")?,
        publisher: row.slug_opt("publisher")?,
        state: CallbackState::parse(&row.text("state")?).ok_or_else(|| odd("state", "an unknown word"))?,
        asked_at: row.at("asked_at")?,
        due_at: row.at_opt("due_at")?,
        held_by: held_by.and_then(|code| Rule::ALL.into_iter().find(|rule| rule.code() == code)),
        tries: row.count("tries")?,
        masked: None,
    })
}

/// Writes where a journey's wish stands, or that it is none any more.
pub(crate) async fn refresh(conn: &mut Conn, journey: &Journey) -> Result<(), sqlx::Error> {
    const PUT: &str = "INSERT INTO callbacks \
            (journey, campaign, publisher, state, asked_at, due_at, held_by, tries) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (journey) DO UPDATE SET \
            state = excluded.state, due_at = excluded.due_at, held_by = excluded.held_by, tries = excluded.tries";
    const GONE: &str = "DELETE FROM callbacks WHERE journey = $1";
    let (id, asked_at) = (journey.id(), journey.arrived_at());
    // Whose number is not proven yet has not asked for anything.
    let is_one = journey.ended().is_none() && journey.phase_name() != "proving";
    let wished = journey.wished().filter(|_| is_one);
    let (Some(wished), Some(asked_at)) = (wished, asked_at) else {
        return conn.execute(GONE, binds![id]).await.map(drop);
    };
    let state = match journey.phase_name() {
        "waiting" => CallbackState::Waiting,
        "press_1" => CallbackState::Connected,
        _ => CallbackState::Calling,
    };
    let publisher = journey.publisher().map(|(publisher, _)| publisher.as_str());
    let of = binds![id, journey.campaign().id.as_str(), publisher, state.as_str(), asked_at];
    let held_by = wished.held_by.map(Rule::code);
    let stands = binds![wished.due_at, held_by, wished.tries];
    conn.execute(PUT, [of, stands].concat()).await.map(drop)
}
