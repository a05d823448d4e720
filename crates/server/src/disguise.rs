//! What a visitor is told of a number that may not be rung: what would be told of one that nobody answers, in the same time.
//! Else whoever asks for a stranger's number would learn that its owner wants no calls.

use std::time::Duration;

use bridge::permit::{Opening, Place};
use journey::{Ended, Journey};
use lead::Timestamp;

use crate::lead_dial::LAW;

/// How much longer than its ringing a dial that nobody answers usually takes, to the end of what is told of it.
const AROUND_A_RING: Duration = Duration::from_secs(8);

/// What would be told now of a number that nobody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seems {
    /// It rings.
    Ringing,
    /// It is rung at this time.
    Due(Timestamp),
    /// Nobody answered in all tries.
    NotReached,
}

/// What is told of a wish whose person may not be rung. `None`: it is no such wish.
pub fn of(journey: &Journey, now: Timestamp) -> Option<Seems> {
    would_ring(journey).map(|rings| seems(&rings, now))
}

/// When it would be over if nobody answered. `None`: it is no such wish.
pub fn over_at(journey: &Journey) -> Option<Timestamp> {
    would_ring(journey)?.last().map(|(_, until)| *until)
}

/// From when until when a phone would ring that nobody answers.
fn would_ring(journey: &Journey) -> Option<Vec<(Timestamp, Timestamp)>> {
    let Some(Ended::NotDialled(_)) = journey.ended() else { return None };
    let callback = journey.campaign().callback.as_ref()?;
    let (wished, phone) = (journey.wished()?, journey.caller()?);
    let asked_at = journey.arrived_at()?;
    let place = Place::of(phone, wished.profile.zip(), wished.profile.state());
    let legal = |at: Timestamp| match place.as_ref().map(|place| LAW.opening(place, at)) {
        Some(Opening::Closed { until, .. }) => until.unwrap_or(at),
        Some(Opening::Open { .. }) | None => at,
    };
    Some(rings(asked_at, callback.ring + AROUND_A_RING, &callback.again, legal))
}

fn rings(
    asked_at: Timestamp,
    each: Duration,
    again: &[Duration],
    legal: impl Fn(Timestamp) -> Timestamp,
) -> Vec<(Timestamp, Timestamp)> {
    let mut due_at = asked_at;
    let mut all = vec![];
    for wait in again.iter().copied().chain([Duration::ZERO]) {
        let from = legal(due_at);
        all.push((from, from + each));
        due_at = from + each + wait;
    }
    all
}

fn seems(rings: &[(Timestamp, Timestamp)], now: Timestamp) -> Seems {
    match rings.iter().find(|(_, until)| now < *until) {
        Some((from, _)) if now < *from => Seems::Due(*from),
        Some(_) => Seems::Ringing,
        None => Seems::NotReached,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Timestamp = Timestamp::from_secs(1_795_460_400);

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn it_seems_to_ring_as_often_as_the_plan_says() {
        let plan = [secs(300), secs(3_600)];
        let at = |after: u64| seems(&rings(ASKED, secs(30), &plan, |at| at), ASKED + secs(after));
        assert_eq!([at(0), at(29)], [Seems::Ringing, Seems::Ringing]);
        assert_eq!([at(30), at(329)], [Seems::Due(ASKED + secs(330)); 2]);
        assert_eq!([at(330), at(359)], [Seems::Ringing; 2]);
        assert_eq!(at(360), Seems::Due(ASKED + secs(3_960)));
        assert_eq!(at(3_960), Seems::Ringing);
        assert_eq!([at(3_990), at(86_400)], [Seems::NotReached; 2]);
    }

    #[test]
    fn at_night_it_waits_for_the_morning_like_any_other() {
        let morning = ASKED + secs(36_000);
        let at = |after: u64| seems(&rings(ASKED, secs(30), &[], |at| at.max(morning)), ASKED + secs(after));
        assert_eq!(at(0), Seems::Due(morning));
        assert_eq!(at(36_000), Seems::Ringing);
        assert_eq!(at(36_030), Seems::NotReached);
    }
}
