//! When which journey must be looked at: an in-process copy of each `wake_at`, whose backstop is the column.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use lead::{JourneyId, Timestamp};
use tokio::sync::Notify;

/// The wake-ups of this process's journeys.
#[derive(Debug, Default)]
pub struct Timers {
    due: Mutex<Due>,
    earlier: Notify,
}

#[derive(Debug, Default)]
struct Due {
    by_time: BTreeSet<(Timestamp, JourneyId)>,
    by_journey: BTreeMap<JourneyId, Timestamp>,
}

impl Timers {
    /// A journey's deadline is now this.
    pub fn set(&self, id: JourneyId, at: Option<Timestamp>) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let first = due.by_time.first().map(|(at, _)| *at);
        if let Some(before) = due.by_journey.remove(&id) {
            due.by_time.remove(&(before, id));
        }
        if let Some(at) = at {
            due.by_time.insert((at, id));
            due.by_journey.insert(id, at);
            if first.is_none_or(|first| at < first) {
                self.earlier.notify_one();
            }
        }
    }

    /// Takes the journeys that are due.
    pub fn take_due(&self, now: Timestamp) -> Vec<JourneyId> {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        while let Some((at, id)) = due.by_time.first().copied().filter(|(at, _)| *at <= now) {
            due.by_time.remove(&(at, id));
            due.by_journey.remove(&id);
            taken.push(id);
        }
        taken
    }

    /// The earliest wake-up.
    pub fn next(&self) -> Option<Timestamp> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).by_time.first().map(|(at, _)| *at)
    }

    /// Waits until a wake-up comes that is earlier than all before it.
    pub async fn earlier(&self) {
        self.earlier.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journey_has_one_wake_up() {
        let timers = Timers::default();
        let (one, two) = (JourneyId::of_call("AC", "1"), JourneyId::of_call("AC", "2"));
        timers.set(one, Some(Timestamp::from_secs(10)));
        timers.set(two, Some(Timestamp::from_secs(5)));
        timers.set(one, Some(Timestamp::from_secs(3)));
        assert_eq!(timers.next(), Some(Timestamp::from_secs(3)));
        assert_eq!(timers.take_due(Timestamp::from_secs(4)), [one]);
        timers.set(two, None);
        assert_eq!(timers.next(), None);
    }
}
