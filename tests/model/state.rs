//! One state of the whole: the stores, two nodes, the carrier, what is on its way, and how much may still go wrong.

use crate::{
    carrier::{Carrier, Dial, Webhook},
    casting::Tick,
    history::Hist,
    rules::{Bounds, Posts},
    stores::{Other, Stores},
    told::{Entry, Key, Told},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub now: Tick,
    pub stores: Stores,
    pub nodes: [Node; 2],
    pub carrier: Carrier,
    /// Webhooks on their way, in their order as values: they arrive in any.
    pub pool: Vec<Webhook>,
    /// What each attempt's buyer got.
    pub got: [Got; 2],
    /// How often something may still go wrong.
    pub mischief: u8,
    /// The node whose turn it is, and how often the turn may still pass to the other one.
    pub last: usize,
    pub switches: u8,
    /// How much of what the carrier says was lost for good.
    pub lost: u8,
    /// A look-up was not answered.
    pub blind: bool,
    /// The auction that was run.
    pub ran: Ran,
    /// The attempts whose push was sent.
    pub pushed: [bool; 2],
    /// What was done that may never be done.
    pub broken: Option<&'static str>,
}

/// The auction that was run, as long as what is in flight is kept: a journey whose beginning was lost, or is kept twice,
/// may ask its buyers again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ran {
    Nothing,
    This(Hist),
    Whatever,
}

/// What a buyer got for its attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Got {
    pub lead: bool,
    pub returned: bool,
}

/// One process. What it holds is lost with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Node {
    /// The cached fold.
    pub cache: Option<Fold>,
    /// What it is driving. It drives one event of a journey at a time.
    pub pass: Option<Pass>,
    /// Requests that it is to send, and the events that they ended in.
    pub tasks: Vec<Task>,
    /// The post that its worker has.
    pub hand: Option<Hand>,
}

/// A journey in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fold {
    pub history: Hist,
    pub kept: Kept,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kept {
    Nowhere,
    Light,
    Durable,
}

/// What a node is at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pass {
    pub work: Work,
    pub part: Part,
    pub stage: Stage,
    pub since: Tick,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    Webhook(Webhook),
    /// An event that one of its own requests ended in.
    Local(Key, Told),
    /// A deadline, and what the carrier said when it was looked up.
    Deadline {
        gone: Option<Tick>,
        told: Option<(Key, Told)>,
        at: Tick,
    },
}

/// Which event of its work it drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// That the caller is gone, which a request says by the way.
    Gone,
    /// What the work tells.
    Event,
    /// That a request takes the dial; that a deadline passed.
    Then,
    /// The arrival of a caller whose journey nobody knows any more.
    Again,
    /// That this request takes the dial.
    TakeAgain,
    /// The answer.
    Answer,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// To be read and decided, which is one step: deciding looks at nothing that changes.
    Decide,
    /// Decided, to be committed. `reserved` is an award that was counted beforehand, against rule 4.
    Commit { base: Fold, entry: Entry, reserved: Option<bool> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    Drive(Key, Told),
    Push { n: u8, send_by: Tick, hash: Hist },
    Drop { n: u8, known: bool },
}

/// A claimed post: whose it is, what it says, until when, and how sending it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hand {
    pub n: u8,
    pub kind: usize,
    pub until: Tick,
    pub sent: Option<bool>,
}

impl State {
    pub fn new(bounds: &Bounds) -> Self {
        let other = if bounds.contended { Other::Coming } else { Other::GaveBack };
        Self {
            now: 0,
            stores: Stores::new(other),
            nodes: [Node::default(), Node::default()],
            carrier: Carrier::new(),
            pool: vec![],
            got: [Got::default(); 2],
            mischief: bounds.mischief,
            last: 0,
            switches: bounds.switches,
            lost: 0,
            blind: false,
            ran: Ran::Nothing,
            pushed: [false; 2],
            broken: None,
        }
    }

    /// Whether something new may come to a node.
    pub const fn may_begin(&self, node: usize) -> bool {
        self.last == node || self.switches > 0
    }

    /// Whether a node may go on with what it has: it waits for the other one only where that is in the middle.
    pub const fn may_go_on(&self, node: usize) -> bool {
        self.may_begin(node) || self.nodes[self.last].pass.is_none()
    }

    pub const fn begins(&mut self, node: usize) {
        if self.last != node {
            (self.last, self.switches) = (node, self.switches - 1);
        }
    }

    pub const fn goes_on(&mut self, node: usize) {
        if self.nodes[self.last].pass.is_some() {
            self.begins(node);
        }
    }

    pub fn breaks(&mut self, why: &'static str) {
        self.broken = self.broken.or(Some(why));
    }

    /// The two nodes are the same to everybody: of two states that differ by their names, one is enough.
    pub fn in_order(mut self, bounds: &Bounds) -> Self {
        // A lease names its owner.
        let owns = bounds.posts == Posts::StepByStep
            && self
                .stores
                .posts
                .iter()
                .flatten()
                .any(|post| matches!(post, crate::stores::Post::Claimed { .. }));
        if !owns && self.nodes[1] < self.nodes[0] {
            self.nodes.swap(0, 1);
            self.last = 1 - self.last;
        }
        self
    }

    /// The next moments that something waits for.
    pub fn moments(&self) -> Vec<Tick> {
        let dials = [1, 2].map(|n| self.carrier.dial(n));
        let limits = dials.iter().filter_map(|dial| dial.ends_by());
        let talks = dials.iter().filter_map(|dial| match dial {
            Dial::Bridged { since, .. } if *since == self.now => Some(self.now + 1),
            _ => None,
        });
        let polls = match self.carrier.caller {
            crate::carrier::Caller::OnHold { since, .. } => Some(since + 1),
            _ => None,
        };
        let leases = self.stores.posts.iter().flatten().filter_map(|post| match post {
            crate::stores::Post::Claimed { until, .. } => Some(*until),
            _ => None,
        });
        limits.chain(talks).chain(polls).chain(leases).filter(|at| *at > self.now).collect()
    }
}
