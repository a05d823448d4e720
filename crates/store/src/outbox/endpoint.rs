//! How each offer's post URL fares, where it is not well, and who disabled or enabled it.

use std::collections::BTreeSet;

use lead::{BuyerId, OfferId, Timestamp};

use super::OutboxError;
use crate::{
    ReadFailed, Store,
    durable::{Conn, Done, Locks, Row, Sync, binds, odd},
    limits::ROWS_MAX,
};

/// How an offer's post URL fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndpointState {
    /// The last try failed: what waits is tried one by one.
    Failing,
    /// It answered 410: nothing is sent, and the offer is not asked for bids.
    Disabled,
    /// It works again: what waited is sent, the oldest first.
    Draining,
}

/// An offer whose post URL is not well, or was not until now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostEndpoint {
    /// The offer.
    pub offer: OfferId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// How it fares.
    pub state: EndpointState,
    /// Since when.
    pub since: Timestamp,
    /// How many tries failed since it worked last.
    pub failures: u32,
    /// Before when nothing is sent to it, as it asked.
    pub quiet_until: Timestamp,
    /// A hash of the URL that answered 410.
    pub url_hash: Option<String>,
    /// Who disabled or enabled it last, and why.
    pub changed: Option<(String, String)>,
}

/// What a try changed of its offer's post URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointChange {
    /// It began to fail.
    Failing,
    /// It is disabled.
    Disabled,
    /// It works again.
    Back,
}

impl EndpointState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Failing, Self::Disabled, Self::Draining];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Disabled => "disabled",
            Self::Draining => "draining",
        }
    }

    /// The state of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl Store {
    /// The offers whose post URL is not well.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn post_endpoints(&self) -> Result<Vec<PostEndpoint>, OutboxError> {
        const LIST: &str = "SELECT e.offer, e.buyer, e.state, e.since, e.failures, e.quiet_until, e.url_hash, \
            c.who, c.why FROM post_endpoints e LEFT JOIN post_endpoint_changes c ON c.offer = e.offer \
            AND c.n = (SELECT MAX(n) FROM post_endpoint_changes WHERE offer = e.offer) \
            ORDER BY e.offer LIMIT $1";
        let rows = self.durable.rows(LIST, binds![ROWS_MAX]).await?;
        let endpoints = rows.iter().map(endpoint).collect::<Result<_, sqlx::Error>>();
        Ok(endpoints.map_err(ReadFailed::from)?)
    }

    /// How many posts wait to be sent or sent again, and since when the oldest of them does.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn posts_waiting(&self) -> Result<(u64, Option<Timestamp>), OutboxError> {
        const WAITING: &str =
            "SELECT COUNT(*) AS many, MIN(created_at) AS oldest FROM posts WHERE state = 'due'";
        let Some(row) = self.durable.row(WAITING, vec![]).await? else { return Ok((0, None)) };
        let many = row.int("many").map_err(ReadFailed::from)?;
        let oldest = row.at_opt("oldest").map_err(ReadFailed::from)?;
        Ok((u64::try_from(many).unwrap_or_default(), oldest))
    }

    /// The offers whose posts are disabled: nothing is sold to them.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn disabled_offers(&self) -> Result<BTreeSet<OfferId>, OutboxError> {
        const DISABLED: &str = "SELECT offer FROM post_endpoints WHERE state = 'disabled'";
        let rows = self.durable.rows(DISABLED, vec![]).await?;
        let offers = rows.iter().map(|row| row.slug("offer")).collect::<Result<_, sqlx::Error>>();
        Ok(offers.map_err(ReadFailed::from)?)
    }

    /// Enables an offer's posts again, and what is held becomes due, the oldest first. With the hash of a URL, only where
    /// it was another one that answered 410. Says whether it was disabled.
    ///
    /// # Errors
    /// When the outbox cannot be written.
    pub async fn enable_posts(
        &self,
        now: Timestamp,
        offer: OfferId,
        url_hash: Option<String>,
        (who, why): (String, String),
    ) -> Result<bool, OutboxError> {
        const ENABLE: &str = "UPDATE post_endpoints SET state = 'draining', since = $2, failures = 0, \
                probe_at = $2, quiet_until = $2, url_hash = NULL \
            WHERE offer = $1 AND state = 'disabled' \
            AND (CAST($3 AS TEXT) IS NULL OR url_hash IS NULL OR url_hash <> $3)";
        Ok(self
            .durable
            .write(Sync::Full, Locks::default(), move |conn| {
                Box::pin(async move {
                    let enabled = conn.execute(ENABLE, binds![offer.as_str(), now, url_hash]).await? > 0;
                    if enabled {
                        changed(conn, now, offer.as_str(), "enabled", (&who, &why)).await?;
                        drained(conn, offer.as_str()).await?;
                    }
                    Ok(Done::Keep(enabled))
                })
            })
            .await?)
    }
}

