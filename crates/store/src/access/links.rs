//! One-time links: to choose a password, or to become the first owner of an empty store.

use lead::Timestamp;
use secrecy::SecretString;

use super::{
    AccessError, By, Change, NewUser, Refused, User, UserId,
    audit::{append, locks},
    secret, users,
};
use crate::{
    ReadFailed, Store,
    durable::{Done, Sync, binds},
    limits::LINK_LIFE_MAX,
};

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// The first owner tells who that is, and chooses a password.
    FirstOwner,
    /// This person chooses a password.
    Password(User),
}

impl Store {
    /// Whether nobody can come in yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn has_no_users(&self) -> Result<bool, ReadFailed> {
        const ANY: &str = "SELECT id FROM users LIMIT 1";
        Ok(self.durable.row(ANY, vec![]).await?.is_none())
    }

    /// Makes a link for a person, or for the first owner; gives what opens it. An older one opens nothing any more.
    ///
    /// # Errors
    /// When it is not known to be made.
    pub async fn add_link(
        &self,
        now: Timestamp,
        by: By,
        of: Option<UserId>,
    ) -> Result<Result<SecretString, Refused>, AccessError> {
        const ANY: &str = "SELECT id FROM users LIMIT 1";
        const THERE: &str = "SELECT id FROM users WHERE id = $1 AND disabled_at IS NULL";
        const END: &str = "UPDATE user_links SET ended_at = $1 WHERE ended_at IS NULL \
            AND (person = $2 OR (person IS NULL AND CAST($2 AS UUID) IS NULL))";
        const INSERT: &str =
            "INSERT INTO user_links (hash, person, created_at, expires_at) VALUES ($1, $2, $3, $4)";
        let opens = secret::drawn("")?;
        let hash = secret::hash(&opens);
        let written = self.durable.write(Sync::Full, locks(), move |conn| {
            Box::pin(async move {
                let fits = match of {
                    Some(id) => conn.row(THERE, binds![id]).await?.is_some(),
                    None => conn.row(ANY, vec![]).await?.is_none(),
                };
                if !fits {
                    return Ok(Done::Undo(Err(Refused::Unknown)));
                }
                let person = of.map(UserId::uuid);
                conn.execute(END, binds![now, person]).await?;
                conn.execute(INSERT, binds![hash, person, now, now + LINK_LIFE_MAX]).await?;
                let whose = of.map_or_else(|| "the first owner".to_owned(), |id| id.to_string());
                append(conn, now, &by, Change::of("link.added", "user", whose)).await?;
                Ok(Done::Keep(Ok(())))
            })
        });
        Ok(written.await?.map(|()| opens))
    }

    /// What a link is for, if it opens something still. Nothing is changed.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn link(&self, now: Timestamp, opens: &SecretString) -> Result<Option<Link>, ReadFailed> {
        const OPEN: &str =
            "SELECT person FROM user_links WHERE hash = $1 AND ended_at IS NULL AND expires_at > $2";
        let row = self.durable.row(OPEN, binds![secret::hash(opens), now]).await?;
        let Some(row) = row else { return Ok(None) };
        match row.id_opt("person")? {
            None => Ok(self.has_no_users().await?.then_some(Link::FirstOwner)),
            Some(id) => {
                let user = self.user(UserId::from_uuid(id)).await?;
                Ok(user.filter(|user| user.disabled_at.is_none()).map(Link::Password))
            }
        }
    }

    /// Uses a link: sets the password of its person, or adds the first owner. All earlier sessions of the person end.
    ///
    /// # Errors
    /// When it is not known to be done.
    pub async fn use_link(
        &self,
        now: Timestamp,
        by: By,
        opens: &SecretString,
        owner: Option<NewUser>,
        password: SecretString,
    ) -> Result<Result<User, Refused>, AccessError> {
        const OPEN: &str =
            "SELECT person FROM user_links WHERE hash = $1 AND ended_at IS NULL AND expires_at > $2";
        const END: &str = "UPDATE user_links SET ended_at = $1 WHERE hash = $2";
        const SESSIONS: &str = "UPDATE sessions SET ended_at = $1 WHERE person = $2 AND ended_at IS NULL";
        const USER: &str = "SELECT id, email, name, role, password IS NOT NULL AS has_password, created_at, \
            changed_at, disabled_at FROM users WHERE id = $1 AND disabled_at IS NULL";
        const ANY: &str = "SELECT id FROM users LIMIT 1";
        let (hash, drawn) = (secret::hash(opens), UserId::drawn()?);
        let written = self.durable.write(Sync::Full, locks(), move |conn| {
            Box::pin(async move {
                let Some(row) = conn.row(OPEN, binds![&*hash, now]).await? else {
                    return Ok(Done::Undo(Err(Refused::Unknown)));
                };
                let id = match (row.id_opt("person")?, owner) {
                    (Some(id), _) => UserId::from_uuid(id),
                    (None, Some(owner)) if conn.row(ANY, vec![]).await?.is_none() => {
                        match users::add(conn, now, &by, drawn, &owner).await? {
                            Done::Keep(_) => drawn,
                            undone => return Ok(undone),
                        }
                    }
                    (None, _) => return Ok(Done::Undo(Err(Refused::Unknown))),
                };
                let Some(row) = conn.row(USER, binds![id]).await? else {
                    return Ok(Done::Undo(Err(Refused::Unknown)));
                };
                users::password(conn, now, id, &password).await?;
                conn.execute(END, binds![now, &*hash]).await?;
                conn.execute(SESSIONS, binds![now, id]).await?;
                append(conn, now, &by, Change::of("link.used", "user", id)).await?;
                Ok(Done::Keep(Ok(users::user(&row)?)))
            })
        });
        Ok(written.await?)
    }
}
