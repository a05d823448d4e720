//! What a POST of the API came to, for whoever repeats it under the same key. Sealed: it can hold a new token.

use std::sync::Arc;

use lead::Timestamp;
use uuid::Uuid;

use crate::{
    SettingsError, Store,
    durable::{Done, Locks, Sync, binds},
    limits::{API_RESULT_KEPT_FOR, API_UNDER_WAY_MAX},
};

/// A POST under a key.
#[derive(Debug, Clone)]
pub struct Keyed {
    /// Whose key it is.
    pub owner: Uuid,
    /// The key.
    pub key: String,
    /// A hash over what was asked.
    pub request_hash: Vec<u8>,
}

/// What is known of it.
#[derive(Debug)]
pub enum Begun {
    /// Nothing: it is done now, and its result is to be kept.
    First,
    /// It was done.
    Before {
        /// The status of its answer.
        status: u16,
        /// The answer.
        body: Vec<u8>,
    },
    /// Something else was asked under this key.
    Other,
    /// It is under way.
    UnderWay,
}

impl Store {
    /// Begins a POST under a key, or finds it.
    ///
    /// # Errors
    /// When neither is known to be done.
    pub async fn begin_keyed(&self, now: Timestamp, keyed: &Keyed) -> Result<Begun, SettingsError> {
        const OLD: &str = "DELETE FROM api_results WHERE began_at < $1";
        const FOUND: &str = "SELECT request_hash, began_at, status, body FROM api_results \
            WHERE owner = $1 AND idempotency_key = $2";
        const BEGIN: &str = "INSERT INTO api_results (owner, idempotency_key, request_hash, began_at) \
            VALUES ($1, $2, $3, $4) ON CONFLICT (owner, idempotency_key) DO NOTHING";
        const AGAIN: &str = "UPDATE api_results SET began_at = $1 \
            WHERE owner = $2 AND idempotency_key = $3 AND status IS NULL AND began_at = $4";
        let asked = keyed.clone();
        let found = self.durable.write(Sync::Normal, Locks::default(), move |conn| {
            Box::pin(async move {
                let (owner, key) = (asked.owner, &*asked.key);
                conn.execute(OLD, binds![now - API_RESULT_KEPT_FOR]).await?;
                if conn.execute(BEGIN, binds![owner, key, &*asked.request_hash, now]).await? == 1 {
                    return Ok(Done::Keep(None));
                }
                let row = conn.row(FOUND, binds![owner, key]).await?.ok_or(sqlx::Error::RowNotFound)?;
                let (hash, status, body) =
                    (row.bytes("request_hash")?, row.int_opt("status")?, row.bytes_opt("body")?);
                let began_at = row.at("began_at")?;
                // Whoever began it has ended without a word.
                let abandoned =
                    status.is_none() && now.since(began_at) > API_UNDER_WAY_MAX && hash == asked.request_hash;
                if abandoned && conn.execute(AGAIN, binds![now, owner, key, began_at]).await? == 1 {
                    return Ok(Done::Keep(None));
                }
                Ok(Done::Keep(Some((hash, status, body))))
            })
        });
        Ok(match found.await? {
            None => Begun::First,
            Some((hash, ..)) if hash != keyed.request_hash => Begun::Other,
            Some((_, Some(status), Some(body))) => Begun::Before {
                status: u16::try_from(status).unwrap_or(500),
                body: self.keys.open(&purpose(keyed), &body)?,
            },
            Some(_) => Begun::UnderWay,
        })
    }

    /// Keeps what a POST came to; without a result it can be begun again.
    ///
    /// # Errors
    /// When it is not known to be kept.
    pub async fn end_keyed(&self, keyed: &Keyed, result: Option<(u16, &[u8])>) -> Result<(), SettingsError> {
        const KEEP: &str =
            "UPDATE api_results SET status = $1, body = $2 WHERE owner = $3 AND idempotency_key = $4";
        const FORGET: &str =
            "DELETE FROM api_results WHERE owner = $1 AND idempotency_key = $2 AND status IS NULL";
        let (owner, key, keys) = (keyed.owner, keyed.key.clone(), Arc::clone(&self.keys));
        let sealed = match result {
            Some((status, body)) => Some((i64::from(status), keys.seal(&purpose(keyed), body)?)),
            None => None,
        };
        let written = self.durable.write(Sync::Normal, Locks::default(), move |conn| {
            Box::pin(async move {
                match sealed {
                    Some((status, body)) => conn.execute(KEEP, binds![status, body, owner, key]).await?,
                    None => conn.execute(FORGET, binds![owner, key]).await?,
                };
                Ok(Done::Keep(()))
            })
        });
        Ok(written.await?)
    }
}

fn purpose(keyed: &Keyed) -> Vec<u8> {
    [b"api-result".as_slice(), keyed.owner.as_bytes(), keyed.key.as_bytes()].concat()
}
