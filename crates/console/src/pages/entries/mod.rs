//! Buyers, offers, campaigns and publishers: a list of each kind, and one form with every setting of an entry.

mod control;
mod dialects;
mod fields;
mod filling;
mod general;
mod handed;
mod list;
mod numbers;
mod preset;
mod sample;
mod sent;
mod simulator;
mod tables;
mod test_call;
mod text;
mod trying;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use lead::OfferId;
use serde_json::{Map, Value, json};
use settings::{Document, Kind};
use store::Preview;

use self::{control::Labelled, filling::Around, numbers::Line, preset::Preset};
use super::{Frame, Shared, shown_as};
use crate::{
    Console, Needs, Permission,
    actor::Actor,
    edits::{self, Edit},
    form::Form,
    gauges::{self, GaugeView},
    health::{HealthView, OfferHealth},
    matching::{self, PreviewView},
    path::Path,
    problem::{FieldProblem, Problem},
    query::Query,
    routes::Routes,
};

/// How people speak of a kind.
pub(super) struct Words {
    pub(super) kind: Kind,
    /// The path of its list.
    pub(super) path: &'static str,
    /// One of it.
    pub(super) one: &'static str,
    /// All of it.
    pub(super) many: &'static str,
    /// What it is, in a sentence.
    pub(super) says: &'static str,
}

const OFFERS: Words = Words {
    kind: Kind::Offer,
    path: "/offers",
    one: "offer",
    many: "Offers",
    says: "A standing offer of a buyer: whom it wants, when, for how much, and how it is asked.",
};
const BUYERS: Words = Words {
    kind: Kind::Buyer,
    path: "/buyers",
    one: "buyer",
    many: "Buyers",
    says: "A company that buys, and what its offers share.",
};
const CAMPAIGNS: Words = Words {
    kind: Kind::Campaign,
    path: "/campaigns",
    one: "campaign",
    many: "Campaigns",
    says: "What the callers of a number reach: a script, an auction, and what happens when nobody buys.",
};
const PUBLISHERS: Words = Words {
    kind: Kind::Publisher,
    path: "/publishers",
    one: "publisher",
    many: "Publishers",
    says: "Who sends callers, and what that earns them.",
};

#[derive(Template)]
#[template(path = "entry.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    /// Empty: a new one.
    id: String,
    title: String,
    new_id: String,
    id_wrong: Vec<String>,
    groups: Vec<Shown>,
    tag: String,
    may_write: bool,
    is_paused: bool,
    has_ping: bool,
    saved: bool,
    note: String,
    elsewhere: Vec<String>,
    presets: Vec<Preset>,
    numbers: Vec<Line>,
    numbers_tag: String,
    numbers_wrong: Vec<String>,
    publishers: Vec<(String, String)>,
    gauges: Vec<GaugeView>,
    health: Option<HealthView>,
    preview: Option<PreviewView>,
}

struct Shown {
    title: &'static str,
    says: &'static str,
    is_rare: bool,
    fields: Vec<Labelled>,
}

pub(super) fn routes(mut routes: Routes) -> Routes {
    let (read, write) = (Needs::May(Permission::ReadSettings), Needs::May(Permission::WriteSettings));
    for words in [&OFFERS, &BUYERS, &CAMPAIGNS, &PUBLISHERS] {
        let at = |rest: &str| format!("{}{rest}", words.path);
        routes = routes
            .get(read, words.path, move |console: Shared, actor: Actor, query: Query| {
                list::page(console, actor, query, words)
            })
            .get(write, &at("/new"), move |console: Shared, actor: Actor, query: Query| {
                new(console, actor, query, words)
            })
            .post(write, words.path, move |console: Shared, actor: Actor, form: Form| {
                add(console, actor, form, words)
            })
            .get(read, &at("/{id}"), move |console: Shared, actor: Actor, id: Path<String>, query: Query| {
                one(console, actor, id, query, words)
            })
            .post(write, &at("/{id}"), move |console: Shared, actor: Actor, id: Path<String>, form: Form| {
                save(console, actor, id, form, words)
            })
            .post(write, &at("/{id}/remove"), move |console: Shared, actor: Actor, id: Path<String>| {
                remove(console, actor, id, words)
            });
    }
    let routes = routes.post(write, "/offers/{id}/active", active);
    general::routes(simulator::routes(numbers::routes(sample::routes(test_call::routes(trying::routes(
        routes,
    ))))))
}

