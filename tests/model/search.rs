//! The search: breadth first, so that what is found is found by the shortest way.

use std::{
    collections::{HashSet, VecDeque},
    hash::{Hash, Hasher},
};

use crate::{action::Action, drive::Shell, state::State};

/// What a search came to.
pub struct Explored {
    pub states: usize,
    pub ends: usize,
    pub broken: Option<Broken>,
}

/// Something that may not be, and the way to it.
pub struct Broken {
    pub why: &'static str,
    pub trace: Vec<Action>,
    pub state: State,
}

/// Two lanes of mixing: states are told apart by their prints alone, and two different ones have the same print about
/// once in 2^100 searches.
#[derive(Default)]
struct Print(u64, u64);

impl Hasher for Print {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.1 = (self.1 ^ value).wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(23);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value.unsigned_abs() as u64);
    }
}

fn print(state: &State) -> u128 {
    let mut print = Print::default();
    state.hash(&mut print);
    let mix = |lane: u64| (lane ^ (lane >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (u128::from(mix(print.0)) << 64) | u128::from(mix(print.1))
}

/// Every state and the action that first led to it.
struct Ways(Vec<(usize, Option<Action>)>);

impl Ways {
    fn to(&self, mut at: usize) -> Vec<Action> {
        let mut trace = Vec::new();
        while let (before, Some(action)) = self.0[at] {
            trace.push(action);
            at = before;
        }
        trace.reverse();
        trace
    }
}

/// Explores everything that can happen, until something is wrong.
pub fn explore(shell: &Shell) -> Explored {
    let begin = State::new(&shell.bounds);
    let mut seen = HashSet::from([print(&begin)]);
    let mut ways = Ways(vec![(0, None)]);
    let mut open = VecDeque::from([(0, begin)]);
    let mut ends = 0;
    while let Some((at, state)) = open.pop_front() {
        let actions = shell.actions(&state);
        if actions.iter().all(|action| action.is_mischief() || action.is_free()) {
            ends += 1;
            if let Some(why) = shell.wrong_at_last(&state) {
                let broken = Some(Broken { why, trace: ways.to(at), state });
                return Explored { states: ways.0.len(), ends, broken };
            }
        }
        for action in actions {
            let next = shell.apply(&state, action);
            if !seen.insert(print(&next)) {
                continue;
            }
            ways.0.push((at, Some(action)));
            let here = ways.0.len() - 1;
            if let Some(why) = shell.wrong(&next) {
                let broken = Some(Broken { why, trace: ways.to(here), state: next });
                return Explored { states: ways.0.len(), ends, broken };
            }
            open.push_back((here, next));
        }
    }
    Explored { states: ways.0.len(), ends, broken: None }
}

pub fn study(shell: &Shell) {
    let begin = State::new(&shell.bounds);
    let mut seen = HashSet::from([print(&begin)]);
    let mut open = VecDeque::from([begin]);
    let mut proj: Vec<HashSet<u128>> = vec![HashSet::new(); 12];
    let mut kinds: std::collections::BTreeMap<String, usize> = Default::default();
    while let Some(state) = open.pop_front() {
        let mut p = |i: usize, f: &dyn Fn(&mut State)| {
            let mut s = state.clone();
            f(&mut s);
            proj[i].insert(print(&s));
        };
        p(0, &|_| ());
        p(1, &|s| {
            s.acted.clear();
        });
        p(2, &|s| {
            s.nodes[0].cache = None;
            s.nodes[1].cache = None;
        });
        p(3, &|s| {
            s.nodes[0].pass = None;
            s.nodes[1].pass = None;
        });
        p(4, &|s| {
            s.nodes[0].tasks.clear();
            s.nodes[1].tasks.clear();
        });
        p(5, &|s| {
            s.pool.clear();
        });
        p(6, &|s| {
            s.last = 0;
            s.switches = 0;
        });
        p(7, &|s| {
            s.nodes = Default::default();
            s.last = 0;
            s.switches = 0;
        });
        p(8, &|s| {
            s.nodes = Default::default();
            s.last = 0;
            s.switches = 0;
            s.stores.journal = None;
            s.acted.clear();
        });
        p(9, &|s| {
            s.nodes = Default::default();
            s.last = 0;
            s.switches = 0;
            s.stores.journal = None;
            s.acted.clear();
            s.now = 0;
        });
        p(10, &|s| {
            s.stores.journal = None;
        });
        for action in shell.actions(&state) {
            let next = shell.apply(&state, action);
            let fresh = seen.insert(print(&next));
            let name = format!("{action:?}");
            let name =
                name.split([' ', '(']).next().expect("x").to_owned() + if fresh { " new" } else { " old" };
            *kinds.entry(name).or_default() += 1;
            if fresh {
                open.push_back(next);
            }
        }
    }
    println!("{:?}\n{:#?}", proj.iter().map(HashSet::len).collect::<Vec<_>>(), kinds);
}
