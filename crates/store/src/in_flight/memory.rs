//! Light journeys in this process. One mutex: every call is a look-up and a few pushes, and none waits inside it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use journey::EVENTS_MAX;
use lead::{JourneyId, Timestamp};
use tokio::sync::Notify;

use super::{Light, Look, Moved, Set, has_repeat};
use crate::{
    ChainHash,
    entry::Encoded,
    limits::{LIGHT_EXPIRY, LIGHT_JOURNEYS_MAX, LIGHT_SWEEP_MAX},
};

/// Light journeys in this process.
#[derive(Default)]
pub(crate) struct Memory {
    held: Mutex<Held>,
    /// Some move has ended.
    moved: Notify,
}

#[derive(Default)]
struct Held {
    journeys: BTreeMap<JourneyId, Slot>,
    by_wake: BTreeSet<(Timestamp, JourneyId)>,
    by_touch: BTreeSet<(Timestamp, JourneyId)>,
}

struct Slot {
    touched: Timestamp,
    state: State,
}

enum State {
    Light(Light),
    /// Being written into the durable store.
    Moving(Light),
    /// Perhaps durable: the outcome of its move is not known.
    Doubtful(Light),
    /// Durable: kept for a while, so that no late append begins it anew.
    Gone,
}

impl Memory {
    pub(super) async fn look(&self, id: JourneyId) -> Look {
        loop {
            let moved = self.moved.notified();
            match self.lock().journeys.get(&id).map(|slot| &slot.state) {
                Some(State::Light(light)) => return Look::Light(light.clone()),
                Some(State::Doubtful(_)) => return Look::Doubtful,
                Some(State::Gone) | None => return Look::Elsewhere,
                Some(State::Moving(_)) => {}
            }
            moved.await;
        }
    }

    pub(super) fn load(&self, id: JourneyId) -> Option<Light> {
        match &self.lock().journeys.get(&id)?.state {
            State::Light(light) => Some(light.clone()),
            State::Moving(_) | State::Doubtful(_) | State::Gone => None,
        }
    }

    pub(super) fn known(&self, limit: usize) -> Vec<JourneyId> {
        let held = self.lock();
        let light = held.by_touch.iter().rev().map(|(_, id)| *id);
        let light =
            light.filter(|id| held.journeys.get(id).is_some_and(|slot| !matches!(slot.state, State::Gone)));
        light.take(limit).collect()
    }

    pub(super) fn keep_light(&self, id: JourneyId) -> Option<Light> {
        let mut held = self.lock();
        let slot = held.journeys.get_mut(&id)?;
        if let State::Doubtful(light) = &slot.state {
            slot.state = State::Light(light.clone());
        }
        drop(held);
        self.load(id)
    }

    pub(super) fn begin(&self, id: JourneyId, light: Light, now: Timestamp) -> Set {
        let mut held = self.lock();
        held.sweep(now);
        if held.journeys.contains_key(&id) || has_repeat(&[], &light.events) {
            return Set::Conflict;
        }
        if held.journeys.len() >= LIGHT_JOURNEYS_MAX {
            return Set::Full;
        }
        if light.events.len() > EVENTS_MAX {
            return Set::TooMany;
        }
        held.by_wake.extend(light.wake_at.map(|at| (at, id)));
        held.by_touch.insert((now, id));
        held.journeys.insert(id, Slot { touched: now, state: State::Light(light) });
        Set::Done
    }

    pub(super) fn append(
        &self,
        id: JourneyId,
        base: ChainHash,
        events: Vec<Encoded>,
        wake_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Set {
        let mut held = self.lock();
        held.sweep(now);
        let Some(Slot { touched, state: State::Light(light) }) = held.journeys.get_mut(&id) else {
            return Set::Conflict;
        };
        if light.head != base || has_repeat(&light.events, &events) {
            return Set::Conflict;
        }
        if light.events.len() + events.len() > EVENTS_MAX {
            return Set::TooMany;
        }
        light.head = events.last().map_or(base, |event| event.hash);
        light.events.extend(events);
        let woke = std::mem::replace(&mut light.wake_at, wake_at);
        let was = std::mem::replace(touched, now);
        held.rewake(id, woke, wake_at);
        held.by_touch.remove(&(was, id));
        held.by_touch.insert((now, id));
        Set::Done
    }

    pub(super) fn begin_move(&self, id: JourneyId, base: ChainHash) -> Option<Light> {
        let mut held = self.lock();
        let slot = held.journeys.get_mut(&id)?;
        match std::mem::replace(&mut slot.state, State::Gone) {
            State::Light(light) if light.head == base => {
                slot.state = State::Moving(light.clone());
                Some(light)
            }
            other => {
                slot.state = other;
                None
            }
        }
    }

    pub(super) fn end_move(&self, id: JourneyId, moved: Moved, now: Timestamp) {
        self.lock().end_move(id, moved, now);
        self.moved.notify_waiters();
    }

    pub(super) fn due(&self, now: Timestamp, limit: usize) -> Vec<JourneyId> {
        let mut held = self.lock();
        held.sweep(now);
        held.by_wake.iter().take_while(|(at, _)| *at <= now).take(limit).map(|(_, id)| *id).collect()
    }

    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        self.lock().by_wake.first().map(|(at, _)| *at)
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // Nothing panics inside; a list is whole after every call.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn end_move(&mut self, id: JourneyId, moved: Moved, now: Timestamp) {
        let Some(slot) = self.journeys.get_mut(&id) else {
            // It was never light here: the mark alone keeps late beginnings out.
            if moved == Moved::Durable && self.journeys.len() < LIGHT_JOURNEYS_MAX {
                self.by_touch.insert((now, id));
                self.journeys.insert(id, Slot { touched: now, state: State::Gone });
            }
            return;
        };
        match (std::mem::replace(&mut slot.state, State::Gone), moved) {
            (State::Gone, _) => {}
            (State::Moving(light), Moved::Light) => slot.state = State::Light(light),
            (State::Moving(light), Moved::Unknown) => slot.state = State::Doubtful(light),
            (kept, Moved::Light | Moved::Unknown) => slot.state = kept,
            (State::Moving(light) | State::Light(light) | State::Doubtful(light), Moved::Durable) => {
                self.rewake(id, light.wake_at, None);
            }
        }
    }

