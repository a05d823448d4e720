//! `check` of a question: what is an answer, and how many keys it usually has.

use std::collections::BTreeMap;

use ivr::{Check, Finish, Keys};
use lead::Word;

use super::{
    super::{field::Field, keys::Section, table::Table},
    speech,
};

#[derive(Clone, Copy)]
enum Plain {
    Zip,
    State,
    Age,
    YesNo,
    Name,
    Text,
    Phone,
}

const PLAIN: [(&str, Plain); 7] = [
    ("zip", Plain::Zip),
    ("state", Plain::State),
    ("age", Plain::Age),
    ("yes_no", Plain::YesNo),
    ("name", Plain::Name),
    ("text", Plain::Text),
    ("phone", Plain::Phone),
];

/// The ages that are heard as one where the check says no range.
const AGES: (i64, i64) = (0, 120);

/// Reads a word, or a table with one key.
pub(super) fn read(field: &Field<'_>) -> Option<Check> {
    if field.value.is_str() {
        return field.word_or(&PLAIN, "{ age = { min = 18, max = 110 } }").map(|plain| match plain {
            Plain::Zip => Check::Zip,
            Plain::State => Check::State,
            Plain::Age => Check::Age { min: AGES.0, max: AGES.1 },
            Plain::YesNo => Check::yes_no(),
            Plain::Name => Check::Name,
            Plain::Text => Check::Text,
            Plain::Phone => Check::Phone,
        });
    }
    let table = field.table(Section::Check)?;
    let given: Vec<_> =
        Section::Check.keys().iter().filter_map(|key| table.field(key).map(|field| (*key, field))).collect();
    match &given[..] {
        [("age", age)] => range(age).map(|(min, max)| Check::Age { min, max }),
        [("number", number)] => range(number).map(|(min, max)| Check::Number { min, max }),
        [("yes_no", keys)] => yes_no(keys),
        [("choice", choice)] => self::choice(choice),
        [("consent", consent)] => self::consent(consent),
        _ => field.wrong("a check is one thing", "write one, ex: check = { age = { min = 18, max = 110 } }"),
    }
}

/// How many keys an answer usually has; nothing for what only a voice answers.
pub(super) fn keys(check: &Check) -> Option<Keys> {
    let exactly = |keys| Some(Keys { min: keys, max: keys, finish: Finish::Pause });
    match check {
        Check::Zip => exactly(5),
        Check::Phone => exactly(10),
        Check::YesNo { .. } | Check::Choice { .. } | Check::Consent { .. } => exactly(1),
        Check::Age { min, max } | Check::Number { min, max } => {
            let digits = |number: i64| u8::try_from(number.max(0).to_string().len()).unwrap_or(u8::MAX);
            Some(Keys { min: digits(*min), max: digits(*max), finish: Finish::Pause })
        }
        Check::State | Check::Name | Check::Text => None,
    }
}

fn range(field: &Field<'_>) -> Option<(i64, i64)> {
    let table = field.table(Section::Range)?;
    let end = |key: &str| {
        let field = table.needed(key, "say the least and the most, ex: { min = 18, max = 110 }");
        field.and_then(|field| field.number(-10_000_000_000_i64..=10_000_000_000))
    };
    let (min, max) = (end("min"), end("max"));
    Some((min?, max?))
}

fn yes_no(field: &Field<'_>) -> Option<Check> {
    let table = field.table(Section::YesNo)?;
    let key = |name: &str, otherwise| table.field(name).map_or(Some(otherwise), |field| self::key(&field));
    let (yes, no) = (key("yes", '1'), key("no", '2'));
    Some(Check::YesNo { yes: yes?, no: no? })
}

fn choice(field: &Field<'_>) -> Option<Check> {
    let table = field.table(Section::Choice)?;
    let (mut keys, mut words) = (BTreeMap::new(), BTreeMap::new());
    for (name, at, value) in entries(&table, "keys") {
        let mut chars = name.chars();
        let (Some(key), None) = (chars.next(), chars.next()) else {
            at.wrong::<()>(
                "this is no key",
                "write one of 0 to 9 or *, in quotes, ex: { \"1\" = \"owner\" }",
            );
            continue;
        };
        keys.extend(value.map(|word| (key, word)));
    }
    for (said, _, value) in entries(&table, "words") {
        words.extend(value.map(|word| (said.to_lowercase(), word)));
    }
    Some(Check::Choice { keys, words })
}

/// Each key of a table of answers, with the word that it stands for.
fn entries<'d>(table: &Table<'d>, key: &str) -> Vec<(&'d str, Field<'d>, Option<Word>)> {
    let inner = table.field(key).and_then(|field| field.open_table());
    let fields = inner.map(|table| table.fields()).unwrap_or_default();
    let entry = |(name, at, item): (&'d str, _, Field<'d>)| {
        let word = item.parsed("this is no word of a choice", |text| {
            Word::parse(text).map_err(|_| "write 1 to 40 letters, digits, blanks, _, - or +")
        });
        (name, Field { spot: at, ..item }, word)
    };
    fields.into_iter().map(entry).collect()
}

fn consent(field: &Field<'_>) -> Option<Check> {
    let table = field.table(Section::Consent)?;
    let version =
        table.needed("text_version", "name the version of the text that the caller hears, ex: \"2026-01\"");
    let refused = table.field("refused").map(|field| speech::read(&field)).unwrap_or_default();
    Some(Check::Consent { text_version: version?.text()?.to_owned(), refused })
}

fn key(field: &Field<'_>) -> Option<char> {
    let text = field.text()?;
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(key), None) => Some(key),
        _ => field.wrong("this is no key", "write one of 0 to 9 or *, in quotes, ex: \"1\""),
    }
}
