//! One field of a form.

use lead::{Audience, FieldName, Word};
use publisher::{Field as FormField, Kind};

use super::super::{field::Field, keys::Section, table::Table};

const AUDIENCES: [(&str, Audience); 2] = [("bidders", Audience::Bidders), ("winner", Audience::Winner)];

#[derive(Clone, Copy)]
enum Plain {
    Zip,
    State,
    Age,
    YesNo,
    Date,
    Name,
    Email,
    Text,
}

const PLAIN: [(&str, Plain); 8] = [
    ("zip", Plain::Zip),
    ("state", Plain::State),
    ("age", Plain::Age),
    ("yes_no", Plain::YesNo),
    ("date", Plain::Date),
    ("name", Plain::Name),
    ("email", Plain::Email),
    ("text", Plain::Text),
];

/// Reads one, the `n`th.
pub(super) fn read(table: &Table<'_>, n: usize) -> FormField {
    let name = table.needed("name", "name what it is sent and kept under, ex: \"zip\"");
    let name = name.and_then(|field| field.parsed("this is no field name", FieldName::parse));
    let kind = table.needed("type", "say what is a value, ex: \"zip\", \"age\" or \"yes_no\"");
    let audience = table.needed("audience", "say who may see the value: \"bidders\" or \"winner\"");
    let name = name.unwrap_or_else(|| unnamed(n));
    let label = table.field("label").and_then(|field| field.text()).map(str::to_owned);
    FormField {
        label: label.unwrap_or_else(|| spoken(name.as_str())),
        kind: kind.and_then(|field| self::kind(&field)).unwrap_or(Kind::Text),
        audience: audience.and_then(|field| field.word(&AUDIENCES)).unwrap_or(Audience::Winner),
        required: table.field("required").and_then(|field| field.flag()).unwrap_or(false),
        name,
    }
}

fn kind(field: &Field<'_>) -> Option<Kind> {
    if field.value.is_str() {
        return field.word_or(&PLAIN, "{ choice = [\"own\", \"rent\"] }").map(|plain| match plain {
            Plain::Zip => Kind::Zip,
            Plain::State => Kind::State,
            Plain::Age => Kind::Number { min: 0, max: 120 },
            Plain::YesNo => Kind::YesNo,
            Plain::Date => Kind::Date,
            Plain::Name => Kind::Name,
            Plain::Email => Kind::Email,
            Plain::Text => Kind::Text,
        });
    }
    let table = field.table(Section::FieldType)?;
    match (table.field("number"), table.field("choice")) {
        (Some(number), None) => range(&number),
        (None, Some(choice)) => {
            let word = |item: &Field<'_>| {
                item.parsed("this is no word of a choice", |text| {
                    Word::parse(text).map_err(|_| "write 1 to 40 letters, digits, blanks, _, - or +")
                })
            };
            Some(Kind::Choice(choice.list().iter().filter_map(word).collect()))
        }
        _ => field.wrong("a type is one thing", "write one, ex: type = { number = { min = 18, max = 110 } }"),
    }
}

fn range(field: &Field<'_>) -> Option<Kind> {
    let table = field.table(Section::Range)?;
    let end = |key: &str| {
        let field = table.needed(key, "say the least and the most, ex: { min = 18, max = 110 }");
        field.and_then(|field| field.number(-10_000_000_000_i64..=10_000_000_000))
    };
    let (min, max) = (end("min"), end("max"));
    Some(Kind::Number { min: min?, max: max? })
}

/// `household_size` as a person reads it: "Household size".
fn spoken(name: &str) -> String {
    let text = name.replace('_', " ");
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn unnamed(n: usize) -> FieldName {
    FieldName::parse(&format!("unnamed_{n}"))
        .unwrap_or_else(|_| unreachable!("letters and digits are a name"))
}
