//! `drive` as the shell does it: read and decide, commit, act; each a step between which anything may happen.

use crate::{
    carrier::{Asks, Caller, Leg, Line, Url, Webhook},
    casting::Tick,
    history::{Asker, Cmd, Doc, Hist, Library, Request},
    rules::{Bounds, Rules},
    state::{Fold, Kept, Part, Pass, Ran, Stage, State, Task, Work},
    stores::InFlight,
    told::{Entry, Key, Told},
};

/// The shell of both nodes.
pub struct Shell {
    pub library: Library,
    pub rules: Rules,
    pub bounds: Bounds,
    /// What is looked for. `None`: anything that may not be.
    pub wanted: Option<&'static str>,
}

/// How a commit ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    Known,
    /// The in-flight store does not answer: what is light becomes durable.
    InFlightAway,
    /// It is committed, and the node does not hear of it.
    UnknownDone,
    /// It is not committed, and for all that the node knows it may be.
    UnknownNot,
}

enum Decided {
    Commit,
    /// Nothing to keep; perhaps requests that go out once more, against rule 2.
    Nothing(Vec<Request>),
    Unknown,
}

impl Shell {
    /// What is kept of the journey, as a node without a cache reads it.
    pub fn read(state: &State) -> Option<Fold> {
        match state.stores.in_flight {
            InFlight::List(history) => Some(Fold { history, kept: Kept::Light }),
            InFlight::Empty | InFlight::Gone => Self::read_durable(state),
        }
    }

    fn read_durable(state: &State) -> Option<Fold> {
        state.stores.journal.map(|history| Fold { history, kept: Kept::Durable })
    }

    /// What is kept, the durable journal first; a light fold that is kept nowhere any more stays as it is.
    fn read_again(state: &State, fold: Fold) -> Fold {
        Self::read_durable(state).or_else(|| Self::read(state)).unwrap_or(fold)
    }

    fn have(state: &State, i: usize) -> Option<Fold> {
        state.nodes[i].cache.or_else(|| Self::read(state))
    }

    /// The journey as an answer reads it.
    pub fn look(&self, state: &mut State, i: usize) -> Option<Fold> {
        let fold = Self::have(state, i)?;
        let fold = if self.rules.reads_again { Self::read_again(state, fold) } else { fold };
        state.nodes[i].cache = Some(fold);
        Some(fold)
    }

