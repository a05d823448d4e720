//! `pingpost user|token|audit`: who may come in, on the store itself, beside a running server or without one.

use anyhow::Context;
use clap::Subcommand;
use console::{Origin, Permission, pages::link_url};
use lead::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use store::{By, NewToken, NewUser, Refused, Role, Store, TokenId, User, UserChange, UserId, Verified};
use uuid::Uuid;

use super::{Failure, printed};
use crate::{app::open_store, clock::Clock, config::Config};

/// The longest that a token holds, in days.
const DAYS_MAX: i64 = 365;

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add a user, and print the one-time link to choose a password
    Add {
        /// The e-mail address, which one logs in with
        email: String,
        /// What others call this person
        #[arg(long)]
        name: String,
        /// owner, admin, offer_manager, finance, auditor or support
        #[arg(long, value_parser = role)]
        role: Role,
        /// As one JSON line
        #[arg(long)]
        json: bool,
    },
    /// List users, the oldest first
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Let a user in no more: sessions, tokens and links end at once
    Disable {
        /// The e-mail address
        email: String,
    },
    /// Print a new one-time link: for a user to choose a password; without one, for the first owner
    Link {
        /// The e-mail address
        email: Option<String>,
    },
}

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Make an API token in a user's name, and print it once
    Add {
        /// The user's e-mail address
        email: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may be used for, ex: calls:read
        #[arg(long = "scope", required = true, value_parser = scope)]
        scopes: Vec<Permission>,
        /// For how many days
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=DAYS_MAX))]
        days: u32,
        /// As one JSON line
        #[arg(long)]
        json: bool,
    },
    /// List tokens, the newest first
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token
    Revoke {
        /// Its id, as the list shows it
        id: Uuid,
    },
}

#[derive(Subcommand)]
pub(super) enum AuditCommand {
    /// Read every entry and compare the chain of hashes; exits with 3 where it breaks
    ///
    /// Keep the number and the hash of the last entry elsewhere: a cut at the end shows only against them.
    Verify {
        /// As one JSON line
        #[arg(long)]
        json: bool,
    },
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|error: <Role as std::str::FromStr>::Err| error.to_string())
}

fn scope(text: &str) -> Result<Permission, String> {
    let known = || Permission::ALL.map(Permission::word).join(", ");
    Permission::of(text).ok_or_else(|| format!("write one of {}", known()))
}

pub(super) fn now() -> Timestamp {
    Clock::start().now()
}

pub(super) fn wrong<T>(text: &str) -> Result<T, Failure> {
    Err(Failure::Wrong(vec![text.to_owned()]))
}

/// How browsers reach the console, for a link.
pub(super) fn origin(config: &Config) -> Result<Origin, Failure> {
    if let Some(origin) = &config.console.public_url {
        return Ok(origin.clone());
    }
    let Some(listen) = config.console.listen else {
        return wrong("set console.public_url: a link leads there");
    };
    Ok(Origin::parse(&format!("http://{listen}")).context("naming the console's address")?)
}

async fn named(store: &Store, email: &str) -> Result<User, Failure> {
    let found = store.user_by_email(&email.trim().to_lowercase()).await.context("reading the users")?;
    found.map_or_else(
        || wrong("there is no user of this address; `pingpost user list` shows all"),
        |(user, _)| Ok(user),
    )
}

pub(super) fn line(json: bool, value: &Value, text: String) -> Result<(), Failure> {
    printed(&if json { format!("{value}\n") } else { format!("{text}\n") })
}

/// Does what is said of users.
pub(super) async fn user(config: &Config, command: UserCommand) -> Result<(), Failure> {
    let store = open_store(&config.store).await?;
    let done = user_on(config, &store, command).await;
    store.close().await;
    done
}

