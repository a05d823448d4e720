//! Histories and what the real `Journey` makes of them.
//!
//! A history is a list of entries, named by a small number as the store names it by its chain's hash: equal lists have
//! equal names, different ones different names. A journey is folded anew for each step, and each step is made once.

use std::{cell::RefCell, collections::HashMap, hash::Hash, rc::Rc, sync::Arc};

use journey::{Campaign, Command, Document, Journey, SeatNow, Verdict, Which, Whom};

use lead::AuctionId;

use crate::{
    casting::{self, First, Tick, at, journey_id, n_of, n_of_sale, tick_at_least, tick_of},
    print::Print,
    told::{Entry, Key, Told},
};

/// A history's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hist(u32);

/// What the shell reads of a journey with some history.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    pub deadline: Option<Tick>,
    /// The attempt that is under way before an acceptance.
    pub attempt: Option<u8>,
    /// That attempt's own deadline, behind which no leg of it rings, and the last moment of its dial.
    pub rings_until: Tick,
    pub dial_by: Tick,
    pub ready: bool,
    /// The leg that a deadline looks up: its attempt, and whether the leg itself was heard of.
    pub line: Option<(u8, bool)>,
    pub talking: bool,
    /// The attempt whose sale is booked, whatever became of it.
    pub sold: Option<u8>,
    pub over: bool,
    /// The auction whose result is waited for, where another one may take its place.
    pub open: Option<AuctionId>,
}

/// A command, in the model's small words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cmd {
    Request(Request),
    Reserve(u8),
    Void(u8, SeatNow),
    FreeSeat(u8),
    Book(u8),
    Settle(u8, Verdict),
    Return(u8),
    /// The journey has ended: all that its row says.
    End,
}

/// A command that sends something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Request {
    OpenAuction,
    RunAuction(Hist),
    Push {
        n: u8,
        send_by: Tick,
    },
    /// Whether the leg itself was heard of.
    Drop {
        n: u8,
        known: bool,
    },
}

/// Whose request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asker {
    Caller,
    Taker(u8),
    Buyer(u8),
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doc {
    Hold,
    Dial(u8),
    Bridge,
    /// Say something and hang up.
    HangUp,
}

/// All histories that were met, and all steps that were made.
pub struct Library {
    campaign: Arc<Campaign>,
    first: First,
    shelf: RefCell<Shelf>,
}

#[derive(Default)]
struct Shelf {
    /// Each history's entries, the last one first, each with what was before it.
    entries: Vec<Rc<[(Hist, Entry)]>>,
    facts: Vec<Facts>,
    names: HashMap<u128, Hist>,
    steps: HashMap<(Hist, Entry), Option<Step>>,
    documents: HashMap<(Hist, Asker), Doc>,
}

type Step = (Hist, Rc<[Cmd]>);

impl Hist {
    /// Nothing has happened.
    pub const START: Self = Self(0);

    pub const fn name(self) -> u32 {
        self.0
    }

    fn place(self) -> usize {
        usize::try_from(self.0).expect("it fits")
    }
}

impl Library {
    pub fn new(first: First) -> Self {
        let library =
            Self { campaign: Arc::new(casting::campaign()), first, shelf: RefCell::new(Shelf::default()) };
        let facts = facts(&library.begun());
        let mut shelf = library.shelf.borrow_mut();
        shelf.entries.push(Rc::new([]));
        shelf.facts.push(facts);
        drop(shelf);
        library
    }

    pub fn facts(&self, history: Hist) -> Facts {
        self.shelf.borrow().facts[history.place()]
    }

    /// The history's entries, the last one first, each with what was before it.
    pub fn entries(&self, history: Hist) -> Rc<[(Hist, Entry)]> {
        Rc::clone(&self.shelf.borrow().entries[history.place()])
    }

    pub fn knows(&self, history: Hist, part: Hist) -> bool {
        history == part || self.entries(history).iter().any(|(before, _)| *before == part)
    }

    pub fn has(&self, history: Hist, key: Key) -> bool {
        self.entries(history).iter().any(|(_, entry)| entry.key == key)
    }

    /// The history whose auction is waited for, where another one may take its place.
    pub fn open_round(&self, history: Hist) -> Option<Hist> {
        let open = self.facts(history).open?;
        let opening = self.entries(history);
        let found = opening.iter().map(|(_, entry)| opened(*entry));
        found.filter(|it| *it != Hist::START).find(|it| casting::auction_id(it.name()) == open)
    }

    /// What an entry comes to behind a history, by the real journey. `None`: it changes nothing.
    pub fn step(&self, history: Hist, entry: Entry) -> Option<Step> {
        if let Some(known) = self.shelf.borrow().steps.get(&(history, entry)) {
            return known.clone();
        }
        let mut journey = self.fold(history);
        let before = journey.folded();
        let commands = journey.on_event(at(entry.at), entry.told.event(self.first));
        let step = (journey.folded() != before).then(|| {
            let auction = opened(entry);
            let commands = commands.iter().filter_map(|command| small(command, auction)).collect();
            (self.name(history, entry, &journey), commands)
        });
        self.shelf.borrow_mut().steps.insert((history, entry), step.clone());
        step
    }

    /// The history with one more entry, whatever the journey makes of it.
    pub fn append(&self, history: Hist, entry: Entry) -> Hist {
        let mut journey = self.fold(history);
        journey.on_event(at(entry.at), entry.told.event(self.first));
        self.name(history, entry, &journey)
    }

