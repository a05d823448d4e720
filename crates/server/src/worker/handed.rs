//! A post whose answer decides about the sale of a form lead: its journey hears of it before the post is settled, so that a
//! process that dies between the two sends the same again, under the same key, and nobody is sold twice.

use std::sync::Arc;

use journey::Event;
use lead::Pii;
use store::{Claimed, PostResult};

use super::outcome::REFUSED;
use crate::{
    act::failed,
    drive::{Driving, drive},
    world::World,
};

/// Tells the journey what came of its post, and gives what the outbox is to keep of it. `None`: the journey could not be
/// told.
pub(super) async fn told(
    world: &Arc<World>,
    post: &Claimed,
    n: u32,
    result: PostResult,
) -> Option<PostResult> {
    let result = answered(result);
    let Some(event) = event_of(world, n, &result) else { return Some(result) };
    let (journey, name) = (post.journey, event.name());
    let key = format!("handed:{n}:{name}");
    store::point!("outbox::before_handed");
    let driven = Box::pin(drive(world, Driving { journey, key, event }, |_| ())).await;
    store::point!("outbox::after_handed");
    match driven {
        Ok(_) => Some(result),
        // Its person was erased meanwhile: the sale of a person who is forgotten is not booked.
        Err(error) if error.is_of_the_erased() => Some(result),
        Err(error) => {
            failed(journey, name, &error);
            None
        }
    }
}

/// An explicit refusal is an answer here, and nothing that a person has to see to.
fn answered(result: PostResult) -> PostResult {
    match result {
        PostResult::Refused { status, error } if error == REFUSED => {
            PostResult::Declined { status, code: error }
        }
        result => result,
    }
}

/// What a result is to the journey, if it is anything.
fn event_of(world: &World, n: u32, result: &PostResult) -> Option<Event<Pii<String>>> {
    match result {
        PostResult::Delivered { .. } => Some(Event::PostTaken { n, at: world.clock.now() }),
        PostResult::Declined { code, .. } => Some(Event::PostRefused { n, why: code.clone() }),
        // Whoever mends it sends it again, and what the buyer says then is heard late.
        PostResult::Dead { .. } | PostResult::Exhausted { .. } | PostResult::Refused { .. } => {
            Some(Event::PostUnsettled { n })
        }
        PostResult::Retry { .. } | PostResult::Gone { .. } => None,
    }
}
