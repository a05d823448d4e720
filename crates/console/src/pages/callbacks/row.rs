//! A callback as lists show and send it.

use lead::Timestamp;
use serde::Serialize;
use store::{CallbackState, WaitingCallback};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{business::Business, pages::when};

/// Somebody who asked to be rung and was not reached yet.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CallbackRow {
    /// The call.
    pub(crate) id: Uuid,
    /// Its campaign.
    pub(crate) campaign: String,
    /// Who handed it in.
    pub(crate) publisher: Option<String>,
    /// `waiting`, `calling` or `connected`.
    pub(crate) state: &'static str,
    /// The number with most of it covered.
    #[schema(example = "(305) •••-••42")]
    pub(crate) number: Option<String>,
    /// When the person asked.
    pub(crate) asked_at: String,
    /// How long ago that is.
    pub(crate) age_seconds: u64,
    /// How many tries may have rung.
    pub(crate) tries: u32,
    /// When they are rung next, where that is waited for.
    pub(crate) next_try_at: Option<String>,
    /// The code of the rule that the next try waits for; absent where it is the plan's own next try.
    #[schema(example = "quiet_hours")]
    pub(crate) rule: Option<&'static str>,
    #[serde(skip)]
    pub(crate) shown: Shown,
}

/// What stands on the screen in other words.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) number: String,
    pub(crate) campaign: String,
    pub(crate) publisher: String,
    pub(crate) state: &'static str,
    pub(crate) asked: String,
    pub(crate) tries: String,
    pub(crate) next: String,
    pub(crate) why: String,
    pub(crate) can_cancel: bool,
}

impl CallbackRow {
    pub(crate) fn of(callback: &WaitingCallback, business: &Business, now: Timestamp) -> Self {
        Self {
            id: callback.journey.uuid(),
            campaign: callback.campaign.to_string(),
            publisher: callback.publisher.as_ref().map(ToString::to_string),
            state: callback.state.as_str(),
            number: callback.masked.clone(),
            asked_at: callback.asked_at.to_string(),
            age_seconds: now.since(callback.asked_at).as_secs(),
            tries: callback.tries,
            next_try_at: callback.due_at.map(|at| at.to_string()),
            rule: callback.held_by.map(|rule| rule.code()),
            shown: Shown::of(callback, business, now),
        }
    }
}

impl Shown {
    fn of(callback: &WaitingCallback, business: &Business, now: Timestamp) -> Self {
        let campaign = business.campaigns.get(&callback.campaign);
        let publisher = callback
            .publisher
            .as_ref()
            .map(|id| business.publishers.get(id).map_or_else(|| id.to_string(), Clone::clone));
        let (state, plan) = match callback.state {
            CallbackState::Waiting => ("waits", "nobody answered the try before"),
            CallbackState::Calling => ("rings", "their phone rings"),
            CallbackState::Connected => ("answered", "somebody answered, and is asked to press 1"),
        };
        let why = callback.held_by.map_or_else(|| plan.to_owned(), |rule| rule.sentence().to_owned());
        Self {
            number: callback.masked.clone().unwrap_or_else(|| "erased".to_owned()),
            campaign: campaign.map_or_else(|| callback.campaign.to_string(), Clone::clone),
            publisher: publisher.unwrap_or_default(),
            state,
            asked: when::ago(now, callback.asked_at),
            tries: match callback.tries {
                0 => "none yet".to_owned(),
                n => n.to_string(),
            },
            next: callback.due_at.map(|at| business.time(at, "%-d %b, %H:%M")).unwrap_or_default(),
            why: why.trim_end_matches('.').to_owned(),
            can_cancel: callback.state == CallbackState::Waiting,
        }
    }
}