async fn new(
    console: Shared,
    actor: Actor,
    query: Query,
    words: &'static Words,
) -> Result<Response, Problem> {
    let latest = edits::latest(&console).await?;
    let like = query.text("like");
    let (mut entry, mut note) = (Map::new(), String::new());
    if !like.is_empty() {
        entry = latest.document.entry(words.kind, like).ok_or_else(Problem::not_found)?;
        entry.remove(words.kind.id());
        if without_secrets(&mut entry) {
            "Its secrets are not copied: write them once more.".clone_into(&mut note);
        }
        // Two that buy at once by mistake cost money.
        if words.kind == Kind::Offer {
            entry.insert("active".to_owned(), json!(false));
        }
    } else if words.kind == Kind::Offer {
        let named = query.text("network");
        if !named.is_empty() {
            (entry, note) = preset::draft(named, query.text("key")).ok_or_else(Problem::not_found)?;
        }
        if let Some(buyer) = Some(query.text("buyer")).filter(|buyer| !buyer.is_empty()) {
            entry.insert("buyer".to_owned(), json!(buyer));
        }
    }
    let mut page = page(&actor, &latest.document, words, "", &entry, &[]);
    page.note = note;
    Ok(shown_as(StatusCode::OK, &page))
}

async fn one(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
    query: Query,
    words: &'static Words,
) -> Result<Response, Problem> {
    let latest = edits::latest(&console).await?;
    let mut page = existing(&console, &actor, &latest, words, &id)?;
    page.saved = query.text("saved") == "true";
    stands(&console, &actor, &mut page).await?;
    Ok(shown_as(StatusCode::OK, &page))
}

/// How full the limits of an offer or a buyer are, and how an offer is answered. Settings that this server cannot read have
/// no gauges: what is wrong with them stands elsewhere.
async fn stands(console: &Console, actor: &Actor, page: &mut Page) -> Result<(), Problem> {
    let business = console.business();
    if let (Kind::Offer | Kind::Buyer, Ok(settings)) = (page.words.kind, edits::in_force(console).await) {
        let limits = match page.words.kind {
            Kind::Offer => gauges::of_offer(console, &settings, &page.id).await?,
            _ => gauges::of_buyer(console, &settings, &page.id).await?,
        };
        let view = |limit: &gauges::Limit| limit.view(&business, page.words.one, actor);
        page.gauges = limits.unwrap_or_default().iter().map(view).collect();
    }
    if page.words.kind == Kind::Offer
        && page.has_ping
        && actor.may(Permission::ReadCalls)
        && let Ok(id) = OfferId::parse(&page.id)
    {
        page.health = Some(OfferHealth::of(console, &id).await?.view(&business));
    }
    Ok(())
}

fn existing(
    console: &Console,
    actor: &Actor,
    latest: &edits::Latest,
    words: &'static Words,
    id: &str,
) -> Result<Page, Problem> {
    let entry = latest.document.entry(words.kind, id).ok_or_else(Problem::not_found)?;
    let mut page = page(actor, &latest.document, words, id, &entry, &[]);
    page.tag = edits::tag_of(console, &latest.document, words.kind, id);
    if words.kind == Kind::Campaign {
        page.numbers = numbers::lines(&latest.numbers_of(id));
        page.numbers_tag = latest.tag_of_numbers(console, id);
    }
    Ok(page)
}

