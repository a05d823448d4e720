//! How a buyer's requests are written where they are not our own JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Credential;

/// How one request to a buyer is written: in which syntax, and what each of its names holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Its syntax.
    pub manner: Manner,
    /// What stands where: by path, ex: `zip` or `ping.zip_code`, what is written there.
    pub fields: BTreeMap<String, Filling>,
    /// Other words for values, by the name of the value, ex: `smoker` → `yes` → `Y`.
    #[serde(default)]
    pub maps: BTreeMap<String, BTreeMap<String, String>>,
}

/// The syntax of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// `POST` with a JSON object.
    Json,
    /// `POST` with a form, as a browser sends one.
    Form,
    /// `GET` with a query. Never for what names a person.
    Query,
    /// `POST` with XML below this element.
    Xml(String),
}

/// What one name of a request holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filling {
    /// Text, with names in braces, ex: `{zip}`, `{state:name}`.
    Text(String),
    /// A secret that the buyer gave us, as it is.
    Secret(Credential),
}
