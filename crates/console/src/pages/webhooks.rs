//! Event webhooks: who is told of what happens, what each was told, and sending it again.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use lead::PublisherId;
use secrecy::{ExposeSecret, SecretString};
use store::{
    EventDelivery, EventDeliveryFilter, EventDeliveryId, EventDeliveryState, EventEndpoint,
    EventEndpointChange, EventEndpointId, EventEndpointState, EventKind, NewEventEndpoint,
};
use uuid::Uuid;

use super::{Frame, Shared, figures::count, shown, shown_as};
use crate::{
    Console, Needs, Permission,
    access::people,
    actor::Actor,
    business::Business,
    form::Form,
    path::Path,
    problem::Problem,
    query::Query,
    routes::Routes,
    webhooks::{are_of_leads, kinds_mend, kinds_of, lead_kinds_mend, refused, state_of, too_many, url_for},
};

/// The most deliveries that its page shows; the API pages on.
const DELIVERIES_SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "webhooks.html")]
struct List {
    frame: Frame,
    lines: Vec<Line>,
    may_write: bool,
    fields: Fields,
}

#[derive(Template)]
#[template(path = "webhook.html")]
struct Page {
    frame: Frame,
    line: Line,
    may_write: bool,
    may_see_bodies: bool,
    fields: Fields,
    tag: i64,
    made: Option<String>,
    rotating: String,
    saved: bool,
    state: String,
    deliveries: Vec<Delivery>,
    is_cut: bool,
}

struct Line {
    id: EventEndpointId,
    name: String,
    /// Whose leads it is told of; empty: it is the business's own.
    publisher: String,
    url: String,
    kinds: String,
    state: &'static str,
    class: &'static str,
    text: String,
    is_active: bool,
}

/// What is filled in, and what is wrong with it.
struct Fields {
    name: String,
    name_wrong: String,
    /// Whose it is, and whose it may be, where that is still to be chosen.
    publisher: String,
    publishers: Vec<(String, String)>,
    url: String,
    url_wrong: String,
    kinds: Vec<(EventKind, bool)>,
    kinds_wrong: String,
}

struct Delivery {
    id: EventDeliveryId,
    kind: String,
    at: String,
    state: &'static str,
    class: &'static str,
    tries: u32,
    answer: String,
    next: String,
    body: String,
    can_resend: bool,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let (read, write) = (Needs::May(Permission::ReadSettings), Needs::May(Permission::WriteSettings));
    routes
        .get(read, "/webhooks", list)
        .post(write, "/webhooks", add)
        .get(read, "/webhooks/{id}", one)
        .post(write, "/webhooks/{id}", save)
        .post(write, "/webhooks/{id}/pause", pause)
        .post(write, "/webhooks/{id}/rotate", rotate)
        .post(write, "/webhooks/{id}/remove", remove)
        .post(write, "/webhooks/{id}/deliveries/{delivery}/resend", resend)
}

async fn list(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let usual = [EventKind::SaleBooked, EventKind::SaleVoided];
    let usual = Fields::new(String::new(), String::new(), &usual).of_whom(&console, query.text("publisher"));
    Ok(shown(&all(&console, &actor, usual).await?))
}

async fn all(console: &Console, actor: &Actor, fields: Fields) -> Result<List, Problem> {
    let endpoints = console.store().event_endpoints().await?;
    Ok(List {
        frame: Frame::of(actor, "/webhooks"),
        lines: endpoints.iter().map(|endpoint| Line::of(endpoint, actor, &console.business())).collect(),
        may_write: actor.may(Permission::WriteSettings),
        fields,
    })
}

async fn add(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let fields =
        Fields::read(&console, &form, &form.text("publisher")).of_whom(&console, &form.text("publisher"));
    let publisher = fields.publisher();
    let Some((name, url, kinds)) = fields.good() else {
        return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &all(&console, &actor, fields).await?));
    };
    let new = NewEventEndpoint { name, publisher, url, kinds };
    let added = console.store().add_event_endpoint(console.now(), actor.by(), new).await?;
    let (id, secret) = added.ok_or_else(too_many)?;
    with_secret(&console, &actor, id, &secret).await
}

async fn one(console: Shared, actor: Actor, Path(id): Path<Uuid>, query: Query) -> Result<Response, Problem> {
    let state = state_of(&query)?;
    let mut page = page(&console, &actor, EventEndpointId::from_uuid(id), state).await?;
    page.saved = query.text("saved") == "true";
    Ok(shown(&page))
}

