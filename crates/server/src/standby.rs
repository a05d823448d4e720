//! What is known of a caller at the arrival: whether the call tries an offer, or the same caller was here before (domain.md 18).

use std::sync::Arc;

use journey::{Event, Journey, Standby, Then};
use lead::{E164, JourneyId, OfferId, Pii};
use store::PastSale;

use crate::{chain_of, folded, world::World};

/// An arrival with what the store knows of its caller; any other event as it is. A store that does not answer makes the
/// caller a new one: nobody is turned away for our failure.
pub async fn filled(world: &Arc<World>, journey: JourneyId, event: Event<Pii<String>>) -> Event<Pii<String>> {
    match event {
        Event::Arrived { dnis, caller: Some(caller), leg, attestation, .. } => {
            let standby = match folded::begin_call(&world.book.latest(), journey, &dnis) {
                Some(begun) => match tried(world, &begun.journey, (&caller, &dnis)).await {
                    Some(offer) => Standby::Test(offer),
                    None => of(world, &begun.journey, &caller).await,
                },
                None => Standby::New,
            };
            Event::Arrived { dnis, caller: Some(caller), leg, standby, attestation }
        }
        event => event,
    }
}

/// The offer that somebody of the business tries by this very call. Where that is not known, it is a call as any other.
async fn tried(world: &World, journey: &Journey, (caller, dnis): (&Pii<String>, &E164)) -> Option<OfferId> {
    let (id, now) = (journey.id(), world.clock.now());
    let caller = caller.and_then(|text| E164::parse(text).ok())?;
    let found = world.store.test_call_at(now, id, (&caller, dnis)).await.unwrap_or_else(|error| {
        tracing::warn!(error = %chain_of(&error), journey.id = %id, "whether the call is a test is not known");
        None
    })?;
    // It may be gone from the settings since, or buy something else now.
    let settings = &world.book.latest().settings;
    settings.offer(&found).filter(|offer| offer.vertical == journey.campaign().vertical).map(|_| found)
}

async fn of(world: &World, journey: &Journey, caller: &Pii<String>) -> Standby {
    let campaign = journey.campaign();
    let Some(caller) = caller.and_then(|text| E164::parse(text).ok()) else { return Standby::New };
    if campaign.repeat.window.is_zero() {
        return Standby::New;
    }
    let since = world.clock.now() - campaign.repeat.window;
    let found = match campaign.repeat.then {
        Then::SameBuyer => {
            let past = world.store.past_sale(&caller, &campaign.id, since).await;
            let disabled = world.paused.offers(world.clock.now(), &world.store).await.unwrap_or_default();
            // A buyer that wants no posts could not be handed the lead: the caller is a new one.
            let wants = |past: &PastSale| !disabled.contains(&past.ranked.offer);
            past.map(|past| {
                past.filter(wants).map_or(Standby::New, |past| Standby::SameBuyer(Box::new(past.ranked)))
            })
        }
        Then::WithoutThem => {
            let had = world.store.buyers_that_had(&caller, &campaign.id, since).await;
            had.map(
                |had| if had.is_empty() { Standby::New } else { Standby::Without(had.into_iter().collect()) },
            )
        }
        Then::Ending => {
            let past = world.store.past_sale(&caller, &campaign.id, since).await;
            past.map(|past| past.map_or(Standby::New, |_| Standby::Ending))
        }
    };
    found.unwrap_or_else(|error| {
        tracing::warn!(error = %chain_of(&error), journey.id = %journey.id(), "whether the caller was here before is not known");
        Standby::New
    })
}
