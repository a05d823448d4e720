//! `Path`: what an address names. Whatever is no id names nothing, and is not found: a program is told so as of any other
//! id that nothing is kept under.

use axum::{
    extract::{FromRequestParts, Path as Raw},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The parameters of a route's path.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Raw::<T>::from_request_parts(parts, state).await;
        named.map(|Raw(named)| Self(named)).map_err(|_| Problem::not_found())
    }
}
