//! `Document`: the settings' text, changed entry by entry. What nobody changes keeps its place, its form and its comments.
//!
//! Entries go in and out as JSON with the keys of `docs/reference/settings.md`. Secrets come out hidden, and a hidden one
//! that is put back stays what it is. Nothing here says whether the settings hold together: [`crate::Settings::parse`] does.

mod json;
mod pointer;
mod secrets;

use std::collections::BTreeSet;

use lead::OfferId;
use serde_json::{Map, Value};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

pub use self::{
    json::{from_one_line, in_one_line},
    pointer::pointer,
    secrets::HIDDEN,
};

/// What stands in the document more than once, each under its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `[[buyer]]`
    Buyer,
    /// `[[offer]]`
    Offer,
    /// `[[publisher]]`
    Publisher,
    /// `[[number]]`
    Number,
    /// `[[campaign]]`
    Campaign,
}

/// Why a document was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditProblem {
    /// There is no such entry.
    #[error("there is no such entry")]
    Unknown,
    /// There is one with this id already.
    #[error("there is one with this id already")]
    Exists,
    /// A hidden secret was put where none is kept, at this JSON pointer.
    #[error("{0}: no secret is kept here")]
    NoSecret(String),
    /// The kept text is not TOML.
    #[error("the kept settings are not TOML")]
    NotToml,
    /// An entry is no object, or its id is no text.
    #[error("{0}: this is not what stands here")]
    Form(String),
}

/// The settings' text. `Debug` shows nothing of it, since it holds secrets.
#[derive(Clone)]
pub struct Document {
    text: DocumentMut,
}

impl Kind {
    /// All of them, in the order of the document.
    pub const ALL: [Self; 5] = [Self::Buyer, Self::Offer, Self::Publisher, Self::Number, Self::Campaign];

    /// Its heading, ex: `offer`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Offer => "offer",
            Self::Publisher => "publisher",
            Self::Number => "number",
            Self::Campaign => "campaign",
        }
    }

    /// The key that holds its id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Number => "number",
            _ => "id",
        }
    }
}

impl Document {
    /// Reads a text that is TOML.
    ///
    /// # Errors
    /// [`EditProblem::NotToml`].
    pub fn parse(text: &str) -> Result<Self, EditProblem> {
        let text = text.parse::<DocumentMut>().map_err(|_| EditProblem::NotToml)?;
        let mut document = Self { text };
        for kind in Kind::ALL {
            document.open(kind)?;
        }
        Ok(document)
    }

    /// The whole text, with its secrets.
    pub fn text(&self) -> String {
        self.text.to_string()
    }

    /// The keys above all entries.
    pub fn general(&self) -> Map<String, Value> {
        let plain = self.text.iter().filter(|(key, _)| Kind::ALL.iter().all(|kind| kind.word() != *key));
        plain.map(|(key, item)| (key.to_owned(), json::of(item))).collect()
    }

    /// Sets some of the keys above all entries. `null` takes one away.
    pub fn set_general(&mut self, keys: &Map<String, Value>) {
        for (key, value) in keys {
            if Kind::ALL.iter().all(|kind| kind.word() != key) {
                set(self.text.as_table_mut(), key, value);
            }
        }
    }

    /// The ids of a kind, in their order.
    pub fn ids(&self, kind: Kind) -> Vec<String> {
        self.tables(kind).filter_map(|table| id_of(table, kind)).map(str::to_owned).collect()
    }

    /// The entries of a kind with their ids, in their order, secrets hidden.
    pub fn entries(&self, kind: Kind) -> Vec<(String, Map<String, Value>)> {
        let named =
            |table| Some((id_of(table, kind)?.to_owned(), secrets::hidden(kind, json::of_table(table))));
        self.tables(kind).filter_map(named).collect()
    }

    /// The offers that are not switched off.
    pub fn active_offers(&self) -> BTreeSet<String> {
        let entries = self.entries(Kind::Offer).into_iter();
        entries.filter(|(_, it)| it.get("active") != Some(&Value::Bool(false))).map(|(id, _)| id).collect()
    }

    /// Those of these offers that are switched off here; one that was taken away is not.
    pub fn switched_off(&self, were: &BTreeSet<String>) -> Vec<OfferId> {
        let are = self.active_offers();
        let off = self.ids(Kind::Offer).into_iter().filter(|id| were.contains(id) && !are.contains(id));
        off.filter_map(|id| OfferId::parse(&id).ok()).collect()
    }

    /// An entry, secrets hidden.
    pub fn entry(&self, kind: Kind, id: &str) -> Option<Map<String, Value>> {
        self.table(kind, id).map(|table| secrets::hidden(kind, json::of_table(table)))
    }

    /// An entry as it stands, with its secrets: for its tag alone.
    pub fn bare(&self, kind: Kind, id: &str) -> Option<String> {
        self.table(kind, id).map(|table| Value::Object(json::of_table(table)).to_string())
    }