    fn rewake(&mut self, id: JourneyId, was: Option<Timestamp>, now: Option<Timestamp>) {
        if let Some(at) = was {
            self.by_wake.remove(&(at, id));
        }
        self.by_wake.extend(now.map(|at| (at, id)));
    }

    /// Drops some of what has expired.
    fn sweep(&mut self, now: Timestamp) {
        for _ in 0..LIGHT_SWEEP_MAX {
            let Some((touched, id)) = self.by_touch.first().copied() else { return };
            if touched + LIGHT_EXPIRY > now {
                return;
            }
            self.by_touch.remove(&(touched, id));
            if let Some(Slot {
                state: State::Light(light) | State::Moving(light) | State::Doubtful(light),
                ..
            }) = self.journeys.remove(&id)
            {
                self.rewake(id, light.wake_at, None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> JourneyId {
        JourneyId::of_call("AC", &n.to_string())
    }

    fn event(journey: JourneyId, n: u32, before: ChainHash) -> Encoded {
        let (key, at, body) = (format!("k{n}"), Timestamp::from_secs(i64::from(n)), vec![1]);
        let hash = before.with(&key, at, &body);
        Encoded { n, key, at, format: 1, kind: journey.to_string(), hash, body }
    }

    fn light(id: JourneyId, wake_at: Option<Timestamp>) -> Light {
        let first = event(id, 0, ChainHash::start(id));
        Light { wrapped: vec![], settings_version: 1, head: first.hash, events: vec![first], wake_at }
    }

    #[test]
    fn a_full_store_takes_no_more_until_something_expires() {
        let memory = Memory::default();
        let now = Timestamp::from_secs(1);
        for n in 0..u32::try_from(LIGHT_JOURNEYS_MAX).expect("small") {
            assert_eq!(memory.begin(id(n), light(id(n), None), now), Set::Done);
        }
        let more = id(u32::MAX);
        assert_eq!(memory.begin(more, light(more, None), now), Set::Full);
        assert_eq!(memory.begin(more, light(more, None), now + LIGHT_EXPIRY), Set::Done);
    }

    #[test]
    fn a_journey_has_at_most_so_many_events() {
        let memory = Memory::default();
        let (one, now) = (id(1), Timestamp::from_secs(1));
        let first = light(one, None);
        let (mut head, mut n) = (first.head, 1);
        memory.begin(one, first, now);
        let set = loop {
            let next = event(one, n, head);
            let hash = next.hash;
            match memory.append(one, head, vec![next], None, now) {
                Set::Done => (head, n) = (hash, n + 1),
                other => break other,
            }
        };
        assert_eq!((set, n as usize), (Set::TooMany, EVENTS_MAX));
    }

    #[test]
    fn an_append_while_it_moves_is_a_conflict_and_a_failed_move_gives_it_back() {
        let memory = Memory::default();
        let (one, now) = (id(1), Timestamp::from_secs(1));
        let first = light(one, Some(now));
        let head = first.head;
        memory.begin(one, first, now);
        assert!(memory.begin_move(one, ChainHash::start(one)).is_none());
        assert!(memory.begin_move(one, head).is_some());
        assert_eq!(memory.append(one, head, vec![event(one, 1, head)], None, now), Set::Conflict);
        memory.end_move(one, Moved::Light, now);
        assert_eq!(memory.due(now, 9), [one]);
        assert!(memory.load(one).is_some());
        memory.begin_move(one, head);
        memory.end_move(one, Moved::Durable, now);
        assert_eq!(memory.append(one, head, vec![event(one, 1, head)], None, now), Set::Conflict);
        assert_eq!(memory.begin(one, light(one, None), now), Set::Conflict);
        assert_eq!((memory.due(now, 9), memory.load(one).is_some()), (vec![], false));
    }

    #[tokio::test]
    async fn who_looks_during_a_move_waits_for_its_end() {
        let memory = Memory::default();
        let (one, now) = (id(1), Timestamp::from_secs(1));
        let first = light(one, None);
        let head = first.head;
        memory.begin(one, first, now);
        memory.begin_move(one, head);
        let (look, ()) = tokio::join!(memory.look(one), async { memory.end_move(one, Moved::Durable, now) });
        assert!(matches!(look, Look::Elsewhere));
    }

    #[tokio::test]
    async fn a_move_of_unknown_outcome_is_doubtful_until_the_durable_store_was_asked() {
        let memory = Memory::default();
        let (one, now) = (id(1), Timestamp::from_secs(1));
        let first = light(one, None);
        let head = first.head;
        memory.begin(one, first, now);
        memory.begin_move(one, head);
        memory.end_move(one, Moved::Unknown, now);
        assert!(matches!(memory.look(one).await, Look::Doubtful));
        assert!(memory.begin_move(one, head).is_none());
        assert_eq!(memory.append(one, head, vec![event(one, 1, head)], None, now), Set::Conflict);
        assert!(memory.keep_light(one).is_some());
        assert!(matches!(memory.look(one).await, Look::Light(_)));
        assert!(memory.begin_move(one, head).is_some());
        assert!(memory.keep_light(one).is_none(), "a move that goes on is no doubt");
    }
}
