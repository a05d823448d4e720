//! `Table`: one table of the file, with its place and the keys that it may have.

use std::{collections::BTreeMap, ops::Range};

use toml::de::{DeTable, DeValue};

use super::{
    field::Field,
    keys::{Section, elsewhere},
    report::{Report, Spot},
};
use crate::nearest::{nearest, shown};

/// One table of the file.
#[derive(Clone)]
pub(super) struct Table<'d> {
    pub(super) report: &'d Report<'d>,
    path: String,
    span: Range<usize>,
    values: &'d DeTable<'d>,
}

impl<'d> Table<'d> {
    /// The whole file.
    pub(super) fn root(report: &'d Report<'d>, values: &'d DeTable<'d>) -> Self {
        Self { report, path: String::new(), span: 0..0, values }.only(Section::Settings)
    }

    /// A table whose keys are not known beforehand, ex: filters by field.
    pub(super) fn open(report: &'d Report<'d>, spot: Spot, values: &'d DeTable<'d>) -> Self {
        Self { report, path: spot.path, span: spot.span, values }
    }

    /// Reports every key that the section does not have.
    pub(super) fn only(self, section: Section) -> Self {
        for (name, _) in self.values.iter() {
            if section.keys().contains(&name.get_ref().as_ref()) {
                continue;
            }
            let mend =
                match (nearest(name.get_ref(), section.keys().iter().copied()), elsewhere(name.get_ref())) {
                    (Some(meant), _) => format!("did you mean `{meant}`?"),
                    (None, Some(meant)) => format!("did you mean {meant}?"),
                    (None, None) => {
                        format!("remove it; {} has {}", section.title(), section.keys().join(", "))
                    }
                };
            let spot = Spot { path: self.join(shown(name.get_ref()).trim_matches('`')), span: name.span() };
            self.report.problem(&spot, format!("there is no key {}", shown(name.get_ref())), mend);
        }
        self
    }

    /// The same table under a name that people know it by.
    pub(super) fn named(self, path: String) -> Self {
        Self { path, ..self }
    }

    /// Its path.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// A key's value, if it is given.
    pub(super) fn field(&self, key: &str) -> Option<Field<'d>> {
        self.values.get(key).map(|value| Field {
            report: self.report,
            spot: Spot { path: self.join(key), span: value.span() },
            value: value.get_ref(),
        })
    }

    /// A key's value, which must be given.
    pub(super) fn needed(&self, key: &str, mend: &str) -> Option<Field<'d>> {
        let field = self.field(key);
        if field.is_none() {
            self.report.problem(&self.spot(key), format!("`{key}` is missing"), mend);
        }
        field
    }

    /// All keys with their values, in the order of the keys.
    pub(super) fn fields(&self) -> Vec<(&'d str, Spot, Field<'d>)> {
        let found: BTreeMap<_, _> =
            self.values.iter().map(|(name, value)| (name.get_ref().as_ref(), (name, value))).collect();
        let field = |(key, (name, value)): (
            &'d str,
            (&'d toml::Spanned<toml::de::DeString<'d>>, &'d toml::Spanned<DeValue<'d>>),
        )| {
            // A key that was written in quotes may be anything, so its path shows it only where it may be shown.
            let path = self.join(shown(key).trim_matches('`'));
            let at = Spot { path: path.clone(), span: name.span() };
            (
                key,
                at,
                Field {
                    report: self.report,
                    spot: Spot { path, span: value.span() },
                    value: value.get_ref(),
                },
            )
        };
        found.into_iter().map(field).collect()
    }

    /// Where a key's value is, or where the table begins, if the key is not given.
    pub(super) fn spot(&self, key: &str) -> Spot {
        let span = self.values.get(key).map_or_else(|| self.span.clone(), toml::Spanned::span);
        Spot { path: self.join(key), span }
    }

    /// Where the table begins.
    pub(super) fn here(&self) -> Spot {
        Spot { path: self.path.clone(), span: self.span.clone() }
    }

    /// Whether a key is given.
    pub(super) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// Whether a key's value had a problem already.
    pub(super) fn is_broken(&self, key: &str) -> bool {
        self.report.is_broken(&self.join(key))
    }

    /// Notes what is wrong with a key's value.
    pub(super) fn problem(&self, key: &str, what: impl Into<String>, mend: impl Into<String>) {
        self.report.problem(&self.spot(key), what, mend);
    }

    fn join(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}
