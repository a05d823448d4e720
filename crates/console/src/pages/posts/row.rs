//! A post as lists show and send it: never what it says.

use lead::Timestamp;
use serde::Serialize;
use store::{Post, PostKind, PostState};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{business::Business, pages::when};

/// One request to a buyer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PostRow {
    /// Its id.
    pub(crate) id: Uuid,
    /// The sale, whose id is its idempotency key at the buyer.
    pub(crate) sale: Uuid,
    /// The call.
    pub(crate) call: Uuid,
    /// `lead.sold` or `lead.returned`.
    pub(crate) kind: &'static str,
    /// The offer.
    pub(crate) offer: String,
    /// `waiting`, `due`, `held`, `claimed`, `delivered`, `dead` or `cancelled`.
    pub(crate) state: &'static str,
    /// How often it was tried since it was made or sent again.
    pub(crate) tries: u32,
    /// The status of the last answer.
    pub(crate) last_status: Option<i64>,
    /// The code of what went wrong last.
    pub(crate) last_error: Option<String>,
    /// When it was promised.
    pub(crate) created_at: String,
    /// When it is tried next.
    pub(crate) next_try_at: Option<String>,
    /// When it was delivered or given up.
    pub(crate) settled_at: Option<String>,
    /// Its sale is disputed.
    pub(crate) disputed: bool,
    #[serde(skip)]
    pub(crate) shown: Shown,
}

/// What stands on the screen in other words.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) day: String,
    pub(crate) offer: String,
    pub(crate) what: &'static str,
    pub(crate) state: &'static str,
    pub(crate) class: &'static str,
    pub(crate) tries: String,
    pub(crate) answer: String,
    pub(crate) next: String,
    pub(crate) next_utc: String,
    pub(crate) can_resend: bool,
}

impl PostRow {
    pub(crate) fn of(post: &Post, business: &Business, now: Timestamp) -> Self {
        let goes_out = matches!(post.state, PostState::Due | PostState::Claimed);
        Self {
            id: post.id.uuid(),
            sale: post.sale.uuid(),
            call: post.journey.uuid(),
            kind: post.kind.as_str(),
            offer: post.offer.to_string(),
            state: post.state.as_str(),
            tries: post.tries,
            last_status: post.last_status,
            last_error: post.last_error.clone(),
            created_at: post.created_at.to_string(),
            next_try_at: goes_out.then(|| post.due_at.to_string()),
            settled_at: post.settled_at.map(|at| at.to_string()),
            disputed: post.disputed,
            shown: Shown::of(post, business, now),
        }
    }
}

impl Shown {
    fn of(post: &Post, business: &Business, now: Timestamp) -> Self {
        let (state, class) = match post.state {
            PostState::Waiting => ("waits for the one before", "near"),
            PostState::Due if post.due_at > now => ("waits for its next try", "near"),
            PostState::Due => ("is due", "near"),
            PostState::Held => ("held: posts disabled", "bad"),
            PostState::Claimed => ("on its way", "near"),
            PostState::Delivered => ("delivered", "won"),
            PostState::Dead => ("given up", "bad"),
            PostState::Cancelled => ("not sent", ""),
        };
        let status = post.last_status.map(|status| format!("HTTP {status}"));
        let error = post.last_error.as_ref().map(|error| error.replace('_', " "));
        let answer: Vec<_> = [status, error].into_iter().flatten().collect();
        let (next, next_utc) = match (post.state, post.settled_at) {
            (PostState::Due, _) if post.due_at > now => {
                (format!("next try {}", business.time(post.due_at, "%H:%M:%S")), post.due_at.to_string())
            }
            (_, Some(at)) => (when::ago(now, at), at.to_string()),
            _ => (String::new(), String::new()),
        };
        Self {
            day: business.time(post.created_at, "%-d %b, %H:%M:%S"),
            offer: business.names.offer(&post.offer),
            what: match post.kind {
                PostKind::Sold => "the lead",
                PostKind::Returned => "a return",
            },
            state,
            class,
            tries: match post.tries {
                0 => "none yet".to_owned(),
                n => n.to_string(),
            },
            answer: answer.join(", "),
            next,
            next_utc,
            can_resend: matches!(post.state, PostState::Dead | PostState::Delivered)
                || post.state == PostState::Due && post.due_at > now,
        }
    }
}
