//! `Field`: one value of the file, read as what its key says. What is wrong is reported, and nothing is given.

use std::{fmt::Display, ops::RangeInclusive, time::Duration};

use lead::Money;
use toml::de::DeValue;

use super::{
    keys::Section,
    report::{Report, Spot},
    table::Table,
};
use crate::{nearest::nearest, wait};

/// One value of the file.
#[derive(Clone)]
pub(super) struct Field<'d> {
    pub(super) report: &'d Report<'d>,
    pub(super) spot: Spot,
    pub(super) value: &'d DeValue<'d>,
}

impl<'d> Field<'d> {
    /// A text without the blanks around it.
    pub(super) fn text(&self) -> Option<&'d str> {
        match self.value {
            DeValue::String(text) => Some(text.trim()),
            _ => self.wrong_type("a string", "write it in quotes"),
        }
    }

    /// A text that `read` understands. Its error is the mend.
    pub(super) fn parsed<T, E: Display>(
        &self,
        what: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match read(self.text()?) {
            Ok(value) => Some(value),
            Err(error) => self.wrong(what, error.to_string()),
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        self.word_or(words, "")
    }

    /// One of a few words, where a table like this one can be written as well.
    pub(super) fn word_or<T: Copy>(&self, words: &[(&str, T)], table: &str) -> Option<T> {
        let text = self.text()?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let known = || words.iter().map(|(word, _)| *word);
        let mend = match nearest(text, known()) {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None if table.is_empty() => format!("write {}", either(known())),
            None => format!("write {}, or {table}", either(known())),
        };
        self.wrong("there is no such choice", mend)
    }

    /// True or false.
    pub(super) fn flag(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong_type("true or false", "write it without quotes"),
        }
    }

    /// A whole number in its range.
    pub(super) fn number<T>(&self, range: RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        let mend = format!("write a whole number from {} to {}", range.start(), range.end());
        let DeValue::Integer(_) = self.value else { return self.wrong_type("a whole number", mend) };
        match self.whole().and_then(|number| T::try_from(number).ok()).filter(|number| range.contains(number))
        {
            Some(number) => Some(number),
            None => self.wrong("the number is out of its range", mend),
        }
    }

    /// A whole number, if it is one. Reports nothing.
    pub(super) fn whole(&self) -> Option<i64> {
        let DeValue::Integer(number) = self.value else { return None };
        i64::from_str_radix(number.as_str(), number.radix()).ok()
    }

    /// A length of time in its range.
    pub(super) fn wait(&self, range: RangeInclusive<Duration>) -> Option<Duration> {
        let value = self.parsed("this is no length of time", wait::wait)?;
        if range.contains(&value) {
            return Some(value);
        }
        let mend = format!("write {} to {}", wait::written(*range.start()), wait::written(*range.end()));
        self.wrong("the length of time is out of its range", mend)
    }

    /// An amount, as a text or as a number. It never becomes a float: the file's own digits are read.
    pub(super) fn money(&self) -> Option<Money> {
        self.decimal("this is no amount", Money::parse)
    }

    /// A decimal number that `read` understands, as a text or as a number.
    pub(super) fn decimal<T, E: Display>(
        &self,
        what: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = match self.value {
            DeValue::String(text) => text.trim(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => return self.wrong_type("an amount", "write it as a number or in quotes, ex: \"45.00\""),
        };
        match read(text) {
            Ok(value) => Some(value),
            Err(error) => self.wrong(what, error.to_string()),
        }
    }

    /// The values of a list.
    pub(super) fn list(&self) -> Vec<Field<'d>> {
        if self.value.is_table() {
            let key = self.spot.path.rsplit('.').next().unwrap_or_default();
            let mend = format!("write its heading with two pairs of brackets, ex: [[{key}]]");
            self.wrong::<()>("this is one table, and the key takes a list of them", mend);
            return Vec::new();
        }
        let DeValue::Array(items) = self.value else {
            self.wrong_type::<()>("a list", "write it in brackets, ex: [\"a\", \"b\"]");
            return Vec::new();
        };
        let item = |(n, item): (usize, &'d toml::Spanned<DeValue<'d>>)| Field {
            report: self.report,
            spot: Spot { path: format!("{}[{}]", self.spot.path, n + 1), span: item.span() },
            value: item.get_ref(),
        };
        items.iter().enumerate().map(item).collect()
    }

    /// A table with the keys of its section.
    pub(super) fn table(&self, section: Section) -> Option<Table<'d>> {
        self.open_table().map(|table| table.only(section))
    }

    /// A table whose keys are not known beforehand.
    pub(super) fn open_table(&self) -> Option<Table<'d>> {
        match self.value {
            DeValue::Table(values) => Some(Table::open(self.report, self.spot.clone(), values)),
            _ => self.wrong_type("a table", "write it in braces, ex: { key = \"value\" }"),
        }
    }

    /// A table that was read before: nothing is reported again.
    pub(super) fn table_again(&self) -> Option<Table<'d>> {
        match self.value {
            DeValue::Table(values) => Some(Table::open(self.report, self.spot.clone(), values)),
            _ => None,
        }
    }

    /// The tables of a list.
    pub(super) fn tables(&self, section: Section) -> Vec<Table<'d>> {
        self.list().iter().filter_map(|item| item.table(section)).collect()
    }

    /// Reports what is wrong with it.
    pub(super) fn wrong<T>(&self, what: impl Into<String>, mend: impl Into<String>) -> Option<T> {
        self.report.problem(&self.spot, what, mend);
        None
    }

    fn wrong_type<T>(&self, expected: &str, mend: impl Into<String>) -> Option<T> {
        self.wrong(format!("this is {}, and the key takes {expected}", self.kind()), mend)
    }

    fn kind(&self) -> &'static str {
        match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }
}

/// `"a"`, `"b"` or `"c"`.
pub(super) fn either<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut words: Vec<_> = words.into_iter().map(|word| format!("\"{word}\"")).collect();
    match words.pop() {
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} or {last}", words.join(", ")),
        None => String::new(),
    }
}
