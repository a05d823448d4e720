//! `Body`: a JSON object that is read strictly. A key that is there twice, one that is not known, or a value of another kind
//! is named with its place and its mend.

use std::{collections::BTreeMap, fmt};

use axum::{body::Bytes, extract::FromRequest, extract::Request};
use http::StatusCode;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::{FieldProblem, Problem};

/// A JSON object whose fields are taken one by one; [`Body::finish`] says what was wrong with all of them.
#[derive(Debug)]
pub(super) struct Body {
    fields: BTreeMap<String, Value>,
    known: Vec<&'static str>,
    errors: Vec<FieldProblem>,
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|_| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "This is too much at once",
                "Send less of it.",
            )
        })?;
        Self::parse(&bytes)
    }
}

impl Body {
    /// Reads an object.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let strict: Strict = serde_json::from_slice(bytes).map_err(|error| {
            let why = error.to_string();
            let why = why.split(" at line ").next().unwrap_or_default();
            let detail = format!("Line {}, column {}: {why}.", error.line(), error.column());
            Problem::new(
                StatusCode::BAD_REQUEST,
                "malformed_json",
                "This is not JSON as it is read here",
                detail,
            )
        })?;
        match strict.0 {
            Value::Object(fields) => {
                Ok(Self { fields: fields.into_iter().collect(), known: vec![], errors: vec![] })
            }
            other => {
                let message = format!("this is {}, not an object", kind(&other));
                Err(Problem::invalid(vec![FieldProblem::new("", "wrong_type", message, "write {…}")]))
            }
        }
    }

    /// A text, if it is there.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            other => self.wrong_type(name, &other, "a string", "write it in quotes"),
        }
    }

    /// A text that `read` understands, if it is there. Its error is the mend.
    pub(super) fn parsed<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match read(&self.text(name)?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(name, "invalid", "it is not taken", &error.to_string());
                None
            }
        }
    }

    /// True or false, if it is there.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(flag) => Some(flag),
            other => self.wrong_type(name, &other, "true or false", "write it without quotes"),
        }
    }

    /// A whole number from 1 to `most`, if it is there.
    pub(super) fn number(&mut self, name: &'static str, most: u32) -> Option<u32> {
        let value = self.take(name)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        if number.is_none_or(|number| number == 0 || number > most) {
            self.wrong(
                name,
                "out_of_range",
                "it is not taken",
                &format!("write a whole number from 1 to {most}"),
            );
            return None;
        }
        number
    }

    /// A list of texts, if it is there.
    pub(super) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        match self.take(name)? {
            Value::Array(items) if items.iter().all(Value::is_string) => {
                Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            other => self.wrong_type(name, &other, "a list of strings", "write [\"…\"]"),
        }
    }

    /// Texts by their names, if they are there.
    pub(super) fn words(&mut self, name: &'static str) -> Option<BTreeMap<String, String>> {
        let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        match self.take(name)? {
            Value::Object(fields) if fields.values().all(Value::is_string) => {
                Some(fields.iter().filter_map(text).collect())
            }
            other => self.wrong_type(name, &other, "an object of strings", "write {\"…\": \"…\"}"),
        }
    }

    /// Whatever it is, if it is there.
    pub(super) fn any(&mut self, name: &'static str) -> Option<Value> {
        self.take(name)
    }

    /// A list of objects, if it is there.
    pub(super) fn objects(&mut self, name: &'static str) -> Option<Vec<Map<String, Value>>> {
        match self.take(name)? {
            Value::Array(items) if items.iter().all(Value::is_object) => {
                Some(items.iter().filter_map(Value::as_object).cloned().collect())
            }
            other => self.wrong_type(name, &other, "a list of objects", "write [{…}]"),
        }
    }

    /// The whole object, whose fields are read elsewhere.
    pub(super) fn object(self) -> Map<String, Value> {
        self.fields.into_iter().collect()
    }

    /// Says that a field must be there.
    pub(super) fn needed<T>(&mut self, name: &'static str, value: Option<T>) -> Option<T> {
        let pointer = format!("/{name}");
        if value.is_none() && !self.errors.iter().any(|error| error.pointer == pointer) {
            self.wrong(name, "missing", "it is missing", "add it");
        }
        value
    }

    /// Notes what is wrong with a field.
    pub(super) fn wrong(&mut self, name: &str, code: &str, message: &str, mend: &str) {
        self.errors.push(FieldProblem::new(format!("/{name}"), code, message, mend));
    }

    /// All that was wrong, unknown fields as well.
    pub(super) fn finish(mut self) -> Result<(), Problem> {
        for name in self.fields.keys() {
            let near =
                self.known.iter().map(|known| (strsim::damerau_levenshtein(known, name), *known)).min();
            let mend = match near {
                Some((apart, known)) if apart <= 2 || known.contains(&**name) => {
                    format!("did you mean {known}?")
                }
                _ => format!("write one of {}", self.known.join(", ")),
            };
            self.errors.push(FieldProblem::new(
                format!("/{name}"),
                "unknown_field",
                "there is no such field",
                mend,
            ));
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid(self.errors)) }
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    fn wrong_type<T>(&mut self, name: &str, is: &Value, wanted: &str, mend: &str) -> Option<T> {
        self.wrong(name, "wrong_type", &format!("this is {}, not {wanted}", kind(is)), mend);
        None
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// JSON in which no key stands twice: whoever reads the first and whoever reads the last would understand two things.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Strict;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
                Ok(Strict(Value::Bool(value)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
                Ok(Strict(Value::from(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
                Ok(Strict(Value::from(value)))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Strict, E> {
                Number::from_f64(value)
                    .map(|number| Strict(Value::Number(number)))
                    .ok_or_else(|| E::custom("no number"))
            }

            fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
                Ok(Strict(Value::from(value)))
            }

            fn visit_unit<E>(self) -> Result<Strict, E> {
                Ok(Strict(Value::Null))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
                let mut list = vec![];
                while let Some(Strict(item)) = items.next_element()? {
                    list.push(item);
                }
                Ok(Strict(Value::Array(list)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Strict, A::Error> {
                let mut object = Map::new();
                while let Some(key) = pairs.next_key::<String>()? {
                    let Strict(value) = pairs.next_value()?;
                    if object.insert(key, value).is_some() {
                        return Err(A::Error::custom("a key stands twice in one object"));
                    }
                }
                Ok(Strict(Value::Object(object)))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_mend() {
        let malformed = Body::parse(b"{\n \"a\": }").unwrap_err();
        assert_eq!((malformed.status.as_u16(), malformed.code), (400, "malformed_json"));
        assert!(malformed.detail.starts_with("Line 2, column 7: "), "{}", malformed.detail);
        assert!(Body::parse(b"{\"a\":1,\"a\":2}").unwrap_err().detail.contains("stands twice"));
        assert_eq!(Body::parse(b"[5]").unwrap_err().status.as_u16(), 422);
        let mut body = Body::parse(br#"{"nmae":"x","role":5,"extra":1}"#).unwrap();
        let (name, role) = (body.text("name"), body.text("role"));
        let (_, _) = (body.needed("name", name), body.needed("role", role));
        let errors = body.finish().unwrap_err().errors;
        let shown: Vec<_> = errors.iter().map(|it| (&*it.pointer, &*it.code, &*it.mend)).collect();
        let expected = [
            ("/role", "wrong_type", "write it in quotes"),
            ("/name", "missing", "add it"),
            ("/extra", "unknown_field", "write one of name, role"),
            ("/nmae", "unknown_field", "did you mean name?"),
        ];
        assert_eq!(shown, expected);
    }
}
