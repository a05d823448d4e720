//! API tokens: what a program comes in with, in the name of a person, for some of what that person may do.

use std::time::Duration;

use lead::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{
    AccessError, By, Change, Refused, User, UserId,
    audit::{append, locks},
    id, secret,
    users::user,
};
use crate::{
    ReadFailed, Store,
    durable::{Done, Row, Sync, binds},
};

/// What every token begins with, so that one that lies about is recognised.
pub const TOKEN_PREFIX: &str = "pingpost_live_";
/// How exactly it is kept when a token was used last.
const USED_EVERY: Duration = Duration::from_secs(60);

id! {
    /// A token, by a name that opens nothing.
    TokenId
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its name, for machines.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserId,
    /// What it is for.
    pub name: String,
    /// Its last characters.
    pub hint: String,
    /// What it may be used for, as far as its person may.
    pub scopes: Vec<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it was used last, to the minute.
    pub used_at: Option<Timestamp>,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<Timestamp>,
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Whose.
    pub user: UserId,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Store {
    /// Makes a token; gives it with its secret, which nothing shows again.
    ///
    /// # Errors
    /// When it is not known to be made.
    pub async fn add_token(
        &self,
        now: Timestamp,
        by: By,
        new: NewToken,
    ) -> Result<(ApiToken, SecretString), AccessError> {
        const INSERT: &str = "INSERT INTO api_tokens (id, hash, person, name, hint, scopes, created_at, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let (id, opens) = (TokenId::drawn()?, secret::drawn(TOKEN_PREFIX)?);
        let hash = secret::hash(&opens);
        let hint = opens.expose_secret().chars().rev().take(4).collect::<Vec<_>>();
        let token = ApiToken {
            id,
            user: new.user,
            name: new.name,
            hint: hint.into_iter().rev().collect(),
            scopes: new.scopes,
            created_at: now,
            expires_at: new.expires_at,
            used_at: None,
            revoked_at: None,
        };
        let made = token.clone();
        let written = self.durable.write(Sync::Full, locks(), move |conn| {
            Box::pin(async move {
                let scopes = json!(made.scopes);
                let values = binds![
                    id,
                    hash,
                    made.user,
                    made.name,
                    made.hint,
                    scopes.to_string(),
                    now,
                    made.expires_at
                ];
                conn.execute(INSERT, values).await?;
                let after = json!({
                    "user": made.user.to_string(),
                    "scopes": scopes,
                    "expires_at": made.expires_at.to_string(),
                });
                append(conn, now, &by, Change::of("token.added", "token", id).to(after)).await?;
                Ok(Done::Keep(()))
            })
        });
        written.await?;
        Ok((token, opens))
    }

    /// The token of a secret, with its user, if it opens something still.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn token(
        &self,
        now: Timestamp,
        opens: &SecretString,
    ) -> Result<Option<(ApiToken, User)>, ReadFailed> {
        const OPEN: &str = "SELECT t.id AS token, t.person, t.name AS token_name, t.hint, t.scopes, \
            t.created_at AS made_at, t.expires_at, t.used_at, t.revoked_at, u.id, u.email, u.name, u.role, \
            u.password IS NOT NULL AS has_password, u.created_at, u.changed_at, u.disabled_at \
            FROM api_tokens t JOIN users u ON u.id = t.person \
            WHERE t.hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 AND u.disabled_at IS NULL";
        const USED: &str =
            "UPDATE api_tokens SET used_at = $1 WHERE id = $2 AND (used_at IS NULL OR used_at < $1)";
        let Some(row) = self.durable.row(OPEN, binds![secret::hash(opens), now]).await? else {
            return Ok(None);
        };
        let (token, user) = (token(&row)?, user(&row)?);
        if token.used_at.is_none_or(|at| now.since(at) >= USED_EVERY) {
            let id = token.id;
            self.durable.write_later(move |conn| {
                Box::pin(async move { conn.execute(USED, binds![now, id]).await.map(|_| Done::Keep(())) })
            });
        }
        Ok(Some((token, user)))
    }

    /// Tokens, of one person or all, the newest first, revoked ones as well.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn tokens(&self, of: Option<UserId>) -> Result<Vec<ApiToken>, ReadFailed> {
        const LIST: &str = "SELECT id AS token, person, name AS token_name, hint, scopes, created_at AS made_at, \
            expires_at, used_at, revoked_at FROM api_tokens \
            WHERE (CAST($1 AS UUID) IS NULL OR person = $1) ORDER BY created_at DESC, id";
        let rows = self.durable.rows(LIST, binds![of.map(UserId::uuid)]).await?;
        Ok(rows.iter().map(token).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Revokes a token: of this person, or of anybody. One that is revoked already stays so.
    ///
    /// # Errors
    /// When it is not known to be revoked.
    pub async fn revoke_token(
        &self,
        now: Timestamp,
        by: By,
        id: TokenId,
        of: Option<UserId>,
    ) -> Result<Result<(), Refused>, AccessError> {
        const REVOKE: &str = "UPDATE api_tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL \
            AND (CAST($3 AS UUID) IS NULL OR person = $3)";
        const THERE: &str =
            "SELECT id FROM api_tokens WHERE id = $1 AND (CAST($2 AS UUID) IS NULL OR person = $2)";
        let written = self.durable.write(Sync::Full, locks(), move |conn| {
            Box::pin(async move {
                let of = of.map(UserId::uuid);
                if conn.row(THERE, binds![id, of]).await?.is_none() {
                    return Ok(Done::Undo(Err(Refused::Unknown)));
                }
                if conn.execute(REVOKE, binds![now, id, of]).await? == 1 {
                    append(conn, now, &by, Change::of("token.revoked", "token", id)).await?;
                }
                Ok(Done::Keep(Ok(())))
            })
        });
        Ok(written.await?)
    }
}

fn token(row: &Row) -> Result<ApiToken, sqlx::Error> {
    Ok(ApiToken {
        id: TokenId::from_uuid(row.id("token")?),
        user: UserId::from_uuid(row.id("person")?),
        name: row.text("token_name")?,
        hint: row.text("hint")?,
        scopes: row.json("scopes")?,
        created_at: row.at("made_at")?,
        expires_at: row.at("expires_at")?,
        used_at: row.at_opt("used_at")?,
        revoked_at: row.at_opt("revoked_at")?,
    })
}
