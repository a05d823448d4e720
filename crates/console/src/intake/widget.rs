//! The widget: its script, which a page embeds, and what it must show there.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, Request, State},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use publisher::{Field, Kind};
use serde::Serialize;
use settings::Callback;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{
    Intake,
    cors::{self, Named, readable},
    keys, paces,
};
use crate::{
    path::Path,
    problem::{Problem, ProblemBody},
};

/// The script.
const SCRIPT: &str = include_str!("../../assets/widget.js");

/// What a widget shows.
#[derive(Serialize, ToSchema)]
pub(super) struct WidgetBody {
    /// In whose name we call.
    brand: String,
    /// What is asked beside the number.
    fields: Vec<WidgetField>,
    /// What is agreed to.
    consent: Option<WidgetConsent>,
    /// Whether nothing is sent without it.
    consent_required: bool,
}

/// One field of a widget.
#[derive(Serialize, ToSchema)]
pub(super) struct WidgetField {
    /// The name that it is sent under.
    name: String,
    /// What a person is asked.
    label: String,
    /// zip, state, number, yes_no, choice, date, name, email or text.
    r#type: &'static str,
    /// Whether it must be filled in.
    required: bool,
    /// The least number.
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<i64>,
    /// The largest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<i64>,
    /// The words to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<String>,
}

/// What is agreed to.
#[derive(Serialize, ToSchema)]
pub(super) struct WidgetConsent {
    /// Its version.
    version: String,
    /// The text.
    text: String,
}

impl WidgetBody {
    fn of(callback: &Callback) -> Self {
        let consent = callback.form.consents.first();
        Self {
            brand: callback.brand().to_owned(),
            fields: callback.form.fields.iter().map(WidgetField::of).collect(),
            consent: consent.map(|it| WidgetConsent { version: it.version.clone(), text: it.text.clone() }),
            consent_required: callback.form.consent_required,
        }
    }
}

/// What a preview of the widget shows, as the script takes it.
pub(crate) fn preview_words(callback: &Callback) -> String {
    serde_json::to_string(&WidgetBody::of(callback)).unwrap_or_default()
}

impl WidgetField {
    fn of(field: &Field) -> Self {
        let (min, max) = match field.kind {
            Kind::Number { min, max } => (Some(min), Some(max)),
            _ => (None, None),
        };
        let words = match &field.kind {
            Kind::Choice(words) => words.iter().map(ToString::to_string).collect(),
            _ => vec![],
        };
        let (name, label) = (field.name.to_string(), field.label.clone());
        Self { name, label, r#type: field.kind.word(), required: field.required, min, max, words }
    }
}

/// What a widget shows
#[utoipa::path(get, path = "/v1/widget", tag = "callbacks", security(()), params(("key" = String, Query, description = "The widget's key")),
    responses((status = 200, description = "Its words and fields", body = WidgetBody), (status = 403, description = "The key is not for this page", body = ProblemBody),
        (status = 404, description = "The campaign takes no such requests", body = ProblemBody), (status = 429, description = "Too often; Retry-After says when", body = ProblemBody)))]
pub(super) async fn words(
    State(intake): State<Arc<Intake>>,
    Query(named): Query<Named>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let origin = cors::origin(&parts.headers);
    if let Err(problem) = paces::look(&intake, keys::address(&intake, &parts)) {
        return problem.into_response();
    }
    let key = match keys::of_a_page(&intake, &named.key, origin).await {
        Ok(key) => key,
        Err(problem) => return problem.into_response(),
    };
    let settings = intake.settings();
    let callback = key.campaign.as_ref().and_then(|campaign| settings.callback(campaign));
    let Some(callback) = callback else { return readable(origin, Problem::not_found().into_response()) };
    readable(origin, Json(WidgetBody::of(callback)).into_response())
}

/// The script under its plain name: it may be a newer one in five minutes.
pub(super) async fn newest(headers: HeaderMap) -> Response {
    let tag = format!("\"{}\"", mark());
    let kept = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = match kept {
        Some(kept) if kept == tag => StatusCode::NOT_MODIFIED.into_response(),
        _ => script(),
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

/// The script under a mark of its content: a browser keeps it for ever.
pub(super) async fn marked(Path(given): Path<String>) -> Response {
    if given != mark() {
        return Problem::not_found().into_response();
    }
    let mut response = script();
    let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, for_ever);
    response
}

fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response()
}

fn mark() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(SCRIPT)[..9])
}
