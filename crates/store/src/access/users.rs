//! Users: who they are, what they are here to do, and whether they still may come in.

use lead::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{
    AccessError, By, Change, Role,
    audit::{append, locks},
    id,
};
use crate::{
    ReadFailed, Store,
    durable::{Conn, Done, Row, Sync, binds, odd},
};

id! {
    /// A user.
    UserId
}

/// A user. `Debug` shows neither name nor address.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The e-mail address, in lower case; it is what one logs in with.
    pub email: String,
    /// What others call this person.
    pub name: String,
    /// What this person is here to do.
    pub role: Role,
    /// Whether a password was chosen.
    pub has_password: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// The last change: the version of what is shown.
    pub changed_at: Timestamp,
    /// Since when this person may not come in any more.
    pub disabled_at: Option<Timestamp>,
}

/// Somebody to be added.
#[derive(Clone)]
pub struct NewUser {
    /// The e-mail address, in lower case.
    pub email: String,
    /// What others call this person.
    pub name: String,
    /// What this person is here to do.
    pub role: Role,
}

/// What is to be different of a user. `None` stays.
#[derive(Clone, Default)]
pub struct UserChange {
    /// The name.
    pub name: Option<String>,
    /// The role.
    pub role: Option<Role>,
    /// Whether the person may not come in.
    pub disabled: Option<bool>,
    /// Only if it was changed last at this time.
    pub unchanged_since: Option<Timestamp>,
}

/// Why something was not done that nothing is wrong with otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no such thing, or not any more.
    Unknown,
    /// Somebody has this e-mail address.
    Taken,
    /// It was changed meanwhile.
    Changed,
    /// Nobody who may come in would own this any more.
    LastOwner,
    /// There are as many already as there may be.
    TooMany,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

const ALL: &str = "SELECT id, email, name, role, password IS NOT NULL AS has_password, created_at, changed_at, \
    disabled_at FROM users ORDER BY created_at, id";
const ONE: &str = "SELECT id, email, name, role, password IS NOT NULL AS has_password, created_at, changed_at, \
    disabled_at FROM users WHERE id = $1";

impl Store {
    /// All users, the oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn users(&self) -> Result<Vec<User>, ReadFailed> {
        let rows = self.durable.rows(ALL, vec![]).await?;
        Ok(rows.iter().map(user).collect::<Result<_, sqlx::Error>>()?)
    }

    /// A user.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, ReadFailed> {
        let row = self.durable.row(ONE, binds![id]).await?;
        Ok(row.as_ref().map(user).transpose()?)
    }

    /// The user of an e-mail address, with the password's hash.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn user_by_email(
        &self,
        email: &str,
    ) -> Result<Option<(User, Option<SecretString>)>, ReadFailed> {
        const BY_EMAIL: &str = "SELECT id, email, name, role, password IS NOT NULL AS has_password, created_at, \
            changed_at, disabled_at, password FROM users WHERE email = $1";
        let Some(row) = self.durable.row(BY_EMAIL, binds![email]).await? else { return Ok(None) };
        Ok(Some((user(&row)?, row.text_opt("password")?.map(SecretString::from))))
    }

    /// The hash of a user's password.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn password_of(&self, id: UserId) -> Result<Option<SecretString>, ReadFailed> {
        const PASSWORD: &str = "SELECT password FROM users WHERE id = $1";
        let row = self.durable.row(PASSWORD, binds![id]).await?;
        Ok(row.map(|row| row.text_opt("password")).transpose()?.flatten().map(SecretString::from))
    }

    /// Adds a user, without a password.
    ///
    /// # Errors
    /// When it is not known to be added.
    pub async fn add_user(
        &self,
        now: Timestamp,
        by: By,
        new: NewUser,
    ) -> Result<Result<User, Refused>, AccessError> {
        let id = UserId::drawn()?;
        let written = self.durable.write(Sync::Full, locks(), move |conn| {
            Box::pin(async move { add(conn, now, &by, id, &new).await })
        });
        Ok(written.await?)
    }

    /// Changes a user. Whoever may not come in any more has no session and no token from then on.
    ///
    /// # Errors
    /// When it is not known to be changed.
    pub async fn change_user(
        &self,
        now: Timestamp,
        by: By,
        id: UserId,
        to: UserChange,
    ) -> Result<Result<User, Refused>, AccessError> {
        let written = self.durable.write(Sync::Full, locks(), move |conn| {
            Box::pin(async move { change(conn, now, &by, id, &to).await })
        });
        Ok(written.await?)
    }

    /// Sets a password, by its hash, and ends every session of this person but one.
    ///
    /// # Errors
    /// When it is not known to be set.
    pub async fn set_password(
        &self,
        now: Timestamp,
        by: By,
        id: UserId,
        hash: SecretString,
        keep: Option<super::SessionId>,
    ) -> Result<(), AccessError> {
        let written = self.durable.write(Sync::Full, locks(), move |conn| {
            Box::pin(async move {
                const END: &str = "UPDATE sessions SET ended_at = $1 WHERE person = $2 AND ended_at IS NULL \
                    AND (CAST($3 AS UUID) IS NULL OR id <> $3)";
                password(conn, now, id, &hash).await?;
                conn.execute(END, binds![now, id, keep.map(super::SessionId::uuid)]).await?;
                append(conn, now, &by, Change::of("user.password_set", "user", id)).await?;
                Ok(Done::Keep(()))
            })
        });
        Ok(written.await?)
    }
}

