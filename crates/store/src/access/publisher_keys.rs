//! Publishers' keys: secret ones that hand in leads, and public ones that pages ask for callbacks with.

use std::time::Duration;

use lead::{CampaignId, E164, JourneyId, Pii, PublisherId, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{
    AccessError, By, Change, Refused, UserId,
    audit::{append, locks},
    id, secret,
};
use crate::{
    ReadFailed, Store,
    durable::{Done, Locked, Locks, Row, Sync, binds, odd},
    limits::{PUBLISHER_KEYS_MAX, PUBLISHER_KEYS_OF_ONE_MAX},
};

/// What every secret key begins with, so that one that lies about is recognised.
pub const LEAD_KEY_PREFIX: &str = "pingpost_lead_";
/// What every widget's key begins with.
pub const WIDGET_KEY_PREFIX: &str = "pingpost_widget_";
/// How exactly it is kept when a key was used last.
const USED_EVERY: Duration = Duration::from_secs(60);
/// How long an asking for a call is remembered: the longest that a pace looks back.
const ASKED_FOR: Duration = Duration::from_secs(2 * 86_400);

id! {
    /// A publisher's key, by a name that opens nothing.
    PublisherKeyId
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// It hands in leads, and is secret.
    Lead,
    /// Pages ask for callbacks with it, and everybody may read it there.
    Widget,
}

/// A publisher's key. What it opens is not in it, but for a widget's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherKey {
    /// Its name, for machines.
    pub id: PublisherKeyId,
    /// What it is for.
    pub kind: KeyKind,
    /// Whose leads they are.
    pub publisher: PublisherId,
    /// The campaign that they are for. `None`: any.
    pub campaign: Option<CampaignId>,
    /// What people call it.
    pub name: String,
    /// Its last characters.
    pub hint: String,
    /// A widget's key itself.
    pub shown: Option<String>,
    /// The origins whose pages may use it.
    pub origins: Vec<String>,
    /// Most requests in a minute.
    pub per_minute: u32,
    /// Since when.
    pub created_at: Timestamp,
    /// By whom; nobody: by a command.
    pub created_by: Option<UserId>,
    /// When it was used last, to the minute.
    pub used_at: Option<Timestamp>,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<Timestamp>,
    /// By whom.
    pub revoked_by: Option<UserId>,
}

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewPublisherKey {
    /// What it is for.
    pub kind: KeyKind,
    /// Whose leads they are.
    pub publisher: PublisherId,
    /// The campaign that they are for. `None`: any.
    pub campaign: Option<CampaignId>,
    /// What people call it.
    pub name: String,
    /// The origins whose pages may use it.
    pub origins: Vec<String>,
    /// Most requests in a minute.
    pub per_minute: u32,
}

/// How often a number may be rung: so many in so long.
pub type NumberPace = (u32, Duration);

