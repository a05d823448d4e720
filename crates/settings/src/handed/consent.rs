//! One text that a person agrees to.

use lead::Covers;
use publisher::ConsentText;

use super::super::{field::Field, table::Table};

const COVERS: [(&str, Covers); 2] = [("calls", Covers::Calls), ("automated_voice", Covers::AutomatedVoice)];

/// Reads one.
pub(super) fn read(table: &Table<'_>) -> ConsentText {
    let text = |key: &str, mend: &str| {
        let field = table.needed(key, mend);
        field.and_then(|field| field.text()).map(str::to_owned)
    };
    let list = |key: &str| table.field(key).map(|field| field.list()).unwrap_or_default();
    ConsentText {
        // What is missing is told once: a stand-in keeps the rest from telling it again.
        version: text("version", "name this version of the text, ex: \"2026-01\"")
            .unwrap_or_else(|| "?".to_owned()),
        text: text("text", "write the text that the person agrees to").unwrap_or_else(|| "?".to_owned()),
        covers: list("covers").iter().filter_map(|item| item.word(&COVERS)).collect(),
        sellers: list("sellers").iter().filter_map(Field::text).map(str::to_owned).collect(),
    }
}
