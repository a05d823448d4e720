//! The events' worker: tells whoever asked to be told, at least once, by Standard Webhooks. Schedule, jitter, what an answer
//! means for its endpoint and the door that requests leave by are those of posts.

use std::{sync::Arc, time::Duration};

use buyer::{
    dialect::{Receipt, receipt},
    exchange::{HttpRequest, HttpResponse, Target},
    standard_webhooks::Signer,
};
use bytes::Bytes;
use http::{HeaderValue, Method, header};
use lead::Timestamp;
use secrecy::ExposeSecret;
use store::{ClaimedEvent, EventSettled, PostResult};
use tokio::time::Instant;

use crate::{
    chain_of, chance, panics,
    worker::{Tried, is_worn_out},
    world::World,
};

/// How often it is looked for what is due, and for endpoints that another node was told of.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long the worker rests while there is more to do, or when the store does not answer.
const REST: Duration = Duration::from_millis(200);
/// How often what is old is dropped.
const DROP_EVERY: Duration = Duration::from_secs(3600);

/// Tells what is due until the process stops.
pub async fn run(world: Arc<World>, owner: String) {
    let owner: Arc<str> = owner.into();
    let mut dropped: Option<Timestamp> = None;
    loop {
        let rest = match look(&world, &owner).await {
            Ok(0) => LOOK_EVERY,
            Ok(_) => REST,
            Err(error) => {
                tracing::error!(error, "the events to be told could not be read");
                LOOK_EVERY
            }
        };
        let now = world.clock.now();
        if dropped.is_none_or(|at| now.since(at) >= DROP_EVERY)
            && world.store.drop_old_events(now).await.is_ok()
        {
            dropped = Some(now);
        }
        tokio::select! {
            () = world.events_due.notified() => {}
            () = tokio::time::sleep(rest) => {}
            () = world.stopping.cancelled() => return,
        }
    }
}

/// Sends what may be sent; gives how many.
async fn look(world: &Arc<World>, owner: &Arc<str>) -> Result<usize, String> {
    world.store.look_for_event_endpoints().await.map_err(|error| chain_of(&error))?;
    let claimed = world.store.claim_events(world.clock.now(), Arc::clone(owner), world.posts.lease).await;
    let claimed = claimed.map_err(|error| chain_of(&error))?;
    let many = claimed.len();
    for event in claimed {
        let world_of_it = Arc::clone(world);
        world.tasks.spawn(panics::watched("event", async move { send(&world_of_it, event).await }));
    }
    Ok(many)
}

async fn send(world: &Arc<World>, event: ClaimedEvent) {
    let result = if is_worn_out(event.tries, &world.posts.pace) {
        PostResult::Dead { status: None, error: "exhausted".to_owned() }
    } else {
        let tried = tried(world, &event).await;
        tried.outcome(world.clock.now(), &world.posts.pace, chance::jitter_thousandths())
    };
    let name = name(&result);
    metrics::counter!("pingpost_event_deliveries_total", "result" => name).increment(1);
    let (id, kind) = (event.claim.delivery, event.kind.as_str());
    match world.store.settle_event(world.clock.now(), &event.claim, result).await {
        Ok(EventSettled::Noted) if name == "dead" => {
            tracing::error!(delivery.id = %id, kind, endpoint.id = %event.endpoint, "an event was told to nobody: its tries are over");
        }
        Ok(EventSettled::Noted | EventSettled::NotYours) => {}
        Ok(EventSettled::Disabled) => tracing::error!(
            endpoint.id = %event.endpoint,
            "an endpoint of events is gone (410): what happens is kept for it until somebody resumes it"
        ),
        Err(error) => {
            tracing::error!(error = %chain_of(&error), delivery.id = %id, "an event's result was not kept; it is told again");
        }
    }
    world.events_due.notify_one();
}

/// Tells an event once.
async fn tried(world: &Arc<World>, event: &ClaimedEvent) -> Tried {
    let unsent = Tried {
        tries: event.tries,
        ahead_of: event.ahead_of,
        receipt: Err("url_refused"),
        status: None,
        retry_after: None,
        url_hash: String::new(),
    };
    // Where URLs may lead is this process's to say, each time anew.
    let Ok(url) = Target::parse(event.url.expose_secret(), world.exchange.policy()) else { return unsent };
    let signer = Signer::parse(event.secrets.iter().map(ExposeSecret::expose_secret));
    let Ok(signer) = signer else { return Tried { receipt: Err("secret_refused"), ..unsent } };
    let body = Bytes::from(event.body.clone());
    let mut headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    headers.extend(signer.headers(world.clock.wall(), &event.event.to_string(), &body));
    let request = HttpRequest { method: Method::POST, url, headers, body };
    // Nothing is sent after the lease's end: the request's time-out is shorter than the lease.
    let deadline = Instant::now() + world.posts.request_timeout;
    let answer = world.exchange.send(request, deadline).await;
    unsent.answered(answer, |answer| Ok(heard(answer)))
}

/// As a buyer's answer to a post; but what a person has to mend there is tried again until it is mended.
fn heard(answer: &HttpResponse) -> Receipt {
    match receipt(answer, None) {
        Receipt::NeedsFixing(_) | Receipt::Refused(_) => Receipt::TryAgain,
        heard => heard,
    }
}

const fn name(result: &PostResult) -> &'static str {
    match result {
        PostResult::Delivered { .. } | PostResult::Declined { .. } => "delivered",
        PostResult::Retry { .. } => "retry",
        PostResult::Exhausted { .. } | PostResult::Dead { .. } | PostResult::Refused { .. } => "dead",
        PostResult::Gone { .. } => "held",
    }
}
