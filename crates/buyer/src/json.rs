//! Reads a reply's JSON by our own rules, which are stricter than the library's.
//!
//! `serde_json` alone takes the last of two equal keys, lets invalid UTF-8 pass in what is not read, and turns
//! numbers into floats. Here a repeated key anywhere, invalid UTF-8 anywhere, trailing junk, and a depth over
//! [`DEPTH_MAX`] are malformed, and a number keeps its decimal text (`arbitrary_precision`).

use std::{cell::Cell, fmt};

use auction::Malformed;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The deepest nesting that is read, of arrays, objects and elements.
pub const DEPTH_MAX: u32 = 32;

/// The key under which `serde_json` hands over a number's text; see [`Strict::visit_map`].
const NUMBER_KEY: &str = "$serde_json::private::Number";

/// One whole JSON text, perhaps behind a byte-order mark.
///
/// # Errors
/// The rule that the text breaks; nothing of the text.
pub fn read(body: &[u8]) -> Result<Value, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| Malformed::Utf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let broken = Cell::new(Malformed::Syntax);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0, broken: &broken }.deserialize(&mut reader).map_err(|_| broken.get())?;
    reader.end().map_err(|_| Malformed::Syntax)?;
    Ok(value)
}

/// Builds one value. `broken` carries the rule that was broken past the library's own error type.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: u32,
    broken: &'a Cell<Malformed>,
}

impl Strict<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > DEPTH_MAX { Err(self.breaks(Malformed::Depth)) } else { Ok(Self { depth, ..self }) }
    }

    fn breaks<E: Error>(self, rule: Malformed) -> E {
        self.broken.set(rule);
        E::custom("a rule of ours is broken")
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    /// A whole number that fits comes so; its text has one spelling.
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(deeper)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    /// With `arbitrary_precision` any other number comes as a map of one private key and an owned string, which no text
    /// of a reply ever is. A reply that spells that key out is malformed.
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let mut deeper = None;
        while let Some(key) = entries.next_key::<String>()? {
            if key == NUMBER_KEY {
                let text = entries.next_value_seed(NumberText)?;
                return text.parse::<Number>().map(Value::Number).map_err(A::Error::custom);
            }
            let inside = deeper.map_or_else(|| self.deeper(), Ok)?;
            deeper = Some(inside);
            let value = entries.next_value_seed(inside)?;
            if object.insert(key, value).is_some() {
                return Err(self.breaks(Malformed::DuplicateField));
            }
        }
        if deeper.is_none() {
            self.deeper::<A::Error>()?;
        }
        Ok(Value::Object(object))
    }
}

/// Takes an owned string and nothing else.
struct NumberText;

impl<'de> DeserializeSeed<'de> for NumberText {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<String, D::Error> {
        reader.deserialize_any(self)
    }
}

