//! What holds everywhere, the numbers, the whole document, and the versions that were published.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value, json};
use settings::{Kind, SettingsProblem};
use utoipa::ToSchema;

use super::{
    body::Body,
    entries::{published, tags},
    paging::{self, Page},
    shapes::{General, Number},
};
use crate::{
    Console,
    actor::Actor,
    edits::{self, Edit},
    path::Path,
    problem::{FieldProblem, Problem, ProblemBody},
    query::Query,
};

/// The settings in use for new calls.
#[derive(Serialize, ToSchema)]
pub(super) struct SettingsBody {
    /// What holds everywhere; a key that is not there has its default.
    #[schema(value_type = General)]
    general: Value,
    /// Their version; 0: none was published yet.
    version: u64,
    /// What may be meant so, and often is not.
    warnings: Vec<FieldProblem>,
}

/// All numbers of a campaign.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct NumbersBody {
    /// The numbers; one that is not among them is taken away.
    #[schema(value_type = Vec<Number>)]
    numbers: Vec<Value>,
}

/// A version that was published.
#[derive(Serialize, ToSchema)]
pub(super) struct VersionBody {
    /// Its number.
    version: u64,
    /// When.
    published_at: String,
    /// What was done.
    note: String,
}

fn warnings(problems: &[SettingsProblem]) -> Vec<FieldProblem> {
    let shown = |it: &SettingsProblem| FieldProblem::new(&*it.path, "warning", &*it.what, &*it.mend);
    problems.iter().map(shown).collect()
}

async fn answer(console: &Console, latest: &edits::Latest) -> Response {
    let read = console.read_settings(&latest.document.text());
    let warnings = read.map(|settings| warnings(settings.warnings())).unwrap_or_default();
    let general = Value::Object(latest.document.general());
    let body = SettingsBody { general, version: latest.version, warnings };
    (tags(&edits::tag_of_version(latest.version), latest.version), Json(body)).into_response()
}

/// What holds everywhere, and what may be meant so and often is not
#[utoipa::path(get, path = "/v1/settings", tag = "settings",
    responses((status = 200, description = "With an ETag", body = SettingsBody)))]
pub(super) async fn general(State(console): State<Arc<Console>>) -> Result<Response, Problem> {
    let latest = edits::latest(&console).await?;
    Ok(answer(&console, &latest).await)
}

/// Changes what holds everywhere, ex: `fallback_to_static`
#[utoipa::path(patch, path = "/v1/settings", tag = "settings", request_body = General,
    params(("dry_run" = Option<bool>, Query, description = "true: only says what is wrong"), ("If-Match" = Option<String>, Header, description = "The ETag of what was read")),
    responses((status = 200, description = "Published", body = SettingsBody), (status = 400, description = "The body is no JSON", body = ProblemBody), (status = 409, description = "Others publish at this moment", body = ProblemBody), (status = 412, description = "Others published meanwhile", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn change(
    State(console): State<Arc<Console>>,
    actor: Actor,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let keys = body.object();
    let elsewhere = keys.keys().find(|key| Kind::ALL.iter().any(|kind| kind.word() == *key));
    if let Some(key) = elsewhere {
        let mend = format!("change it at /v1/{key}s");
        let error = FieldProblem::new(format!("/{key}"), "elsewhere", "it has routes of its own", mend);
        return Err(Problem::invalid(vec![error]));
    }
    let edited = published(&console, &actor, &query, &headers, &Edit::General(keys)).await?;
    Ok(answer(&console, &edited).await)
}

/// Publishes a whole document of TOML, as `pingpost settings import` does
#[utoipa::path(put, path = "/v1/settings/document", tag = "settings", request_body(content = String, content_type = "application/toml"),
    params(("dry_run" = Option<bool>, Query, description = "true: only says what is wrong"), ("If-Match" = Option<String>, Header, description = "The ETag of /v1/settings")),
    responses((status = 200, description = "Published", body = SettingsBody), (status = 409, description = "Others publish at this moment", body = ProblemBody), (status = 412, description = "Others published meanwhile", body = ProblemBody), (status = 422, description = "It does not hold together", body = ProblemBody)))]
pub(super) async fn import(
    State(console): State<Arc<Console>>,
    actor: Actor,
    query: Query,
    headers: HeaderMap,
    text: String,
) -> Result<Response, Problem> {
    let edit = Edit::Whole(SecretString::from(text));
    let edited = published(&console, &actor, &query, &headers, &edit).await?;
    Ok(answer(&console, &edited).await)
}

