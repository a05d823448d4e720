//! Settings: what holds everywhere, the document as a whole, and what was published.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use settings::Section;

use super::{
    super::{Frame, Shared, shown_as, when},
    Shown, around,
    control::Labelled,
    fields, filling, sent,
};
use crate::{
    Console, Needs, Permission,
    actor::Actor,
    edits::{self, Edit},
    form::Form,
    problem::{FieldProblem, Problem},
    query::Query,
    routes::Routes,
};

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    frame: Frame,
    groups: Vec<Shown>,
    tag: String,
    version: u64,
    may_write: bool,
    may_export: bool,
    saved: bool,
    note: String,
    warnings: Vec<(String, String)>,
    versions: Vec<(u64, String, String)>,
    document: String,
    document_wrong: Vec<String>,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let (read, write) = (Needs::May(Permission::ReadSettings), Needs::May(Permission::WriteSettings));
    routes
        .get(read, "/settings", show)
        .post(write, "/settings", save)
        .get(Needs::Proven(Permission::ReadSecrets), "/settings/document", export)
        .post(write, "/settings/document", import)
}

/// The whole document as a file, with its secrets.
async fn export(console: Shared, actor: Actor) -> Result<Response, Problem> {
    let (version, text) = edits::exported(&console, &actor).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/toml".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"settings-{version}.toml\"")),
    ];
    Ok((headers, text.expose_secret().to_owned()).into_response())
}

async fn show(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let latest = edits::latest(&console).await?;
    let general = latest.document.general();
    let mut page = page(&console, &actor, &latest, &general, &[]).await?;
    page.saved = query.text("saved") == "true";
    Ok(shown_as(StatusCode::OK, &page))
}

async fn page(
    console: &Console,
    actor: &Actor,
    latest: &edits::Latest,
    general: &Map<String, Value>,
    errors: &[FieldProblem],
) -> Result<Page, Problem> {
    let read = console.read_settings(&latest.document.text());
    let warnings = read.map(|settings| settings.warnings().to_vec()).unwrap_or_default();
    let around = around(&latest.document);
    let group = |group: &'static fields::Group| -> Shown {
        let fields: Vec<Labelled> = filling::labelled(group, Section::Settings, general, &around, errors);
        Shown { title: group.title, says: group.says, is_rare: false, fields }
    };
    let versions = console.store.publications(None).await?;
    let version = |it: &store::Publication| (it.version, when::minute(it.published_at), it.note.clone());
    Ok(Page {
        frame: Frame::of(actor, "/settings"),
        groups: fields::GENERAL.iter().map(group).collect(),
        tag: edits::tag_of_version(latest.version),
        version: latest.version,
        may_write: actor.may(Permission::WriteSettings),
        may_export: actor.may(Permission::ReadSecrets),
        saved: false,
        note: String::new(),
        warnings: warnings.iter().map(|it| (it.path.clone(), format!("{}; {}", it.what, it.mend))).collect(),
        versions: versions.iter().take(50).map(version).collect(),
        document: String::new(),
        document_wrong: vec![],
    })
}

async fn save(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let latest = edits::latest(&console).await?;
    let before = latest.document.general();
    let mut general = sent::read(fields::GENERAL, &form, &before);
    for gone in before.keys().filter(|key| !general.contains_key(*key)).cloned().collect::<Vec<_>>() {
        general.insert(gone, Value::Null);
    }
    match edits::publish(&console, &actor, &Edit::General(general.clone()), Some(&form.text("tag"))).await {
        Ok(_) => Ok(Redirect::to("/settings?saved=true").into_response()),
        Err(problem) => again(&console, &actor, &latest, &general, problem).await,
    }
}

async fn again(
    console: &Console,
    actor: &Actor,
    latest: &edits::Latest,
    general: &Map<String, Value>,
    problem: Problem,
) -> Result<Response, Problem> {
    match problem.status {
        StatusCode::UNPROCESSABLE_ENTITY => {
            let page = page(console, actor, latest, general, &problem.errors).await?;
            Ok(shown_as(problem.status, &page))
        }
        StatusCode::PRECONDITION_FAILED => {
            let mut page = page(console, actor, latest, general, &[]).await?;
            "Somebody published meanwhile. What you typed is here; save again to put it over that."
                .clone_into(&mut page.note);
            Ok(shown_as(problem.status, &page))
        }
        _ => Err(problem),
    }
}

async fn import(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let text = form.text("document");
    match edits::publish(
        &console,
        &actor,
        &Edit::Whole(SecretString::from(text.clone())),
        Some(&form.text("tag")),
    )
    .await
    {
        Ok(_) => Ok(Redirect::to("/settings?saved=true").into_response()),
        Err(problem) if problem.status == StatusCode::UNPROCESSABLE_ENTITY => {
            let latest = edits::latest(&console).await?;
            let mut page = page(&console, &actor, &latest, &latest.document.general(), &[]).await?;
            let said = |it: &FieldProblem| {
                let place = if it.pointer.is_empty() { String::new() } else { format!("{}: ", it.pointer) };
                format!("{place}{}; {}", it.message, it.mend)
            };
            page.document_wrong = problem.errors.iter().map(said).collect();
            page.document = text;
            Ok(shown_as(problem.status, &page))
        }
        Err(problem) => {
            let latest = edits::latest(&console).await?;
            again(&console, &actor, &latest, &latest.document.general(), problem).await
        }
    }
}
