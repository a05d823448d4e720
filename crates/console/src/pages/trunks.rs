//! Trunks: who brings calls by SIP and takes them, and how each is, as this process sees it.

use askama::Template;
use axum::response::Response;
use lead::Timestamp;

use super::{Frame, Shared, calls::length, shown};
use crate::{
    Needs, Permission,
    actor::Actor,
    business::Business,
    problem::Problem,
    routes::Routes,
    vitals::{Ask, Trunk},
};

#[derive(Template)]
#[template(path = "trunks.html")]
struct Page {
    frame: Frame,
    headline: String,
    trunks: Vec<TrunkView>,
    /// Whether calls are taken by SIP at all.
    is_on: bool,
}

/// One trunk.
struct TrunkView {
    name: String,
    word: &'static str,
    class: &'static str,
    /// What was heard of it last.
    says: String,
    utc: String,
    calls: String,
    brings: String,
    takes: String,
    failed: u64,
    last: String,
    last_utc: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::May(Permission::ReadSettings), "/trunks", trunks)
}

async fn trunks(console: Shared, actor: Actor) -> Result<Response, Problem> {
    let seen = console.vitals(Ask::Nobody).await.trunks;
    let (business, now) = (console.business(), console.now());
    let known = seen.as_deref().unwrap_or_default();
    let down = known.iter().filter(|trunk| trunk.answers.is_some_and(|(is_up, _)| !is_up)).count();
    Ok(shown(&Page {
        frame: Frame::of(&actor, "/trunks"),
        headline: match (known.len(), down) {
            (0, _) => "No trunk".to_owned(),
            (_, 0) => "Trunks".to_owned(),
            (_, 1) => "One trunk does not answer".to_owned(),
            (_, n) => format!("{n} trunks do not answer"),
        },
        trunks: known.iter().map(|trunk| view(trunk, &business, now)).collect(),
        is_on: seen.is_some(),
    }))
}

fn view(trunk: &Trunk, business: &Business, now: Timestamp) -> TrunkView {
    let ago = |at: Timestamp| format!("{} ago", length(now.since(at)));
    let (word, class, says, at) = match (&trunk.proxy, trunk.answers) {
        (None, _) => ("brings calls", "won", "It takes no calls, so it is not asked".to_owned(), None),
        (Some(_), None) => ("not asked", "", "Whether it is there is not known".to_owned(), None),
        (Some(_), Some((true, at))) => ("answers", "won", format!("It answered {}", ago(at)), Some(at)),
        (Some(_), Some((false, at))) => ("silent", "bad", format!("It did not answer {}", ago(at)), Some(at)),
    };
    let proof = if trunk.challenges { ", with a password" } else { "" };
    TrunkView {
        name: trunk.name.clone(),
        word,
        class,
        says,
        utc: at.map(|at| at.to_string()).unwrap_or_default(),
        calls: format!("{} of {}", trunk.calls, trunk.calls_max),
        brings: format!("from {}{proof}", trunk.sources.join(", ")),
        takes: trunk.proxy.as_ref().map_or_else(
            || "none".to_owned(),
            |proxy| format!("at {proxy} by {}, {}", trunk.transport, identity(trunk)),
        ),
        failed: trunk.failed,
        last: trunk.last.as_ref().map(|(at, why)| format!("{why}, {}", ago(*at))).unwrap_or_default(),
        last_utc: trunk
            .last
            .as_ref()
            .map(|(at, _)| business.time(*at, "%-d %b, %H:%M:%S %Z"))
            .unwrap_or_default(),
    }
}

fn identity(trunk: &Trunk) -> &'static str {
    if trunk.asserts { "the number shown is asserted" } else { "the number shown stands in From" }
}