    pub fn document(&self, history: Hist, asker: Asker) -> Doc {
        if let Some(known) = self.shelf.borrow().documents.get(&(history, asker)) {
            return *known;
        }
        let whom = match asker {
            Asker::Caller => Whom::Caller,
            Asker::Taker(n) => Whom::Taker(n.into()),
            Asker::Buyer(n) => Whom::Answered(n.into()),
        };
        let doc = match self.fold(history).document(whom) {
            Document::Hold { .. } => Doc::Hold,
            Document::Dial { n, .. } => Doc::Dial(u8::try_from(n).expect("few attempts")),
            Document::Bridge => Doc::Bridge,
            Document::HangUp | Document::Ending { .. } => Doc::HangUp,
            other @ (Document::Ask { .. } | Document::Whisper { .. } | Document::Transfer { .. }) => {
                panic!("nobody is asked anything in this model: {other:?}")
            }
        };
        self.shelf.borrow_mut().documents.insert((history, asker), doc);
        doc
    }

    fn name(&self, history: Hist, entry: Entry, journey: &Journey) -> Hist {
        let like = self.likeness(history, entry, journey);
        let mut shelf = self.shelf.borrow_mut();
        if let Some(known) = shelf.names.get(&like) {
            return *known;
        }
        let name = Hist(u32::try_from(shelf.entries.len()).expect("few histories"));
        let before = Rc::clone(&shelf.entries[history.place()]);
        shelf.entries.push(std::iter::once((history, entry)).chain(before.iter().copied()).collect());
        shelf.facts.push(facts(journey));
        shelf.names.insert(like, name);
        name
    }

    /// What any two histories have in common between which nothing that comes can tell: the journey, but for how many
    /// events it has folded, and the keys that still mean something.
    fn likeness(&self, history: Hist, entry: Entry, journey: &Journey) -> u128 {
        let facts = facts(journey);
        let mut print = Print::default();
        if facts.over && facts.line.is_none() {
            facts.sold.hash(&mut print);
            return print.whole();
        }
        let ready = facts.attempt.filter(|_| facts.ready);
        let mut keys: Vec<Key> = self.entries(history).iter().map(|(_, entry)| entry.key).collect();
        keys.push(entry.key);
        keys.retain(|key| match key {
            Key::Push(n) => ready == Some(*n),
            Key::Take(n, _) | Key::Dial(n, _) => facts.attempt == Some(*n),
            Key::Gone | Key::Call => !journey.is_caller_gone(),
            Key::Deadline(_) => false,
            _ => true,
        });
        keys.sort();
        keys.hash(&mut print);
        let whole = format!("{journey:?}");
        whole.split_once(", state: ").expect("a journey has a state").1.hash(&mut print);
        print.whole()
    }

    fn begun(&self) -> Journey {
        Journey::begin(journey_id(), Arc::clone(&self.campaign), None)
    }

    fn fold(&self, history: Hist) -> Journey {
        let mut journey = self.begun();
        for (_, entry) in self.entries(history).iter().rev() {
            journey.on_event(at(entry.at), entry.told.event(self.first));
        }
        journey
    }
}

fn facts(journey: &Journey) -> Facts {
    let attempt = journey.attempt();
    Facts {
        deadline: journey.deadline().map(tick_of),
        attempt: attempt.map(|attempt| few(attempt.n())),
        rings_until: attempt.map_or(0, |attempt| tick_of(attempt.deadline())),
        dial_by: attempt.map_or(0, |attempt| tick_of(attempt.dial_by())),
        ready: journey.phase_name() == "ready",
        line: journey.line().map(|sought| (few(sought.n), matches!(sought.leg, Which::Known(_)))),
        talking: journey.is_talking(),
        sold: journey.sold().map(|sold| few(sold.n())),
        over: journey.ended().is_some(),
        open: journey.awaited().filter(|awaited| !awaited.is_reopened).and_then(|awaited| awaited.auction),
    }
}

fn few(n: u32) -> u8 {
    u8::try_from(n).expect("few attempts")
}

/// The history whose auction an entry opens.
fn opened(entry: Entry) -> Hist {
    match entry.told {
        Told::Opened(history) | Told::Reopened { by: history, .. } => history,
        _ => Hist::START,
    }
}

fn small(command: &Command, auction: Hist) -> Option<Cmd> {
    let of_attempt = |attempt: &lead::AttemptId| n_of(*attempt, |id| id);
    Some(match command {
        Command::OpenAuction { .. } => Cmd::Request(Request::OpenAuction),
        Command::RunAuction { .. } => Cmd::Request(Request::RunAuction(auction)),
        Command::Push(push) => {
            Cmd::Request(Request::Push { n: few(push.n), send_by: tick_at_least(push.send_by) })
        }
        Command::Drop { n, leg } => Cmd::Request(Request::Drop { n: few(*n), known: leg.is_some() }),
        Command::Reserve(reserve) => Cmd::Reserve(few(reserve.n)),
        Command::Void { attempt, seat } => Cmd::Void(of_attempt(attempt), *seat),
        Command::FreeSeat { attempt } => Cmd::FreeSeat(of_attempt(attempt)),
        Command::Book(post) => Cmd::Book(few(post.n())),
        Command::Settle { sale, verdict, .. } => Cmd::Settle(n_of_sale(*sale), *verdict),
        Command::Return { sale, .. } => Cmd::Return(n_of_sale(*sale)),
        // The model's journeys are calls.
        Command::HandOver(_)
        | Command::Accept
        | Command::DialLead { .. }
        | Command::SendCode { .. }
        | Command::Suppress { .. } => return None,
        // And nobody in it is asked about a buyer.
        Command::PushAsk(_) | Command::Record => return None,
        Command::End(_) => Cmd::End,
        Command::Confirm(_) | Command::Keep(_) | Command::Transfer { .. } => return None,
    })
}

impl Cmd {
    /// As the project says it of the command: it lasts.
    pub const fn is_promise(self) -> bool {
        !matches!(self, Self::Request(_))
    }
}
