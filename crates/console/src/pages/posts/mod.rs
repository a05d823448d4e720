//! The posts: what waits, what was delivered, what was given up, and the buttons that send it again.

pub(crate) mod query;
pub(crate) mod resend;
pub(crate) mod row;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use lead::OfferId;
use store::{EndpointState, PostCounts, PostEndpoint, PostId, PostState};
use uuid::Uuid;

use super::{
    Frame, Shared,
    figures::{count, counted},
    shown, shown_as, when,
};
use crate::{
    Console, Needs, Permission,
    actor::Actor,
    business::Business,
    form::Form,
    pages::reading::{begins, ends},
    path::Path,
    problem::Problem,
    query::Query,
    routes::Routes,
};
use query::PostQuery;
use resend::DeadIn;
use row::PostRow;

/// Posts of one page.
const PAGE: u32 = 50;
/// The least and the most letters of why an offer's posts are enabled.
const WHY_CHARS_MIN: usize = 3;
/// The most letters of why an offer's posts are enabled.
pub const WHY_CHARS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "posts.html")]
struct Page {
    frame: Frame,
    headline: String,
    sub: String,
    query: PostQuery,
    offers: Vec<(String, String)>,
    endpoints: Vec<EndpointView>,
    rows: Vec<PostRow>,
    /// What of the filter was given up and can be sent again.
    dead: u64,
    next: Option<String>,
    zone: String,
    may_resend: bool,
    done: String,
    wrong: String,
}

/// An offer whose post URL is not well.
struct EndpointView {
    offer: String,
    name: String,
    text: String,
    class: &'static str,
    is_disabled: bool,
}

/// What is asked before many posts are sent again.
#[derive(Template)]
#[template(path = "posts_sure.html")]
struct Sure {
    frame: Frame,
    question: String,
    button: String,
    offer: String,
    from: String,
    until: String,
    back: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let (read, manage) = (Needs::May(Permission::ReadCalls), Needs::May(Permission::ManagePosts));
    routes
        .get(read, "/posts", list)
        .post(manage, "/posts/resend", resend_dead)
        .post(manage, "/posts/enable", enable)
        .post(manage, "/posts/{id}/resend", resend_one)
}

async fn list(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let business = console.business();
    let done = done(query.text("sent"), query.text("held"));
    let query = PostQuery::of(&query, &business, &["sent", "held"])?;
    let mut page = page(&console, &actor, query).await?;
    page.done = done;
    Ok(shown(&page))
}

async fn page(console: &Console, actor: &Actor, query: PostQuery) -> Result<Page, Problem> {
    let (business, now) = (console.business(), console.now());
    let mut posts = console.store().posts(query.filter(PAGE + 1)).await?;
    let more = posts.len() > PAGE as usize;
    posts.truncate(PAGE as usize);
    let last = posts.last().filter(|_| more);
    let next = last.map(|last| query.with("before", &query::written(last.created_at, last.id)));
    let counts = console.store().post_counts(query.offer.as_ref(), None).await?;
    let dead = match query.state {
        None | Some(PostState::Dead) if counts.dead > 0 => resend::count(console, &dead_of(&query)).await?,
        _ => 0,
    };
    let endpoints = console.store().post_endpoints().await?;
    let unwell = endpoints.iter().filter(|it| query.offer.as_ref().is_none_or(|offer| *offer == it.offer));
    let whom = query.offer.as_ref().map(|offer| business.names.offer(offer));
    Ok(Page {
        frame: Frame::of(actor, "/posts"),
        headline: headline(counts, whom.as_deref()),
        sub: sub(counts),
        offers: business.names.offers.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
        endpoints: unwell.map(|it| EndpointView::of(it, &business, now)).collect(),
        rows: posts.iter().map(|post| PostRow::of(post, &business, now)).collect(),
        zone: business.zone_name(),
        may_resend: actor.may(Permission::ManagePosts),
        done: String::new(),
        wrong: String::new(),
        dead,
        next,
        query,
    })
}

fn dead_of(query: &PostQuery) -> DeadIn {
    DeadIn { offer: query.offer.clone(), from: query.from, until: query.until }
}

/// Sends one again.
async fn resend_one(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
    form: Form,
) -> Result<Response, Problem> {
    let id = PostId::from_uuid(id);
    console.store().post(id).await?.ok_or_else(Problem::not_found)?;
    let sent = resend::one(&console, &actor, id).await?.ok_or_else(nothing)?;
    Ok(Redirect::to(&back(&form.text("back"), sent.due, sent.held)).into_response())
}

/// Sends again what was given up: the first time it asks whether to.
async fn resend_dead(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let business = console.business();
    let offer = match &*form.text("offer") {
        "" => None,
        text => Some(OfferId::parse(text).map_err(|_| Problem::not_found())?),
    };
    let (from, until) = (form.text("from"), form.text("until"));
    let which = DeadIn { offer, from: begins(&from, &business), until: ends(&until, &business) };
    let posts = resend::count(&console, &which).await?;
    if posts == 0 {
        return Err(nothing());
    }
    if form.text("sure") != "yes" {
        return Ok(shown(&sure(&actor, &business, &which, (from, until), posts)));
    }
    let sent = resend::dead(&console, &actor, &which).await?;
    let offer = which.offer.map(|offer| offer.to_string()).unwrap_or_default();
    Ok(Redirect::to(&back(&format!("offer={offer}"), sent.due, sent.held)).into_response())
}