async fn add(console: Shared, actor: Actor, form: Form, words: &'static Words) -> Result<Response, Problem> {
    let mut entry = sent::read(fields::groups(words.kind), &form, &Map::new());
    let id = form.text("new_id");
    if is_preview(&form, words) {
        let latest = edits::latest(&console).await?;
        let found = matching::of_draft(&console, None, entry.clone()).await;
        let errors = found.as_ref().err().and_then(|problem| errors_of(problem, "")).unwrap_or_default();
        let mut page = page(&actor, &latest.document, words, "", &entry, &errors);
        page.new_id = id;
        return previewed(&console, page, found);
    }
    entry.insert(words.kind.id().to_owned(), json!(id));
    match edits::publish(&console, &actor, &Edit::Add(words.kind, entry.clone()), None).await {
        Ok(_) => Ok(Redirect::to(&format!("{}/{id}?saved=true", words.path)).into_response()),
        Err(problem) => {
            let latest = edits::latest(&console).await?;
            let errors = errors_of(&problem, words.kind.id()).ok_or(problem)?;
            let mut page = page(&actor, &latest.document, words, "", &entry, &errors);
            page.new_id = id;
            Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

async fn save(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
    form: Form,
    words: &'static Words,
) -> Result<Response, Problem> {
    let before = edits::latest(&console).await?;
    let was = before.document.entry(words.kind, &id).ok_or_else(Problem::not_found)?;
    let entry = sent::read(fields::groups(words.kind), &form, &was);
    let tag = form.text("tag");
    if is_preview(&form, words) {
        let found = matching::of_draft(&console, Some(&id), entry.clone()).await;
        let errors = found.as_ref().err().and_then(|problem| errors_of(problem, "")).unwrap_or_default();
        let mut page = existing(&console, &actor, &before, words, &id)?;
        page.groups = groups(words.kind, &entry, &around(&before.document), &errors);
        page.elsewhere = elsewhere(words.kind, &errors);
        page.tag = tag;
        return previewed(&console, page, found);
    }
    let edit = Edit::Replace(words.kind, id.clone(), entry.clone());
    match edits::publish(&console, &actor, &edit, Some(&tag)).await {
        Ok(_) => Ok(Redirect::to(&format!("{}/{id}?saved=true", words.path)).into_response()),
        Err(problem) if problem.status == StatusCode::PRECONDITION_FAILED => {
            let mut page = existing(&console, &actor, &before, words, &id)?;
            page.groups = groups(words.kind, &entry, &around(&before.document), &[]);
            "Somebody changed it meanwhile. What you typed is here; save again to put it over that."
                .clone_into(&mut page.note);
            Ok(shown_as(StatusCode::PRECONDITION_FAILED, &page))
        }
        Err(problem) => {
            let errors = errors_of(&problem, words.kind.id()).ok_or(problem)?;
            let mut page = existing(&console, &actor, &before, words, &id)?;
            page.groups = groups(words.kind, &entry, &around(&before.document), &errors);
            page.elsewhere = elsewhere(words.kind, &errors);
            page.tag = tag;
            Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Whether a form asks whom it would match, and not to be saved.
fn is_preview(form: &Form, words: &Words) -> bool {
    words.kind == Kind::Offer && form.text("preview") == "true"
}

/// The form as it was sent, with whom it would match, or what is wrong with it.
fn previewed(
    console: &Console,
    mut page: Page,
    found: Result<Preview, Problem>,
) -> Result<Response, Problem> {
    match found {
        Ok(preview) => {
            page.preview = Some(PreviewView::of(&preview, &console.business()));
            Ok(shown_as(StatusCode::OK, &page))
        }
        Err(problem) if problem.status == StatusCode::UNPROCESSABLE_ENTITY => {
            Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(problem) => Err(problem),
    }
}

async fn remove(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
    words: &'static Words,
) -> Result<Response, Problem> {
    match edits::publish(&console, &actor, &Edit::Remove(words.kind, id.clone()), None).await {
        Ok(_) => Ok(Redirect::to(words.path).into_response()),
        Err(problem) => {
            let errors = errors_of(&problem, words.kind.id()).ok_or(problem)?;
            let latest = edits::latest(&console).await?;
            let mut page = existing(&console, &actor, &latest, words, &id)?;
            page.elsewhere = elsewhere(words.kind, &errors);
            Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

async fn active(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let patch: Map<_, _> =
        [("active".to_owned(), json!(form.text("active") == "true"))].into_iter().collect();
    edits::publish(&console, &actor, &Edit::Merge(Kind::Offer, id.clone(), patch), None).await?;
    let back = if form.text("from") == "list" { "/offers".to_owned() } else { format!("/offers/{id}") };
    Ok(Redirect::to(&back).into_response())
}

/// The fields that are wrong, if that is what the problem is. An id that is taken is one.
fn errors_of(problem: &Problem, id: &str) -> Option<Vec<FieldProblem>> {
    match problem.status {
        StatusCode::UNPROCESSABLE_ENTITY => Some(problem.errors.clone()),
        StatusCode::CONFLICT if problem.code == "exists" => {
            Some(vec![FieldProblem::new(format!("/{id}"), "exists", problem.title, "choose another id")])
        }
        _ => None,
    }
}

/// What is wrong and belongs to no field of the form.
fn elsewhere(kind: Kind, errors: &[FieldProblem]) -> Vec<String> {
    let keys: Vec<_> =
        fields::groups(kind).iter().flat_map(|group| group.fields).map(|field| field.key).collect();
    let is_elsewhere = |it: &&FieldProblem| {
        let first = it.pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
        !keys.contains(&first) && first != kind.id()
    };
    let said = |it: &FieldProblem| {
        let place = it.pointer.trim_start_matches('/');
        let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
        format!("{place}{}; {}", it.message, it.mend)
    };
    errors.iter().filter(is_elsewhere).map(said).collect()
}

/// What people call a key of a kind, or of what holds everywhere.
pub(super) fn label(kind: Option<Kind>, key: &str) -> Option<&'static str> {
    let groups = kind.map_or(fields::GENERAL, fields::groups);
    let mut fields = groups.iter().flat_map(|group| group.fields);
    fields.find(|field| field.key == key).map(|field| field.label)
}

fn groups(kind: Kind, entry: &Map<String, Value>, around: &Around, errors: &[FieldProblem]) -> Vec<Shown> {
    let section = fields::section(kind);
    let one = |group: &'static fields::Group| Shown {
        title: group.title,
        says: group.says,
        is_rare: group.is_rare,
        fields: filling::labelled(group, section, entry, around, errors),
    };
    fields::groups(kind).iter().map(one).collect()
}

fn page(
    actor: &Actor,
    document: &Document,
    words: &'static Words,
    id: &str,
    entry: &Map<String, Value>,
    errors: &[FieldProblem],
) -> Page {
    let around = around(document);
    let id_pointer = format!("/{}", words.kind.id());
    let of_id = errors.iter().filter(|it| it.pointer == id_pointer);
    let publishers = around.others.iter().filter(|(kind, ..)| *kind == Kind::Publisher);
    Page {
        frame: Frame::of(actor, words.path),
        words,
        id: id.to_owned(),
        title: entry.get("name").and_then(Value::as_str).unwrap_or(id).to_owned(),
        new_id: String::new(),
        id_wrong: of_id.map(|it| format!("{}; {}", it.message, it.mend)).collect(),
        groups: groups(words.kind, entry, &around, errors),
        tag: String::new(),
        may_write: actor.may(Permission::WriteSettings),
        is_paused: entry.get("active") == Some(&json!(false)),
        has_ping: entry.contains_key("ping_url"),
        saved: false,
        note: String::new(),
        elsewhere: elsewhere(words.kind, errors),
        presets: if words.kind == Kind::Offer && id.is_empty() { preset::all() } else { vec![] },
        numbers: vec![],
        numbers_tag: String::new(),
        numbers_wrong: vec![],
        publishers: publishers.map(|(_, id, name)| (id.clone(), name.clone())).collect(),
        gauges: vec![],
        health: None,
        preview: None,
    }
}

/// The entries that others name.
fn around(document: &Document) -> Around {
    let named = |kind: Kind| {
        let entries = document.entries(kind).into_iter();
        entries.map(move |(id, entry)| {
            let name = entry.get("name").and_then(Value::as_str).unwrap_or(&id).to_owned();
            (kind, id, name)
        })
    };
    Around { others: [Kind::Buyer, Kind::Publisher, Kind::Campaign].into_iter().flat_map(named).collect() }
}

/// Takes hidden secrets out of an entry; says whether there were some.
fn without_secrets(entry: &mut Map<String, Value>) -> bool {
    fn is_hidden(value: &Value) -> bool {
        match value {
            Value::String(text) => text.starts_with(settings::HIDDEN),
            Value::Array(items) => items.iter().any(is_hidden),
            Value::Object(fields) => fields.values().any(is_hidden),
            _ => false,
        }
    }
    let hidden: Vec<_> =
        entry.iter().filter(|(_, value)| is_hidden(value)).map(|(key, _)| key.clone()).collect();
    for key in &hidden {
        entry.remove(key);
    }
    !hidden.is_empty()
}
