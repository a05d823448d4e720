//! `Presence`: whether the server is there. One task looks for one that went away, less and less often; meanwhile nobody
//! else asks it, and nobody waits for it.

use std::sync::Arc;

use sqlx::{Row, postgres::PgConnectOptions};
use tokio::sync::{Notify, watch};

use super::connection::PgWriter;
use crate::{
    chance,
    limits::{POSTGRES_PROBE_MAX, POSTGRES_PROBE_MIN},
};

/// Whether the server is there.
pub(crate) struct Presence {
    is_there: watch::Sender<bool>,
    doubted: Notify,
}

impl Presence {
    /// Of a server that was there a moment ago. The task ends with whoever holds the presence.
    pub(super) fn begin(options: PgConnectOptions) -> Arc<Self> {
        let presence = Arc::new(Self { is_there: watch::channel(true).0, doubted: Notify::new() });
        let watched = Arc::downgrade(&presence);
        tokio::spawn(async move {
            while let Some(presence) = watched.upgrade() {
                tokio::select! {
                    () = presence.doubted.notified() => presence.look(&options).await,
                    () = tokio::time::sleep(POSTGRES_PROBE_MAX) => {}
                }
            }
        });
        presence
    }

    /// Something went wrong that its absence would explain: it is asked. A single connection that broke is no absence.
    pub(crate) fn doubt(&self) {
        self.doubted.notify_one();
    }

    /// Whether it is known to be away.
    pub(crate) fn is_away(&self) -> bool {
        !*self.is_there.borrow()
    }

    /// Waits until it is there.
    pub(crate) async fn back(&self) {
        // It is never closed while it is held.
        let _ = self.is_there.subscribe().wait_for(|is_there| *is_there).await;
    }

    /// Asks until it answers.
    async fn look(&self, options: &PgConnectOptions) {
        let mut wait = POSTGRES_PROBE_MIN;
        loop {
            match answers(options).await {
                Ok(()) => break,
                Err(error) if !self.is_away() => {
                    tracing::error!(error = &error as &dyn std::error::Error, "the database is away");
                    self.is_there.send_replace(false);
                }
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "the database is still away");
                }
            }
            tokio::time::sleep(chance::spread(wait)).await;
            wait = (wait * 2).min(POSTGRES_PROBE_MAX);
        }
        if self.is_away() {
            tracing::warn!("the database is there again");
            self.is_there.send_replace(true);
        }
    }
}

/// Whether it answers and takes writes. One that follows another does not.
async fn answers(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    const ASK: &str = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'";
    let mut conn = PgWriter::connect(options).await?;
    let rows = conn.rows(sqlx::query(ASK)).await?;
    let takes_writes: bool = rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get(0)?;
    conn.close().await;
    takes_writes.then_some(()).ok_or_else(|| sqlx::Error::Io(std::io::ErrorKind::ReadOnlyFilesystem.into()))
}
