//! `Sent`: a body as names and single values, before anybody knows which form it is for.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
};

use crate::{
    FieldProblem, json,
    limits::{BODY_BYTES_MAX, LONG_CHARS_MAX, SENT_FIELDS_MAX},
};

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentType {
    /// `application/json`
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
}

/// A body as names and single values. `Debug` shows only the names: values are about a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Sent {
    pub(crate) values: BTreeMap<String, Given>,
    /// What was wrong already.
    pub(crate) problems: Vec<FieldProblem>,
}

/// One value.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Given {
    Text(String),
    Number(i64),
    Flag(bool),
    Nothing,
    /// A list, an object, a number with a fraction or without end.
    Odd,
}

impl ContentType {
    /// Of a header.
    pub fn of(header: &str) -> Option<Self> {
        match header.split(';').next()?.trim().to_ascii_lowercase().as_str() {
            "application/json" => Some(Self::Json),
            "application/x-www-form-urlencoded" => Some(Self::Form),
            _ => None,
        }
    }
}

impl Sent {
    /// Reads a body. What is wrong with single fields is told with everything else, once the form is known.
    ///
    /// # Errors
    /// Why it holds no fields at all.
    pub fn read(body: &[u8], kind: ContentType) -> Result<Self, FieldProblem> {
        let whole = |code, what: &str, mend: String| FieldProblem::of_the_body(code, what, mend);
        if body.len() > BODY_BYTES_MAX {
            return Err(whole(
                "too_large",
                "the body is too large",
                format!("send at most {BODY_BYTES_MAX} bytes"),
            ));
        }
        let pairs = match kind {
            ContentType::Json => json::read(body).ok_or_else(|| {
                whole(
                    "malformed",
                    "the body is no JSON object in UTF-8",
                    "send one object, ex: {\"phone\": \"+13055550142\"}".to_owned(),
                )
            })?,
            ContentType::Form => form(body),
        };
        if pairs.len() > SENT_FIELDS_MAX {
            let mend = format!("send at most {SENT_FIELDS_MAX}");
            return Err(whole("too_many_fields", "the body has too many fields", mend));
        }
        let (mut values, mut problems) = (BTreeMap::new(), vec![]);
        for (name, value) in pairs {
            match values.entry(name) {
                Entry::Vacant(free) => drop(free.insert(value)),
                Entry::Occupied(taken) => problems.push(FieldProblem::new(
                    taken.key(),
                    "duplicate_field",
                    "the field is there twice",
                    "send it once",
                )),
            }
        }
        problems.sort();
        problems.dedup();
        Ok(Self { values, problems })
    }

    /// A field's text, if it is a text and says anything: for what must be known before the form is.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Given::Text(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// A field's whole number, as such or as its digits.
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.values.get(name) {
            Some(Given::Number(number)) => Some(*number),
            Some(Given::Text(text)) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

impl Given {
    /// The text without blanks around it; nothing, if it says nothing.
    pub(crate) fn meant(&self) -> Option<Self> {
        match self {
            Self::Nothing => None,
            Self::Text(text) if text.trim().is_empty() => None,
            Self::Text(text) if text.chars().nth(LONG_CHARS_MAX).is_some() => Some(Self::Odd),
            Self::Text(text) => Some(Self::Text(text.trim().to_owned())),
            other => Some(other.clone()),
        }
    }
}

fn form(body: &[u8]) -> Vec<(String, Given)> {
    // A character that was no UTF-8 stands for bytes that nobody can post.
    let value = |text: String| if text.contains('\u{fffd}') { Given::Odd } else { Given::Text(text) };
    url::form_urlencoded::parse(body).into_owned().map(|(name, text)| (name, value(text))).collect()
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.values.keys().map(|name| FieldProblem::new(name, "", "", "").field))
            .finish()
    }
}