/// A try reached its buyer: its endpoint works, and so may the others of that buyer.
pub(super) async fn worked(
    conn: &mut Conn,
    now: Timestamp,
    (offer, buyer): (&str, &str),
) -> Result<Option<EndpointChange>, sqlx::Error> {
    const BACK: &str = "UPDATE post_endpoints SET state = 'draining', since = $2, failures = 0 \
        WHERE offer = $1 AND state = 'failing'";
    const OTHERS: &str = "UPDATE post_endpoints SET state = 'draining', since = $2 \
        WHERE buyer = $1 AND state = 'failing'";
    if state(conn, offer).await?.is_none() {
        return Ok(None);
    }
    let is_back = conn.execute(BACK, binds![offer, now]).await? > 0;
    if is_back {
        conn.execute(OTHERS, binds![buyer, now]).await?;
    }
    drained(conn, offer).await?;
    Ok(is_back.then_some(EndpointChange::Back))
}

/// A try failed, and is to be made again.
pub(super) async fn failed(
    conn: &mut Conn,
    now: Timestamp,
    (offer, buyer): (&str, &str),
    (probe_at, quiet_until): (Timestamp, Timestamp),
) -> Result<Option<EndpointChange>, sqlx::Error> {
    const MORE: &str = "UPDATE post_endpoints SET failures = failures + 1, probe_at = $2, \
        quiet_until = CASE WHEN quiet_until > $3 THEN quiet_until ELSE $3 END, \
        since = CASE WHEN state = 'failing' THEN since ELSE $4 END, state = 'failing' \
        WHERE offer = $1 AND state <> 'disabled'";
    const FIRST: &str = "INSERT INTO post_endpoints (offer, buyer, state, since, failures, probe_at, quiet_until) \
        VALUES ($1, $2, 'failing', $3, 1, $4, $5)";
    match state(conn, offer).await? {
        Some(EndpointState::Disabled) => Ok(None),
        Some(before) => {
            conn.execute(MORE, binds![offer, probe_at, quiet_until, now]).await?;
            Ok((before != EndpointState::Failing).then_some(EndpointChange::Failing))
        }
        None => {
            conn.execute(FIRST, binds![offer, buyer, now, probe_at, quiet_until]).await?;
            Ok(Some(EndpointChange::Failing))
        }
    }
}

/// It answered 410: nothing more is sent to it until somebody enables it.
pub(super) async fn gone(
    conn: &mut Conn,
    now: Timestamp,
    (offer, buyer): (&str, &str),
    url_hash: &str,
) -> Result<Option<EndpointChange>, sqlx::Error> {
    const DROP: &str = "DELETE FROM post_endpoints WHERE offer = $1";
    const INSERT: &str = "INSERT INTO post_endpoints \
        (offer, buyer, state, since, failures, probe_at, quiet_until, url_hash) \
        VALUES ($1, $2, 'disabled', $3, 1, $3, $3, $4)";
    if state(conn, offer).await? == Some(EndpointState::Disabled) {
        return Ok(None);
    }
    conn.execute(DROP, binds![offer]).await?;
    conn.execute(INSERT, binds![offer, buyer, now, url_hash]).await?;
    changed(conn, now, offer, "disabled", ("its buyer", "it answered 410 to a post")).await?;
    Ok(Some(EndpointChange::Disabled))
}

/// A drain ends with the last post that waits.
pub(super) async fn drained(conn: &mut Conn, offer: &str) -> Result<(), sqlx::Error> {
    const WELL: &str = "DELETE FROM post_endpoints WHERE offer = $1 AND state = 'draining' \
        AND NOT EXISTS (SELECT 1 FROM posts WHERE offer = $1 AND state = 'due')";
    conn.execute(WELL, binds![offer]).await.map(drop)
}

/// Whether nothing may be sold to an offer, since its lead could not be handed over.
pub(crate) async fn is_disabled(conn: &mut Conn, offer: &OfferId) -> Result<bool, sqlx::Error> {
    Ok(state(conn, offer.as_str()).await? == Some(EndpointState::Disabled))
}

async fn state(conn: &mut Conn, offer: &str) -> Result<Option<EndpointState>, sqlx::Error> {
    const STATE: &str = "SELECT state FROM post_endpoints WHERE offer = $1";
    conn.row(STATE, binds![offer]).await?.map(|row| known(&row)).transpose()
}

async fn changed(
    conn: &mut Conn,
    now: Timestamp,
    offer: &str,
    change: &'static str,
    (who, why): (&str, &str),
) -> Result<(), sqlx::Error> {
    const APPEND: &str = "INSERT INTO post_endpoint_changes (offer, n, change, who, why, at) VALUES ($1, \
        (SELECT COALESCE(MAX(n), -1) + 1 FROM post_endpoint_changes WHERE offer = $1), $2, $3, $4, $5)";
    conn.execute(APPEND, binds![offer, change, who, why, now]).await.map(drop)
}

fn known(row: &Row) -> Result<EndpointState, sqlx::Error> {
    EndpointState::parse(&row.text("state")?).ok_or_else(|| odd("state", "an unknown word"))
}

fn endpoint(row: &Row) -> Result<PostEndpoint, sqlx::Error> {
    Ok(PostEndpoint {
        offer: row.slug("offer")?,
        buyer: row.slug("buyer")?,
        state: known(row)?,
        since: row.at("since")?,
        failures: row.count("failures")?,
        quiet_until: row.at("quiet_until")?,
        url_hash: row.text_opt("url_hash")?,
        changed: row.text_opt("who")?.zip(row.text_opt("why")?),
    })
}
