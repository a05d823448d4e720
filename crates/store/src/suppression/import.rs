//! Many numbers at once.

use lead::{E164, Pii, Timestamp};
use serde_json::json;

use super::{NewSuppression, SuppressedBy, SuppressionError, add::Ready};
use crate::{
    By, Change, SealError, Store,
    access::{append_audit, audit_locks},
    durable::{Done, Sync},
    limits::SUPPRESSION_BATCH_MAX,
};

/// What an import came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Numbers that were not on the list.
    pub added: u64,
    /// Numbers that were on it already.
    pub known: u64,
}

impl Store {
    /// Puts numbers on the list, so many in one transaction each that calls do not wait for it. The audit has a line for
    /// each of them. Whatever was put there stays when a later one fails; the same list may be imported again.
    ///
    /// # Errors
    /// When not all of them are known to be on the list.
    pub async fn import_suppressions(
        &self,
        now: Timestamp,
        by: By,
        numbers: &[Pii<E164>],
    ) -> Result<Imported, SuppressionError> {
        let mut imported = Imported::default();
        for batch in numbers.chunks(SUPPRESSION_BATCH_MAX) {
            let why = SuppressedBy::Imported;
            let ready = batch.iter().map(|number| {
                let new =
                    NewSuppression { number: number.clone(), why, at: now, by: by.person(), journey: None };
                Ok((Ready::of(&self.keys, number)?, new))
            });
            let ready = ready.collect::<Result<Vec<_>, SealError>>()?;
            let by = by.clone();
            let written = self.durable.write(Sync::Full, audit_locks(), move |conn| {
                Box::pin(async move {
                    let mut part = Imported::default();
                    for (ready, new) in &ready {
                        match ready.put(conn, new).await? {
                            true => part.added += 1,
                            false => part.known += 1,
                        }
                    }
                    let change = Change::of("suppressions.imported", "suppressions", "list");
                    let after = json!({ "added": part.added, "known": part.known });
                    append_audit(conn, now, &by, change.to(after)).await?;
                    Ok(Done::Keep(part))
                })
            });
            let part = written.await?;
            imported.added += part.added;
            imported.known += part.known;
        }
        Ok(imported)
    }
}