impl KeyKind {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Widget => "widget",
        }
    }

    /// The kind of this word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Lead, Self::Widget].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl Store {
    /// Makes a key; gives it with its text, which for a secret one nothing shows again.
    ///
    /// # Errors
    /// When it is not known to be made; [`Refused::TooMany`] where there are too many already.
    pub async fn add_publisher_key(
        &self,
        now: Timestamp,
        by: By,
        new: NewPublisherKey,
    ) -> Result<Result<(PublisherKey, SecretString), Refused>, AccessError> {
        const COUNT: &str = "SELECT COUNT(*) AS keys, \
            COALESCE(SUM(CASE WHEN publisher = $1 THEN 1 ELSE 0 END), 0) AS own \
            FROM publisher_keys WHERE revoked_at IS NULL";
        const INSERT: &str = "INSERT INTO publisher_keys (id, hash, kind, publisher, campaign, name, hint, shown, origins, \
            per_minute, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let prefix = match new.kind {
            KeyKind::Lead => LEAD_KEY_PREFIX,
            KeyKind::Widget => WIDGET_KEY_PREFIX,
        };
        let (id, opens) = (PublisherKeyId::drawn()?, secret::drawn(prefix)?);
        let hash = secret::hash(&opens);
        let text = opens.expose_secret();
        let key = PublisherKey {
            id,
            kind: new.kind,
            publisher: new.publisher,
            campaign: new.campaign,
            name: new.name,
            hint: text.get(text.len().saturating_sub(4)..).unwrap_or_default().to_owned(),
            shown: (new.kind == KeyKind::Widget).then(|| text.to_owned()),
            origins: new.origins,
            per_minute: new.per_minute,
            created_at: now,
            created_by: by.person(),
            used_at: None,
            revoked_at: None,
            revoked_by: None,
        };
        let made = key.clone();
        let written = self.durable.write(Sync::Full, locks(), move |conn| {
            Box::pin(async move {
                let counted = conn.row(COUNT, binds![made.publisher.as_str()]).await?;
                let counted = counted.ok_or(sqlx::Error::RowNotFound)?;
                let full = |name: &str, most: usize| {
                    Ok::<_, sqlx::Error>(usize::try_from(counted.int(name)?).unwrap_or(usize::MAX) >= most)
                };
                if full("keys", PUBLISHER_KEYS_MAX)? || full("own", PUBLISHER_KEYS_OF_ONE_MAX)? {
                    return Ok(Done::Undo(Err(Refused::TooMany)));
                }
                let values = binds![
                    id,
                    hash,
                    made.kind.as_str(),
                    made.publisher.as_str(),
                    made.campaign.as_ref().map(CampaignId::as_str),
                    made.name,
                    made.hint,
                    made.shown,
                    json!(made.origins).to_string(),
                    made.per_minute,
                    now,
                    made.created_by.map(UserId::uuid),
                ];
                conn.execute(INSERT, values).await?;
                let after = json!({
                    "kind": made.kind.as_str(),
                    "publisher": made.publisher.as_str(),
                    "campaign": made.campaign.as_ref().map(CampaignId::as_str),
                    "origins": made.origins,
                    "per_minute": made.per_minute,
                });
                append(conn, now, &by, Change::of("publisher_key.added", "publisher_key", id).to(after))
                    .await?;
                Ok(Done::Keep(Ok(())))
            })
        });
        Ok(written.await?.map(|()| (key, opens)))
    }

    /// The key of a text, if it opens something still.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn publisher_key(
        &self,
        now: Timestamp,
        opens: &SecretString,
    ) -> Result<Option<PublisherKey>, ReadFailed> {
        const USED: &str =
            "UPDATE publisher_keys SET used_at = $1 WHERE id = $2 AND (used_at IS NULL OR used_at < $1)";
        const OPEN: &str = "SELECT id, kind, publisher, campaign, name, hint, shown, origins, per_minute, created_at, \
            created_by, used_at, revoked_at, revoked_by FROM publisher_keys \
            WHERE hash = $1 AND revoked_at IS NULL";
        let Some(row) = self.durable.row(OPEN, binds![secret::hash(opens)]).await? else { return Ok(None) };
        let key = key(&row)?;
        if key.used_at.is_none_or(|at| now.since(at) >= USED_EVERY) {
            let id = key.id;
            self.durable.write_later(move |conn| {
                Box::pin(async move { conn.execute(USED, binds![now, id]).await.map(|_| Done::Keep(())) })
            });
        }
        Ok(Some(key))
    }

    /// All keys, the newest first, revoked ones as well.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn publisher_keys(&self) -> Result<Vec<PublisherKey>, ReadFailed> {
        const LIST: &str = "SELECT id, kind, publisher, campaign, name, hint, shown, origins, per_minute, created_at, \
            created_by, used_at, revoked_at, revoked_by FROM publisher_keys \
            ORDER BY created_at DESC, id";
        let rows = self.durable.rows(LIST, vec![]).await?;
        Ok(rows.iter().map(key).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Revokes a key. One that is revoked already stays so.
    ///
    /// # Errors
    /// When it is not known to be revoked.
    pub async fn revoke_publisher_key(
        &self,
        now: Timestamp,
        by: By,
        id: PublisherKeyId,
    ) -> Result<Result<(), Refused>, AccessError> {
        const THERE: &str = "SELECT id FROM publisher_keys WHERE id = $1";
        const REVOKE: &str =
            "UPDATE publisher_keys SET revoked_at = $1, revoked_by = $2 WHERE id = $3 AND revoked_at IS NULL";
        let written = self.durable.write(Sync::Full, locks(), move |conn| {
            Box::pin(async move {
                if conn.row(THERE, binds![id]).await?.is_none() {
                    return Ok(Done::Undo(Err(Refused::Unknown)));
                }
                if conn.execute(REVOKE, binds![now, by.person().map(UserId::uuid), id]).await? == 1 {
                    let change = Change::of("publisher_key.revoked", "publisher_key", id);
                    append(conn, now, &by, change).await?;
                }
                Ok(Done::Keep(Ok(())))
            })
        });
        Ok(written.await?)
    }

    /// Counts that a person asked to be rung at a number, over all nodes, if that keeps every pace; the same request once
    /// more counts no second time. `Err`: in how long it would be let through.
    ///
    /// # Errors
    /// When it is not known to be counted.
    pub async fn ask_for_call(
        &self,
        now: Timestamp,
        number: &Pii<E164>,
        journey: JourneyId,
        paces: Vec<NumberPace>,
    ) -> Result<Result<(), Duration>, AccessError> {
        const BEFORE: &str =
            "SELECT journey, at FROM callback_askings WHERE caller = $1 AND at > $2 ORDER BY at";
        const INSERT: &str = "INSERT INTO callback_askings (caller, journey, at) VALUES ($1, $2, $3)";
        const FORGET: &str = "DELETE FROM callback_askings WHERE at <= $1";
        let callers = self.keys.caller(number);
        let locks = callers.iter().fold(Locks::default(), |locks, it| locks.and(Locked::Caller, it.bytes()));
        let written = self.durable.write(Sync::Normal, locks, move |conn| {
            Box::pin(async move {
                let since = now - ASKED_FOR;
                let mut times = vec![];
                for caller in &callers {
                    for row in conn.rows(BEFORE, binds![caller.bytes().as_slice(), since]).await? {
                        if row.id("journey")? == journey.uuid() {
                            return Ok(Done::Undo(Ok(())));
                        }
                        times.push(row.at("at")?);
                    }
                }
                times.sort_unstable();
                if let Some(wait) = paces.iter().filter_map(|pace| wait(now, &times, *pace)).max() {
                    return Ok(Done::Undo(Err(wait)));
                }
                let Some(newest) = callers.first() else { return Ok(Done::Undo(Ok(()))) };
                conn.execute(INSERT, binds![newest.bytes().as_slice(), journey, now]).await?;
                conn.execute(FORGET, binds![since]).await?;
                Ok(Done::Keep(Ok(())))
            })
        });
        Ok(written.await?)
    }
}

