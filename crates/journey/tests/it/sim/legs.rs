//! The legs of a storm: what the caller and the buyers do, and what their requests are answered.

use std::time::Duration;

use auction::Screening;
use ivr::Input;
use journey::{DialResult, Document, Event, LegId, Take, Taken, Whom};
use lead::Pii;

use super::{
    carrier::{Carrier, Dial, Fate},
    storm::{Due, Storm, Weather},
};
use crate::world::{Told, secs};

/// The caller's leg.
impl Storm {
    pub fn hear(&mut self, event: Told) {
        let is_dial_end = matches!(event, Event::DialEnded { .. });
        let news = self.tell(event);
        // The end of a dial is a request of the caller's leg.
        if is_dial_end && news {
            self.reply_next();
        }
    }

    pub fn ready(&self) -> Option<u32> {
        let ready = self.journey.phase_name() == "ready";
        self.journey.attempt().filter(|_| ready).map(|attempt| attempt.n())
    }

    pub fn reply_next(&mut self) {
        self.reply_or(Taken::Next, Whom::Caller);
    }

    pub fn poll(&mut self, moved: u32) {
        if moved == self.moved {
            self.reply_or(Taken::Poll, Whom::Poll);
        }
    }

    /// A request that may take the dial.
    fn reply_or(&mut self, by: Taken, whom: Whom) {
        if self.carrier.caller_left_at.is_some() {
            return;
        }
        if let Some(Take::Question(n, offer)) = self.journey.to_take()
            && self.tell(Event::CallerAsked { n, offer, by })
        {
            self.seen("asked about a buyer");
        }
        let taken = self.ready().filter(|n| self.tell(Event::DialTaken { n: *n, by }));
        match taken {
            Some(n) => {
                self.seen(if by == Taken::Poll { "polled" } else { "next" });
                self.reply(self.journey.document(Whom::Taker(n)));
            }
            None => self.reply(self.journey.document(whom)),
        }
    }

    pub fn fetch(&mut self, n: u32) {
        if self.carrier.caller_left_at.is_some() {
            return;
        }
        // The push tears down whatever the leg was doing.
        if let Some(at) = self.carrier.live() {
            self.seen("torn_down");
            self.ends(at, DialResult::Canceled);
        }
        if self.tell(Event::DialTaken { n, by: Taken::Push }) {
            self.seen("fetched");
            self.reply(self.journey.document(Whom::Taker(n)));
        } else {
            self.reply(self.journey.document(Whom::Poll));
        }
    }

    pub fn fetch_ask(&mut self, n: u32) {
        if self.carrier.caller_left_at.is_some() {
            return;
        }
        if let Some(at) = self.carrier.live() {
            self.seen("torn_down_by_a_question");
            self.ends(at, DialResult::Canceled);
        }
        let offer = match self.journey.to_take() {
            Some(Take::Question(of, offer)) if of == n => Some(offer),
            _ => None,
        };
        if let Some(offer) = offer {
            assert!(self.tell(Event::CallerAsked { n, offer, by: Taken::Push }), "a push takes it");
            self.seen("asked by a push");
        }
        self.reply_or(Taken::Poll, Whom::Poll);
    }

    pub fn answer(&mut self, step: u16) {
        if self.carrier.caller_left_at.is_some() {
            return;
        }
        let keys = self.chance.one_of(&["33109", "33109", "65", "1", "1", "1", "2", "17", "9"]);
        let input =
            if self.chance.one_in(9) { Input::Silence } else { Input::Keys(Pii::new(keys.to_owned())) };
        let event = Event::Heard { step, input };
        if self.weather != Weather::Calm && self.chance.one_in(8) {
            self.tell(event.clone());
        }
        self.tell(event);
        self.reply_next();
    }

    fn reply(&mut self, document: Document) {
        if self.weather != Weather::Calm && self.chance.one_in(40) {
            return self.seen("reply_lost");
        }
        self.moved += 1;
        match document {
            Document::Ask { step, .. } => {
                let wait = self.chance.ms(300, 6_000);
                self.due_in(wait, Due::Answers(step));
            }
            Document::Hold { .. } => {
                let wait = self.chance.ms(1_000, 12_000);
                self.due_in(wait, Due::Poll(self.moved));
            }
            Document::Dial { n, ring, .. } => self.dial(n, ring),
            Document::HangUp | Document::Ending { .. } | Document::Transfer { .. } => {
                let wait = self.chance.ms(100, 3_000);
                self.due_in(wait, Due::CallerLeaves);
            }
            Document::Whisper { .. } | Document::Bridge => panic!("no document of the caller's"),
        }
    }

