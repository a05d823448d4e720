//! The audit: who did what, when, from where, and what was there before. Entries are chained by their hashes, so that one
//! that is changed or taken out is found.

use lead::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{AccessError, TokenId, UserId};
use crate::{
    ReadFailed, Store,
    durable::{Bind, Conn, Done, Locked, Locks, Row, Sync, binds, odd},
    limits::AUDIT_PAGE_MAX,
};

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Nobody that is known: before a login.
    Nobody,
    /// Who can run commands on the server.
    Command,
    /// A person in a session.
    User(UserId),
    /// A program with a person's token.
    Token {
        /// The token.
        token: TokenId,
        /// Whose it is.
        user: UserId,
    },
}

/// Who does something, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub who: Who,
    /// The network address that it came from.
    pub address: Option<String>,
    /// The request that did it.
    pub request: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// A word of the closed list in `docs/reference/audit.md`, ex: `user.disabled`.
    pub action: &'static str,
    /// What kind of thing it was done to, ex: `user`.
    pub object_kind: &'static str,
    /// Its id.
    pub object: String,
    /// What was there before. Nothing secret, no e-mail address.
    pub before: Option<Value>,
    /// What is there now.
    pub after: Option<Value>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its number, from 1.
    pub n: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: By,
    /// What, ex: `user.disabled`.
    pub action: String,
    /// What kind of thing it was done to.
    pub object_kind: String,
    /// Its id.
    pub object: String,
    /// What was there before.
    pub before: Option<Value>,
    /// What is there since.
    pub after: Option<Value>,
    /// The hash over it and the hash before it.
    pub hash: Vec<u8>,
}

/// Which entries.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only those before this number.
    pub before: Option<i64>,
    /// Only of this person.
    pub person: Option<UserId>,
    /// Only this action.
    pub action: Option<String>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// What a reading of the whole chain came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// Every entry is as it was written. A cut at the end shows only against an earlier number and hash.
    Whole {
        /// How many there are.
        entries: i64,
        /// The hash of the last one; empty where there is none.
        head: Vec<u8>,
    },
    /// It is not.
    Broken {
        /// The first entry that is changed, or follows one that is gone.
        at: i64,
    },
}

impl By {
    /// Who can run commands on the server.
    pub const COMMAND: Self = Self { who: Who::Command, address: None, request: None };

    /// The person behind it.
    pub const fn person(&self) -> Option<UserId> {
        match self.who {
            Who::Nobody | Who::Command => None,
            Who::User(user) | Who::Token { user, .. } => Some(user),
        }
    }

    const fn kind(&self) -> &'static str {
        match self.who {
            Who::Nobody => "nobody",
            Who::Command => "command",
            Who::User(_) => "user",
            Who::Token { .. } => "token",
        }
    }

    const fn token(&self) -> Option<TokenId> {
        match self.who {
            Who::Token { token, .. } => Some(token),
            Who::Nobody | Who::Command | Who::User(_) => None,
        }
    }
}

impl Change {
    /// Something that was done to a thing.
    pub fn of(action: &'static str, object_kind: &'static str, object: impl ToString) -> Self {
        Self { action, object_kind, object: object.to_string(), before: None, after: None }
    }

    /// With what was there before.
    #[must_use]
    pub fn from(self, before: Value) -> Self {
        Self { before: Some(before), ..self }
    }

    /// With what is there now.
    #[must_use]
    pub fn to(self, after: Value) -> Self {
        Self { after: Some(after), ..self }
    }
}

/// What must be locked by whoever appends.
pub(crate) fn locks() -> Locks {
    Locks::default().and(Locked::Audit, b"chain")
}

/// Appends an entry in the transaction of what it tells of.
pub(crate) async fn append(
    conn: &mut Conn,
    now: Timestamp,
    by: &By,
    change: Change,
) -> Result<(), sqlx::Error> {
    const LAST: &str = "SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1";
    const INSERT: &str = "INSERT INTO audit (n, at, actor_kind, person, token, action, object_kind, object, \
        before, after, address, request, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let last = conn.row(LAST, vec![]).await?;
    let (n, previous) = match last {
        Some(row) => (row.int("n")? + 1, row.bytes("hash")?),
        None => (1, vec![]),
    };
    let text = |value: Option<Value>| value.map(|value| value.to_string());
    let (before, after) = (text(change.before), text(change.after));
    let hash = chained(
        &previous,
        &[
            Some(&n.to_string()),
            Some(&now.micros().to_string()),
            Some(by.kind()),
            by.person().map(|id| id.to_string()).as_deref(),
            by.token().map(|id| id.to_string()).as_deref(),
            Some(change.action),
            Some(change.object_kind),
            Some(&change.object),
            before.as_deref(),
            after.as_deref(),
            by.address.as_deref(),
            by.request.as_deref(),
        ],
    );
    let person = by.person().map(UserId::uuid);
    let token = by.token().map(TokenId::uuid);
    let (address, request) = (by.address.clone(), by.request.clone());
    let values = binds![
        n,
        now,
        by.kind(),
        person,
        token,
        change.action,
        change.object_kind,
        change.object,
        before,
        after,
        address,
        request,
        hash
    ];
    conn.execute(INSERT, values).await.map(drop)
}

