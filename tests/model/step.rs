//! What an action makes of a state.

use crate::{
    action::{Action, Pushing},
    carrier::{Caller, Dial, Webhook},
    casting::{REQUEST_MAX, Tick},
    drive::Shell,
    state::{Ran, State, Task, Work},
    stores::{InFlight, Other},
    told::{How, Key, Told},
};

impl Shell {
    pub fn apply(&self, state: &State, action: Action) -> State {
        let mut state = state.clone();
        state.mischief -= u8::from(action.is_mischief());
        match action {
            Action::Deliver { node, webhook, again } => {
                if !again {
                    take(&mut state, webhook);
                }
                state.begins(node);
                Self::begin(&mut state, node, Work::Webhook(webhook));
                self.decide(&mut state, node);
            }
            Action::Lose(webhook) => self.lose(&mut state, webhook),
            Action::TakeUp { node, key, told } => {
                done(&mut state, node, Task::Drive(key, told));
                state.goes_on(node);
                Self::begin(&mut state, node, Work::Local(key, told));
                self.decide(&mut state, node);
            }
            Action::Decide(node) => {
                state.goes_on(node);
                self.decide(&mut state, node);
            }
            Action::Commit(node, ending) => {
                state.goes_on(node);
                self.commit(&mut state, node, ending);
            }
            Action::Push { node, task, how } => self.push(&mut state, node, task, how),
            Action::Drop { node, task } => self.drop_leg(&mut state, node, task),
            Action::Deadline { node, blind } => {
                state.begins(node);
                self.deadline(&mut state, node, blind);
                self.decide(&mut state, node);
            }
            Action::TakeOver { node, .. } => {
                state.begins(node);
                self.take_over(&mut state, node);
                self.decide(&mut state, node);
            }
            Action::Crash(node) => self.crash(&mut state, node),
            Action::LoseAll => {
                state.ran = Ran::Whatever;
                state.stores.in_flight = InFlight::Empty;
            }
            Action::LoseTail => {
                if let InFlight::List(history) = state.stores.in_flight {
                    state.ran = Ran::Whatever;
                    let before = self.library.entries(history)[0].0;
                    state.stores.in_flight = InFlight::List(before);
                }
            }
            Action::Claim { node, n, kind } => Self::claim(&mut state, node, (n, kind)),
            Action::Send { node, sending } => Self::send(&mut state, node, sending),
            Action::Settle(node) => self.settle(&mut state, node),
            Action::DeliverPost { n, kind } => self.deliver(&mut state, 0, (n, kind)),
            Action::Polls => self.line(&mut state).polls(),
            Action::CallerLeaves => self.line(&mut state).caller_leaves(),
            Action::PicksUp(n) => self.line(&mut state).picks_up(n),
            Action::Declines(n) => self.line(&mut state).declines(n),
            Action::LegEnds(n) => self.line(&mut state).ends(n, How::NoAnswer),
            Action::OtherTakes => state.stores.other = Other::Holds,
            Action::OtherGivesBack => state.stores.other = Other::GaveBack,
            Action::OtherSells => state.stores.other = Other::Sold,
            Action::Time { to, .. } => self.time(&mut state, to),
        }
        state.in_order(&self.bounds)
    }

    fn lose(&self, state: &mut State, webhook: Webhook) {
        take(state, webhook);
        state.lost += 1;
        if let Some(asks) = webhook.asks {
            self.line(state).unanswered(asks);
        }
    }

    fn push(&self, state: &mut State, node: usize, task: Task, how: Pushing) {
        let Task::Push { n, hash, .. } = task else { return };
        done(state, node, task);
        let executes = matches!(how, Pushing::Executed | Pushing::ExecutedUnheard);
        let executed = executes && self.line(state).moves(n, hash);
        let told = match how {
            Pushing::Executed if executed => Told::Pushed(n),
            _ => Told::PushFailed(n),
        };
        let tasks = &mut state.nodes[node].tasks;
        tasks.push(Task::Drive(Key::Push(n), told));
        tasks.sort();
    }

    /// The leg that is known, else the one that is there.
    fn drop_leg(&self, state: &mut State, node: usize, task: Task) {
        let Task::Drop { n, known } = task else { return };
        done(state, node, task);
        let leg = if known { Some(n) } else { state.carrier.live() };
        let Some(leg) = leg.filter(|leg| state.carrier.dial(*leg).is_live()) else { return };
        if leg != n {
            state.breaks("a leg of another attempt is dropped");
        }
        if matches!(state.carrier.dial(leg), Dial::Bridged { .. }) && !state.blind {
            state.breaks("two who talk are cut off");
        }
        self.line(state).ends(leg, How::Canceled);
    }

    fn take_over(&self, state: &mut State, node: usize) {
        let Some(by) = self.look(state, node).map(|fold| fold.history) else { return };
        let Some(was) = self.library.open_round(by) else { return };
        Self::begin(state, node, Work::Local(Key::Reopened(was), Told::Reopened { was, by }));
    }

    fn deadline(&self, state: &mut State, node: usize, blind: bool) {
        let Some(fold) = self.look(state, node) else { return };
        let facts = self.library.facts(fold.history);
        let Some(at) = facts.deadline.filter(|at| *at <= state.now) else { return };
        state.blind |= blind;
        let asks = self.rules.looks_up && !blind;
        let told = facts.line.filter(|_| asks).and_then(|(n, known)| {
            let own = known || self.rules.looks_at_its_own;
            let of = if own { n } else { state.carrier.latest()? };
            self.line(state).look_up(n, of, facts.talking)
        });
        let gone = state.carrier.left_at.filter(|_| told.is_some());
        Self::begin(state, node, Work::Deadline { gone, told, at });
    }

    fn time(&self, state: &mut State, to: Tick) {
        state.now = to;
        if let Caller::Asking { since, .. } = state.carrier.caller
            && since + REQUEST_MAX < to
        {
            state.lost += 1;
            self.line(state).caller_leaves();
        }
        for n in 1..=2 {
            if let Dial::Agreed { since, .. } = state.carrier.dial(n)
                && since + REQUEST_MAX < to
            {
                state.lost += 1;
                self.line(state).ends(n, How::Completed);
            }
        }
    }
}

fn take(state: &mut State, webhook: Webhook) {
    if let Some(place) = state.pool.iter().position(|other| *other == webhook) {
        state.pool.remove(place);
    }
}

fn done(state: &mut State, node: usize, task: Task) {
    let tasks = &mut state.nodes[node].tasks;
    if let Some(place) = tasks.iter().position(|other| *other == task) {
        tasks.remove(place);
    }
}