async fn user_on(config: &Config, store: &Store, command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Add { email, name, role, json } => {
            let origin = origin(config)?;
            let (Ok(email), Ok(name)) = (console::email(&email), console::name(&name)) else {
                return wrong("write a whole e-mail address, and a name of 1 to 100 characters in one line");
            };
            let added = store.add_user(now(), By::COMMAND, NewUser { email, name, role }).await;
            let Ok(user) = added.context("adding the user")? else {
                return wrong("somebody has this address already");
            };
            let link = link(store, &origin, Some(user.id)).await?;
            line(json, &json!({ "id": user.id.uuid(), "role": role.word(), "link": link }), link.clone())
        }
        UserCommand::List { json } => {
            for user in store.users().await.context("reading the users")? {
                let state = if user.disabled_at.is_some() { "disabled" } else { "active" };
                let value = json!({
                    "id": user.id.uuid(), "email": user.email, "name": user.name, "role": user.role.word(),
                    "state": state, "has_password": user.has_password, "created_at": user.created_at.to_string(),
                });
                let text =
                    format!("{}  {:<13}  {:<8}  {}  {}", user.id, user.role, state, user.email, user.name);
                line(json, &value, text)?;
            }
            Ok(())
        }
        UserCommand::Disable { email } => {
            let user = named(store, &email).await?;
            let to = UserChange { disabled: Some(true), ..UserChange::default() };
            match store.change_user(now(), By::COMMAND, user.id, to).await.context("disabling the user")? {
                Ok(_) => printed("disabled\n"),
                Err(Refused::LastOwner) => wrong("this is the last owner: make somebody else one first"),
                Err(_) => wrong("there is no such user any more"),
            }
        }
        UserCommand::Link { email } => {
            let origin = origin(config)?;
            let of = match email {
                Some(email) => Some(named(store, &email).await?.id),
                None => None,
            };
            printed(&format!("{}\n", link(store, &origin, of).await?))
        }
    }
}

async fn link(store: &Store, origin: &Origin, of: Option<UserId>) -> Result<String, Failure> {
    match store.add_link(now(), By::COMMAND, of).await.context("making a link")? {
        Ok(secret) => Ok(link_url(origin, &secret)),
        Err(_) if of.is_some() => wrong("this user is disabled"),
        Err(_) => wrong("there are users already: name one, ex: `pingpost user link ada@example.com`"),
    }
}

/// Does what is said of tokens.
pub(super) async fn token(config: &Config, command: TokenCommand) -> Result<(), Failure> {
    let store = open_store(&config.store).await?;
    let done = token_on(&store, command).await;
    store.close().await;
    done
}

async fn token_on(store: &Store, command: TokenCommand) -> Result<(), Failure> {
    match command {
        TokenCommand::Add { email, name, scopes, days, json } => {
            let user = named(store, &email).await?;
            let now = now();
            let new = NewToken {
                user: user.id,
                name,
                scopes: scopes.into_iter().map(|it| it.word().to_owned()).collect(),
                expires_at: now + std::time::Duration::from_secs(u64::from(days) * 86_400),
            };
            let (token, secret) = store.add_token(now, By::COMMAND, new).await.context("making the token")?;
            let secret = secret.expose_secret();
            let until = token.expires_at.to_string();
            line(
                json,
                &json!({ "id": token.id.uuid(), "token": secret, "expires_at": until }),
                secret.to_owned(),
            )
        }
        TokenCommand::List { json } => {
            for token in store.tokens(None).await.context("reading the tokens")? {
                let used = token.used_at.map(|at| at.to_string());
                let revoked = token.revoked_at.map(|at| at.to_string());
                let value = json!({
                    "id": token.id.uuid(), "user": token.user.uuid(), "name": token.name, "hint": token.hint,
                    "scopes": token.scopes, "expires_at": token.expires_at.to_string(), "used_at": used,
                    "revoked_at": revoked,
                });
                let state = if token.revoked_at.is_some() { "revoked" } else { "holds" };
                let text = format!(
                    "{}  …{}  {}  {}  until {}",
                    token.id, token.hint, state, token.name, token.expires_at
                );
                line(json, &value, text)?;
            }
            Ok(())
        }
        TokenCommand::Revoke { id } => {
            let id = TokenId::from_uuid(id);
            match store.revoke_token(now(), By::COMMAND, id, None).await.context("revoking the token")? {
                Ok(()) => printed("revoked\n"),
                Err(_) => wrong("there is no such token; `pingpost token list` shows all"),
            }
        }
    }
}

/// Does what is said of the audit.
pub(super) async fn audit(config: &Config, command: AuditCommand) -> Result<(), Failure> {
    let AuditCommand::Verify { json } = command;
    let store = open_store(&config.store).await?;
    let verified = store.verify_audit().await.context("reading the audit");
    store.close().await;
    match verified? {
        Verified::Whole { entries, head } => {
            let head: String = head.iter().map(|byte| format!("{byte:02x}")).collect();
            line(
                json,
                &json!({ "whole": true, "entries": entries, "head": head }),
                format!("{entries} entries, the last {head}"),
            )
        }
        Verified::Broken { at } => {
            if json {
                printed(&format!("{}\n", json!({ "whole": false, "broken_at": at })))?;
            }
            Err(Failure::Found(vec![format!("entry {at} was changed, or one before it is gone")]))
        }
    }
}
