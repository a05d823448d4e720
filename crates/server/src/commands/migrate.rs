//! `pingpost migrate`: the tables of the database, made or brought up to date, as a step of its own.

use anyhow::Context;

use super::{Failure, printed};
use crate::{
    app::open_store,
    config::{Config, Database},
};

/// Brings the tables up to date.
pub(super) async fn run(config: &Config) -> Result<(), Failure> {
    match &config.store.database {
        Database::Postgres(at) => {
            at.migrate().await.context("bringing the tables up to date")?;
            if let Some(schema) = at.look().await.context("looking at the tables")? {
                return printed(&format!("database: nothing done; it has {schema}\n"));
            }
        }
        Database::File(_) => open_store(&config.store).await?.close().await,
        Database::Temporary => {
            return Err(Failure::Wrong(vec![
                "store.path names no file that could have tables: set it, or store.url".to_owned(),
            ]));
        }
    }
    printed("database: its tables are those of this release\n")
}
