//! `ping` and `post` of an offer: how its requests are written, where that is not our own JSON.

use std::collections::BTreeMap;

use auction::{Filling, Manner, Shape};
use buyer::shaped::{Shaped, Shapes};

use super::{
    super::{field::Field, keys::Section, table::Table},
    endpoints::credential,
};

/// The syntaxes by their words; the root of XML is read apart.
const MANNERS: [(&str, Word); 4] =
    [("json", Word::Json), ("form", Word::Form), ("query", Word::Query), ("xml", Word::Xml)];
/// The element round an XML request that names none.
const ROOT: &str = "request";

#[derive(Clone, Copy)]
enum Word {
    Json,
    Form,
    Query,
    Xml,
}

/// Reads one, and reports what a request cannot be written by.
pub(super) fn read(field: &Field<'_>, of: Shapes) -> Option<Shape> {
    let table = field.table(Section::Shape)?;
    let manner = table.field("as").map_or(Some(Word::Json), |field| field.word(&MANNERS))?;
    let root = table.field("root");
    let manner = match (manner, &root) {
        (Word::Xml, root) => Manner::Xml(root.as_ref().map_or(Some(ROOT), Field::text)?.to_owned()),
        (_, Some(root)) => {
            return root.wrong("only XML has a root", "remove it, or write as = \"xml\"");
        }
        (Word::Json, None) => Manner::Json,
        (Word::Form, None) => Manner::Form,
        (Word::Query, None) => Manner::Query,
    };
    let fields = table.needed("fields", "name what the request holds, ex: fields = { zip = \"{zip}\" }")?;
    let shape = Shape {
        manner,
        fields: fillings(&fields)?,
        maps: table.field("maps").map(|field| maps(&field)).unwrap_or_default(),
    };
    let Err(errors) = Shaped::new(&shape, of) else { return Some(shape) };
    for error in errors {
        // The first word is the request's own key.
        let path = error.field.split_once('.').map_or("", |(_, path)| path);
        at(&table, path, &error.problem.to_string());
    }
    None
}

/// Reports what is wrong with a field of the shape, at its own place where it has one.
fn at(table: &Table<'_>, path: &str, what: &str) {
    let mend = "see \"A request\" in docs/reference/settings.md";
    let (key, name) = path.split_once('.').unwrap_or((path, ""));
    let inside = table.field(key).and_then(|field| field.table_again());
    let found = inside.and_then(|inside| inside.fields().into_iter().find(|(known, ..)| *known == name));
    match found {
        Some((_, _, field)) => {
            field.wrong::<()>(what, mend);
        }
        None => table.problem(key, what, mend),
    }
}

fn fillings(field: &Field<'_>) -> Option<BTreeMap<String, Filling>> {
    let filling = |(name, _, item): (&str, _, Field<'_>)| {
        let text = text(&item)?;
        let filling = if text.starts_with("env:") {
            Filling::Secret(auction::Credential::new(credential(&item)?))
        } else {
            Filling::Text(text)
        };
        Some((name.to_owned(), filling))
    };
    // Each is read, so that every problem is reported at once.
    let read: Vec<_> = field.open_table()?.fields().into_iter().map(filling).collect();
    read.into_iter().collect()
}

/// A text, or what a request holds as a number or flag of its own.
fn text(item: &Field<'_>) -> Option<String> {
    match item.whole() {
        Some(number) => Some(number.to_string()),
        None => item.text().map(str::to_owned),
    }
}

fn maps(field: &Field<'_>) -> BTreeMap<String, BTreeMap<String, String>> {
    let Some(table) = field.open_table() else { return BTreeMap::new() };
    let words = |item: &Field<'_>| {
        let words = item.open_table()?.fields().into_iter();
        Some(words.filter_map(|(word, _, item)| Some((word.to_owned(), text(&item)?))).collect())
    };
    let map = |(name, _, item): (&str, _, Field<'_>)| Some((name.to_owned(), words(&item)?));
    table.fields().into_iter().filter_map(map).collect()
}
