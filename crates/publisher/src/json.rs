//! A JSON body: one object of single values. A repeated name, which the library passes over, is kept to be refused.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::sent::Given;

/// All names with their values, in the order sent. `None`: it is no such object.
pub(crate) fn read(body: &[u8]) -> Option<Vec<(String, Given)>> {
    let text = std::str::from_utf8(body).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = reader.deserialize_map(Object).ok()?;
    reader.end().ok().map(|()| found)
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Vec<(String, Given)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut found = vec![];
        while let Some(name) = entries.next_key::<String>()? {
            found.push((name, entries.next_value_seed(Single)?));
        }
        Ok(found)
    }
}

/// One value; of lists, objects and numbers with a fraction only that they are there.
struct Single;

impl<'de> DeserializeSeed<'de> for Single {
    type Value = Given;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Given, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Single {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Given, E> {
        Ok(Given::Nothing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Given, E> {
        Ok(Given::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Given, E> {
        Ok(Given::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Given, E> {
        Ok(i64::try_from(number).map_or(Given::Odd, Given::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Given, E> {
        Ok(Given::Odd)
    }

    fn visit_str<E>(self, text: &str) -> Result<Given, E> {
        Ok(Given::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Given, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Given::Odd)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Given, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Given::Odd)
    }
}
