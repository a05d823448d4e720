//! What needs a person, each with the way to what mends it.

use lead::Timestamp;
use store::{Mend, Problem, behind::Behind};

use crate::{
    actor::Actor,
    business::Business,
    pages::{behind::BehindView, when},
};

/// One problem.
pub(super) struct ProblemView {
    pub(super) text: String,
    pub(super) since: String,
    pub(super) since_utc: String,
    pub(super) class: &'static str,
    /// What the button is called.
    pub(super) label: &'static str,
    /// Where it leads.
    pub(super) to: String,
    /// The setting behind it.
    pub(super) behind: BehindView,
}

impl ProblemView {
    pub(super) fn of(problem: &Problem, business: &Business, actor: &Actor, now: Timestamp) -> Self {
        let (label, to, class) = way(problem);
        Self {
            text: problem.text(&business.names.offer(problem.offer())),
            since: when::ago(now, problem.since()),
            since_utc: problem.since().to_string(),
            class,
            label,
            to,
            behind: BehindView::of(&Behind::Setting(problem.setting()), business, actor),
        }
    }
}

/// What a problem's button is called, where it leads, and how grave it is.
fn way(problem: &Problem) -> (&'static str, String, &'static str) {
    let offer = problem.offer();
    match problem.mend() {
        Mend::SendAgain => ("Send them again", format!("/posts?state=dead&offer={offer}"), "bad"),
        Mend::EnablePosts => ("Enable its posts", format!("/posts?offer={offer}"), "bad"),
        Mend::LookAtPostUrl => ("Look at its posts", format!("/posts?offer={offer}"), "near"),
        Mend::LookAtCaps => ("Look at its calls", format!("/calls?offer={offer}"), "near"),
    }
}
