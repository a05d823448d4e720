//! What pages and the API share of event webhooks: what is read, and what may be seen.

use http::StatusCode;
use lead::PublisherId;
use store::{EVENT_ENDPOINTS_MAX, EventDeliveryState, EventKind, Refused};

use crate::{
    Console, Permission,
    actor::Actor,
    problem::{FieldProblem, Problem},
    query::Query,
};

/// The types of these words; at least one.
pub(crate) fn kinds_of(words: &[String]) -> Option<Vec<EventKind>> {
    let mut kinds = words.iter().map(|word| EventKind::parse(word)).collect::<Option<Vec<_>>>()?;
    kinds.sort_unstable();
    kinds.dedup();
    (!kinds.is_empty()).then_some(kinds)
}

/// What to write instead.
pub(crate) fn kinds_mend() -> String {
    format!("write at least one of {}", EventKind::ALL.map(EventKind::as_str).join(", "))
}

/// The publisher of this id, which must be one of ours.
pub(crate) fn publisher_of(console: &Console, text: &str) -> Result<PublisherId, &'static str> {
    let id = PublisherId::parse(text).ok().filter(|id| console.business().publishers.contains_key(id));
    id.ok_or("write the id of one of your publishers")
}

/// Whether a publisher may be told of all of these.
pub(crate) fn are_of_leads(kinds: &[EventKind]) -> bool {
    kinds.iter().all(|kind| kind.is_of_lead())
}

/// What to write for a publisher instead.
pub(crate) fn lead_kinds_mend() -> String {
    let kinds = EventKind::ALL.into_iter().filter(|kind| kind.is_of_lead()).map(EventKind::as_str);
    format!(
        "a publisher is told what became of its leads: write only {}",
        kinds.collect::<Vec<_>>().join(", ")
    )
}

/// A publisher is not told of sales, prices and buyers.
pub(crate) fn not_for_publishers() -> Problem {
    let wrong = FieldProblem::new("/events", "invalid", "a publisher is not told of it", lead_kinds_mend());
    Problem::invalid(vec![wrong])
}

/// The state that a list is filtered by.
pub(crate) fn state_of(query: &Query) -> Result<Option<EventDeliveryState>, Problem> {
    let word = query.text("state");
    if word.is_empty() {
        return Ok(None);
    }
    EventDeliveryState::parse(word).map(Some).ok_or_else(|| {
        let mend =
            format!("write one of {}", EventDeliveryState::ALL.map(EventDeliveryState::as_str).join(", "));
        Problem::invalid(vec![FieldProblem::new("state", "invalid_value", "there is no such state", mend)])
    })
}

/// A URL for who may change it; its server alone for anybody else, since it can hold a password.
pub(crate) fn url_for(url: &str, actor: &Actor) -> String {
    if actor.may(Permission::WriteSettings) {
        return url.to_owned();
    }
    url::Url::parse(url)
        .map_or_else(|_| String::new(), |url| format!("{}/…", url.origin().ascii_serialization()))
}

/// There are as many endpoints as there may be.
pub(crate) fn too_many() -> Problem {
    let detail = format!("There are {EVENT_ENDPOINTS_MAX} endpoints. Remove one that nobody needs any more.");
    Problem::new(StatusCode::CONFLICT, "too_many", "There are as many as there may be", detail)
}

/// Why one was not changed.
pub(crate) fn refused(why: Refused) -> Problem {
    match why {
        Refused::Changed => {
            let detail = "Read it again, and repeat the change on what it is now.";
            Problem::new(StatusCode::PRECONDITION_FAILED, "changed", "It was changed meanwhile", detail)
        }
        Refused::Unknown | Refused::Taken | Refused::LastOwner | Refused::TooMany => Problem::not_found(),
    }
}
