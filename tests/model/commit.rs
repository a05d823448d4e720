//! The commit of a pass, light or durable, and how it may end.

use crate::{
    drive::{Ending, Shell, requests},
    history::{Cmd, Hist},
    state::{Fold, Kept, Pass, Ran, Stage, State, Work},
    stores::InFlight,
    told::Entry,
};

/// A step that was decided.
struct Step<'a> {
    base: Fold,
    entry: Entry,
    history: Hist,
    commands: &'a [Cmd],
    reserved: Option<bool>,
}

impl Shell {
    pub fn commit(&self, state: &mut State, i: usize, ending: Ending) {
        let Some(Pass { stage: Stage::Commit { base, entry, reserved }, .. }) = state.nodes[i].pass.clone()
        else {
            return;
        };
        let (history, commands) = self.library.step(base.history, entry).expect("it was decided");
        let step = Step { base, entry, history, commands: &commands, reserved };
        let promises = base.kept == Kept::Durable || commands.iter().any(|command| command.is_promise());
        if !promises && ending != Ending::InFlightAway {
            return self.append(state, i, &step, ending);
        }
        if ending == Ending::InFlightAway {
            state.ran = Ran::Whatever;
        }
        if !self.rules.counts_in_the_commit && reserved.is_none() && self.count_first(state, i, &step) {
            return;
        }
        self.write(state, i, &step, ending);
    }

    /// Whether a commit of this pass would be light.
    pub fn is_light(&self, state: &State, i: usize) -> bool {
        let Some(Pass { stage: Stage::Commit { base, entry, .. }, .. }) = &state.nodes[i].pass else {
            return false;
        };
        let step = self.library.step(base.history, *entry);
        base.kept != Kept::Durable && step.is_some_and(|(_, all)| !all.iter().any(|it| it.is_promise()))
    }

    /// 3: by compare-and-set on the chain's hash.
    fn append(&self, state: &mut State, i: usize, step: &Step<'_>, ending: Ending) {
        let holds = match step.base.kept {
            Kept::Nowhere => state.stores.in_flight == InFlight::Empty,
            _ => state.stores.in_flight == InFlight::List(step.base.history),
        };
        if !holds {
            return self.conflict(state, i, step);
        }
        if ending != Ending::UnknownNot {
            state.stores.in_flight = InFlight::List(step.history);
        }
        match ending {
            Ending::UnknownDone | Ending::UnknownNot => self.unknown(state, i, step),
            Ending::Known | Ending::InFlightAway => {
                let fold = Fold { history: step.history, kept: Kept::Light };
                self.act(state, i, fold, requests(step.commands), true);
            }
        }
    }

    /// Against rule 4, the award is counted on its own, before the commit. Says whether it was.
    fn count_first(&self, state: &mut State, i: usize, step: &Step<'_>) -> bool {
        let wanted = step.commands.iter().find_map(|command| match command {
            Cmd::Reserve(n) => Some(*n),
            _ => None,
        });
        let Some(n) = wanted else { return false };
        let reserved = Some(state.stores.reserve(n));
        let pass = state.nodes[i].pass.as_mut().expect("it is at it");
        pass.stage = Stage::Commit { base: step.base, entry: step.entry, reserved };
        true
    }

    /// 4: one durable transaction.
    fn write(&self, state: &mut State, i: usize, step: &Step<'_>, ending: Ending) {
        let journal = state.stores.journal;
        let follows = match step.base.kept {
            Kept::Durable => journal == Some(step.base.history),
            // A light list with another head is somebody else's doing; one that was lost says nothing.
            Kept::Light => {
                let list = state.stores.in_flight;
                journal.is_none() && !matches!(list, InFlight::List(head) if head != step.base.history)
            }
            Kept::Nowhere => journal.is_none(),
        };
        if !follows && self.rules.compares_heads {
            return self.conflict(state, i, step);
        }
        if ending == Ending::UnknownNot {
            return self.unknown(state, i, step);
        }
        let history = match journal {
            Some(head) if !follows => self.library.append(head, step.entry),
            _ => step.history,
        };
        let mut stores = state.stores.clone();
        let when = (step.entry.at, step.reserved);
        match stores.keep(&self.library, &self.rules, history, step.commands, when) {
            Err(why) => {
                if self.rules.compares_heads {
                    state.breaks(why);
                }
                self.unknown(state, i, step);
            }
            Ok(kept) => {
                stores.journal = Some(kept.history);
                if ending == Ending::UnknownDone {
                    // Nobody tells the in-flight store: what it has is left behind.
                    state.stores = stores;
                    return self.unknown(state, i, step);
                }
                stores.in_flight = InFlight::Gone;
                state.stores = stores;
                let fold = Fold { history: kept.history, kept: Kept::Durable };
                self.act(state, i, fold, kept.requests, true);
            }
        }
    }

    /// Somebody was first: the cache is dropped, and all begins again with what is kept.
    fn conflict(&self, state: &mut State, i: usize, step: &Step<'_>) {
        state.nodes[i].cache = Self::read_after_conflict(state);
        if self.acts_all_the_same(state, i, step) {
            return;
        }
        state.nodes[i].pass.as_mut().expect("it is at it").stage = Stage::Decide;
    }

    fn read_after_conflict(state: &State) -> Option<Fold> {
        let durable = state.stores.journal.map(|history| Fold { history, kept: Kept::Durable });
        durable.or_else(|| Self::read(state))
    }

    /// It counts as somebody else's. The carrier asks once more; what was the node's own is forgotten.
    fn unknown(&self, state: &mut State, i: usize, step: &Step<'_>) {
        state.nodes[i].cache = None;
        if self.acts_all_the_same(state, i, step) {
            return;
        }
        self.gives_up(state, i);
    }

    fn gives_up(&self, state: &mut State, i: usize) {
        let Some(pass) = state.nodes[i].pass.take() else { return };
        match pass.work {
            Work::Webhook(webhook) => {
                let place = state.pool.partition_point(|other| *other < webhook);
                state.pool.insert(place, webhook);
            }
            Work::Local(..) | Work::Deadline { .. } => {}
        }
    }

    /// A node dies: what it holds is gone, and the carrier asks another once more.
    pub fn crash(&self, state: &mut State, i: usize) {
        self.gives_up(state, i);
        state.nodes[i] = crate::state::Node::default();
    }

    /// Against rule 5, the requests are sent though the commit did not return.
    fn acts_all_the_same(&self, state: &mut State, i: usize, step: &Step<'_>) -> bool {
        let requests = requests(step.commands);
        if self.rules.acts_after_its_commit || requests.is_empty() {
            return false;
        }
        let fold = Fold { history: step.history, kept: Kept::Durable };
        self.act(state, i, fold, requests, false);
        true
    }
}
