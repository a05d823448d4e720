//! Requests in the shape that an offer names: its own names, syntax and words for the same values as our own requests.
//! A ping can name only what a ping holds; what names a person stands in a post alone.

mod filling;
mod names;
mod written;

use auction::{Manner, PhoneInPing, Ping, Shape};
use bridge::Post;
use http::Method;
use lead::{FieldName, Timestamp};
use serde_json::Value;

use self::filling::{Given, Template, Words};
pub use self::names::{OF_PING, OF_POST};
use crate::{
    dialect::Line,
    endpoint::{Problem, SettingError},
    exchange::Target,
};

/// The most names that a request has.
pub const FIELDS_MAX: usize = 40;
/// The longest name of a request's value, in bytes, and how deep it may lie.
pub const PATH_BYTES_MAX: usize = 80;
/// How many names may lie in each other.
pub const PATH_DEPTH_MAX: usize = 8;
/// The longest text that a name holds, in bytes, before its braces are filled.
pub const TEXT_BYTES_MAX: usize = 200;
/// The most braces of one text. With the three limits above, a query is never longer than a URI may be.
pub const BRACES_MAX: usize = 3;
/// The most words of one map.
pub const MAP_WORDS_MAX: usize = 200;

/// Which request has a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shapes {
    /// The anonymous question.
    Ping,
    /// The full lead.
    Post,
}

/// A shape, checked and made ready.
#[derive(Clone)]
pub struct Shaped {
    manner: Manner,
    fields: Vec<(Vec<String>, Template)>,
    words: Words,
}

/// A written request, before it is addressed.
pub struct Written {
    /// `POST`, or `GET` of a query.
    pub method: Method,
    /// What stands in the body. Empty for a query.
    pub body: Vec<u8>,
    /// The pairs of a query.
    pub query: Vec<(String, String)>,
}

impl Shaped {
    /// Checks a shape.
    ///
    /// # Errors
    /// Every rule that it breaks, by the path of the field.
    pub fn new(shape: &Shape, of: Shapes) -> Result<Self, Vec<SettingError>> {
        let key = of.key();
        let mut errors = Vec::new();
        let mut wrong = |field: String, problem: Problem| {
            errors.push(SettingError { field: format!("{key}.{field}"), problem });
        };
        match &shape.manner {
            Manner::Query if of == Shapes::Post => wrong("as".to_owned(), Problem::PostInUrl),
            Manner::Xml(root) if !written::is_element(root) => wrong("root".to_owned(), Problem::ElementName),
            _ => {}
        }
        if shape.fields.is_empty() || shape.fields.len() > FIELDS_MAX {
            wrong("fields".to_owned(), Problem::ShapeFields);
        }
        for (name, words) in &shape.maps {
            if FieldName::parse(name).is_err() || words.is_empty() || words.len() > MAP_WORDS_MAX {
                wrong(format!("maps.{name}"), Problem::ShapeMap);
            }
        }
        let mut fields: Vec<(Vec<String>, Template)> = Vec::new();
        for (path, filling) in &shape.fields {
            let at = || format!("fields.{path}");
            let Some(path) = written::path(&shape.manner, path) else {
                wrong(at(), Problem::ShapePath);
                continue;
            };
            if fields.iter().any(|(other, _)| path.starts_with(other) || other.starts_with(&path)) {
                wrong(at(), Problem::ShapeClash);
                continue;
            }
            match Template::new(filling, |name| names::check(name, of, &shape.manner)) {
                Ok(template) => fields.push((path, template)),
                Err(problem) => wrong(at(), problem),
            }
        }
        let words = Words(shape.maps.clone());
        if errors.is_empty() { Ok(Self { manner: shape.manner.clone(), fields, words }) } else { Err(errors) }
    }

    /// The names in the braces of a shape's texts, each with the path of its field. What cannot be read is left out.
    pub fn names(shape: &Shape) -> Vec<(String, String)> {
        let of = |(path, filling): (&String, &auction::Filling)| {
            let template = Template::new(filling, |_| Ok(())).ok()?;
            Some(template.names().map(|name| (path.clone(), name.to_owned())).collect::<Vec<_>>())
        };
        shape.fields.iter().filter_map(of).flatten().collect()
    }

    /// An anonymous question.
    pub fn ping(&self, now: Timestamp, ping: &Ping, phone: Option<&PhoneInPing>) -> Written {
        self.written(now, |name| names::of_ping(name, ping, phone))
    }

    /// The full lead. What it holds of a person leaves in the post alone.
    pub fn post(&self, post: &Post, line: &Line) -> Vec<u8> {
        self.written(post.accepted_at(), |name| names::of_post(name, post, line)).body
    }

    fn written(&self, now: Timestamp, given: impl Fn(&str) -> Option<Given>) -> Written {
        let filled = self.fields.iter().filter_map(|(path, template)| {
            template.filled(now, &given, &self.words).map(|value| (path.as_slice(), value))
        });
        written::written(&self.manner, filled.collect::<Vec<(&[String], Value)>>())
    }
}

impl Shapes {
    const fn key(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Post => "post",
        }
    }
}

impl Written {
    /// Where it goes: the query stands behind what the URL has already.
    pub fn at(&self, url: &Target) -> Target {
        if self.query.is_empty() {
            return url.clone();
        }
        url.with_query(self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

impl std::fmt::Debug for Shaped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shaped").field("manner", &self.manner).finish_non_exhaustive()
    }
}
