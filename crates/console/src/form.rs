//! `Form`: what a page's form holds, as texts by their names. What is missing is empty; the page says what it needs.

use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use secrecy::SecretString;

use crate::problem::Problem;

/// The most fields of a form.
pub const FORM_FIELDS_MAX: usize = 500;

/// The fields of a form. `Debug` shows none: some are passwords.
#[derive(Default)]
pub(crate) struct Form {
    fields: BTreeMap<String, Vec<String>>,
}

impl Form {
    /// One field without the blanks around it.
    pub(crate) fn text(&self, name: &str) -> String {
        self.raw(name).trim().to_owned()
    }

    /// One field as it is, to be kept out of sight.
    pub(crate) fn secret(&self, name: &str) -> SecretString {
        SecretString::from(self.raw(name))
    }

    /// Every value of a field: of boxes that are ticked.
    pub(crate) fn all(&self, name: &str) -> &[String] {
        self.fields.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a field was sent, be it empty.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    fn raw(&self, name: &str) -> &str {
        self.all(name).first().map_or("", String::as_str)
    }
}

impl FromIterator<(String, String)> for Form {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(fields: I) -> Self {
        let mut form = Self::default();
        for (name, value) in fields {
            form.fields.entry(name).or_default().push(value);
        }
        form
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let too_large = || {
            let status = http::StatusCode::PAYLOAD_TOO_LARGE;
            Problem::new(status, "too_large", "This is too much at once", "Send less of it.")
        };
        let body = Bytes::from_request(request, state).await.map_err(|_| too_large())?;
        let mut form = Self::default();
        for (n, (name, value)) in url::form_urlencoded::parse(&body).enumerate() {
            if n >= FORM_FIELDS_MAX {
                return Err(too_large());
            }
            form.fields.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Ok(form)
    }
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Form").field(&self.fields.keys()).finish()
    }
}
