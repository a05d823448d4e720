//! What the carrier knows of a journey's legs and we have not heard, driven as the very events that its callbacks would
//! have made (architecture.md, drive 7 and 8).

use std::{sync::Arc, time::Duration};

use carrier::twilio::{FetchError, Leg, Status, TwilioClient};
use journey::{DialResult, Event, LegId, Sought, Which};
use lead::{JourneyId, Pii, Timestamp};

use crate::{
    act::ended_in,
    chain_of,
    drive::look_again,
    folded::Folded,
    switchboard::{Whereabouts, left_of, whereabouts},
    world::World,
};

/// How long the carrier may take to say what it knows, before a deadline goes on without it.
pub const LOOK_UP_MAX: Duration = Duration::from_secs(5);
/// How far the carrier's times, which are whole seconds by its own clock, may be from ours: a leg that ended so long before a
/// dial was taken may be that dial's all the same.
const DOUBT: Duration = Duration::from_secs(10);

/// What asking came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The carrier answered; what was news is driven.
    Answered,
    /// The carrier could not be asked.
    Unanswered,
}

/// Asks the carrier about the legs of a journey that something is waited for, and drives what is news.
pub async fn reconcile(world: &Arc<World>, journey: JourneyId) -> Asked {
    let open = match look_again(world, journey, Open::of).await {
        Ok(Some(Some(open))) => open,
        Ok(_) => return Asked::Answered,
        Err(error) => {
            tracing::error!(error = %chain_of(&error), journey.id = %journey, "a journey could not be read");
            return Asked::Unanswered;
        }
    };
    match whereabouts(world, journey, &open.caller) {
        Whereabouts::AtCarrier => {}
        Whereabouts::Elsewhere => return unanswered(),
        Whereabouts::Here | Whereabouts::Gone => {
            let left = look_again(world, journey, |folded| left_of(world, folded)).await;
            return told(world, journey, left.ok().flatten().unwrap_or_default()).await;
        }
    }
    let Some(twilio) = &world.twilio else { return unanswered() };
    store::point!("reconcile::before_ask");
    let Ok(Ok(news)) = tokio::time::timeout(LOOK_UP_MAX, ask(world, twilio, &open)).await else {
        return unanswered();
    };
    store::point!("reconcile::after_ask");
    told(world, journey, news).await
}

fn unanswered() -> Asked {
    metrics::counter!("pingpost_look_ups_total", "result" => "unanswered").increment(1);
    Asked::Unanswered
}

async fn told(world: &Arc<World>, journey: JourneyId, news: News) -> Asked {
    let result = if news.is_empty() { "nothing_new" } else { "news" };
    metrics::counter!("pingpost_look_ups_total", "result" => result).increment(1);
    for (key, event) in news {
        store::point!("reconcile::before_tell");
        ended_in(world, journey, key, event).await;
        store::point!("reconcile::after_tell");
    }
    Asked::Answered
}

/// The leg that an attempt's dial made, as the carrier knows it. `None`: it knows of none, or cannot be asked.
pub async fn leg_of(world: &World, journey: JourneyId, n: u32) -> Option<Leg> {
    let open = look_again(world, journey, Open::of).await.ok()???;
    let sought = open.sought.filter(|sought| sought.n == n)?;
    match found(world.twilio.as_ref()?.children(&open.caller).await.ok()?, &sought.leg) {
        Found::Leg(leg) => Some(leg),
        Found::Nothing | Found::Doubtful => None,
    }
}

/// What is open in a journey.
struct Open {
    caller: LegId,
    sought: Option<Sought>,
    is_caller_gone: bool,
    talking: bool,
}

impl Open {
    fn of(folded: &Folded) -> Option<Self> {
        let journey = &folded.journey;
        let sought = journey.line();
        (sought.is_some() || journey.ended().is_none()).then_some(())?;
        Some(Self {
            caller: journey.caller_leg()?.clone(),
            sought,
            is_caller_gone: journey.is_caller_gone(),
            talking: journey.is_talking(),
        })
    }
}

type News = Vec<(String, Event<Pii<String>>)>;

async fn ask(world: &World, twilio: &TwilioClient, open: &Open) -> Result<News, FetchError> {
    let now = world.clock.now();
    let mut news = News::new();
    let of_line = match &open.sought {
        Some(sought) => {
            let children = twilio.children(&open.caller).await?;
            let said = said_of_line(now, sought.n, &found(children, &sought.leg), open.talking);
            // While the dial goes on, so does the caller's leg.
            if said.is_none() {
                return Ok(news);
            }
            said
        }
        None => None,
    };
    if !open.is_caller_gone {
        let gone_at = match twilio.look_up(&open.caller).await? {
            Some(leg) if leg.status.is_some_and(Status::has_ended) => Some(leg.ended.unwrap_or(now)),
            Some(_) => None,
            // The carrier knows of no such call any more.
            None => Some(now),
        };
        news.extend(gone_at.map(|at| ("looked_up:caller".to_owned(), Event::CallerHungUp { at })));
    }
    news.extend(of_line);
    Ok(news)
}

/// What was found of a leg among the caller's.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// This is it.
    Leg(Leg),
    /// There is none.
    Nothing,
    /// There is one that may be it, or an earlier attempt's.
    Doubtful,
}