impl Visitor<'_> for NumberText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text of a number")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<String, E> {
        Err(E::custom("the private key of numbers, spelled out"))
    }

    fn visit_string<E>(self, text: String) -> Result<String, E> {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_keep_their_text() {
        let kept = |text: &str| read(text.as_bytes()).unwrap().as_number().unwrap().as_str().to_owned();
        for text in ["0", "-0", "-0.0", "91.00", "18446744073709551616", "0.1234567890123456789012345678901"]
        {
            assert_eq!(kept(text), text);
        }
        // The library spells every exponent alike.
        for (text, spelled) in [("1e1", "1e+1"), ("9.1E1", "9.1e+1"), ("1E-400", "1e-400")] {
            assert_eq!(kept(text), spelled);
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped_once() {
        assert!(read(b"\xef\xbb\xbf{}").is_ok());
        assert_eq!(read(b"\xef\xbb\xbf\xef\xbb\xbf{}"), Err(Malformed::Syntax));
        assert_eq!(read(b"{}\xef\xbb\xbf"), Err(Malformed::Syntax));
    }

    #[test]
    fn depth_is_counted_over_arrays_and_objects() {
        let nested = |depth: usize| "[{\"a\":".repeat(depth / 2) + "1" + &"}]".repeat(depth / 2);
        assert!(read(nested(32).as_bytes()).is_ok());
        assert_eq!(read(nested(34).as_bytes()), Err(Malformed::Depth));
        assert!(read(("[".repeat(32) + &"]".repeat(32)).as_bytes()).is_ok());
        assert_eq!(read(("[".repeat(33) + &"]".repeat(33)).as_bytes()), Err(Malformed::Depth));
        assert!(read(("[".repeat(31) + "{}" + &"]".repeat(31)).as_bytes()).is_ok());
        assert_eq!(read(("[".repeat(32) + "{}" + &"]".repeat(32)).as_bytes()), Err(Malformed::Depth));
        assert!(read(("[".repeat(32) + "5" + &"]".repeat(32)).as_bytes()).is_ok());
        assert_eq!(read("[".repeat(60_000).as_bytes()), Err(Malformed::Depth));
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        for (body, rule) in [
            (&b""[..], Malformed::Syntax),
            (b" ", Malformed::Syntax),
            (b"{", Malformed::Syntax),
            (b"{}}", Malformed::Syntax),
            (b"{} {}", Malformed::Syntax),
            (b"{}\0", Malformed::Syntax),
            (b"<html></html>", Malformed::Syntax),
            (b"{\"a\":NaN}", Malformed::Syntax),
            (b"{\"a\":Infinity}", Malformed::Syntax),
            (b"{\"a\":-Infinity}", Malformed::Syntax),
            (b"{\"a\":01}", Malformed::Syntax),
            (b"{\"a\":.5}", Malformed::Syntax),
            (b"{\"a\":5.}", Malformed::Syntax),
            (b"{\"a\":+5}", Malformed::Syntax),
            (b"{\"a\":0x10}", Malformed::Syntax),
            (b"{'a':1}", Malformed::Syntax),
            (b"{a:1}", Malformed::Syntax),
            (b"{\"a\":1,}", Malformed::Syntax),
            (b"[1,]", Malformed::Syntax),
            (b"{\"a\":\"\\ud800\"}", Malformed::Syntax),
            (b"{\"a\":\"\n\"}", Malformed::Syntax),
            (b"// no\n{}", Malformed::Syntax),
            (b"{\"a\":1,\"a\":1}", Malformed::DuplicateField),
            (b"{\"a\":1,\"\\u0061\":2}", Malformed::DuplicateField),
            (b"{\"b\":[{\"a\":1,\"a\":1}]}", Malformed::DuplicateField),
            (b"{\"a\":\"\xff\"}", Malformed::Utf8),
            (b"{\"\xff\":1}", Malformed::Utf8),
            (b"{\"a\":\"\xed\xa0\x80\"}", Malformed::Utf8),
            (b"\xff\xfe{\0}\0", Malformed::Utf8),
            (b"{\"$serde_json::private::Number\":\"1\"}", Malformed::Syntax),
            (b"{\"a\":{\"$serde_json::private::Number\":\"1\"}}", Malformed::Syntax),
            (b"{\"a\":{\"\\u0024serde_json::private::Number\":\"1\"}}", Malformed::Syntax),
            (b"{\"a\":{\"$serde_json::private::Number\":1}}", Malformed::Syntax),
            (b"{\"a\":{\"b\":1,\"$serde_json::private::Number\":\"1\"}}", Malformed::Syntax),
        ] {
            assert_eq!(read(body), Err(rule), "{}", String::from_utf8_lossy(body));
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let number = "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?"
            .prop_map(|text| Value::Number(text.parse().unwrap()));
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            number,
            any::<String>().prop_map(Value::String),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in any_value()) {
            prop_assert_eq!(read(value.to_string().as_bytes()), Ok(value.clone()));
            let pretty = serde_json::to_vec_pretty(&value).unwrap();
            prop_assert_eq!(read(&pretty), Ok(value));
        }

        #[test]
        fn any_bytes_are_read_as_the_library_reads_them_or_refused(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"{}[]\",:0123.e-\\tn ".to_vec())], 0..60)
        ) {
            if let Ok(value) = read(&bytes) {
                prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
            }
        }

        #[test]
        fn a_byte_of_a_good_text_may_be_any_other(value in any_value(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = value.to_string().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(value) = read(&bytes) {
                prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
            }
        }
    }
}