    /// The carrier's side.
    pub fn line<'a>(&self, state: &'a mut State) -> Line<'a> {
        Line {
            carrier: &mut state.carrier,
            pool: &mut state.pool,
            now: state.now,
            first: self.bounds.first,
            says_bridged: self.bounds.says_bridged,
            names_apart: self.rules.names_apart,
            broken: &mut state.broken,
        }
    }

    pub fn begin(state: &mut State, i: usize, work: Work) {
        let part = match work {
            Work::Webhook(webhook) if webhook.gone => Part::Gone,
            Work::Deadline { gone: Some(_), .. } => Part::Gone,
            _ => Part::Event,
        };
        state.nodes[i].pass = Some(Pass { work, part, stage: Stage::Decide, since: state.now });
    }

    /// Reads and decides, until there is something to commit or all is done.
    pub fn decide(&self, state: &mut State, i: usize) {
        while let Some(Pass { work, part, .. }) = state.nodes[i].pass.clone() {
            if part == Part::Answer {
                self.answer(state, i, work);
                return;
            }
            let decided = match self.driving(state, i, work, part) {
                Some((key, told)) => self.decide_one(state, i, Entry { key, told, at: state.now }),
                None => Decided::Nothing(vec![]),
            };
            let pass = state.nodes[i].pass.as_mut().expect("it is at it");
            match decided {
                Decided::Commit => return,
                Decided::Nothing(requests) if !requests.is_empty() => {
                    let fold = state.nodes[i].cache.expect("it was just read");
                    return self.act(state, i, fold, requests, true);
                }
                Decided::Nothing(_) | Decided::Unknown => pass.part = part.next(),
            }
        }
    }

    /// The event of a part of some work. `None`: it has none.
    fn driving(&self, state: &mut State, i: usize, work: Work, part: Part) -> Option<(Key, Told)> {
        match (work, part) {
            (Work::Webhook(_), Part::Gone) => Some((Key::Gone, Told::Gone { at: state.now })),
            (Work::Webhook(webhook), Part::Event) => {
                let (key, told) = webhook.driving?;
                // An answer of another history is a stray.
                if let Some(of) = webhook.of {
                    self.look(state, i).filter(|fold| self.library.knows(fold.history, of))?;
                }
                Some((key, self.as_heard(state, told)))
            }
            (Work::Webhook(webhook), Part::Then | Part::TakeAgain) => {
                let asks = webhook.asks?;
                let Leg::Caller(url) = asks.by else { return None };
                // Whoever begins again asks as one that just rang.
                let url = if part == Part::TakeAgain { Url::Voice } else { url };
                let by = url.takes()?;
                let facts = self.library.facts(self.look(state, i)?.history);
                let n = facts.attempt.filter(|_| facts.ready)?;
                Some((Key::Take(n, url), Told::Taken(n, by)))
            }
            (Work::Webhook(webhook), Part::Again) => {
                let asks = webhook.asks?;
                let begins = matches!(asks.by, Leg::Caller(url) if url.takes().is_some());
                (begins && self.look(state, i).is_none()).then_some((Key::Arrived, Told::Arrived))
            }
            (Work::Local(key, told), Part::Event) => Some((key, told)),
            (Work::Deadline { gone, .. }, Part::Gone) => {
                gone.map(|at| (Key::LookedUpCaller, Told::Gone { at }))
            }
            (Work::Deadline { told, .. }, Part::Event) => told,
            (Work::Deadline { at, .. }, Part::Then) => Some((Key::Deadline(at), Told::Deadline { at })),
            _ => None,
        }
    }

    /// A buyer's answer is heard at the moment of its request: the carrier says none.
    const fn as_heard(&self, state: &State, told: Told) -> Told {
        match told {
            Told::Accepted { n, .. } => Told::Accepted { n, at: state.now },
            told => told,
        }
    }

    fn decide_one(&self, state: &mut State, i: usize, entry: Entry) -> Decided {
        let begun = Fold { history: Hist::START, kept: Kept::Nowhere };
        let fold = Self::have(state, i).or((entry.told == Told::Arrived).then_some(begun));
        let Some(mut fold) = fold else { return Decided::Unknown };
        loop {
            let deaf = !self.rules.hears_late && self.library.facts(fold.history).over;
            let repeat = self.library.has(fold.history, entry.key);
            if !repeat && !deaf && self.library.step(fold.history, self.in_time(fold, entry)).is_some() {
                let entry = self.in_time(fold, entry);
                let node = &mut state.nodes[i];
                node.cache = None;
                node.pass.as_mut().expect("it is at it").stage =
                    Stage::Commit { base: fold, entry, reserved: None };
                return Decided::Commit;
            }
            // What seems to be a repeat or a stray may be news to the history as it is now.
            let again = if self.rules.reads_again { Self::read_again(state, fold) } else { fold };
            if again != fold {
                fold = again;
                continue;
            }
            state.nodes[i].cache = (fold.kept != Kept::Nowhere).then_some(fold);
            let again = repeat && !self.rules.never_sends_again;
            return Decided::Nothing(if again { self.requests_of(fold.history, entry.key) } else { vec![] });
        }
    }

    /// Against rule 6, a dial is taken as if there were still time.
    fn in_time(&self, fold: Fold, entry: Entry) -> Entry {
        let facts = self.library.facts(fold.history);
        match entry.told {
            Told::Taken(..) if !self.rules.dials_in_time && facts.ready => {
                Entry { at: entry.at.min(facts.dial_by.saturating_sub(1)), ..entry }
            }
            _ => entry,
        }
    }

    /// What an entry sent, with what its reservations brought about.
    fn requests_of(&self, history: Hist, key: Key) -> Vec<Request> {
        let entries = self.library.entries(history);
        let from = entries.iter().rev().skip_while(|(_, entry)| entry.key != key);
        let is_of_it = |place: usize, entry: &Entry| place == 0 || matches!(entry.key, Key::Reserve(_));
        let of_it = from.enumerate().take_while(|(place, (_, entry))| is_of_it(*place, entry));
        let steps = of_it.filter_map(|(_, (before, entry))| self.library.step(*before, *entry));
        let commands: Vec<Cmd> = steps.flat_map(|(_, commands)| commands.to_vec()).collect();
        requests(&commands)
    }

    /// Answers from the state, and is done.
    fn answer(&self, state: &mut State, i: usize, work: Work) {
        if let Work::Webhook(webhook) = work
            && let Some(asks) = webhook.asks
        {
            let fetched = webhook.driving.map(|(key, _)| key);
            let doc =
                self.look(state, i).map_or(Doc::HangUp, |fold| self.document(state.now, fold, asks, fetched));
            if doc != Doc::Bridge && self.would_bridge(state, webhook) {
                state.breaks("a buyer that accepted is turned away");
            }
            self.line(state).answered(asks, doc);
        }
        state.nodes[i].pass = None;
    }

    /// Whether what is kept of the journey would take this acceptance, which nobody has driven.
    fn would_bridge(&self, state: &State, webhook: Webhook) -> bool {
        let Some((key, told @ Told::Accepted { n, .. })) = webhook.driving else { return false };
        let entry = Entry { key, told: self.as_heard(state, told), at: state.now };
        let kept = Self::read(state).map(|fold| Self::read_again(state, fold));
        let next = kept.and_then(|fold| self.library.step(fold.history, entry));
        next.is_some_and(|(next, _)| self.library.document(next, Asker::Buyer(n)) == Doc::Bridge)
    }

    /// The very request that took the dial, or its repeat, gets the dial; everybody else the state's document.
    fn document(&self, now: Tick, fold: Fold, asks: Asks, key: Option<Key>) -> Doc {
        let has = |key| self.library.has(fold.history, key);
        let took = |n: u8, url: Url| match (url, key) {
            (Url::Dial(of), Some(key)) => of == n && has(key),
            (Url::Dial(_), None) => false,
            // A poll that comes behind the one that took the dial shows that the answer to that one was not executed.
            (Url::Hold(k), _) => has(Key::Take(n, url)) || has(Key::Take(n, Url::Hold(k.saturating_sub(1)))),
            (Url::Voice | Url::Fallback(_) | Url::Dialed(_), _) => has(Key::Take(n, url)),
        };
        let facts = self.library.facts(fold.history);
        // Nor does a repeat get it behind its time.
        let may = |n, url| {
            let in_time = now < facts.dial_by || !self.rules.dials_in_time;
            (took(n, url) && in_time) || !self.rules.gives_a_dial_once
        };
        let asker = match (asks.by, facts.attempt) {
            (Leg::Buyer(n), _) => Asker::Buyer(n),
            (Leg::Caller(url), Some(n)) if may(n, url) => Asker::Taker(n),
            (Leg::Caller(_), _) => Asker::Caller,
        };
        self.library.document(fold.history, asker)
    }

    /// 5: sends what the commit allowed: each becomes a task of this node. What is not sent yet is lost with it, so that
    /// this is no step of its own.
    pub fn act(&self, state: &mut State, i: usize, fold: Fold, requests: Vec<Request>, committed: bool) {
        if !committed && !requests.is_empty() && self.rules.acts_after_its_commit {
            state.breaks("a request is sent by a pass that did not commit it");
        }
        for request in &requests {
            match request {
                Request::RunAuction(auction) => match state.ran {
                    Ran::This(ran) if ran == *auction => state.breaks("an auction is run twice"),
                    Ran::Nothing | Ran::This(_) => state.ran = Ran::This(*auction),
                    Ran::Whatever => {}
                },
                Request::Push { n, .. }
                    if std::mem::replace(&mut state.pushed[usize::from(*n) - 1], true) =>
                {
                    state.breaks("a push is sent twice");
                }
                _ => {}
            }
        }
        // With the caller all legs are gone: there is nothing to drop.
        let gone = state.carrier.caller == Caller::Gone;
        let node = &mut state.nodes[i];
        let of = |request| match request {
            Request::OpenAuction => Task::Drive(Key::Opened(fold.history), Told::Opened(fold.history)),
            Request::RunAuction(auction) => Task::Drive(Key::Auction(auction), Told::Closed(auction)),
            Request::Push { n, send_by } => Task::Push { n, send_by, hash: fold.history },
            Request::Drop { n, known } => Task::Drop { n, known },
        };
        let useful = |request: &Request| !(gone && matches!(request, Request::Drop { .. }));
        node.tasks.extend(requests.into_iter().filter(useful).map(of));
        node.tasks.sort();
        node.cache = committed.then_some(fold);
        self.goes_on(state, i);
    }

    /// To the next event of its work, or the end of it.
    fn goes_on(&self, state: &mut State, i: usize) {
        let Some(pass) = &mut state.nodes[i].pass else { return };
        (pass.part, pass.stage) = (pass.part.next(), Stage::Decide);
        let more = match pass.work {
            Work::Webhook(webhook) => webhook.asks.is_some() || pass.part == Part::Event,
            Work::Local(..) => false,
            Work::Deadline { .. } => matches!(pass.part, Part::Event | Part::Then),
        };
        if !more {
            state.nodes[i].pass = None;
        }
    }
}

/// The requests among some commands.
pub fn requests(commands: &[Cmd]) -> Vec<Request> {
    let requests = commands.iter().filter_map(|command| match command {
        Cmd::Request(request) => Some(*request),
        _ => None,
    });
    requests.collect()
}

impl Part {
    const fn next(self) -> Self {
        match self {
            Self::Gone => Self::Event,
            Self::Event => Self::Then,
            Self::Then => Self::Again,
            Self::Again => Self::TakeAgain,
            Self::TakeAgain | Self::Answer => Self::Answer,
        }
    }
}
