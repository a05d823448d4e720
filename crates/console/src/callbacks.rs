//! To cancel a callback: the same for a page's form and for a program. The audit holds who did it before it is done, and the
//! engine that the server hands in does it, since this crate knows no journey.

use std::{future::Future, pin::Pin, sync::Arc};

use http::StatusCode;
use lead::JourneyId;
use store::{CallbackState, Change};

use crate::{Console, actor::Actor, problem::Problem};

/// What becomes of a cancelling.
pub type Cancelling = Pin<Box<dyn Future<Output = Result<Cancelled, Problem>> + Send>>;

/// Cancels a callback that waits for its next try.
pub type CancelCallback = Arc<dyn Fn(JourneyId) -> Cancelling + Send + Sync>;

/// What a cancelling came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// No further try is made.
    Done,
    /// It rings, was answered, or is over.
    NotWaiting,
}

/// Cancels one.
pub(crate) async fn cancel(console: &Console, actor: &Actor, id: JourneyId) -> Result<(), Problem> {
    let state = console.store().callback_state(id).await?.ok_or_else(Problem::not_found)?;
    if state != CallbackState::Waiting {
        return Err(not_waiting());
    }
    let change = Change {
        action: "callback.cancelled",
        object_kind: "call",
        object: id.to_string(),
        before: None,
        after: None,
    };
    console.store().note(console.now(), actor.by(), change).await?;
    match (console.cancel_callback)(id).await? {
        Cancelled::Done => Ok(()),
        Cancelled::NotWaiting => Err(not_waiting()),
    }
}

fn not_waiting() -> Problem {
    let detail = "Its phone rings or was answered, or it is over. Open the list again; if nobody answers, cancel it then.";
    Problem::new(StatusCode::CONFLICT, "not_waiting", "This callback does not wait", detail)
}
