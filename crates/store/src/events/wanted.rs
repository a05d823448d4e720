//! `Wanted`: which types somebody is to be told of, as this process knows it.

use std::sync::atomic::{AtomicU16, Ordering};

use super::EventKind;
use crate::{ReadFailed, Store, durable::Row};

/// That there is an endpoint at all, whatever it wants.
const ANY: u16 = 1 << 15;

/// Which types somebody is to be told of. Another node's change is known with the next look.
#[derive(Debug, Default)]
pub(crate) struct Wanted(AtomicU16);

impl Wanted {
    /// Whether somebody is to be told of it.
    pub(crate) fn has(&self, kind: EventKind) -> bool {
        self.0.load(Ordering::Relaxed) & bit(kind) != 0
    }

    /// Whether somebody is to be told what became of leads.
    pub(crate) fn has_of_leads(&self) -> bool {
        EventKind::ALL.into_iter().any(|kind| kind.is_of_lead() && self.has(kind))
    }

    /// Whether there is an endpoint.
    pub(crate) fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) & ANY != 0
    }
}

impl Store {
    /// Reads anew which events are wanted. A process does so again and again, since others may have changed it.
    ///
    /// # Errors
    /// When it cannot be read; what was known stays.
    pub async fn look_for_event_endpoints(&self) -> Result<(), ReadFailed> {
        const WANTED: &str = "SELECT wanted FROM event_endpoints";
        let rows = self.durable.rows(WANTED, vec![]).await?;
        let mut bits = if rows.is_empty() { 0 } else { ANY };
        for row in &rows {
            bits |= kinds(row)?.into_iter().map(bit).fold(0, |all, one| all | one);
        }
        self.events.0.store(bits, Ordering::Relaxed);
        Ok(())
    }
}

/// The types of a row. One that only a newer release knows is passed over.
pub(super) fn kinds(row: &Row) -> Result<Vec<EventKind>, sqlx::Error> {
    let words: Vec<String> = row.json("wanted")?;
    Ok(words.iter().filter_map(|word| EventKind::parse(word)).collect())
}

const fn bit(kind: EventKind) -> u16 {
    match kind {
        EventKind::SaleBooked => 1,
        EventKind::SaleVoided => 1 << 1,
        EventKind::SaleCorrected => 1 << 2,
        EventKind::PostExhausted => 1 << 3,
        EventKind::CapReached => 1 << 4,
        EventKind::OfferPaused => 1 << 5,
        EventKind::LeadSold => 1 << 6,
        EventKind::LeadUnsold => 1 << 7,
        EventKind::LeadRefused => 1 << 8,
        EventKind::LeadNotReached => 1 << 9,
        EventKind::LeadCorrected => 1 << 10,
    }
}