async fn page(
    console: &Console,
    actor: &Actor,
    id: EventEndpointId,
    state: Option<EventDeliveryState>,
) -> Result<Page, Problem> {
    let endpoint = console.store().event_endpoint(id).await?.ok_or_else(Problem::not_found)?;
    let limit = Some(DELIVERIES_SHOWN + 1);
    let filter = EventDeliveryFilter { endpoint: Some(id), state, before: None, limit };
    let mut found = console.store().event_deliveries(&filter).await?;
    let is_cut = found.len() > DELIVERIES_SHOWN as usize;
    found.truncate(DELIVERIES_SHOWN as usize);
    let (business, now) = (console.business(), console.now());
    let rotating = endpoint.rotating_until.filter(|until| *until > now);
    Ok(Page {
        frame: Frame::of(actor, "/webhooks"),
        line: Line::of(&endpoint, actor, &business),
        may_write: actor.may(Permission::WriteSettings),
        may_see_bodies: actor.may(Permission::ReadMoney),
        fields: Fields::new(endpoint.name.clone(), url_for(&endpoint.url, actor), &endpoint.kinds),
        tag: endpoint.changed_at.micros(),
        made: None,
        rotating: rotating.map_or_else(String::new, |until| business.time(until, "%-d %b, %H:%M %Z")),
        saved: false,
        state: state.map_or("", EventDeliveryState::as_str).to_owned(),
        deliveries: found.iter().map(|it| Delivery::of(it, &endpoint, &business)).collect(),
        is_cut,
    })
}

async fn with_secret(
    console: &Console,
    actor: &Actor,
    id: EventEndpointId,
    secret: &SecretString,
) -> Result<Response, Problem> {
    let mut page = page(console, actor, id, None).await?;
    page.made = Some(secret.expose_secret().to_owned());
    Ok(shown_as(StatusCode::CREATED, &page))
}

