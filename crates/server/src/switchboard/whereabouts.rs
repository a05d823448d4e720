//! Where a leg is: what a carrier would be asked, the node that holds its legs knows.

use journey::{DialResult, Event, LegId, Sought, Which};
use lead::{JourneyId, Pii, Timestamp};

use super::LINE;
use crate::{folded::Folded, world::World};

/// Where a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// With the carrier of webhooks.
    AtCarrier,
    /// Here; its own task tells what becomes of it.
    Here,
    /// With another node, or one that is gone: only it can say.
    Elsewhere,
    /// Nowhere any more: it ended, or died with an earlier run.
    Gone,
}

/// Whether a node holds, or held, a leg itself.
pub fn is_a_line(leg: &LegId) -> bool {
    leg.0.starts_with(LINE)
}

/// Whether a recording was made by a node itself: it bears the name of its leg.
pub fn is_a_name_of_ours(reference: &str) -> bool {
    reference.starts_with(LINE)
}

/// Where the caller's leg of a journey is.
pub fn whereabouts(world: &World, journey: JourneyId, leg: &LegId) -> Whereabouts {
    if !is_a_line(leg) {
        return Whereabouts::AtCarrier;
    }
    let Some(switchboard) = &world.switchboard else {
        return if world.store.is_shared() { Whereabouts::Elsewhere } else { Whereabouts::Gone };
    };
    let is_held = || switchboard.lock().get(&journey).is_some_and(|held| held.leg == *leg);
    match (leg.0.starts_with(&switchboard.mark), leg.0.starts_with(&switchboard.node)) {
        (true, _) if is_held() => Whereabouts::Here,
        // No other node of a store has this one's name; and where the store is not shared, there is no other.
        (true, _) | (false, true) => Whereabouts::Gone,
        (false, false) if world.store.is_shared() => Whereabouts::Elsewhere,
        (false, false) => Whereabouts::Gone,
    }
}

type News = Vec<(String, Event<Pii<String>>)>;

/// What is to be told of a journey's legs by what is left of them: nothing while its own task goes on with them; else that
/// the caller is gone, and the dial with them.
pub fn left_of(world: &World, folded: &Folded) -> News {
    let journey = &folded.journey;
    let Some(leg) = journey.caller_leg() else { return vec![] };
    let (id, sought) = (journey.id(), journey.line());
    match whereabouts(world, id, leg) {
        Whereabouts::AtCarrier | Whereabouts::Elsewhere => vec![],
        Whereabouts::Here => sought.into_iter().flat_map(|sought| unheld(world, id, &sought)).collect(),
        Whereabouts::Gone => ended(world, folded, leg),
    }
}

/// What a call comes to whose legs are gone.
fn ended(world: &World, folded: &Folded, leg: &LegId) -> News {
    let (journey, now) = (&folded.journey, world.clock.now());
    let died = died_at(world, leg, now);
    let gone = (!journey.is_caller_gone())
        .then(|| ("looked_up:caller".to_owned(), Event::CallerHungUp { at: died }));
    let Some(Sought { n, .. }) = journey.line() else { return gone.into_iter().collect() };
    let key = format!("looked_up:ended:{n}");
    match journey.talks_since() {
        // The two were joined with the acceptance. How long they talked before their node died is told first: a sale is not
        // taken back because the caller was gone with it.
        Some(picked_up) => {
            let accepted = journey.sold().map_or(picked_up, bridge::Sold::accepted_at);
            let lasted = Some(died.max(accepted).since(picked_up));
            let ended = Event::DialEnded { n, result: DialResult::Completed, bridged: Some(true), lasted };
            std::iter::once((key, ended)).chain(gone).collect()
        }
        None => {
            let result = DialResult::Canceled;
            let ended = Event::DialEnded { n, result, bridged: Some(false), lasted: None };
            gone.into_iter().chain([(key, ended)]).collect()
        }
    }
}

/// A dial that the call's own task knows nothing of: it was taken, and whoever took it did not learn so.
fn unheld(world: &World, journey: JourneyId, sought: &Sought) -> News {
    let Some(switchboard) = &world.switchboard else { return vec![] };
    let n = sought.n;
    if switchboard.lock().get(&journey).is_none_or(|held| held.dialled == Some(n)) {
        return vec![];
    }
    let event = match &sought.leg {
        Which::Known(_) => {
            Event::DialEnded { n, result: DialResult::Failed, bridged: Some(false), lasted: None }
        }
        Which::Unheard { .. } => Event::DialNotFound { n },
    };
    vec![(format!("looked_up:not_held:{n}"), event)]
}

/// When a leg ended that nobody told of: with an earlier run at the last moment that it is known to have lived at.
fn died_at(world: &World, leg: &LegId, now: Timestamp) -> Timestamp {
    let Some(switchboard) = &world.switchboard else { return now };
    let ours = leg.0.starts_with(&switchboard.mark);
    switchboard.lived.filter(|_| !ours).map_or(now, |lived| lived.min(now))
}
