//! Publishers' keys, and the builder of a widget: a key, its words and colours, a preview, and what a page embeds.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use secrecy::ExposeSecret;
use store::{KeyKind, PublisherKey, PublisherKeyId};
use uuid::Uuid;

use super::{Frame, Shared, shown, shown_as, when};
use crate::{
    Console, Needs, Permission, actor::Actor, edits, form::Form, intake::preview_words, path::Path,
    problem::Problem, publisher_keys::Written, routes::Routes,
};

struct Line {
    id: PublisherKeyId,
    name: String,
    hint: String,
    is_widget: bool,
    publisher: String,
    campaign: String,
    origins: String,
    used: String,
    state: &'static str,
    kind: &'static str,
}

struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "publisher_keys.html")]
struct Keys {
    frame: Frame,
    lines: Vec<Line>,
    may_write: bool,
    publishers: Vec<Choice>,
    campaigns: Vec<Choice>,
    is_widget: bool,
    name: String,
    origins: String,
    per_minute: String,
    wrong: Vec<(&'static str, String)>,
    made: Option<String>,
}

#[derive(Template)]
#[template(path = "widget.html")]
struct Builder {
    frame: Frame,
    name: String,
    origins: String,
    key: String,
    /// Where the script is served for pages. Empty: the configuration does not say it.
    script: String,
    campaign: String,
    /// What it shows, as JSON. Empty: the campaign takes no such requests.
    words: String,
}

impl Keys {
    fn wrong(&self, field: &str) -> &str {
        self.wrong.iter().find(|(name, _)| *name == field).map_or("", |(_, mend)| mend)
    }
}

pub(super) fn routes(routes: Routes) -> Routes {
    let (read, write) = (Needs::May(Permission::ReadSettings), Needs::May(Permission::WriteSettings));
    routes
        .get(read, "/publisher-keys", list)
        .post(write, "/publisher-keys", make)
        .get(read, "/publisher-keys/{id}/widget", builder)
        .post(write, "/publisher-keys/{id}/revoke", revoke)
}

async fn list(console: Shared, actor: Actor) -> Result<Response, Problem> {
    Ok(shown(&page(&console, &actor, &Form::default()).await?))
}

async fn page(console: &Console, actor: &Actor, form: &Form) -> Result<Keys, Problem> {
    let (now, business) = (console.now(), console.business());
    let keys = console.store.publisher_keys().await?;
    let choice = |id: String, name: &String, field: &str| Choice {
        chosen: form.text(field) == id,
        name: name.clone(),
        id,
    };
    let line = |key: &PublisherKey| Line {
        id: key.id,
        name: key.name.clone(),
        hint: key.hint.clone(),
        is_widget: key.kind == KeyKind::Widget,
        publisher: business.publisher(&key.publisher),
        campaign: key.campaign.as_ref().map_or_else(|| "any".to_owned(), |id| business.campaign(id)),
        origins: key.origins.join(", "),
        used: key.used_at.map_or_else(|| "never".to_owned(), |at| when::ago(now, at)),
        state: if key.revoked_at.is_some() { "revoked" } else { "active" },
        kind: if key.revoked_at.is_some() { "bad" } else { "" },
    };
    Ok(Keys {
        frame: Frame::of(actor, "/publisher-keys"),
        lines: keys.iter().map(line).collect(),
        may_write: actor.may(Permission::WriteSettings),
        publishers: business
            .publishers
            .iter()
            .map(|(id, name)| choice(id.to_string(), name, "publisher"))
            .collect(),
        campaigns: business
            .campaigns
            .iter()
            .map(|(id, name)| choice(id.to_string(), name, "campaign"))
            .collect(),
        is_widget: form.text("kind") == "widget",
        name: form.text("name"),
        origins: form.text("origins"),
        per_minute: form.text("per_minute"),
        wrong: vec![],
        made: None,
    })
}

async fn make(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let per_minute = form.text("per_minute");
    let written = Written {
        kind: form.text("kind"),
        publisher: form.text("publisher"),
        campaign: form.text("campaign"),
        name: form.text("name"),
        origins: form
            .text("origins")
            .split([',', '\n', ' '])
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect(),
        // What is no number is out of range.
        per_minute: (!per_minute.is_empty()).then(|| per_minute.parse().unwrap_or(0)),
    };
    let new = match written.read(&console.business()) {
        Ok(new) => new,
        Err(wrong) => {
            let page = Keys { wrong, ..page(&console, &actor, &form).await? };
            return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let kind = new.kind;
    let added = console.store.add_publisher_key(console.now(), actor.by(), new).await?;
    let (key, opens) = added.map_err(super::users::refused)?;
    if kind == KeyKind::Widget {
        return Ok(Redirect::to(&format!("/publisher-keys/{}/widget", key.id)).into_response());
    }
    let page = page(&console, &actor, &Form::default()).await?;
    Ok(shown_as(StatusCode::CREATED, &Keys { made: Some(opens.expose_secret().to_owned()), ..page }))
}

async fn revoke(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let id = PublisherKeyId::from_uuid(id);
    let revoked = console.store.revoke_publisher_key(console.now(), actor.by(), id).await?;
    revoked.map_err(|_| Problem::not_found())?;
    Ok(Redirect::to("/publisher-keys").into_response())
}

async fn builder(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let id = PublisherKeyId::from_uuid(id);
    let keys = console.store.publisher_keys().await?;
    let key = keys.into_iter().find(|key| key.id == id && key.revoked_at.is_none());
    let (Some(key), business) = (key, console.business()) else { return Err(Problem::not_found()) };
    let (Some(text), Some(campaign)) = (key.shown, key.campaign) else { return Err(Problem::not_found()) };
    let settings = edits::in_force(&console).await.ok();
    let words = settings.as_ref().and_then(|it| it.callback(&campaign)).map(|it| preview_words(it));
    let base = console.premises.public_base_url.as_deref().unwrap_or_default().trim_end_matches('/');
    Ok(shown(&Builder {
        frame: Frame::of(&actor, "/publisher-keys"),
        name: key.name,
        origins: key.origins.join(", "),
        key: text,
        script: if base.is_empty() { String::new() } else { format!("{base}/widget.js") },
        campaign: business.campaign(&campaign),
        words: words.unwrap_or_default(),
    }))
}