    pub fn caller_leaves(&mut self) {
        if self.carrier.caller_left_at.is_some() {
            return;
        }
        self.carrier.caller_left_at = Some(self.now);
        self.will_tell(Event::CallerHungUp { at: self.now });
        if let Some(at) = self.carrier.live() {
            self.ends(at, DialResult::Canceled);
        }
    }
}

/// The buyers' legs.
impl Storm {
    fn dial(&mut self, n: u32, ring: Duration) {
        let forgeries = self.weather == Weather::Wild;
        assert!(forgeries || self.carrier.live().is_none(), "two legs ring: {:?}", self.carrier);
        let at = self.carrier.dials.len();
        let leg = LegId(format!("leg-{n}-{at}"));
        let screening = self.journey.attempt().map_or(Screening::Off, |a| a.ranked().terms.screening);
        let dial = Dial { n, leg, picked_up_at: None, bridged_at: None, ended: None, screening };
        self.carrier.dials.push(dial);
        let begins = self.chance.ms(100, 900);
        self.due_in(begins, Due::Rings(at));
        let (soon, within) = (self.chance.ms(900, 3_000), self.chance.ms(900, 25_000));
        match Carrier::fate(&mut self.chance) {
            Fate::Busy => self.due_in(soon, Due::Ends(at, DialResult::Busy)),
            Fate::Unreachable => self.due_in(soon, Due::Ends(at, DialResult::Failed)),
            Fate::PicksUp if within < ring + secs(5) => {
                self.due_in(within, Due::PicksUp(at));
                // The caller's hang-up races it, before or after.
                if self.chance.one_in(6) {
                    let around = self.chance.ms(0, 2_000);
                    self.due_in(within.saturating_sub(secs(1)) + around, Due::CallerLeaves);
                }
            }
            Fate::PicksUp | Fate::Silent => self.due_in(ring + secs(5), Due::Ends(at, DialResult::NoAnswer)),
        }
    }

    fn is_live(&self, at: usize) -> bool {
        self.carrier.dials[at].ended.is_none()
    }

    pub fn rings(&mut self, at: usize) {
        if self.is_live(at) {
            let (n, leg) = (self.carrier.dials[at].n, self.carrier.dials[at].leg.clone());
            self.will_tell(Event::BuyerRang { n, leg });
        }
    }

    pub fn picks_up(&mut self, at: usize) {
        if !self.is_live(at) {
            return;
        }
        let (n, leg) = (self.carrier.dials[at].n, self.carrier.dials[at].leg.clone());
        self.carrier.dials[at].picked_up_at = Some(self.now);
        let event = Event::BuyerPickedUp { n, leg, at: self.now };
        let accepts = self.journey.attempt().is_some_and(|a| a.n() == n && a.pick_up_accepts());
        if accepts {
            self.will_tell(event);
            return self.bridge(at);
        }
        // The whisper's document is a request that says the pick-up itself.
        self.tell(event);
        match self.journey.document(Whom::Picked(n)) {
            Document::Whisper { .. } => {
                let wait = self.chance.ms(1_000, 9_000);
                self.due_in(wait, Due::WhisperEnds(at));
            }
            _ => self.ends(at, DialResult::Completed),
        }
    }

    pub fn whisper_ends(&mut self, at: usize) {
        if !self.is_live(at) {
            return;
        }
        let (n, leg) = (self.carrier.dials[at].n, self.carrier.dials[at].leg.clone());
        let agrees = self.carrier.dials[at].screening == Screening::Off || !self.chance.one_in(3);
        let event = if agrees {
            Event::BuyerAccepted { n, leg, at: self.now }
        } else {
            Event::BuyerDeclined { n, leg }
        };
        if self.weather != Weather::Calm && self.chance.one_in(10) {
            self.seen("raced");
            let wait = self.chance.ms(1, 2_000);
            self.due_in(wait, Due::Tell(event));
            return self.ends(at, DialResult::Completed);
        }
        self.tell(event);
        match self.journey.document(Whom::Answered(n)) {
            Document::Bridge => self.bridge(at),
            _ => self.ends(at, DialResult::Completed),
        }
    }

    fn bridge(&mut self, at: usize) {
        self.carrier.dials[at].bridged_at = Some(self.now);
        let longest = self.chance.one_of(&[900, 4_000, 60_000, 240_000]);
        let talk = self.chance.ms(100, longest);
        self.due_in(talk, Due::Ends(at, DialResult::Completed));
    }

    pub fn ends(&mut self, at: usize, unanswered: DialResult) {
        let Some((leg, dial)) = self.carrier.end(self.now, at, unanswered) else { return };
        // A request that nobody answers is the caller's last: the leg ends with it, and no push reaches it.
        self.will_tell(leg);
        self.will_tell(dial);
    }
}
