//! What may happen next in a state.

use crate::{
    action::{Action, Pushing},
    carrier::{Caller, Dial},
    casting::{CAPPED, First, Tick},
    drive::{Ending, Shell},
    outbox::Sending,
    rules::Posts,
    state::{Fold, Pass, Stage, State, Task, Work},
    stores::{InFlight, Other},
    told::Key,
};

impl Shell {
    /// All that may happen next, but for what only happens in another order than something that is explored: where two
    /// steps do not touch the same thing, one order of them is enough.
    pub fn actions(&self, state: &State) -> Vec<Action> {
        let mut all = Vec::new();
        if let Some(node) =
            (0..2).find(|node| is_committing(state, *node) && !may_interfere(state, 1 - *node))
        {
            // Nobody else reads or writes meanwhile.
            self.of_commit(state, node, &mut all);
        } else {
            for node in 0..2 {
                self.of_node(state, node, &mut all);
            }
            // What people do touches the carrier alone: it comes before a pass begins, not in the middle.
            if state.nodes.iter().all(|node| node.pass.as_ref().is_none_or(|pass| pass.since < state.now)) {
                self.of_requests(state, &mut all);
                self.of_people(state, &mut all);
            }
            let is_pending = |action: &Action| !action.is_mischief() && !action.is_free() && waits(*action);
            let busy = all.iter().any(is_pending);
            self.of_posts(state, busy, &mut all);
            let pending = all.iter().any(is_pending);
            self.of_stores(state, &mut all);
            self.of_time(state, pending, &mut all);
        }
        all.retain(|action| state.mischief > 0 || !action.is_mischief());
        all
    }

    fn of_node(&self, state: &State, node: usize, all: &mut Vec<Action>) {
        let it = &state.nodes[node];
        // An empty node does as its empty neighbour does.
        let is_double = node != state.last && state.nodes[state.last] == *it;
        match it.pass.as_ref().map(|pass| &pass.stage) {
            Some(_) if !state.may_go_on(node) => {}
            Some(Stage::Decide) => all.push(Action::Decide(node)),
            Some(Stage::Commit { .. }) => self.of_commit(state, node, all),
            None => {
                for task in &it.tasks {
                    if let Task::Drive(key, told) = *task
                        && state.may_go_on(node)
                    {
                        all.push(Action::TakeUp { node, key, told });
                    }
                }
                if !is_double && state.may_begin(node) {
                    self.of_idle(state, node, all);
                }
            }
        }
        let holds = it.pass.is_some() || !it.tasks.is_empty() || it.hand.is_some();
        let remembers = it.cache.is_some_and(|fold| Self::read(state) != Some(fold));
        // Until it commits, a dead pass is one that never began.
        if (holds || remembers) && !is_committing(state, node) {
            all.push(Action::Crash(node));
        }
    }

    fn of_commit(&self, state: &State, node: usize, all: &mut Vec<Action>) {
        all.push(Action::Commit(node, Ending::Known));
        all.push(Action::Commit(node, Ending::UnknownDone));
        let asks_again = matches!(state.nodes[node].pass, Some(Pass { work: Work::Webhook(_), .. }));
        // A webhook whose commit was not made comes again, as if this pass had never begun.
        if !asks_again || !self.rules.acts_after_its_commit {
            all.push(Action::Commit(node, Ending::UnknownNot));
        }
        if self.is_light(state, node) {
            all.push(Action::Commit(node, Ending::InFlightAway));
        }
    }

    /// The requests that nodes are to send.
    fn of_requests(&self, state: &State, all: &mut Vec<Action>) {
        for node in 0..2 {
            for task in &state.nodes[node].tasks {
                match *task {
                    Task::Push { send_by, .. } => self.of_push(state, node, (*task, send_by), all),
                    Task::Drop { .. } => all.push(Action::Drop { node, task: *task }),
                    Task::Drive(..) => {}
                }
            }
        }
    }

    fn of_push(&self, state: &State, node: usize, (task, send_by): (Task, Tick), all: &mut Vec<Action>) {
        let mut may = |how| all.push(Action::Push { node, task, how });
        if state.now >= send_by && self.rules.dials_in_time {
            return may(Pushing::TooLate);
        }
        may(Pushing::Executed);
        if state.carrier.caller != Caller::Gone {
            may(Pushing::Refused);
            may(Pushing::ExecutedUnheard);
        }
    }

    fn of_idle(&self, state: &State, node: usize, all: &mut Vec<Action>) {
        let mut last = None;
        for webhook in state.pool.iter().copied().filter(|webhook| last.replace(*webhook) != Some(*webhook)) {
            all.push(Action::Deliver { node, webhook, again: false });
            all.push(Action::Deliver { node, webhook, again: true });
        }
        if let Some(was) = Self::read(state).and_then(|fold| self.library.open_round(fold.history)) {
            let runs = |task: &Task| matches!(task, Task::Drive(Key::Auction(it), _) if *it == was);
            let ends = |pass: &Pass| matches!(pass.work, Work::Local(Key::Auction(it), _) if it == was);
            let lives = state
                .nodes
                .iter()
                .any(|node| node.tasks.iter().any(runs) || node.pass.as_ref().is_some_and(ends));
            all.push(Action::TakeOver { node, lives });
        }
        if self.due(state, node) {
            all.push(Action::Deadline { node, blind: false });
            if self.rules.looks_up {
                all.push(Action::Deadline { node, blind: true });
            }
        }
    }