/// In how long one more may be asked for; nothing: it may now.
fn wait(now: Timestamp, times: &[Timestamp], (most, window): NumberPace) -> Option<Duration> {
    let nth = times.len().checked_sub(usize::try_from(most).unwrap_or(usize::MAX))?;
    let free_at = times.get(nth).map_or(now + window, |at| *at + window);
    (free_at > now).then(|| free_at.since(now))
}

fn key(row: &Row) -> Result<PublisherKey, sqlx::Error> {
    let kind = KeyKind::parse(&row.text("kind")?).ok_or_else(|| odd("kind", "it is no kind of key"))?;
    Ok(PublisherKey {
        id: PublisherKeyId::from_uuid(row.id("id")?),
        kind,
        publisher: row.slug("publisher")?,
        campaign: row.slug_opt("campaign")?,
        name: row.text("name")?,
        hint: row.text("hint")?,
        shown: row.text_opt("shown")?,
        origins: row.json("origins")?,
        per_minute: row.count("per_minute")?,
        created_at: row.at("created_at")?,
        created_by: row.id_opt("created_by")?.map(UserId::from_uuid),
        used_at: row.at_opt("used_at")?,
        revoked_at: row.at_opt("revoked_at")?,
        revoked_by: row.id_opt("revoked_by")?.map(UserId::from_uuid),
    })
}
