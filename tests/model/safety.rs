//! What must hold in every state, and what must have come of it in the end.

use crate::{
    carrier::{Caller, Dial},
    casting::CAPPED,
    drive::Shell,
    state::{Fold, Kept, State},
    stores::{LEAD, Post, RETURNED, Sale},
};

/// Nobody waits so long for anything.
const LIFE_MAX: u16 = 100;

/// So much of what the carrier says must be lost before something may remain unknown for good.
const LOSSES: u8 = 2;

impl Shell {
    /// What is wrong with a state, if anything is.
    pub fn wrong(&self, state: &State) -> Option<&'static str> {
        let stores = &state.stores;
        let is_over_cap =
            |sale: &Sale| matches!(sale, Sale::Live { over_cap: true } | Sale::Void { over_cap: true });
        let live = stores.sales.iter().filter(|sale| matches!(sale, Sale::Live { .. })).count();
        let unaccepted =
            (1..=2).any(|n| stores.sale(n) != Sale::Never && !state.carrier.dial(n).was_accepted());
        let sold = stores.journal.and_then(|journal| self.library.facts(journal).sold);
        let is_unknown = |n: u8| matches!(stores.sale(n), Sale::Live { .. }) && sold != Some(n);
        let unknown = (1..=2).any(is_unknown);
        let checks = [
            (live > 1, "a journey has two sales that are not void"),
            (unaccepted, "a sale without an acceptance"),
            (unknown, "a sale that its journey does not know"),
            (stores.counted() > 1 && !stores.sales.iter().any(is_over_cap), "a cap is exceeded"),
            (stores.seated() > 1, "more seats are taken than there are"),
            ((1..=2).any(|n| posted_unsold(state, n)), "a lead is posted that was not sold"),
            (self.rings_too_long(state), "a leg still rings when its attempt's deadline passes"),
            (state.now > LIFE_MAX, "the call never ends"),
        ];
        let found = checks.into_iter().find(|(broken, _)| *broken).map(|(_, why)| why);
        state.broken.or(found)
    }

    /// By the journey as it is kept: its attempt's deadline against what the carrier does.
    fn rings_too_long(&self, state: &State) -> bool {
        let Some(journal) = state.stores.journal else { return false };
        let facts = self.library.facts(journal);
        let Some(n) = facts.attempt else { return false };
        matches!(state.carrier.dial(n), Dial::Ringing { .. }) && state.now >= facts.rings_until
    }

    /// What is wrong with the end of everything.
    pub fn wrong_at_last(&self, state: &State) -> Option<&'static str> {
        // No end at all: it is only not that node's turn any more.
        if (0..2).any(|node| self.due(state, node)) {
            return None;
        }
        let stores = &state.stores;
        let durable = stores.journal.map(|history| Fold { history, kept: Kept::Durable });
        let open = durable.and_then(|fold| self.deadline_of(fold)).is_some();
        let lost = (1..=2).any(|n| talked(state, n) && !matches!(stores.sale(n), Sale::Live { .. }));
        let award = stores.award(CAPPED);
        let counted = award.counted && stores.sale(CAPPED) == Sale::Never;
        let unsettled = |post: &Post| matches!(post, Post::Waiting | Post::Due { .. } | Post::Claimed { .. });
        let checks = [
            (state.carrier.caller != Caller::Gone, "the caller is left on the line"),
            (open, "the journey waits for something that never comes"),
            (lost && state.lost < LOSSES, "two talked, and nothing is sold"),
            (award.seated && state.lost < LOSSES, "a seat is not given back"),
            (counted, "an award is counted, and nothing is sold"),
            (stores.posts.iter().flatten().any(unsettled), "a post is never settled"),
            ((1..=2).any(|n| unposted(state, n)), "a sale is not posted"),
        ];
        checks.into_iter().find(|(broken, _)| *broken).map(|(_, why)| why)
    }
}

/// A tick is longer than what is no bridge at all, and as long as what is payable.
fn talked(state: &State, n: u8) -> bool {
    matches!(state.carrier.dial(n), Dial::Ended { talked: Some(1..), .. })
}

fn posted_unsold(state: &State, n: u8) -> bool {
    let place = usize::from(n) - 1;
    let cancelled = state.stores.posts[place][LEAD] == Post::Cancelled;
    state.got[place].lead && (state.stores.sale(n) == Sale::Never || cancelled)
}

fn unposted(state: &State, n: u8) -> bool {
    let place = usize::from(n) - 1;
    let got = state.got[place];
    let live = matches!(state.stores.sale(n), Sale::Live { .. });
    (live && !got.lead) || (state.stores.posts[place][RETURNED] == Post::Delivered && !got.returned)
}
