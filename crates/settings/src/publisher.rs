//! `[[publisher]]` and `payout`: who sent the lead, and what that earns.

use std::time::Duration;

use bridge::Payout;
use lead::{Money, PublisherId};

use super::{entity, field::Field, keys::Section, table::Table};

/// Who sends leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// Its id.
    pub id: PublisherId,
    /// What people call it.
    pub name: String,
    /// What it is owed, where a number says nothing else.
    pub payout: Payout,
}

/// The longest talk that something may become payable after.
const PAYABLE_MAX: Duration = Duration::from_secs(4 * 3_600);

/// Reads one.
pub(super) fn read(table: &Table<'_>, n: usize) -> Publisher {
    let id = entity::id(table, n, PublisherId::parse);
    let nothing = Payout { fixed: Money::ZERO, share: 0, payable_after: Duration::ZERO };
    let payout = table.field("payout").and_then(|field| payout(&field));
    Publisher { name: entity::name(table, id.as_str()), payout: payout.unwrap_or(nothing), id }
}

/// Reads what is owed.
pub(super) fn payout(field: &Field<'_>) -> Option<Payout> {
    let table = field.table(Section::Payout)?;
    if !table.has("fixed") && !table.has("percent") {
        return field
            .wrong("the payout pays nothing", "name `fixed`, `percent` or both, ex: { percent = 60 }");
    }
    let share = table.field("percent").and_then(|field| field.decimal("this is no percentage", percent));
    Some(Payout {
        fixed: table.field("fixed").and_then(|field| field.money()).unwrap_or_default(),
        share: share.unwrap_or_default(),
        payable_after: table
            .field("payable_after")
            .and_then(|field| field.wait(Duration::ZERO..=PAYABLE_MAX))
            .unwrap_or_default(),
    })
}

/// A percentage with at most two decimals, in hundredths of a per cent.
fn percent(text: &str) -> Result<u32, &'static str> {
    let mend = "write 0 to 100 with at most two decimals, ex: 62.5";
    let text = text.strip_suffix('%').unwrap_or(text).trim();
    let micros = Money::parse(text).map_err(|_| mend)?.micros();
    if micros % 10_000 != 0 || micros > 100_000_000 {
        return Err(mend);
    }
    u32::try_from(micros / 10_000).map_err(|_| mend)
}
