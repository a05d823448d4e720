//! `Mirror`: the lists that this node knows. One that is known needs one trip for an append, and none for a move while
//! Redis is away.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use lead::JourneyId;

use crate::{ChainHash, in_flight::Light, limits::LIGHT_JOURNEYS_MAX};

/// The lists that this node knows.
#[derive(Default)]
pub(super) struct Mirror(Mutex<Held>);

#[derive(Default)]
struct Held {
    lists: BTreeMap<JourneyId, Known>,
    by_use: BTreeMap<u64, JourneyId>,
    uses: u64,
}

struct Known {
    light: Light,
    used: u64,
    /// An append to it was not answered: what Redis has may be ahead of this, and by nobody but us.
    adrift: bool,
}

impl Mirror {
    pub(super) fn keep(&self, id: JourneyId, light: Light) {
        let mut held = self.lock();
        held.forget(id);
        held.uses += 1;
        let used = held.uses;
        held.by_use.insert(used, id);
        held.lists.insert(id, Known { light, used, adrift: false });
        if held.lists.len() > LIGHT_JOURNEYS_MAX
            && let Some((_, oldest)) = held.by_use.pop_first()
        {
            held.lists.remove(&oldest);
        }
    }

    pub(super) fn forget(&self, id: JourneyId) {
        self.lock().forget(id);
    }

    /// The lists that are known, those first that were used last.
    pub(super) fn known(&self, limit: usize) -> Vec<JourneyId> {
        self.lock().by_use.values().rev().take(limit).copied().collect()
    }

    /// The list, if it is known.
    pub(super) fn find(&self, id: JourneyId) -> Option<Light> {
        self.lock().lists.get(&id).map(|known| known.light.clone())
    }

    /// The list, if it has this head, and whether Redis need not be asked for it any more.
    pub(super) fn at(&self, id: JourneyId, base: ChainHash) -> Option<(Light, bool)> {
        let held = self.lock();
        held.lists
            .get(&id)
            .filter(|known| known.light.head == base)
            .map(|known| (known.light.clone(), known.adrift))
    }

    pub(super) fn set_adrift(&self, id: JourneyId) {
        if let Some(known) = self.lock().lists.get_mut(&id) {
            known.adrift = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // Nothing panics inside.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn forget(&mut self, id: JourneyId) {
        if let Some(known) = self.lists.remove(&id) {
            self.by_use.remove(&known.used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn light(id: JourneyId) -> Light {
        let head = ChainHash::start(id);
        Light { wrapped: vec![], settings_version: 1, events: vec![], head, wake_at: None }
    }

    #[test]
    fn it_knows_so_many_and_forgets_the_longest_unused() {
        let (mirror, id) = (Mirror::default(), |n: usize| JourneyId::of_call("AC", &n.to_string()));
        for n in 0..LIGHT_JOURNEYS_MAX {
            mirror.keep(id(n), light(id(n)));
        }
        mirror.keep(id(0), light(id(0)));
        mirror.keep(id(LIGHT_JOURNEYS_MAX), light(id(LIGHT_JOURNEYS_MAX)));
        assert!(mirror.find(id(0)).is_some() && mirror.find(id(LIGHT_JOURNEYS_MAX)).is_some());
        assert!(mirror.find(id(1)).is_none());
        let held = mirror.lock();
        assert_eq!((held.lists.len(), held.by_use.len()), (LIGHT_JOURNEYS_MAX, LIGHT_JOURNEYS_MAX));
    }
}