    /// Whether a node finds the journey's deadline passed.
    pub fn due(&self, state: &State, node: usize) -> bool {
        let fold = state.nodes[node].cache.or_else(|| Self::read(state));
        fold.and_then(|fold| self.deadline_of(fold)).is_some_and(|at| at <= state.now)
    }

    /// Against rule 8, an ended journey hears nothing, and so nothing is asked for it.
    pub fn deadline_of(&self, fold: Fold) -> Option<Tick> {
        let facts = self.library.facts(fold.history);
        facts.deadline.filter(|_| self.rules.hears_late || !facts.over)
    }

    fn of_posts(&self, state: &State, busy: bool, all: &mut Vec<Action>) {
        let claimable = Self::claimable(state);
        if self.bounds.posts == Posts::AtOnce {
            if busy {
                return;
            }
            all.extend(claimable.into_iter().map(|(n, kind)| Action::DeliverPost { n, kind }));
            return;
        }
        for node in 0..2 {
            match state.nodes[node].hand {
                None => {
                    all.extend(claimable.iter().map(|(n, kind)| Action::Claim { node, n: *n, kind: *kind }))
                }
                Some(hand) if self.may_send(state, hand) => {
                    for sending in [Sending::Accepted, Sending::AnswerLost, Sending::NotThere] {
                        all.push(Action::Send { node, sending });
                    }
                }
                Some(_) => all.push(Action::Settle(node)),
            }
        }
    }

    fn of_people(&self, state: &State, all: &mut Vec<Action>) {
        match state.carrier.caller {
            Caller::OnHold { since, .. } if since < state.now => all.push(Action::Polls),
            _ => {}
        }
        if state.carrier.caller != Caller::Gone {
            all.push(Action::CallerLeaves);
        }
        for n in 1..=2 {
            match state.carrier.dial(n) {
                Dial::Ringing { .. } => {
                    all.push(Action::PicksUp(n));
                    if n == CAPPED && self.bounds.first == First::Screened {
                        all.push(Action::Declines(n));
                    }
                    all.push(Action::LegEnds(n));
                }
                Dial::Bridged { .. } => all.push(Action::LegEnds(n)),
                Dial::Never | Dial::Agreed { .. } | Dial::Ended { .. } => {}
            }
        }
        let free = state.stores.counted() == 0 && state.stores.seated() == 0;
        match state.stores.other {
            Other::Coming if free => all.push(Action::OtherTakes),
            Other::Holds => all.extend([Action::OtherGivesBack, Action::OtherSells]),
            Other::Coming | Other::GaveBack | Other::Sold => {}
        }
    }

    fn of_stores(&self, state: &State, all: &mut Vec<Action>) {
        let committing = (0..2).any(|node| is_committing(state, node));
        if let InFlight::List(history) = state.stores.in_flight
            && !committing
        {
            all.push(Action::LoseAll);
            if self.library.entries(history).len() > 1 {
                all.push(Action::LoseTail);
            }
        }
        if state.nodes.iter().any(|node| node.pass.is_some()) {
            return;
        }
        // That something was lost is noticed by nobody; so it is lost when there is little else to do.
        let idle = state.nodes.iter().all(|node| node.tasks.is_empty());
        let mut last = None;
        for webhook in state.pool.iter().copied().filter(|webhook| last.replace(*webhook) != Some(*webhook)) {
            if idle || webhook.asks.is_some() {
                all.push(Action::Lose(webhook));
            }
        }
    }

    /// Time jumps to the next moment that anything waits for. It passes while something is under way, too; but nobody
    /// rings or talks longer than the carrier lets them.
    fn of_time(&self, state: &State, pending: bool, all: &mut Vec<Action>) {
        if (1..=2).any(|n| state.carrier.dial(n).ends_by().is_some_and(|at| at <= state.now)) {
            return;
        }
        if pending {
            return all.push(Action::Time { to: state.now + 1, delay: true });
        }
        let seen = state.nodes.iter().filter_map(|node| node.cache);
        let folds = seen.chain(Self::read(state));
        let deadlines = folds.filter_map(|fold| self.deadline_of(fold));
        let later = deadlines.filter(|at| *at > state.now);
        if let Some(to) = later.chain(state.moments()).min() {
            all.push(Action::Time { to, delay: false });
        }
    }
}

fn is_committing(state: &State, node: usize) -> bool {
    matches!(state.nodes[node].pass, Some(Pass { stage: Stage::Commit { .. }, .. }))
}

/// Whether a node may drive anything while the other one is in the middle of a commit.
fn may_interfere(state: &State, node: usize) -> bool {
    let it = &state.nodes[node];
    let drives = it.tasks.iter().any(|task| matches!(task, Task::Drive(..)));
    state.may_begin(node) || (state.may_go_on(node) && (it.pass.is_some() || drives))
}

/// Whether time waits for it. Nobody knows when a phone is picked up or a talk ends.
const fn waits(action: Action) -> bool {
    !matches!(action, Action::PicksUp(_) | Action::Declines(_) | Action::LegEnds(_))
}
