//! The schedule: which fault strikes what, and at which call. It follows from the plan alone.

use std::{fmt, time::Duration};

use crate::{
    chance::Chance,
    plan::{Fault, Plan, RedisKind},
};

/// What is added to the seed of the schedule, so that it is not the chance of the callers.
const SCHEDULE: u64 = 0x5C4E_D01E;
/// A fault strikes within so many milliseconds after its call was placed: not at the same moment of every call.
const MOMENT_MS: u64 = 1_000;
/// What a slow link adds to every piece that goes through it: more than an operation of Redis may take.
const SLOW: Duration = Duration::from_millis(120);

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Strike {
    /// The call, by its order.
    pub(crate) at_call: u64,
    /// So long after it was placed.
    pub(crate) moment: Duration,
    /// What is struck.
    pub(crate) blow: Blow,
}

/// What is struck, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blow {
    /// A node.
    KillNode(usize),
    /// A node.
    StopNode(usize),
    /// A server of Redis, counted among the primaries there are then.
    KillRedis(usize),
    /// The same.
    StopRedis(usize),
    /// All of Redis.
    FlushRedis,
    /// The database.
    KillPostgres,
    /// The database.
    StopPostgres,
    /// A node's link.
    Link(usize, Wire, Harm),
}

/// What a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// The database.
    Postgres,
    /// The one server of Redis.
    Redis,
}

/// What becomes of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harm {
    /// Connections end, and no new ones are taken.
    Cut,
    /// Nothing that is sent arrives, and nobody is told.
    Silent,
    /// Everything is late by this much.
    Slow(Duration),
}

impl Blow {
    /// Its kind.
    pub(crate) const fn fault(self) -> Fault {
        match self {
            Self::KillNode(_) => Fault::KillNode,
            Self::StopNode(_) => Fault::StopNode,
            Self::KillRedis(_) => Fault::KillRedis,
            Self::StopRedis(_) => Fault::StopRedis,
            Self::FlushRedis => Fault::FlushRedis,
            Self::KillPostgres => Fault::KillPostgres,
            Self::StopPostgres => Fault::StopPostgres,
            Self::Link(..) => Fault::Cut,
        }
    }
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.fault();
        match *self {
            Self::KillNode(node) | Self::StopNode(node) => write!(f, "{name} {node}"),
            Self::KillRedis(primary) | Self::StopRedis(primary) => write!(f, "{name} {primary}"),
            Self::FlushRedis | Self::KillPostgres | Self::StopPostgres => write!(f, "{name}"),
            Self::Link(node, wire, harm) => {
                let wire = match wire {
                    Wire::Postgres => "postgres",
                    Wire::Redis => "redis",
                };
                match harm {
                    Harm::Cut => write!(f, "{name} {node}-{wire}: closed"),
                    Harm::Silent => write!(f, "{name} {node}-{wire}: silent"),
                    Harm::Slow(by) => write!(f, "{name} {node}-{wire}: {} ms late", by.as_millis()),
                }
            }
        }
    }
}

/// All strikes in their order: one in every so many calls, each kind in its turn.
pub(crate) fn schedule(plan: &Plan) -> Vec<Strike> {
    let kinds: Vec<_> = plan.faults.iter().copied().filter(|fault| *fault != Fault::Callbacks).collect();
    let mut chance = Chance::new(plan.seed ^ SCHEDULE);
    let mut strikes = vec![];
    if kinds.is_empty() || plan.every == 0 {
        return strikes;
    }
    let first = chance.place(kinds.len());
    // The last stretch counts as well if it is whole.
    for (turn, stretch) in (first..).zip(0..plan.calls / plan.every) {
        let at_call = stretch * plan.every + chance.below(plan.every);
        let moment = Duration::from_millis(chance.below(MOMENT_MS));
        let blow = blow(kinds[turn % kinds.len()], plan, &mut chance);
        strikes.push(Strike { at_call, moment, blow });
    }
    strikes
}

fn blow(fault: Fault, plan: &Plan, chance: &mut Chance) -> Blow {
    let node = chance.place(plan.nodes as usize);
    let primaries = if plan.redis == RedisKind::Cluster { 3 } else { 1 };
    let primary = chance.place(primaries);
    let harm = match chance.below(3) {
        0 => Harm::Cut,
        1 => Harm::Silent,
        _ => Harm::Slow(SLOW),
    };
    // The nodes of a Cluster tell each other's addresses, so its links lead through nothing of ours.
    let wire = match chance.below(2) {
        0 if plan.redis == RedisKind::Single => Wire::Redis,
        _ => Wire::Postgres,
    };
    match fault {
        Fault::KillNode => Blow::KillNode(node),
        Fault::StopNode => Blow::StopNode(node),
        Fault::KillRedis => Blow::KillRedis(primary),
        Fault::StopRedis => Blow::StopRedis(primary),
        Fault::FlushRedis => Blow::FlushRedis,
        Fault::KillPostgres => Blow::KillPostgres,
        Fault::StopPostgres => Blow::StopPostgres,
        Fault::Cut | Fault::Callbacks => Blow::Link(node, wire, harm),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::plan::Folder;

    fn plan(seed: u64, faults: &[Fault]) -> Plan {
        Plan {
            nodes: 3,
            forms: 0,
            calls: 1_000,
            rate: 20,
            seed,
            redis: RedisKind::Single,
            faults: faults.iter().copied().collect(),
            every: 50,
            away: Duration::from_secs(5),
            folder: Folder::Temporary,
        }
    }

    #[test]
    fn the_same_seed_strikes_alike_and_another_one_otherwise() {
        let of = |seed| schedule(&plan(seed, &Fault::ALL));
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn every_stretch_has_one_strike_and_every_kind_its_turn() {
        let strikes = schedule(&plan(7, &Fault::ALL));
        assert_eq!(strikes.len(), 20);
        for (n, strike) in (0_u64..).zip(&strikes) {
            assert_eq!(strike.at_call / 50, n);
        }
        let kinds: BTreeSet<_> = strikes.iter().map(|strike| strike.blow.fault()).collect();
        assert_eq!(kinds.len(), Fault::ALL.len() - 1, "callbacks are no strike");
    }

    #[test]
    fn every_node_is_killed_sooner_or_later() {
        let nodes: BTreeSet<_> = (0..5)
            .flat_map(|seed| schedule(&plan(seed, &[Fault::KillNode])))
            .map(|strike| match strike.blow {
                Blow::KillNode(node) => node,
                blow => panic!("{blow}"),
            })
            .collect();
        assert_eq!(nodes, (0..3).collect());
        assert_eq!(schedule(&plan(1, &[Fault::Callbacks])), []);
    }
}
