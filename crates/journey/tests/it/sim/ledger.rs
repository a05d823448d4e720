//! The store as it must come out: awards, seats and sales, each promise checked when it is made.

use std::collections::BTreeMap;

use bridge::{Payout, Post};
use journey::{Command, DialResult, Ended, OPEN_MAX, SeatNow, TALK_MARGIN, Verdict};
use lead::{AttemptId, Consent, Money, OfferId, SaleId, Timestamp};

use crate::world::Told;

/// One award.
#[derive(Debug)]
pub struct Award {
    pub n: u32,
    pub state: State,
    pub seat_is_free: bool,
    pub is_dialled: bool,
    /// The end of its leg or of its dial was heard.
    pub has_ended: bool,
    has_completed: bool,
    by_pick_up: bool,
    longest: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Asked,
    Refused,
    Held,
    Voided,
    Booked,
}

/// One sale.
#[derive(Debug)]
pub struct Sale {
    pub n: u32,
    pub verdicts: Vec<Verdict>,
    pub is_void: bool,
    price: Money,
    payable_after: std::time::Duration,
    payout: Money,
}

/// What a journey was like before an event.
pub struct Before {
    /// The attempt under way, until when its dial may be taken, and whether a pick-up accepts.
    pub attempt: Option<(u32, Timestamp, bool)>,
}

#[derive(Debug, Default)]
pub struct Ledger {
    pub awards: BTreeMap<AttemptId, Award>,
    pub sales: BTreeMap<SaleId, Sale>,
    pub ends: Vec<Ended>,
    payout: Option<Payout>,
    pub late_sales: u32,
    gone_at: Option<Timestamp>,
    booked_since_end: bool,
    /// Whether a buyer gets nobody who did not agree to it.
    names_buyers: bool,
    /// Whom the caller was asked about last, and to whom they agreed.
    asked_about: Option<OfferId>,
    agreed: Vec<Consent>,
}

impl Ledger {
    pub fn of(payout: Option<Payout>, names_buyers: bool) -> Self {
        Self { payout, names_buyers, ..Self::default() }
    }

    fn has_agreed(&self, buyer: &str) -> bool {
        !self.names_buyers || self.agreed.iter().any(|consent| consent.names(buyer))
    }

    fn award(&mut self, n: u32) -> Option<&mut Award> {
        self.awards.values_mut().find(|award| award.n == n)
    }

    /// An event that changed the journey.
    pub fn hear(&mut self, now: Timestamp, event: &Told, before: &Before) {
        use journey::Event as E;
        match event {
            E::DialTaken { n, .. } => {
                let Some((of, dial_by, by_pick_up)) = before.attempt else {
                    panic!("a dial without an attempt")
                };
                assert!(of == *n && now < dial_by, "dialled after its time");
                let open = self.awards.values().find(|award| award.is_dialled && !award.has_ended);
                assert!(open.is_none(), "dialled while another dial is open: {open:?}");
                let award = self.award(*n).expect("dialled without an award");
                assert!(award.state == State::Held && !award.is_dialled, "{award:?}");
                (award.is_dialled, award.by_pick_up) = (true, by_pick_up);
            }
            E::LegEnded { n, result, .. } | E::DialEnded { n, result, .. } => {
                if let Some(award) = self.award(*n) {
                    award.has_ended = true;
                    award.has_completed |= *result == DialResult::Completed;
                }
            }
            E::DialNotFound { n } => self.award(*n).expect("asked").has_ended = true,
            E::CallerAsked { offer, .. } => self.asked_about = Some(offer.clone()),
            E::CallerHungUp { at } => self.gone_at = Some((*at).min(now)),
            E::Reserved { n } => self.award(*n).expect("asked").state = State::Held,
            E::ReserveRefused { n, .. } => self.award(*n).expect("asked").state = State::Refused,
            _ => {}
        }
    }