async fn save(console: Shared, actor: Actor, Path(id): Path<Uuid>, form: Form) -> Result<Response, Problem> {
    let id = EventEndpointId::from_uuid(id);
    let mut page = page(&console, &actor, id, None).await?;
    let fields = Fields::read(&console, &form, &page.line.publisher);
    let Some((name, url, kinds)) = fields.good() else {
        page.fields = fields;
        return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let unchanged = form.text("tag").parse().ok().map(lead::Timestamp::from_micros);
    let change = EventEndpointChange { name: Some(name), url: Some(url), kinds: Some(kinds), paused: None };
    changed(&console, &actor, (id, unchanged), change).await?;
    Ok(Redirect::to(&format!("/webhooks/{id}?saved=true")).into_response())
}

async fn pause(console: Shared, actor: Actor, Path(id): Path<Uuid>, form: Form) -> Result<Response, Problem> {
    let id = EventEndpointId::from_uuid(id);
    let paused = Some(form.text("paused") == "true");
    let change = EventEndpointChange { paused, ..EventEndpointChange::default() };
    changed(&console, &actor, (id, None), change).await?;
    Ok(Redirect::to(&format!("/webhooks/{id}")).into_response())
}

async fn changed(
    console: &Console,
    actor: &Actor,
    which: (EventEndpointId, Option<lead::Timestamp>),
    change: EventEndpointChange,
) -> Result<(), Problem> {
    let changed = console.store().change_event_endpoint(console.now(), actor.by(), which, change);
    changed.await?.map_err(refused)
}

async fn rotate(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let id = EventEndpointId::from_uuid(id);
    let secret = console.store().rotate_event_secret(console.now(), actor.by(), id).await?;
    with_secret(&console, &actor, id, &secret.ok_or_else(Problem::not_found)?).await
}

async fn remove(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let id = EventEndpointId::from_uuid(id);
    if !console.store().remove_event_endpoint(console.now(), actor.by(), id).await? {
        return Err(Problem::not_found());
    }
    Ok(Redirect::to("/webhooks").into_response())
}

async fn resend(
    console: Shared,
    actor: Actor,
    Path((id, delivery)): Path<(Uuid, Uuid)>,
) -> Result<Response, Problem> {
    let which = (EventEndpointId::from_uuid(id), EventDeliveryId::from_uuid(delivery));
    if !console.store().resend_event(console.now(), actor.by(), which).await? {
        return Err(Problem::not_found());
    }
    Ok(Redirect::to(&format!("/webhooks/{id}")).into_response())
}

impl Line {
    fn of(endpoint: &EventEndpoint, actor: &Actor, business: &Business) -> Self {
        let kinds: Vec<_> = endpoint.kinds.iter().map(|kind| kind.as_str()).collect();
        let fails = endpoint.failures > 0;
        let (state, class) = match endpoint.state {
            EventEndpointState::Active if fails => ("failing", "near"),
            EventEndpointState::Active => ("active", "won"),
            EventEndpointState::Paused => ("paused", "near"),
            EventEndpointState::Disabled => ("disabled by 410", "bad"),
        };
        let mut text = match endpoint.waiting {
            0 => "nothing waits".to_owned(),
            1 => "one waits".to_owned(),
            n => format!("{} wait", count(n)),
        };
        if endpoint.dead > 0 {
            text = format!("{text}, {} given up", count(endpoint.dead));
        }
        Self {
            id: endpoint.id,
            name: endpoint.name.clone(),
            publisher: endpoint.publisher.as_ref().map_or_else(String::new, |id| {
                business.publishers.get(id).map_or_else(|| id.to_string(), Clone::clone)
            }),
            url: url_for(&endpoint.url, actor),
            kinds: kinds.join(", "),
            state,
            class,
            text,
            is_active: endpoint.state == EventEndpointState::Active,
        }
    }
}

impl Fields {
    fn new(name: String, url: String, kinds: &[EventKind]) -> Self {
        let kinds = EventKind::ALL.map(|kind| (kind, kinds.contains(&kind))).to_vec();
        let [name_wrong, url_wrong, kinds_wrong] = [const { String::new() }; 3];
        let (publisher, publishers) = (String::new(), vec![]);
        Self { name, name_wrong, publisher, publishers, url, url_wrong, kinds, kinds_wrong }
    }

    /// With the choice of whose it is.
    fn of_whom(self, console: &Console, publisher: &str) -> Self {
        let business = console.business();
        let publishers = business.publishers.iter().map(|(id, name)| (id.to_string(), name.clone()));
        Self { publisher: publisher.to_owned(), publishers: publishers.collect(), ..self }
    }

    fn publisher(&self) -> Option<PublisherId> {
        PublisherId::parse(&self.publisher).ok()
    }

    fn read(console: &Console, form: &Form, publisher: &str) -> Self {
        let words = form.all("event");
        let chosen = kinds_of(words);
        let mut fields =
            Self::new(form.text("name"), form.text("url"), chosen.as_deref().unwrap_or_default());
        fields.name_wrong = people::name(&fields.name).err().map(|it| it.to_string()).unwrap_or_default();
        fields.url_wrong = console.buyers.check_url(&fields.url).err().unwrap_or_default();
        match &chosen {
            None => fields.kinds_wrong = kinds_mend(),
            Some(kinds) if !publisher.is_empty() && !are_of_leads(kinds) => {
                fields.kinds_wrong = lead_kinds_mend();
            }
            Some(_) => {}
        }
        fields
    }

    /// What was filled in, if nothing is wrong with it.
    fn good(&self) -> Option<(String, String, Vec<EventKind>)> {
        let wrong = [&self.name_wrong, &self.url_wrong, &self.kinds_wrong];
        let kinds = self.kinds.iter().filter(|(_, chosen)| *chosen).map(|(kind, _)| *kind).collect();
        wrong.iter().all(|wrong| wrong.is_empty()).then(|| (self.name.clone(), self.url.clone(), kinds))
    }
}

impl Delivery {
    fn of(it: &EventDelivery, endpoint: &EventEndpoint, business: &Business) -> Self {
        let (state, class) = match it.state {
            EventDeliveryState::Due if endpoint.state != EventEndpointState::Active => ("kept", "near"),
            EventDeliveryState::Due if it.tries > 0 => ("tried again", "near"),
            EventDeliveryState::Due => ("to be sent", ""),
            EventDeliveryState::Claimed => ("on its way", ""),
            EventDeliveryState::Delivered => ("delivered", "won"),
            EventDeliveryState::Dead => ("given up", "bad"),
        };
        let answer = match (it.last_status, &it.last_error) {
            (Some(status), _) => format!("HTTP {status}"),
            (None, Some(error)) => error.replace('_', " "),
            (None, None) => String::new(),
        };
        let at = |at| business.time(at, "%-d %b, %H:%M:%S %Z");
        Self {
            id: it.id,
            kind: it.kind.clone(),
            at: at(it.created_at),
            state,
            class,
            tries: it.tries,
            answer,
            next: match (it.state, it.settled_at) {
                (EventDeliveryState::Due, _) if endpoint.state == EventEndpointState::Active => at(it.due_at),
                (_, Some(settled)) => at(settled),
                _ => String::new(),
            },
            body: it.body.clone(),
            can_resend: it.state != EventDeliveryState::Claimed,
        }
    }
}
