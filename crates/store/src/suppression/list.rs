//! Looking numbers up, and paging through the list.

use std::collections::BTreeSet;

use lead::{E164, JourneyId, Pii, Timestamp};

use super::{SuppressedBy, Suppression, SuppressionError, SuppressionId};
use crate::{
    Keys, ReadFailed, Store, UserId,
    commit::caller_binds,
    durable::{Row, binds, odd},
    limits::ROWS_MAX,
    seal::masked,
    views::Wanted as Conditions,
};

/// Which suppressions are listed, the newest first.
#[derive(Debug, Clone, Default)]
pub struct SuppressionFilter {
    /// Put there in this way.
    pub why: Option<SuppressedBy>,
    /// Behind this one.
    pub before: Option<(Timestamp, SuppressionId)>,
    /// At most so many.
    pub limit: Option<u32>,
}

const COLUMNS: &str = "SELECT id, sealed, why, added_at, person, journey FROM suppressions";

impl Store {
    /// Lists suppressions.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn suppressions(
        &self,
        filter: &SuppressionFilter,
    ) -> Result<Vec<Suppression>, SuppressionError> {
        let mut wanted = Conditions::default();
        wanted.and_if("why = ?", filter.why.map(SuppressedBy::as_str));
        if let Some((at, id)) = filter.before {
            wanted.and_all("(added_at, id) < (?, ?)", binds![at, id]);
        }
        let (conditions, mut binds) = wanted.done();
        binds.push(filter.limit.map_or(ROWS_MAX, |limit| i64::from(limit).min(ROWS_MAX)).into());
        let n = binds.len();
        let sql = format!("{COLUMNS}{conditions} ORDER BY added_at DESC, id DESC LIMIT ${n}");
        let rows = self.durable.rows_made(sql, binds).await?;
        rows.iter().map(|row| read(&self.keys, row)).collect()
    }

    /// How many numbers are on the list.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn suppressions_count(&self) -> Result<u64, ReadFailed> {
        let row = self.durable.row("SELECT COUNT(*) AS n FROM suppressions", vec![]).await?;
        Ok(row.map(|row| row.int("n")).transpose()?.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }

    /// The suppression of a number, if it is on the list.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn suppressed(&self, number: &Pii<E164>) -> Result<Option<Suppression>, SuppressionError> {
        const OF: &str = "SELECT id, sealed, why, added_at, person, journey FROM suppressions \
            WHERE phone IN ($1, $2, $3) ORDER BY added_at LIMIT 1";
        let row = self.durable.row(OF, caller_binds(&self.keys.caller(number))).await?;
        row.map(|row| read(&self.keys, &row)).transpose()
    }

    /// Those of many numbers that are on the list, by their places.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn suppressed_of(&self, numbers: &[Pii<E164>]) -> Result<BTreeSet<usize>, ReadFailed> {
        const OF: &str = "SELECT 1 AS one FROM suppressions WHERE phone IN ($1, $2, $3) LIMIT 1";
        let mut found = BTreeSet::new();
        for (place, number) in numbers.iter().enumerate() {
            if self.durable.row(OF, caller_binds(&self.keys.caller(number))).await?.is_some() {
                found.insert(place);
            }
        }
        Ok(found)
    }
}

fn read(keys: &Keys, row: &Row) -> Result<Suppression, SuppressionError> {
    let why = row.text("why").map_err(ReadFailed::from)?;
    let read = || -> Result<_, sqlx::Error> {
        let why = SuppressedBy::parse(&why).ok_or_else(|| odd("why", "it is not in the list"))?;
        Ok((row.id("id")?, row.bytes("sealed")?, why, row.at("added_at")?))
    };
    let (id, sealed, why, added_at) = read().map_err(ReadFailed::from)?;
    let number = keys.open_suppressed(id, &sealed)?;
    Ok(Suppression {
        id: SuppressionId::from_uuid(id),
        masked: masked(&number.map(|number| number.as_str().to_owned())),
        number,
        why,
        added_at,
        by: row.id_opt("person").map_err(ReadFailed::from)?.map(UserId::from_uuid),
        journey: row.id_opt("journey").map_err(ReadFailed::from)?.map(JourneyId::from_uuid),
    })
}
