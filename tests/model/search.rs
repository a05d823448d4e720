//! The search: breadth first, so that what is found is found by the shortest way.

use std::{
    collections::{HashSet, VecDeque},
    hash::Hash,
};

use crate::{action::Action, drive::Shell, print::Print, state::State};

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

fn print(state: &State) -> u128 {
    let mut print = Print::default();
    state.hash(&mut print);
    print.whole()
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
    let mut begin = State::new(&shell.bounds);
    shell.line(&mut begin).arrives();
    let mut seen = HashSet::from([print(&begin)]);
    let mut ways = Ways(vec![(0, None)]);
    let mut open = VecDeque::from([(0, begin)]);
    let (mut ends, mut broken) = (0, None);
    let is_wanted = |why: &str| shell.wanted.is_none_or(|wanted| wanted == why);
    while let Some((at, state)) = open.pop_front().filter(|_| broken.is_none()) {
        let actions = shell.actions(&state);
        if actions.iter().all(|action| action.is_mischief() || action.is_free()) {
            ends += 1;
            let wrong = shell.wrong_at_last(&state).filter(|why| is_wanted(why));
            broken = wrong.map(|why| Broken { why, trace: ways.to(at), state: state.clone() });
        }
        for action in actions {
            let next = shell.apply(&state, action);
            if broken.is_some() || !seen.insert(print(&next)) {
                continue;
            }
            ways.0.push((at, Some(action)));
            let here = ways.0.len() - 1;
            match shell.wrong(&next) {
                Some(why) if is_wanted(why) => {
                    broken = Some(Broken { why, trace: ways.to(here), state: next });
                }
                // What is broken otherwise proves nothing.
                Some(_) => {}
                None => open.push_back((here, next)),
            }
        }
    }
    Explored { states: ways.0.len(), ends, broken }
}
