//! What the store tells, and the disk below it.

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use anyhow::Error;
use lead::Timestamp;
use store::{OpenError, Store};

use super::{Code, Finding};
use crate::{
    chain_of,
    clock::Clock,
    config::{Config, Database},
};

/// How long before a token ends that is said.
const TOKEN_ENDS_SOON: Duration = Duration::from_secs(7 * 86_400);
/// Free bytes below this many times the floor are few.
const FLOORS: u64 = 4;
/// What an earlier process's clock may be ahead.
const BEHIND_MAX: Duration = Duration::from_secs(2);

/// Why the store could not be opened.
pub(super) fn unopened(error: &Error) -> Finding {
    let mend = match error.downcast_ref::<OpenError>() {
        Some(OpenError::OtherKeys) => {
            "set store.master_key to the one it was made with, or add that to store.previous_master_keys"
        }
        Some(open) if open.is_absence() => "start the database, and see that this machine reaches it",
        _ => "mend what it says; on Postgres, `pingpost migrate` makes the tables",
    };
    Code::StoreUnreadable.says("store", chain_of(error.as_ref()), mend)
}

pub(super) async fn findings(config: &Config, store: &Store) -> Vec<Finding> {
    let mut found = vec![];
    if let Database::File(path) = &config.store.database {
        found.extend(readable(path));
    }
    found.extend(disk(config, store));
    found.extend(clock(store).await);
    found.extend(people(store).await);
    found
}

/// A database that others of this machine may read.
fn readable(path: &Path) -> Option<Finding> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| {
        let what = format!("other users of this machine may open it (mode {:o})", mode & 0o777);
        Code::DatabaseReadable.says("store.path", what, "chmod 600 the file, and 700 its folder")
    })
}

fn disk(config: &Config, store: &Store) -> Option<Finding> {
    let (free, floor) = (store.disk().0?, config.store.free_min);
    (free < floor.saturating_mul(FLOORS)).then(|| {
        let what = format!("{free} bytes are free, and new calls are turned away below {floor}");
        Code::DiskNearlyFull.says("store.path", what, "make room, or move the database to a larger disk")
    })
}

/// The wall is behind what an earlier process has shown, and something waits for that time.
async fn clock(store: &Store) -> Option<Finding> {
    let shown = store.awaited_since().await.ok()??;
    let now = Clock::start().now();
    let behind = shown.since(now);
    (behind > BEHIND_MAX).then(|| {
        let what =
            format!("this machine's clock is {} s behind what the last process has shown", behind.as_secs());
        let mend = "set the clock; if it is right, `pingpost serve --take-clock` begins at it";
        Code::ClockBehind.says("clock", what, mend)
    })
}

async fn people(store: &Store) -> Vec<Finding> {
    let mut found = vec![];
    if store.has_no_users().await.unwrap_or(false) {
        let mend = "open the one-time link that `pingpost user link` prints";
        found.push(Code::NoOwner.says("users", "nobody can log in to the console yet", mend));
    }
    let now = Clock::start().now();
    let ends = |at: Timestamp| at < now + TOKEN_ENDS_SOON;
    let tokens = store.tokens(None).await.unwrap_or_default();
    for token in tokens.iter().filter(|it| it.revoked_at.is_none() && ends(it.expires_at)) {
        let what = if token.expires_at <= now { "it has ended" } else { "it ends within a week" };
        let mend = "make another with `pingpost token add`, and revoke this one";
        found.push(Code::TokenExpires.says(format!("token.{}", token.id), what, mend));
    }
    found
}
