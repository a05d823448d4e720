//! Between TOML and JSON. Amounts are texts in JSON, times and dates too, and nothing becomes a float on its way.

use serde_json::{Map, Value};
use toml_edit::{ArrayOfTables, InlineTable, Item, Table};

/// What is longer than this in one line gets headings of its own.
const LINE_CHARS_MAX: usize = 90;

/// The keys whose values are amounts or shares, and therefore texts in JSON however they are written in TOML.
const AMOUNTS: [&str; 5] = ["min_bid", "bid_max", "static_price", "fixed", "percent"];

/// What stands behind a key.
pub(super) fn of(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => of_value(value),
        Item::Table(table) => Value::Object(of_table(table)),
        Item::ArrayOfTables(tables) => tables.iter().map(|table| Value::Object(of_table(table))).collect(),
    }
}

/// A table with all its keys.
pub(super) fn of_table(table: &Table) -> Map<String, Value> {
    let amount = |key: &str, item: &Item| match of(item) {
        Value::Number(number) if AMOUNTS.contains(&key) => Value::String(number.to_string()),
        value => value,
    };
    let mut found: Map<_, _> = table.iter().map(|(key, item)| (key.to_owned(), amount(key, item))).collect();
    caps(&mut found);
    found
}

fn of_value(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::String(text.value().clone()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        // Its own digits, so that 45.10 is not rounded.
        toml_edit::Value::Float(number) => Value::String(number.display_repr().into_owned()),
        toml_edit::Value::Boolean(flag) => Value::Bool(*flag.value()),
        toml_edit::Value::Datetime(at) => Value::String(at.value().to_string()),
        toml_edit::Value::Array(items) => items.iter().map(of_value).collect(),
        toml_edit::Value::InlineTable(table) => Value::Object(of_table(&table.clone().into_table())),
    }
}

/// A cap of money is an amount.
fn caps(table: &mut Map<String, Value>) {
    if table.get("counts").and_then(Value::as_str) == Some("money")
        && let Some(Value::Number(most)) = table.get("max")
    {
        let most = Value::String(most.to_string());
        table.insert("max".to_owned(), most);
    }
}

/// What is written behind a key: in one line where it fits, under headings of its own else. `null`: nothing.
pub(super) fn item(value: &Value) -> Option<Item> {
    let inline = self::value(value)?;
    if inline.to_string().chars().count() <= LINE_CHARS_MAX {
        return Some(Item::Value(inline));
    }
    match value {
        Value::Object(fields) => Some(Item::Table(table(fields))),
        Value::Array(items) if items.iter().all(Value::is_object) => {
            let tables = items.iter().filter_map(Value::as_object).map(table);
            Some(Item::ArrayOfTables(tables.collect::<ArrayOfTables>()))
        }
        _ => Some(Item::Value(inline)),
    }
}

fn table(fields: &Map<String, Value>) -> Table {
    let mut table = Table::new();
    for (key, value) in fields {
        if let Some(item) = item(value) {
            table.insert(key, item);
        }
    }
    table
}

fn value(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.to_string().into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().filter_map(self::value).collect::<toml_edit::Array>().into(),
        Value::Object(fields) => {
            let fields = fields.iter().filter_map(|(key, value)| Some((key.clone(), self::value(value)?)));
            fields.collect::<InlineTable>().into()
        }
    })
}

/// A value in one line of TOML, as people write it behind a key.
pub fn in_one_line(of: &Value) -> String {
    value(of).map(|value| value.to_string().trim().to_owned()).unwrap_or_default()
}

/// The value that a line of TOML says. `None`: it is no value.
pub fn from_one_line(line: &str) -> Option<Value> {
    line.trim().parse::<toml_edit::Value>().ok().map(|value| of_value(&value))
}
