//! `Row`: one row of an answer, whatever the database.

use lead::{Money, Timestamp};
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use super::sqlite::{DirectRow, there};
use crate::ChainHash;

/// One row of an answer. A column that is not there, or not of its kind, is an error and never a default.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Direct(DirectRow),
    Postgres(PgRow),
}

impl Row {
    pub(crate) fn int(&self, name: &str) -> Result<i64, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Direct(row) => there(name, row.int_opt(name)?),
            Self::Postgres(row) => row.try_get(name),
        }
    }

    pub(crate) fn int_opt(&self, name: &str) -> Result<Option<i64>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Direct(row) => row.int_opt(name),
            Self::Postgres(row) => row.try_get(name),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Direct(row) => there(name, row.text_opt(name)?),
            Self::Postgres(row) => row.try_get(name),
        }
    }

    pub(crate) fn text_opt(&self, name: &str) -> Result<Option<String>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Direct(row) => row.text_opt(name),
            Self::Postgres(row) => row.try_get(name),
        }
    }

    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Direct(row) => there(name, row.bytes_opt(name)?),
            Self::Postgres(row) => row.try_get(name),
        }
    }

    pub(crate) fn bytes_opt(&self, name: &str) -> Result<Option<Vec<u8>>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Direct(row) => row.bytes_opt(name),
            Self::Postgres(row) => row.try_get(name),
        }
    }

    pub(crate) fn id(&self, name: &str) -> Result<Uuid, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Direct(row) => there(name, row.id_opt(name)?),
            Self::Postgres(row) => row.try_get(name),
        }
    }

    pub(crate) fn id_opt(&self, name: &str) -> Result<Option<Uuid>, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Direct(row) => row.id_opt(name),
            Self::Postgres(row) => row.try_get(name),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Direct(row) => Ok(there(name, row.int_opt(name)?)? != 0),
            Self::Postgres(row) => row.try_get(name),
        }
    }

    pub(crate) fn at(&self, name: &str) -> Result<Timestamp, sqlx::Error> {
        self.int(name).map(Timestamp::from_micros)
    }

    pub(crate) fn at_opt(&self, name: &str) -> Result<Option<Timestamp>, sqlx::Error> {
        Ok(self.int_opt(name)?.map(Timestamp::from_micros))
    }

    pub(crate) fn money(&self, name: &str) -> Result<Money, sqlx::Error> {
        self.int(name).map(Money::from_micros)
    }

    pub(crate) fn money_opt(&self, name: &str) -> Result<Option<Money>, sqlx::Error> {
        Ok(self.int_opt(name)?.map(Money::from_micros))
    }

    pub(crate) fn count(&self, name: &str) -> Result<u32, sqlx::Error> {
        u32::try_from(self.int(name)?).map_err(|error| odd(name, error))
    }

    pub(crate) fn hash(&self, name: &str) -> Result<ChainHash, sqlx::Error> {
        ChainHash::from_bytes(&self.bytes(name)?).ok_or_else(|| odd(name, "it is not 16 bytes"))
    }

    /// A slug that was checked when it was written.
    pub(crate) fn slug<T: TryFrom<String, Error = lead::SlugError>>(
        &self,
        name: &str,
    ) -> Result<T, sqlx::Error> {
        T::try_from(self.text(name)?).map_err(|error| odd(name, error))
    }

    /// As [`Row::slug`], where there may be none.
    pub(crate) fn slug_opt<T: TryFrom<String, Error = lead::SlugError>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, sqlx::Error> {
        self.text_opt(name)?.map(T::try_from).transpose().map_err(|error| odd(name, error))
    }

    /// A JSON text that we wrote.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, sqlx::Error> {
        serde_json::from_str(&self.text(name)?).map_err(|error| odd(name, error))
    }
}

/// A column that holds something else than we write.
pub(crate) fn odd(name: &str, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: name.to_owned(), source: why.into() }
}