/// The whole document of TOML that was published last, with its secrets, as `pingpost settings export` prints it
///
/// The audit keeps who took it. A session must have given its password within the last minutes; a token is proof by itself.
#[utoipa::path(get, path = "/v1/settings/document", tag = "settings",
    responses((status = 200, description = "With an ETag", body = String, content_type = "application/toml"), (status = 404, description = "Nothing was published yet", body = ProblemBody)))]
pub(super) async fn export(State(console): State<Arc<Console>>, actor: Actor) -> Result<Response, Problem> {
    let (version, text) = edits::exported(&console, &actor).await?;
    let kind = [(header::CONTENT_TYPE, "application/toml")];
    Ok((tags(&edits::tag_of_version(version), version), kind, text.expose_secret().to_owned())
        .into_response())
}

/// Lists what was published, the newest first
#[utoipa::path(get, path = "/v1/settings/versions", tag = "settings",
    params(("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<VersionBody>), (status = 400, description = "The cursor is not ours", body = ProblemBody), (status = 422, description = "A parameter is wrong", body = ProblemBody)))]
pub(super) async fn versions(
    State(console): State<Arc<Console>>,
    query: Query,
) -> Result<Json<Page<VersionBody>>, Problem> {
    let (limit, cursor) = paging::asked(&console, &query, &[])?;
    let before = cursor.and_then(|cursor| cursor.parse().ok());
    let rows = console.store.publications(before).await?;
    let shown = |it: &store::Publication| VersionBody {
        version: it.version,
        published_at: it.published_at.to_string(),
        note: it.note.clone(),
    };
    Ok(Json(paging::page(&console, rows, limit, |it| it.version.to_string(), shown)))
}

/// Lists the numbers of all campaigns
#[utoipa::path(get, path = "/v1/numbers", tag = "campaigns",
    params(("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<Number>), (status = 400, description = "The cursor is not ours", body = ProblemBody), (status = 422, description = "A parameter is wrong", body = ProblemBody)))]
pub(super) async fn numbers(State(console): State<Arc<Console>>, query: Query) -> Result<Response, Problem> {
    let (limit, cursor) = paging::asked(&console, &query, &[])?;
    let entries = edits::latest(&console).await?.document.entries(Kind::Number);
    // By their place: a cursor goes into an address, and no number does.
    let entries: Vec<_> = entries.into_iter().enumerate().collect();
    let place = |(at, _): &(usize, (String, Map<String, Value>))| at.to_string();
    let entries = paging::behind(entries, cursor.as_deref(), limit, place);
    let page: Page<Value> =
        paging::page(&console, entries, limit, place, |(_, (_, entry))| Value::Object(entry.clone()));
    Ok(Json(page).into_response())
}

/// The numbers of a campaign
#[utoipa::path(get, path = "/v1/campaigns/{id}/numbers", tag = "campaigns", params(("id" = String, Path, description = "The campaign")),
    responses((status = 200, description = "With an ETag", body = NumbersBody), (status = 404, description = "There is no such campaign", body = ProblemBody)))]
pub(super) async fn numbers_of(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let latest = edits::latest(&console).await?;
    latest.document.entry(Kind::Campaign, &id).ok_or_else(Problem::not_found)?;
    Ok(numbers_shown(&console, &latest, &id))
}

/// Says which numbers reach a campaign
#[utoipa::path(put, path = "/v1/campaigns/{id}/numbers", tag = "campaigns", request_body = NumbersBody,
    params(("id" = String, Path, description = "The campaign"), ("dry_run" = Option<bool>, Query, description = "true: only says what is wrong"), ("If-Match" = Option<String>, Header, description = "The ETag of what was read")),
    responses((status = 200, description = "Published", body = NumbersBody), (status = 400, description = "The body is no JSON", body = ProblemBody), (status = 404, description = "There is no such campaign", body = ProblemBody), (status = 409, description = "Others publish at this moment", body = ProblemBody), (status = 412, description = "They were changed meanwhile", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn set_numbers(
    State(console): State<Arc<Console>>,
    actor: Actor,
    Path(id): Path<String>,
    query: Query,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, Problem> {
    let numbers = body.objects("numbers");
    let numbers = body.needed("numbers", numbers);
    body.finish()?;
    let edit = Edit::Numbers(id.clone(), numbers.unwrap_or_default());
    let edited = published(&console, &actor, &query, &headers, &edit).await?;
    Ok(numbers_shown(&console, &edited, &id))
}

fn numbers_shown(console: &Console, latest: &edits::Latest, campaign: &str) -> Response {
    let body = json!({ "numbers": latest.numbers_of(campaign) });
    (StatusCode::OK, tags(&latest.tag_of_numbers(console, campaign), latest.version), Json(body))
        .into_response()
}