async fn enable(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let offer = OfferId::parse(&form.text("offer")).map_err(|_| Problem::not_found())?;
    let why = form.text("why");
    if !(WHY_CHARS_MIN..=WHY_CHARS_MAX).contains(&why.chars().count()) {
        let mut page = page(&console, &actor, PostQuery::of_offer(offer)).await?;
        page.wrong = format!("Say what was mended, in {WHY_CHARS_MIN} to {WHY_CHARS_MAX} letters");
        return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    resend::enable(&console, &actor, offer.clone(), why).await?;
    Ok(Redirect::to(&format!("/posts?offer={offer}")).into_response())
}

fn sure(
    actor: &Actor,
    business: &Business,
    which: &DeadIn,
    (from, until): (String, String),
    posts: u64,
) -> Sure {
    let whom = which.offer.as_ref().map_or_else(|| "their offers".to_owned(), |id| business.names.offer(id));
    let range = match (&*from, &*until) {
        ("", "") => String::new(),
        (from, "") => format!(", from {from} on"),
        ("", until) => format!(", until {until}"),
        (from, until) => format!(", from {from} until {until}"),
    };
    let leads = if posts == 1 { "One post".to_owned() } else { format!("{} posts", count(posts)) };
    let offer = which.offer.as_ref().map(ToString::to_string).unwrap_or_default();
    let back = [("state", "dead"), ("offer", &offer), ("from", &from), ("until", &until)];
    Sure {
        frame: Frame::of(actor, "/posts"),
        question: format!(
            "{leads} that {} given up{range}: send again to {whom}?",
            if posts == 1 { "was" } else { "were" }
        ),
        button: format!("Send {} again", if posts == 1 { "it".to_owned() } else { count(posts) }),
        back: super::reading::with(back, "", ""),
        offer,
        from,
        until,
    }
}

fn headline(counts: PostCounts, whom: Option<&str>) -> String {
    let to = whom.map_or_else(String::new, |whom| format!(" to {whom}"));
    match (counts.dead, counts.held, counts.out) {
        (0, 0, 0) => format!("Every post{to} has arrived"),
        (0, 0, 1) => format!("One post{to} is on its way"),
        (0, 0, out) => format!("{} posts{to} are on their way", count(out)),
        (0, 1, _) => format!("One post{to} is held"),
        (0, held, _) => format!("{} posts{to} are held", count(held)),
        (1, ..) => format!("One post{to} was given up"),
        (dead, ..) => format!("{} posts{to} were given up", count(dead)),
    }
}

fn sub(counts: PostCounts) -> String {
    let each = [(counts.out, "on the way"), (counts.held, "held"), (counts.dead, "given up")];
    let each: Vec<_> = each.iter().map(|(n, what)| format!("{} {what}", count(*n))).collect();
    each.join(" · ")
}

/// The list again, which says what was done.
fn back(query: &str, due: u64, held: u64) -> String {
    let given: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let kept = given.iter().map(|(name, value)| (&**name, &**value));
    let kept = kept.filter(|(name, _)| query::NAMES.contains(name));
    let (due, held) = (due.to_string(), held.to_string());
    let said = [("sent", &*due), ("held", &*held)];
    format!("/posts?{}", super::reading::with(kept.chain(said), "", ""))
}

fn done(sent: &str, held: &str) -> String {
    let (Ok(sent), Ok(held)) = (sent.parse::<u64>(), held.parse::<u64>()) else { return String::new() };
    match (sent, held) {
        (0, 0) => String::new(),
        (sent, 0) => format!("{} goes out again within seconds", counted(sent, "post")),
        (0, held) => format!("{} is held until its offer's posts are enabled", counted(held, "post")),
        (sent, held) => {
            format!("{} go out again within seconds; {} held", counted(sent, "post"), count(held))
        }
    }
}

/// Nothing was sent again.
pub(crate) fn nothing() -> Problem {
    let detail = "It is due or on its way, its sale is void, its person was erased, or somebody was faster. Open the list again.";
    Problem::new(StatusCode::CONFLICT, "nothing_to_resend", "There is nothing to send again", detail)
}

impl EndpointView {
    fn of(endpoint: &PostEndpoint, business: &Business, now: lead::Timestamp) -> Self {
        let since = when::ago(now, endpoint.since);
        let tries = counted(u64::from(endpoint.failures), "try").replace("trys", "tries");
        let why = endpoint.changed.as_ref().map_or_else(String::new, |(_, why)| format!(": {why}"));
        let (text, class) = match endpoint.state {
            EndpointState::Disabled => (
                format!(
                    "takes no posts since {since}{why}. Its posts are held, and it is not asked for bids"
                ),
                "bad",
            ),
            EndpointState::Failing => {
                (format!("fails since {since}, {tries}. What waits is tried sparingly"), "near")
            }
            EndpointState::Draining => {
                (format!("works again since {since}. What waited goes out, the oldest first"), "good")
            }
        };
        Self {
            offer: endpoint.offer.to_string(),
            name: business.names.offer(&endpoint.offer),
            text,
            class,
            is_disabled: endpoint.state == EndpointState::Disabled,
        }
    }
}
