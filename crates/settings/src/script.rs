//! `[campaign.script]`: what callers hear and are asked, in a form that is easy to write.

mod check;
mod problems;
mod question;
pub(super) mod speech;

use ivr::Script;

pub(super) use self::problems::report;
use super::{field::Field, keys::Section};

/// Reads it. What is wrong with the script as a whole is reported by [`report`].
pub(super) fn read(field: &Field<'_>) -> Script {
    let Some(table) = field.table(Section::Script) else { return Script::default() };
    let prompt = |key: &str| table.field(key).map(|field| speech::read(&field)).unwrap_or_default();
    let questions = table.field("question").map(|field| field.tables(Section::Question)).unwrap_or_default();
    Script {
        greeting: prompt("greeting"),
        questions: questions.iter().enumerate().map(|(n, table)| question::read(table, n + 1)).collect(),
        closing: prompt("closing"),
    }
}