/// Each field with its length before it, so that no two entries give the same bytes.
fn chained(previous: &[u8], fields: &[Option<&str>]) -> Vec<u8> {
    let mut hash = Sha256::new().chain_update(previous);
    for field in fields {
        match field {
            None => hash.update([0]),
            Some(text) => {
                hash.update([1]);
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text);
            }
        }
    }
    hash.finalize().to_vec()
}

impl Store {
    /// Appends an entry about something that changes nothing in the store: a secret that was looked at, an export.
    ///
    /// # Errors
    /// When it is not known to be kept; then what it tells of must not happen.
    pub async fn note(&self, now: Timestamp, by: By, change: Change) -> Result<(), AccessError> {
        let written = self.durable.write(Sync::Full, locks(), move |conn| {
            Box::pin(async move { append(conn, now, &by, change).await.map(Done::Keep) })
        });
        Ok(written.await?)
    }

    /// Entries, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, ReadFailed> {
        const LIST: &str = "SELECT n, at, actor_kind, person, token, action, object_kind, object, before, after, \
            address, request, hash FROM audit \
            WHERE (CAST($1 AS BIGINT) IS NULL OR n < $1) AND (CAST($2 AS UUID) IS NULL OR person = $2) \
                AND (CAST($3 AS TEXT) IS NULL OR action = $3) ORDER BY n DESC LIMIT $4";
        let limit = i64::from(filter.limit.unwrap_or(AUDIT_PAGE_MAX).min(AUDIT_PAGE_MAX));
        let values = binds![filter.before, filter.person.map(UserId::uuid), filter.action.clone(), limit];
        let rows = self.durable.rows(LIST, values).await?;
        Ok(rows.iter().map(entry).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Reads the whole chain and compares every hash.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn verify_audit(&self) -> Result<Verified, ReadFailed> {
        const PART: &str = "SELECT n, at, actor_kind, person, token, action, object_kind, object, before, after, \
            address, request, hash FROM audit WHERE n > $1 ORDER BY n LIMIT $2";
        let (mut n, mut previous) = (0_i64, vec![]);
        loop {
            let part: Vec<Bind> = binds![n, AUDIT_PAGE_MAX];
            let rows = self.durable.rows(PART, part).await?;
            for row in &rows {
                let Ok(bytes) = rehashed(row, &previous) else { return Ok(Verified::Broken { at: n + 1 }) };
                if row.int("n")? != n + 1 || row.bytes("hash")? != bytes {
                    return Ok(Verified::Broken { at: n + 1 });
                }
                n += 1;
                previous = bytes;
            }
            if rows.len() < AUDIT_PAGE_MAX as usize {
                return Ok(Verified::Whole { entries: n, head: previous });
            }
        }
    }
}

fn rehashed(row: &Row, previous: &[u8]) -> Result<Vec<u8>, sqlx::Error> {
    let id = |name: &str| Ok::<_, sqlx::Error>(row.id_opt(name)?.map(|id| id.to_string()));
    let fields = [
        Some(row.int("n")?.to_string()),
        Some(row.int("at")?.to_string()),
        Some(row.text("actor_kind")?),
        id("person")?,
        id("token")?,
        Some(row.text("action")?),
        Some(row.text("object_kind")?),
        Some(row.text("object")?),
        row.text_opt("before")?,
        row.text_opt("after")?,
        row.text_opt("address")?,
        row.text_opt("request")?,
    ];
    let fields: Vec<_> = fields.iter().map(|field| field.as_deref()).collect();
    Ok(chained(previous, &fields))
}

fn entry(row: &Row) -> Result<AuditEntry, sqlx::Error> {
    let person = row.id_opt("person")?.map(UserId::from_uuid);
    let token = row.id_opt("token")?.map(TokenId::from_uuid);
    let who = match (row.text("actor_kind")?.as_str(), person, token) {
        ("nobody", ..) => Who::Nobody,
        ("command", ..) => Who::Command,
        ("user", Some(user), _) => Who::User(user),
        ("token", Some(user), Some(token)) => Who::Token { token, user },
        _ => return Err(odd("actor_kind", "the one who did it is not named")),
    };
    let json = |name: &str| {
        let text = row.text_opt(name)?;
        text.map(|text| serde_json::from_str(&text).map_err(|error| odd(name, error))).transpose()
    };
    Ok(AuditEntry {
        n: row.int("n")?,
        at: row.at("at")?,
        by: By { who, address: row.text_opt("address")?, request: row.text_opt("request")? },
        action: row.text("action")?,
        object_kind: row.text("object_kind")?,
        object: row.text("object")?,
        before: json("before")?,
        after: json("after")?,
        hash: row.bytes("hash")?,
    })
}