    /// The secrets that stand in an entry themselves, so that they are found where they must not be shown.
    pub fn secrets(&self, kind: Kind, id: &str) -> Vec<String> {
        self.table(kind, id).map(|table| secrets::of(kind, json::of_table(table))).unwrap_or_default()
    }

    /// The place of an entry among those of its kind, from 1.
    pub fn place(&self, kind: Kind, id: &str) -> Option<usize> {
        self.tables(kind).position(|table| id_of(table, kind) == Some(id)).map(|at| at + 1)
    }

    /// Adds an entry behind those of its kind. Its id is the value of [`Kind::id`].
    ///
    /// # Errors
    /// When it has no id, there is one with it, or a hidden secret is put where none is kept.
    pub fn add(&mut self, kind: Kind, entry: &Map<String, Value>) -> Result<(), EditProblem> {
        let id = entry.get(kind.id()).and_then(Value::as_str);
        let id = id.ok_or_else(|| EditProblem::Form(format!("/{}", kind.id())))?.trim().to_owned();
        if self.place(kind, &id).is_some() {
            return Err(EditProblem::Exists);
        }
        let entry = secrets::kept(kind, entry, &Map::new())?;
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        for (key, value) in &entry {
            set(&mut table, key, value);
        }
        self.open(kind)?.push(table);
        Ok(())
    }

    /// Puts an entry in the place of the one with its id: keys that are not in it are taken away.
    ///
    /// # Errors
    /// When there is none with this id, or a hidden secret is put where none is kept.
    pub fn replace(&mut self, kind: Kind, id: &str, entry: &Map<String, Value>) -> Result<(), EditProblem> {
        let table = self.table_mut(kind, id)?;
        let before = json::of_table(table);
        let entry = secrets::kept(kind, entry, &before)?;
        for key in before.keys().filter(|key| *key != kind.id() && entry.get(*key).is_none_or(Value::is_null))
        {
            table.remove(key);
        }
        for (key, value) in entry.iter().filter(|(key, value)| before.get(*key) != Some(value)) {
            if key != kind.id() {
                set(table, key, value);
            }
        }
        Ok(())
    }

    /// Takes an entry away.
    ///
    /// # Errors
    /// When there is none with this id.
    pub fn remove(&mut self, kind: Kind, id: &str) -> Result<(), EditProblem> {
        let at = self.place(kind, id).ok_or(EditProblem::Unknown)?;
        let entries = self.open(kind)?;
        entries.remove(at - 1);
        if entries.is_empty() {
            self.text.remove(kind.word());
        }
        Ok(())
    }

    fn tables(&self, kind: Kind) -> impl Iterator<Item = &Table> {
        self.text.get(kind.word()).and_then(Item::as_array_of_tables).into_iter().flatten()
    }

    fn table(&self, kind: Kind, id: &str) -> Option<&Table> {
        self.tables(kind).find(|table| id_of(table, kind) == Some(id))
    }

    fn table_mut(&mut self, kind: Kind, id: &str) -> Result<&mut Table, EditProblem> {
        let tables = self.text.get_mut(kind.word()).and_then(Item::as_array_of_tables_mut);
        let mut tables = tables.into_iter().flat_map(ArrayOfTables::iter_mut);
        tables.find(|table| id_of(table, kind) == Some(id)).ok_or(EditProblem::Unknown)
    }

    /// The entries of a kind as tables with headings, however they were written.
    fn open(&mut self, kind: Kind) -> Result<&mut ArrayOfTables, EditProblem> {
        let root = self.text.as_table_mut();
        if let Some(item) = root.get_mut(kind.word())
            && !item.is_array_of_tables()
        {
            let written = std::mem::take(item);
            *item = match written.into_array_of_tables() {
                Ok(tables) => Item::ArrayOfTables(tables),
                // An empty list is no list of tables.
                Err(Item::Value(value)) if value.as_array().is_some_and(toml_edit::Array::is_empty) => {
                    Item::ArrayOfTables(ArrayOfTables::new())
                }
                Err(_) => return Err(EditProblem::NotToml),
            };
        }
        let item = root.entry(kind.word()).or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        item.as_array_of_tables_mut().ok_or(EditProblem::NotToml)
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").finish_non_exhaustive()
    }
}

fn id_of(table: &Table, kind: Kind) -> Option<&str> {
    table.get(kind.id()).and_then(Item::as_str).map(str::trim)
}

/// Sets a key; the comments before it stay. `null` takes it away.
fn set(table: &mut Table, key: &str, value: &Value) {
    let Some(mut item) = json::item(value) else {
        table.remove(key);
        return;
    };
    match table.get_mut(key) {
        Some(there) => {
            if let (Some(before), Some(after)) = (there.as_value(), item.as_value_mut()) {
                *after.decor_mut() = before.decor().clone();
            }
            *there = item;
        }
        None => {
            table.insert(key, item);
        }
    }
}