    /// A promise or a request that followed from `cause`.
    pub fn command(&mut self, now: Timestamp, command: &Command, cause: &Told) {
        match command {
            Command::Reserve(reserve) => {
                let live =
                    self.awards.values().find(|award| matches!(award.state, State::Asked | State::Held));
                assert!(live.is_none(), "two awards at once: {live:?}");
                assert_eq!(reserve.n as usize, self.awards.len() + 1);
                assert!(self.ends.is_empty(), "an ended journey tries nobody else");
                assert!(
                    self.has_agreed(&format!("Buyer {}", reserve.offer)),
                    "reserved without a word: {reserve:?}"
                );
                let award = Award {
                    n: reserve.n,
                    state: State::Asked,
                    seat_is_free: false,
                    is_dialled: false,
                    has_ended: false,
                    has_completed: false,
                    by_pick_up: false,
                    longest: None,
                };
                self.awards.insert(reserve.attempt, award);
            }
            Command::Void { attempt, seat } => {
                let award = self.awards.get_mut(attempt).expect("an award");
                assert_eq!(award.state, State::Held, "voided once, and never what is booked");
                award.state = State::Voided;
                match seat {
                    SeatNow::Free => award.free_seat(now),
                    SeatNow::Held => award.longest = Some(now + OPEN_MAX),
                }
            }
            Command::FreeSeat { attempt } => {
                let award = self.awards.get_mut(attempt).expect("an award");
                assert!(matches!(award.state, State::Voided | State::Booked), "{award:?}");
                award.free_seat(now);
            }
            Command::Push(push) => {
                let award = self.award(push.n).expect("an award");
                assert!(award.state == State::Held && !award.is_dialled && now < push.send_by, "{award:?}");
            }
            Command::Drop { n, .. } => {
                let award = self.award(*n).expect("an award");
                assert!(award.is_dialled && !award.has_ended, "{award:?}");
            }
            Command::Book(post) => self.book(now, post, cause),
            Command::Settle { sale, verdict, talk, payout, .. } => {
                self.settle(*sale, *verdict, talk.unwrap_or_default(), *payout);
            }
            Command::Return { sale, .. } => assert!(self.sales[sale].is_void, "told of a sale that stands"),
            Command::End(ended) => self.end(ended),
            Command::HandOver(_)
            | Command::Accept
            | Command::DialLead { .. }
            | Command::SendCode { .. }
            | Command::Suppress { .. } => {
                panic!("a call that came to us is neither handed over nor dialled back")
            }
            Command::Keep(consent) => self.keep(consent, cause),
            Command::PushAsk(_) | Command::Record => {
                assert!(self.names_buyers && self.ends.is_empty(), "nobody is to be asked");
            }
            Command::OpenAuction { .. }
            | Command::RunAuction { .. }
            | Command::Confirm(_)
            | Command::Transfer { .. } => {}
        }
        let standing = self.sales.values().filter(|sale| !sale.is_void).count();
        assert!(standing <= 1, "two sales: {:?}", self.sales);
    }

    /// A consent that names a buyer follows from an answer to the question about that very buyer.
    fn keep(&mut self, consent: &Consent, cause: &Told) {
        if consent.sellers.is_empty() {
            return;
        }
        let asked = self.asked_about.as_ref().map(|offer| format!("Buyer {offer}"));
        assert_eq!(Some(consent.sellers.clone()), asked.map(|name| vec![name]));
        assert!(self.names_buyers && matches!(cause, journey::Event::Heard { .. }), "{}", cause.name());
        self.agreed.push(consent.clone());
    }

    fn book(&mut self, now: Timestamp, post: &Post, cause: &Told) {
        assert!(self.has_agreed(&post.ranked().terms.buyer), "posted without a word");
        if self.names_buyers {
            assert!(post.consent().is_some_and(|consent| consent.names(&post.ranked().terms.buyer)));
        }
        let (late, gone_at) = (!self.ends.is_empty(), self.gone_at);
        let award = self.awards.get_mut(&post.attempt()).expect("booked without an award");
        let expected = if late { State::Voided } else { State::Held };
        assert!(award.state == expected && award.is_dialled, "{award:?}");
        award.is_evidence(cause, gone_at);
        award.state = State::Booked;
        award.longest = Some(now + post.ranked().terms.talk_max + TALK_MARGIN);
        assert!(post.accepted_at() <= now);
        assert_eq!(post.sale(), SaleId::of(post.attempt()));
        let sale = Sale {
            n: post.n(),
            verdicts: vec![],
            is_void: false,
            price: post.ranked().price,
            payable_after: post.ranked().payable_after,
            payout: Money::ZERO,
        };
        assert!(self.sales.insert(post.sale(), sale).is_none(), "booked twice");
        self.booked_since_end = true;
        self.late_sales += u32::from(late);
    }