pub(super) async fn password(
    conn: &mut Conn,
    now: Timestamp,
    id: UserId,
    hash: &SecretString,
) -> Result<(), sqlx::Error> {
    const SET: &str = "UPDATE users SET password = $1, changed_at = $2 WHERE id = $3";
    conn.execute(SET, binds![hash.expose_secret(), now, id]).await.map(drop)
}

/// Adds a user inside a transaction.
pub(super) async fn add(
    conn: &mut Conn,
    now: Timestamp,
    by: &By,
    id: UserId,
    new: &NewUser,
) -> Result<Done<Result<User, Refused>>, sqlx::Error> {
    const TAKEN: &str = "SELECT id FROM users WHERE email = $1";
    const INSERT: &str = "INSERT INTO users (id, email, name, role, created_at, changed_at) \
        VALUES ($1, $2, $3, $4, $5, $5)";
    if conn.row(TAKEN, binds![&*new.email]).await?.is_some() {
        return Ok(Done::Undo(Err(Refused::Taken)));
    }
    conn.execute(INSERT, binds![id, &*new.email, &*new.name, new.role.word(), now]).await?;
    let change = Change::of("user.added", "user", id).to(json!({ "role": new.role.word() }));
    append(conn, now, by, change).await?;
    let row = conn.row(ONE, binds![id]).await?.ok_or(sqlx::Error::RowNotFound)?;
    Ok(Done::Keep(Ok(user(&row)?)))
}

async fn change(
    conn: &mut Conn,
    now: Timestamp,
    by: &By,
    id: UserId,
    to: &UserChange,
) -> Result<Done<Result<User, Refused>>, sqlx::Error> {
    const OWNERS: &str = "SELECT COUNT(*) AS owners FROM users WHERE role = 'owner' AND disabled_at IS NULL";
    const UPDATE: &str =
        "UPDATE users SET name = $1, role = $2, disabled_at = $3, changed_at = $4 WHERE id = $5";
    const END: &str = "UPDATE sessions SET ended_at = $1 WHERE person = $2 AND ended_at IS NULL";
    const REVOKE: &str = "UPDATE api_tokens SET revoked_at = $1 WHERE person = $2 AND revoked_at IS NULL";
    const LINKS: &str = "UPDATE user_links SET ended_at = $1 WHERE person = $2 AND ended_at IS NULL";
    let Some(row) = conn.row(ONE, binds![id]).await? else { return Ok(Done::Undo(Err(Refused::Unknown))) };
    let was = user(&row)?;
    if to.unchanged_since.is_some_and(|at| at != was.changed_at) {
        return Ok(Done::Undo(Err(Refused::Changed)));
    }
    let name = to.name.clone().unwrap_or_else(|| was.name.clone());
    let role = to.role.unwrap_or(was.role);
    let disabled_at = match to.disabled {
        None => was.disabled_at,
        Some(false) => None,
        Some(true) => was.disabled_at.or(Some(now)),
    };
    // A later moment than the last change, so that two changes in one never have the same version.
    let at = now.max(was.changed_at + std::time::Duration::from_micros(1));
    conn.execute(UPDATE, binds![&*name, role.word(), disabled_at, at, id]).await?;
    let owners = conn.row(OWNERS, vec![]).await?.ok_or(sqlx::Error::RowNotFound)?.int("owners")?;
    if owners == 0 && was.role == Role::Owner {
        return Ok(Done::Undo(Err(Refused::LastOwner)));
    }
    if disabled_at.is_some() {
        conn.execute(END, binds![now, id]).await?;
        conn.execute(REVOKE, binds![now, id]).await?;
        conn.execute(LINKS, binds![now, id]).await?;
    }
    let action = match (was.disabled_at, disabled_at) {
        (None, Some(_)) => "user.disabled",
        (Some(_), None) => "user.enabled",
        _ => "user.changed",
    };
    let shown = |role: Role, disabled: bool, named: bool| {
        let mut shown = json!({ "role": role.word(), "disabled": disabled });
        if named {
            shown["name"] = "changed".into();
        }
        shown
    };
    let change = Change::of(action, "user", id)
        .from(shown(was.role, was.disabled_at.is_some(), false))
        .to(shown(role, disabled_at.is_some(), name != was.name));
    append(conn, now, by, change).await?;
    let row = conn.row(ONE, binds![id]).await?.ok_or(sqlx::Error::RowNotFound)?;
    Ok(Done::Keep(Ok(user(&row)?)))
}

pub(super) fn user(row: &Row) -> Result<User, sqlx::Error> {
    Ok(User {
        id: UserId::from_uuid(row.id("id")?),
        email: row.text("email")?,
        name: row.text("name")?,
        role: row.text("role")?.parse().map_err(|error: super::role::NoRole| odd("role", error))?,
        has_password: row.flag("has_password")?,
        created_at: row.at("created_at")?,
        changed_at: row.at("changed_at")?,
        disabled_at: row.at_opt("disabled_at")?,
    })
}
