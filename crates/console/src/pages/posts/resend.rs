//! To send posts again, and to enable an offer's posts: the same for a page's form and for a program. The audit holds who did
//! it before it is done.

use lead::{OfferId, Timestamp};
use store::{Change, PostId, Replay, Replayed};

use crate::{Console, actor::Actor, problem::Problem};

/// Which posts that were given up are sent again.
#[derive(Debug, Clone)]
pub(crate) struct DeadIn {
    pub(crate) offer: Option<OfferId>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

impl DeadIn {
    fn replay(&self) -> Replay {
        Replay::DeadIn {
            offer: self.offer.clone(),
            from: self.from.unwrap_or(Timestamp::from_micros(i64::MIN)),
            until: self.until.unwrap_or(Timestamp::from_micros(i64::MAX)),
        }
    }
}

/// How many would be sent again.
pub(crate) async fn count(console: &Console, which: &DeadIn) -> Result<u64, Problem> {
    Ok(console.store().replayable_posts(console.now(), &which.replay()).await?)
}

/// Sends one again. `None`: it is on its way, or nothing of it may be sent.
pub(crate) async fn one(console: &Console, actor: &Actor, id: PostId) -> Result<Option<Replayed>, Problem> {
    let (now, which) = (console.now(), Replay::Post(id));
    if console.store().replayable_posts(now, &which).await? == 0 {
        return Ok(None);
    }
    note(console, actor, ("post", id.to_string()), None).await?;
    Ok(Some(console.store().replay_posts(now, which).await?))
}

/// Sends again what was given up.
pub(crate) async fn dead(console: &Console, actor: &Actor, which: &DeadIn) -> Result<Replayed, Problem> {
    let said = serde_json::json!({
        "posts": count(console, which).await?,
        "from": which.from.map(|at| at.to_string()),
        "until": which.until.map(|at| at.to_string()),
    });
    let offer = which.offer.as_ref().map_or_else(|| "every offer".to_owned(), ToString::to_string);
    note(console, actor, ("offer", offer), Some(said)).await?;
    Ok(console.store().replay_posts(console.now(), which.replay()).await?)
}

/// Enables an offer's posts. Says whether they were disabled.
pub(crate) async fn enable(
    console: &Console,
    actor: &Actor,
    offer: OfferId,
    why: String,
) -> Result<bool, Problem> {
    let change = Change {
        action: "offer.posts_enabled",
        object_kind: "offer",
        object: offer.to_string(),
        before: None,
        after: Some(serde_json::json!({ "why": why })),
    };
    let now = console.now();
    console.store().note(now, actor.by(), change).await?;
    let because = (format!("user {}", actor.user.id), why);
    Ok(console.store().enable_posts(now, offer, None, because).await?)
}

async fn note(
    console: &Console,
    actor: &Actor,
    (object_kind, object): (&'static str, String),
    after: Option<serde_json::Value>,
) -> Result<(), Problem> {
    let change = Change { action: "posts.resent", object_kind, object, before: None, after };
    Ok(console.store().note(console.now(), actor.by(), change).await?)
}
