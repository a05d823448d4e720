//! What is kept: the journal, the light list, awards, sales and posts; and the transaction that keeps them together.

use journey::{SeatNow, Verdict};

use crate::{
    casting::{CAPPED, Tick},
    history::{Cmd, Hist, Library, Request},
    rules::Rules,
    told::{Entry, Key, Told},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stores {
    /// The durable journal.
    pub journal: Option<Hist>,
    pub in_flight: InFlight,
    pub awards: [Award; 2],
    /// The other journey that wants the capped offer.
    pub other: Other,
    pub sales: [Sale; 2],
    /// The posts of each sale: the lead, and that it came to nothing.
    pub posts: [[Post; 2]; 2],
}

/// The in-flight store's place for the journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InFlight {
    Empty,
    List(Hist),
    /// Durable, as far as this store knows: it decides nothing any more.
    Gone,
}

/// A reservation. Only the first offer has a cap and a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Award {
    pub state: Awarded,
    pub counted: bool,
    pub seated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Awarded {
    Never,
    Held,
    Voided,
    Confirmed,
}

/// What the other journey holds of the cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Other {
    Coming,
    Holds,
    GaveBack,
    Sold,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sale {
    Never,
    Live { over_cap: bool },
    Void { over_cap: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Post {
    Never,
    /// For the post before it to settle.
    Waiting,
    Due {
        claimed: bool,
    },
    Claimed {
        by: u8,
        until: Tick,
    },
    Delivered,
    Cancelled,
}

/// What a transaction came to.
pub struct Kept {
    pub history: Hist,
    pub requests: Vec<Request>,
}

/// Places in [`Stores::posts`].
pub const LEAD: usize = 0;
pub const RETURNED: usize = 1;

impl Stores {
    pub const fn new(other: Other) -> Self {
        Self {
            journal: None,
            in_flight: InFlight::Empty,
            awards: [Award { state: Awarded::Never, counted: false, seated: false }; 2],
            other,
            sales: [Sale::Never; 2],
            posts: [[Post::Never; 2]; 2],
        }
    }

    /// How often the cap of one is used.
    pub fn counted(&self) -> u8 {
        u8::from(self.award(CAPPED).counted) + u8::from(matches!(self.other, Other::Holds | Other::Sold))
    }

    /// How many hold the one seat.
    pub fn seated(&self) -> u8 {
        u8::from(self.award(CAPPED).seated) + u8::from(self.other == Other::Holds)
    }

    pub fn award(&self, n: u8) -> &Award {
        &self.awards[usize::from(n) - 1]
    }

    pub fn sale(&self, n: u8) -> Sale {
        self.sales[usize::from(n) - 1]
    }

    /// Counts an award, if the cap and the seat allow it.
    pub fn reserve(&mut self, n: u8) -> bool {
        let capped = n == CAPPED;
        if capped && (self.counted() >= 1 || self.seated() >= 1) {
            return false;
        }
        self.awards[usize::from(n) - 1] = Award { state: Awarded::Held, counted: capped, seated: capped };
        true
    }

    /// Keeps the promises behind a history; what their results bring about goes behind what is still to do.
    /// `Err`: the store refuses a second sale.
    pub fn keep(
        &mut self,
        library: &Library,
        rules: &Rules,
        history: Hist,
        commands: &[Cmd],
        (now, reserved): (Tick, Option<bool>),
    ) -> Result<Kept, &'static str> {
        let mut rest: std::collections::VecDeque<Cmd> = commands.iter().copied().collect();
        let mut kept = Kept { history, requests: vec![] };
        while let Some(command) = rest.pop_front() {
            match command {
                Cmd::Request(request) => kept.requests.push(request),
                Cmd::Reserve(n) => {
                    let told = match reserved.unwrap_or_else(|| self.reserve(n)) {
                        true => Told::Reserved(n),
                        false => Told::Refused(n),
                    };
                    let entry = Entry { key: Key::Reserve(n), told, at: now };
                    match library.step(kept.history, entry) {
                        Some((history, more)) => {
                            kept.history = history;
                            rest.extend(more.iter());
                        }
                        None => return Err("a journey does not fold its own reservation"),
                    }
                }
                Cmd::Void(n, seat) => self.void(n, seat),
                Cmd::FreeSeat(n) => self.awards[usize::from(n) - 1].seated = false,
                Cmd::Book(n) => self.book(n)?,
                Cmd::Settle(n, verdict) => self.settle(rules, n, verdict),
                Cmd::Return(n) => self.tell(rules, n),
                Cmd::End => {}
            }
        }
        Ok(kept)
    }

    fn void(&mut self, n: u8, seat: SeatNow) {
        let award = &mut self.awards[usize::from(n) - 1];
        if award.state == Awarded::Held {
            (award.state, award.counted) = (Awarded::Voided, false);
        }
        if seat == SeatNow::Free {
            award.seated = false;
        }
    }

    /// Confirming never refuses: what was given back meanwhile is counted again, and marked.
    fn book(&mut self, n: u8) -> Result<(), &'static str> {
        if self.sales.iter().any(|sale| matches!(sale, Sale::Live { .. })) {
            return Err("a second sale is booked");
        }
        let award = &mut self.awards[usize::from(n) - 1];
        let again = award.state == Awarded::Voided;
        award.state = Awarded::Confirmed;
        award.counted = n == CAPPED;
        let over_cap = again && self.counted() > 1;
        self.sales[usize::from(n) - 1] = Sale::Live { over_cap };
        self.posts[usize::from(n) - 1][LEAD] = Post::Due { claimed: false };
        Ok(())
    }

    fn settle(&mut self, rules: &Rules, n: u8, verdict: Verdict) {
        let place = usize::from(n) - 1;
        let Sale::Live { over_cap } = self.sales[place] else { return };
        match verdict {
            Verdict::Earned | Verdict::Paid => {}
            Verdict::TooShort | Verdict::Abandoned | Verdict::Dropped => {
                self.sales[place] = Sale::Void { over_cap };
                if rules.void_cancels && self.posts[place][LEAD] == (Post::Due { claimed: false }) {
                    self.posts[place][LEAD] = Post::Cancelled;
                }
            }
        }
    }

    /// Tells the buyer that its lead came to nothing, once the post has settled; not where nothing was ever sent.
    fn tell(&mut self, rules: &Rules, n: u8) {
        let [lead, returned] = &mut self.posts[usize::from(n) - 1];
        *returned = match lead {
            Post::Never | Post::Cancelled => return,
            Post::Delivered => Post::Due { claimed: false },
            _ if !rules.return_waits => Post::Due { claimed: false },
            _ => Post::Waiting,
        };
    }
}
