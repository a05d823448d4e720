//! The rules of the shell, each of which can be taken away, and how far the search goes.

use crate::casting::First;

/// What the modelled shell does. The numbers are those of `drive`'s rules in docs/architecture.md.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// 2: what looks like a repeat or a stray is read again, the durable journal first, before it is believed.
    pub reads_again: bool,
    /// 2: a repeat never sends its requests again.
    pub never_sends_again: bool,
    /// 2: only the very request that took a dial gets its document.
    pub gives_a_dial_once: bool,
    /// 2: a request that is no repeat of another one has another name: a fallback, ex., and the polls behind it.
    pub names_apart: bool,
    /// 4: a commit holds only if the head is the one that was decided on.
    pub compares_heads: bool,
    /// 4: an award is counted in the transaction that keeps its event.
    pub counts_in_the_commit: bool,
    /// 5: only the pass whose commit returned sends requests.
    pub acts_after_its_commit: bool,
    /// 6: no dial is sent that could still ring when its deadline passes.
    pub dials_in_time: bool,
    /// 7: a deadline looks the leg up at the carrier first.
    pub looks_up: bool,
    /// 7: and at no other attempt's leg.
    pub looks_at_its_own: bool,
    /// 8: an ended journey hears the truth about an attempt.
    pub hears_late: bool,
    /// 9: a void cancels a post that was never claimed.
    pub void_cancels: bool,
    /// 9: what is returned waits until the post has settled.
    pub return_waits: bool,
    /// 9: nothing is sent after a lease's end.
    pub sends_in_its_lease: bool,
    /// 9: only the owner of a claim settles it.
    pub settles_its_own: bool,
}

impl Rules {
    pub const ALL: Self = Self {
        reads_again: true,
        never_sends_again: true,
        gives_a_dial_once: true,
        names_apart: true,
        compares_heads: true,
        counts_in_the_commit: true,
        acts_after_its_commit: true,
        dials_in_time: true,
        looks_up: true,
        looks_at_its_own: true,
        hears_late: true,
        void_cancels: true,
        return_waits: true,
        sends_in_its_lease: true,
        settles_its_own: true,
    };
}

/// What is explored.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub first: First,
    /// How often, in all, something goes wrong: a crash, a repeat, a loss, a delay, an unknown outcome.
    pub mischief: u8,
    /// How often the turn passes to the other node: with something new, or in the middle of a pass.
    pub switches: u8,
    pub posts: Posts,
    /// Whether the carrier says if two legs were bridged; look-alikes do not.
    pub says_bridged: bool,
    /// Whether another journey contends for the capped offer.
    pub contended: bool,
}

/// How closely the outbox is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posts {
    /// A post is claimed, sent and settled in one step.
    AtOnce,
    /// Each of these is a step of its own, between which anything may happen.
    StepByStep,
}