    fn settle(&mut self, sale: SaleId, verdict: Verdict, talk: std::time::Duration, payout: Money) {
        let sale = self.sales.get_mut(&sale).expect("settled without a sale");
        let free = sale.price == Money::ZERO;
        let reached = free || talk >= sale.payable_after;
        let legal = match (&sale.verdicts[..], verdict) {
            ([], Verdict::Earned) => reached,
            ([Verdict::Earned], Verdict::Paid) => reached,
            ([], Verdict::TooShort | Verdict::Dropped) => !reached || free,
            ([] | [Verdict::Earned], Verdict::Abandoned) => true,
            _ => false,
        };
        assert!(legal, "{verdict:?} after {talk:?} of {sale:?}");
        sale.verdicts.push(verdict);
        sale.is_void = !matches!(verdict, Verdict::Earned | Verdict::Paid);
        sale.payout = if sale.is_void { Money::ZERO } else { sale.payout + payout };
        let owed = self.payout.filter(|_| !free).map_or(Money::ZERO, |rule| rule.owed(sale.price, talk));
        assert_eq!(sale.payout, if sale.is_void { Money::ZERO } else { owed }, "{sale:?}");
    }

    fn end(&mut self, ended: &Ended) {
        assert!(self.ends.is_empty() || self.booked_since_end, "ended once more without a late truth");
        self.booked_since_end = false;
        let standing = self.sales.values().any(|sale| !sale.is_void);
        let sold = matches!(ended, Ended::Sold | Ended::Repeat);
        assert_eq!(standing, sold, "{ended:?} with {:?}", self.sales);
        let settled = self.sales.values().all(|sale| !sale.verdicts.is_empty());
        assert!(settled, "ended with a sale that is not settled");
        self.ends.push(ended.clone());
    }

    /// Everything was heard, or asked after for as long as it is: nothing is left open.
    pub fn is_closed(&self) {
        for award in self.awards.values() {
            assert!(
                matches!(award.state, State::Refused | State::Voided | State::Booked),
                "left open: {award:?}"
            );
            let held = award.state != State::Refused && !award.seat_is_free;
            assert!(!held, "a seat is never given back: {award:?}");
        }
        let voided_or_earned = |sale: &Sale| sale.is_void || sale.verdicts.contains(&Verdict::Earned);
        assert!(self.sales.values().all(voided_or_earned), "{:?}", self.sales);
        assert!(!self.ends.is_empty() && !self.booked_since_end, "no ending");
    }
}

impl Sale {
    pub fn payable_after(&self) -> std::time::Duration {
        self.payable_after
    }

    pub fn is_free(&self) -> bool {
        self.price == Money::ZERO
    }
}

impl Award {
    fn free_seat(&mut self, now: Timestamp) {
        assert!(!self.seat_is_free, "a seat is given back once: {self:?}");
        let longest = self.longest.is_some_and(|longest| longest <= now);
        assert!(!self.is_dialled || self.has_ended || longest, "its leg may still hold it: {self:?}");
        self.seat_is_free = true;
    }

    fn is_evidence(&self, cause: &Told, gone_at: Option<Timestamp>) {
        use journey::Event as E;
        let in_time = |at: Timestamp| gone_at.is_none_or(|gone| at < gone);
        let legal = match cause {
            E::BuyerAccepted { n, at, .. } => *n == self.n && in_time(*at),
            E::BuyerPickedUp { n, at, .. } => *n == self.n && self.by_pick_up && in_time(*at),
            E::DialEnded { n, bridged: Some(bridged), .. } => *n == self.n && *bridged,
            E::DialEnded { n, bridged: None, result, .. } => {
                *n == self.n && self.by_pick_up && *result == DialResult::Completed
            }
            E::DeadlinePassed { .. } => self.by_pick_up && self.has_completed,
            _ => false,
        };
        assert!(legal, "booked on {} with the caller gone at {gone_at:?}: {self:?}", cause.name());
    }
}
