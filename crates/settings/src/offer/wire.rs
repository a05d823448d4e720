//! `wire` of an offer: how its replies are read.

use auction::{Expiry, Mapping, Wire};
use buyer::presets::{NAMES, preset};

use super::super::{field::Field, keys::Section, table::Table};

/// The two languages of paths.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Json,
    Xml,
}

/// Reads it: `"own"`, a network's name, or a table with a mapping for JSON or XML.
pub(super) fn read(field: &Field<'_>) -> Option<Wire> {
    if field.value.is_str() {
        let known: Vec<_> = std::iter::once("own").chain(NAMES).map(|name| (name, name)).collect();
        return field
            .word_or(&known, "{ json = { bid = \"$.price\" } }")
            .map(|name| preset(name).unwrap_or(Wire::Own));
    }
    let table = field.table(Section::Wire)?;
    match (table.field("json"), table.field("xml")) {
        (Some(json), None) => mapping(&json, Language::Json).map(Wire::Json),
        (None, Some(xml)) => mapping(&xml, Language::Xml).map(Wire::Xml),
        _ => {
            let mend =
                "write \"own\", { json = { bid = \"$.price\" } } or { xml = { bid = \"/response/price\" } }";
            field.wrong("the wire names neither or both of JSON and XML", mend)
        }
    }
}

fn mapping(field: &Field<'_>, language: Language) -> Option<Mapping> {
    let table = field.table(Section::Mapping)?;
    let place = |key: &str| table.field(key).and_then(|field| path(&field, language));
    let bid = table.needed("bid", "say where a reply has its price; without it nothing is ever a bid");
    Some(Mapping {
        bid: bid.and_then(|field| path(&field, language)).unwrap_or_default(),
        accepted: place("accepted"),
        bid_id: place("bid_id"),
        sip_address: place("sip_address"),
        phone_number: place("phone_number"),
        expiry: table.field("expiry").and_then(|field| expiry(&field, language)),
        payable_after: place("payable_after"),
        reject_reason: place("reject_reason"),
        reject_code: place("reject_code"),
        currency: place("currency"),
        ping_id: place("ping_id"),
        list: place("list"),
    })
}

fn expiry(field: &Field<'_>, language: Language) -> Option<Expiry> {
    let table = field.table(Section::Expiry)?;
    let place = |key: &str, table: &Table<'_>| table.field(key).and_then(|field| path(&field, language));
    let given = Section::Expiry.keys().iter().filter(|key| table.has(key)).count();
    if given != 1 {
        let mend = "write one of { seconds = … }, { epoch_millis = … } and { rfc3339 = … }";
        return field.wrong("an expiry is told in one form", mend);
    }
    let seconds = place("seconds", &table).map(Expiry::Seconds);
    let millis = place("epoch_millis", &table).map(Expiry::EpochMillis);
    seconds.or(millis).or_else(|| place("rfc3339", &table).map(Expiry::Rfc3339))
}

/// A path in its language, as far as its form tells.
fn path(field: &Field<'_>, language: Language) -> Option<String> {
    let text = field.text()?;
    let (sound, mend) = match language {
        Language::Json => {
            let sound =
                text.strip_prefix('$').is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['));
            (sound, "write a JSONPath from the root, ex: \"$.response.price\"")
        }
        Language::Xml => {
            let sound = text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_element));
            (sound, "write the elements from the root, ex: \"/response/price\"")
        }
    };
    if sound { Some(text.to_owned()) } else { field.wrong("this is no path into a reply", mend) }
}

fn is_element(text: &str) -> bool {
    let legal = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text.chars().all(legal)
}
