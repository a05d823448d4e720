//! The outbox's worker: claim, send, settle.

use crate::{
    casting::LEASE,
    drive::Shell,
    state::{Hand, State},
    stores::{LEAD, Post, RETURNED, Sale},
};

/// How sending went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sending {
    Accepted,
    /// The buyer has it, and its answer was lost.
    AnswerLost,
    /// The buyer does not have it.
    NotThere,
}

impl Shell {
    /// The posts that may be claimed, each with its attempt.
    pub fn claimable(state: &State) -> Vec<(u8, usize)> {
        let all = [(1, LEAD), (1, RETURNED), (2, LEAD), (2, RETURNED)];
        let ready = |(n, kind): &(u8, usize)| match post(state, *n, *kind) {
            Post::Due { .. } => true,
            Post::Claimed { until, .. } => until <= state.now,
            Post::Never | Post::Waiting | Post::Delivered | Post::Cancelled => false,
        };
        all.into_iter().filter(ready).collect()
    }

    pub fn claim(state: &mut State, i: usize, (n, kind): (u8, usize)) {
        let is_void = matches!(state.stores.sale(n), Sale::Void { .. });
        if kind == LEAD && is_void && post(state, n, kind) == (Post::Due { claimed: false }) {
            state.breaks("a lead is posted whose sale was void before");
        }
        let until = state.now + LEASE;
        let by = u8::try_from(i).expect("two nodes");
        set(state, n, kind, Post::Claimed { by, until });
        state.nodes[i].hand = Some(Hand { n, kind, until, sent: None });
    }

    /// Whether a claimed post may still be sent: the request's time-out is shorter than the lease.
    pub fn may_send(&self, state: &State, hand: Hand) -> bool {
        hand.sent.is_none() && (state.now < hand.until || !self.rules.sends_in_its_lease)
    }

    pub fn send(state: &mut State, i: usize, sending: Sending) {
        let Some(hand) = state.nodes[i].hand else { return };
        if sending != Sending::NotThere {
            Self::arrives(state, hand.n, hand.kind);
        }
        let sent = Some(sending == Sending::Accepted);
        state.nodes[i].hand = Some(Hand { sent, ..hand });
    }

    /// A request reaches a buyer.
    fn arrives(state: &mut State, n: u8, kind: usize) {
        let got = &mut state.got[usize::from(n) - 1];
        match kind {
            LEAD if got.returned => {
                state.breaks("a buyer gets a lead after it was told that it came to nothing")
            }
            LEAD => got.lead = true,
            _ if !got.lead => state.breaks("a buyer is told that a lead came to nothing before it has it"),
            _ => got.returned = true,
        }
    }

    /// Fenced by the claim: whose lease was taken over has nothing to say any more.
    pub fn settle(&self, state: &mut State, i: usize) {
        let Some(Hand { n, kind, until, sent }) = state.nodes[i].hand.take() else { return };
        let by = u8::try_from(i).expect("two nodes");
        let mine = post(state, n, kind) == Post::Claimed { by, until };
        let anybodys = matches!(post(state, n, kind), Post::Claimed { .. }) && !self.rules.settles_its_own;
        if !mine && !anybodys {
            return;
        }
        match sent {
            Some(true) => {
                set(state, n, kind, Post::Delivered);
                if kind == LEAD && post(state, n, RETURNED) == Post::Waiting {
                    set(state, n, RETURNED, Post::Due { claimed: false });
                }
            }
            Some(false) | None => set(state, n, kind, Post::Due { claimed: true }),
        }
    }

    /// All three in one step, where the outbox is not looked at closely.
    pub fn deliver(&self, state: &mut State, i: usize, what: (u8, usize)) {
        Self::claim(state, i, what);
        Self::send(state, i, Sending::Accepted);
        self.settle(state, i);
    }
}

const fn post(state: &State, n: u8, kind: usize) -> Post {
    state.stores.posts[n as usize - 1][kind]
}

const fn set(state: &mut State, n: u8, kind: usize, post: Post) {
    state.stores.posts[n as usize - 1][kind] = post;
}
