//! What the carrier is answered while the database is away. Nothing is sold then, since nothing could be booked; whoever
//! talks goes on talking; and what a webhook tells is acknowledged once the spool has it.

use std::{sync::Arc, time::Duration};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use carrier::twilio::{self, Decoded, Form, Hook, Links, Short};
use journey::{Document, Event};
use lead::{E164, JourneyId, Timestamp};

use crate::{
    room::ending,
    spooling::Spooling,
    webhooks::{FALLBACK_POLLS, xml},
    world::World,
};

/// How long a caller on hold is kept there although nothing can be found out: most absences are shorter.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Answers a webhook that could not be driven, since the database is away.
pub async fn answer(world: &Arc<World>, hook: &Hook, form: &Form, at: Timestamp) -> Response {
    let unserved = || StatusCode::SERVICE_UNAVAILABLE.into_response();
    let Ok(decoded) = twilio::decode(hook, form, at) else { return unserved() };
    match hook {
        // A call that begins, or one that the carrier could not be answered for elsewhere.
        Hook::Voice | Hook::Fallback => {
            if let (Hook::Fallback, Some(spooling)) = (hook, &world.spooling) {
                // Nobody waits for this one: its caller is served either way.
                let _ = left(spooling, at, decoded.journey).await;
            }
            xml(ended(world, form, at, decoded.journey))
        }
        // They only tell.
        Hook::Call | Hook::Recording { .. } | Hook::Leg { .. } | Hook::LeadLeg { .. } => {
            match &world.spooling {
                Some(spooling) => kept(spooling, at, decoded).await,
                None => unserved(),
            }
        }
        // Nothing can be promised to a lead who picks up now: the call ends, and is heard of when the database is back.
        Hook::Lead { .. } => match &world.spooling {
            Some(spooling) => match kept(spooling, at, decoded).await.status() {
                StatusCode::NO_CONTENT => xml(twilio::nothing()),
                status => status.into_response(),
            },
            None => unserved(),
        },
        // The buyer's own leg: it is not told that it has bought. The carrier asks again, and then lets go of it.
        Hook::Whisper { .. } | Hook::Accept { .. } => unserved(),
        Hook::Dialed { .. } => match &world.spooling {
            Some(spooling) => after_a_dial(world, spooling, form, at, decoded).await,
            None => unserved(),
        },
        Hook::Hold { k, hash, .. } if world.absent_for(at) < PATIENCE => {
            match on_hold(world, form, at, (*k, hash)) {
                Some(hold) => xml(hold),
                None => unserved(),
            }
        }
        Hook::Heard { .. } | Hook::Hold { .. } | Hook::Dial { .. } | Hook::Transfer { .. } => {
            let Some(spooling) = &world.spooling else { return unserved() };
            match left(spooling, at, decoded.journey).await {
                true => xml(ended(world, form, at, decoded.journey)),
                false => unserved(),
            }
        }
    }
}

/// What a webhook that only tells has told.
async fn kept(spooling: &Spooling, at: Timestamp, decoded: Decoded) -> Response {
    let Some(event) = decoded.event else { return StatusCode::NO_CONTENT.into_response() };
    match spooling.keep(at, decoded.journey, decoded.key, event).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The end of a dial. The caller, if there is one still, goes to the campaign's own ending, and is gone for the journey
/// before its dial ends: else the next bid would be tried when the database is back, and tear that ending down.
async fn after_a_dial(
    world: &World,
    spooling: &Spooling,
    form: &Form,
    at: Timestamp,
    decoded: Decoded,
) -> Response {
    let Decoded { journey, key, event, dialled, caller_gone, .. } = decoded;
    let mut all = vec![];
    if let (Some(leg), Some(Event::DialEnded { n, .. })) = (dialled, &event) {
        all.push((format!("dialed_leg:{n}"), Event::BuyerRang { n: *n, leg }));
    }
    all.push(("gone".to_owned(), Event::CallerHungUp { at }));
    all.extend(event.map(|event| (key, event)));
    for (key, event) in all {
        if spooling.keep(at, journey, key, event).await.is_err() {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    if caller_gone { xml(twilio::nothing()) } else { xml(ended(world, form, at, journey)) }
}

/// The caller is given the campaign's own ending, and is gone for the journey. Whether that is kept.
async fn left(spooling: &Spooling, at: Timestamp, journey: JourneyId) -> bool {
    spooling.keep(at, journey, "gone".to_owned(), Event::CallerHungUp { at }).await.is_ok()
}

/// The ending of the campaign whose number was dialled, else the static fallback: from the settings in memory.
fn ended(world: &World, form: &Form, at: Timestamp, journey: JourneyId) -> String {
    metrics::counter!("pingpost_calls_turned_away_total", "why" => "store").increment(1);
    if world.turned_away.may(world.clock.now()) {
        tracing::error!(journey.id = %journey, "a caller was given the campaign's ending, since the database is away");
    }
    let ending = dialled(form, at).and_then(|dnis| ending(world, journey, &dnis));
    ending.unwrap_or_else(|| twilio::fallback().to_owned())
}

/// One more piece of hold, under the names that its polls have.
fn on_hold(world: &World, form: &Form, at: Timestamp, (k, hash): (u32, &Short)) -> Option<String> {
    let Ok(Decoded { journey, .. }) = twilio::decode(&Hook::Voice, form, at) else { return None };
    let links = Links {
        public_base: &world.public_base,
        journey,
        hash: hash.clone(),
        dnis: dialled(form, at)?,
        k: k.min(u32::MAX - FALLBACK_POLLS),
    };
    Some(twilio::encode(&Document::Hold { first: vec![], audio: vec![] }, &links))
}

fn dialled(form: &Form, at: Timestamp) -> Option<E164> {
    match twilio::decode(&Hook::Voice, form, at).ok()?.event? {
        Event::Arrived { dnis, .. } => Some(dnis),
        _ => None,
    }
}
