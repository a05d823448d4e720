//! `Query`: what stands behind the `?` of an address, as texts by their names.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::problem::Problem;

/// The parameters of an address. Every filter of a page is one of them, so that the page can be shared.
#[derive(Debug, Default)]
pub struct Query {
    given: BTreeMap<String, String>,
}

impl Query {
    /// One parameter without the blanks around it; empty where it is not given.
    pub fn text(&self, name: &str) -> &str {
        self.given.get(name).map_or("", |value| value.trim())
    }

    /// The names that are given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.given.keys().map(String::as_str)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        Ok(Self { given: pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect() })
    }
}