/// The leg that is known, else one that was never heard of. Where earlier attempts' legs were not heard of either, it is
/// one that had not ended when the dial was taken: an earlier attempt's leg ended before that, to the carrier's second, and
/// taking it for this one's would sell to a buyer that was never rung.
fn found(children: Vec<Leg>, which: &Which) -> Found {
    let (since, before, past, others) = match which {
        Which::Known(known) => {
            let known = children.into_iter().find(|leg| leg.id == *known);
            return known.map_or(Found::Doubtful, Found::Leg);
        }
        Which::Unheard { since, before, past, others } => (*since, *before, past, *others),
    };
    let in_time =
        |leg: &Leg| before.is_none_or(|before| leg.started.is_some_and(|started| started + DOUBT <= before));
    let unheard = children.into_iter().filter(|leg| !past.contains(&leg.id) && in_time(leg));
    let may_be_ours = |leg: &Leg| others == 0 || leg.ended.is_none_or(|ended| ended > since);
    let (ours, theirs): (Vec<_>, Vec<_>) = unheard.partition(may_be_ours);
    // So many of them are theirs; one more is this dial's, and ended before it began by the carrier's clock.
    let doubtful = u32::try_from(theirs.len()).unwrap_or(u32::MAX) > others
        || theirs.iter().any(|leg| leg.ended.is_some_and(|ended| ended + DOUBT > since));
    match ours.into_iter().max_by_key(|leg| leg.started) {
        Some(leg) => Found::Leg(leg),
        None if doubtful => Found::Doubtful,
        None => Found::Nothing,
    }
}

/// A buyer's leg, as the very event that its callback would have made.
fn said_of_line(
    now: Timestamp,
    n: u32,
    found: &Found,
    talking: bool,
) -> Option<(String, Event<Pii<String>>)> {
    let leg = match found {
        Found::Leg(leg) => leg,
        Found::Nothing => return Some((format!("looked_up:not_found:{n}"), Event::DialNotFound { n })),
        Found::Doubtful => return None,
    };
    match leg.status? {
        Status::Ended(result) => {
            let lasted = leg.duration.filter(|_| result == DialResult::Completed);
            Some((format!("looked_up:ended:{n}"), Event::DialEnded { n, result, bridged: None, lasted }))
        }
        Status::InProgress if !talking => {
            let at = leg.started.unwrap_or(now);
            Some((format!("looked_up:picked_up:{n}"), Event::BuyerPickedUp { n, leg: leg.id.clone(), at }))
        }
        Status::InProgress | Status::Ringing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    fn leg(id: &str, ended: Option<i64>) -> Leg {
        let id = LegId(id.to_owned());
        Leg { id, parent: None, status: None, started: Some(at(100)), ended: ended.map(at), duration: None }
    }

    fn unheard(past: &[&str], others: u32) -> Which {
        let past = past.iter().map(|id| LegId((*id).to_owned())).collect();
        Which::Unheard { since: at(110), before: None, past, others }
    }

    #[test]
    fn a_known_leg_is_found_and_no_other() {
        let known = Which::Known("CA2".into());
        assert_eq!(
            found(vec![leg("CA1", None), leg("CA2", Some(9))], &known),
            Found::Leg(leg("CA2", Some(9)))
        );
        assert_eq!(found(vec![leg("CA1", None)], &known), Found::Doubtful);
    }

    #[test]
    fn an_earlier_attempts_leg_is_not_taken_for_this_ones() {
        for ended in [None, Some(111)] {
            assert_eq!(found(vec![leg("CA2", ended)], &unheard(&[], 1)), Found::Leg(leg("CA2", ended)));
            assert_eq!(found(vec![leg("CA2", ended)], &unheard(&["CA2"], 1)), Found::Nothing);
        }
        assert_eq!(found(vec![leg("CA2", Some(100))], &unheard(&[], 1)), Found::Nothing);
    }

    #[test]
    fn a_leg_that_ended_about_when_the_dial_was_taken_may_be_either_ones() {
        for ended in [101, 110] {
            assert_eq!(found(vec![leg("CA2", Some(ended))], &unheard(&[], 1)), Found::Doubtful);
            assert_eq!(found(vec![leg("CA2", Some(ended))], &unheard(&["CA2"], 1)), Found::Nothing);
        }
    }

    #[test]
    fn the_only_leg_of_the_only_dial_is_its_own_whenever_it_ended() {
        for ended in [100, 109, 110, 111] {
            assert_eq!(
                found(vec![leg("CA2", Some(ended))], &unheard(&[], 0)),
                Found::Leg(leg("CA2", Some(ended)))
            );
        }
        let both = vec![leg("CA1", Some(104)), leg("CA2", Some(110))];
        assert_eq!(found(both, &unheard(&["CA1"], 0)), Found::Leg(leg("CA2", Some(110))));
    }

    #[test]
    fn whom_the_campaigns_own_ending_dials_is_no_buyer() {
        let after = |secs| Which::Unheard { since: at(50), before: Some(at(secs)), past: vec![], others: 0 };
        assert_eq!(found(vec![leg("CA9", None)], &after(101)), Found::Nothing);
        assert_eq!(found(vec![leg("CA2", None)], &after(130)), Found::Leg(leg("CA2", None)));
    }

    #[test]
    fn a_dial_without_a_leg_was_never_executed() {
        assert_eq!(found(vec![], &unheard(&[], 1)), Found::Nothing);
        let said = said_of_line(at(200), 2, &Found::Nothing, false);
        assert!(matches!(said, Some((key, Event::DialNotFound { n: 2 })) if key == "looked_up:not_found:2"));
        assert!(said_of_line(at(200), 2, &Found::Doubtful, false).is_none());
    }
}
