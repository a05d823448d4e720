//! One storm: a caller, a carrier, buyers and a shell around one journey, in random weather.

use std::{collections::BTreeMap, sync::Arc};

use bridge::Payout;
use journey::{BuyerConsent, Campaign, Command, DialResult, Document, Event, Journey, Whom};
use lead::{PublisherId, Timestamp};

use super::{
    carrier::Carrier,
    casting,
    chance::Chance,
    forged::forged,
    ledger::{Before, Ledger},
};
use crate::world::{ARRIVES, Told, arrived_as, auction_id, closed, journey_id, opened, secs};

/// How events come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Each, soon.
    Calm,
    /// Late, twice, out of order, or never.
    Rough,
    /// And among them what nobody sent.
    Wild,
}

/// What is due.
pub enum Due {
    Tell(Told),
    /// The caller's leg asks again, if nothing has moved it since.
    Poll(u32),
    Answers(u16),
    /// The carrier fetches the document of a push.
    Fetches(u32),
    /// The carrier fetches the document of a push to a question.
    FetchesAsk(u32),
    Rings(usize),
    PicksUp(usize),
    WhisperEnds(usize),
    Ends(usize, DialResult),
    CallerLeaves,
    Drops(u32),
}

pub struct Storm {
    pub chance: Chance,
    pub weather: Weather,
    pub now: Timestamp,
    pub journey: Journey,
    pub ledger: Ledger,
    pub carrier: Carrier,
    pub stored: Vec<(Timestamp, Told)>,
    pub seen: BTreeMap<&'static str, u32>,
    queue: BTreeMap<(Timestamp, u32), Due>,
    queued: u32,
    /// Counts what moved the caller's leg.
    pub moved: u32,
    campaign: Arc<Campaign>,
    publisher: Option<(PublisherId, Payout)>,
    /// Compares the whole journey after each stray.
    thorough: bool,
}

impl Storm {
    pub fn of(seed: u64, campaigns: &[Arc<Campaign>]) -> Self {
        let mut chance = Chance::of(seed);
        let weather = chance.one_of(&[Weather::Calm, Weather::Rough, Weather::Wild]);
        let campaign = chance.one_of(campaigns);
        let payout = casting::a_payout(&mut chance);
        let publisher = payout.map(|payout| (PublisherId::parse("p").expect("a slug"), payout));
        let carrier = Carrier { says_bridged: !chance.one_in(3), ..Carrier::default() };
        Self {
            weather,
            now: ARRIVES,
            journey: Journey::begin(journey_id(), campaign.clone(), publisher.clone()),
            ledger: Ledger::of(payout, campaign.buyer_consent != BuyerConsent::NotAsked),
            carrier,
            stored: vec![],
            seen: BTreeMap::new(),
            queue: BTreeMap::new(),
            queued: 0,
            moved: 0,
            campaign,
            publisher,
            thorough: seed.is_multiple_of(16),
            chance,
        }
    }

    /// The whole call.
    pub fn run(&mut self) {
        let patience = self.chance.one_of(&[8_000, 60_000, 900_000, 900_000, 900_000]);
        let leaves = self.chance.ms(200, patience);
        self.due_in(leaves, Due::CallerLeaves);
        let standby = casting::a_standby(&mut self.chance, self.now);
        self.tell(arrived_as(standby));
        self.reply_next();
        self.go_on();
        // Reconciliation: what was never heard is told at last.
        for at in 0..self.carrier.dials.len() {
            let (leg, dial) = self.carrier.told(at);
            let ends = if self.chance.one_in(2) { [leg, dial] } else { [dial, leg] };
            for event in ends {
                self.tell(event);
            }
        }
        if let Some(at) = self.carrier.caller_left_at {
            self.tell(Event::CallerHungUp { at });
        }
        self.go_on();
    }

    fn go_on(&mut self) {
        for _ in 0..3_000 {
            let first = self.queue.first_key_value().map(|((at, _), _)| *at);
            let deadline = self.journey.deadline().map(|at| at.max(self.now));
            match (first, deadline) {
                (None, None) => return,
                (Some(at), by) if by.is_none_or(|by| at <= by) => self.step(at),
                (_, Some(by)) => self.deadline(by),
                (Some(_), None) => unreachable!("the first of both"),
            }
        }
        panic!("it never ends: {:?}", self.journey);
    }

    fn step(&mut self, at: Timestamp) {
        self.now = self.now.max(at);
        if self.weather == Weather::Wild && self.chance.one_in(8) {
            let event = forged(&mut self.chance, self.now);
            self.tell(event);
        }
        let Some((_, due)) = self.queue.pop_first() else { return };
        match due {
            Due::Tell(event) => self.hear(event),
            Due::Poll(moved) => self.poll(moved),
            Due::Answers(step) => self.answer(step),
            Due::Fetches(n) => self.fetch(n),
            Due::FetchesAsk(n) => self.fetch_ask(n),
            Due::Rings(at) => self.rings(at),
            Due::PicksUp(at) => self.picks_up(at),
            Due::WhisperEnds(at) => self.whisper_ends(at),
            Due::Ends(at, result) => self.ends(at, result),
            Due::CallerLeaves => self.caller_leaves(),
            Due::Drops(n) => {
                if let Some(at) = self.carrier.live().filter(|at| self.carrier.dials[*at].n == n) {
                    self.ends(at, DialResult::Canceled);
                }
            }
        }
    }

    /// The shell's own timer: a look-up first, then the deadline.
    fn deadline(&mut self, by: Timestamp) {
        self.now = by + self.chance.ms(0, 300);
        let line = self.journey.line().map(|sought| sought.n);
        let asks = self.weather != Weather::Wild && self.chance.one_in(2);
        let told = line.filter(|_| asks).and_then(|n| self.carrier.look_up(n, self.journey.is_talking()));
        if let Some(event) = told {
            self.seen(if matches!(event, Event::DialNotFound { .. }) { "not_found" } else { "looked_up" });
            self.tell(event);
        }
        let due = self.journey.deadline().filter(|at| *at <= self.now);
        if let Some(at) = due {
            assert!(
                self.tell(Event::DeadlinePassed { at }),
                "a deadline is always heard: {:?}",
                self.journey
            );
        }
    }

    pub fn seen(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    pub fn due_in(&mut self, wait: std::time::Duration, due: Due) {
        self.queued += 1;
        self.queue.insert((self.now + wait, self.queued), due);
    }

    /// Something is told, as the weather allows.
    pub fn will_tell(&mut self, event: Told) {
        let rough = self.weather != Weather::Calm;
        if rough && self.chance.one_in(12) {
            return self.seen("lost");
        }
        let longest = if rough && self.chance.one_in(6) { 25_000 } else { 700 };
        let wait = self.chance.ms(5, longest);
        if rough && self.chance.one_in(8) {
            let again = self.chance.ms(5, 20_000);
            self.due_in(again, Due::Tell(event.clone()));
        }
        self.due_in(wait, Due::Tell(event));
    }

    /// Drives an event: folds it, keeps its promises, sends its requests. Says whether it was news.
    pub fn tell(&mut self, event: Told) -> bool {
        let attempt = self.journey.attempt();
        let attempt = attempt.map(|attempt| (attempt.n(), attempt.dial_by(), attempt.pick_up_accepts()));
        let folded = self.journey.folded();
        let as_it_was = self.thorough.then(|| format!("{:?}", self.journey));
        let commands = self.journey.on_event(self.now, event.clone());
        if self.journey.folded() == folded {
            assert!(commands.is_empty(), "what changes nothing commands nothing");
            let same = as_it_was.is_none_or(|before| before == format!("{:?}", self.journey));
            assert!(same, "{} changed what it must not", event.name());
            return false;
        }
        self.stored.push((self.now, event.clone()));
        self.ledger.hear(self.now, &event, &Before { attempt });
        for command in &commands {
            self.ledger.command(self.now, command, &event);
        }
        if let Some(ended) = self.journey.ended() {
            assert_eq!(Some(ended), self.ledger.ends.last(), "it ended as it says");
        }
        assert!(
            !matches!(self.journey.document(Whom::Poll), Document::Dial { .. }),
            "a poll never gets a dial"
        );
        commands.into_iter().for_each(|command| self.act(command));
        true
    }

    fn act(&mut self, command: Command) {
        self.seen(command.name());
        match command {
            Command::OpenAuction { n, .. } => self.will_tell(opened(n)),
            Command::RunAuction { auction, again, .. } => self.run_auction(auction, again),
            Command::Reserve(reserve) => {
                let n = reserve.n;
                let refused = self.chance.one_in(8);
                let why = auction::Outcome::Capped;
                let event = if refused {
                    Event::ReserveRefused { n, why, offer: None, full: None }
                } else {
                    Event::Reserved { n }
                };
                assert!(self.tell(event), "a reservation's result is news");
            }
            Command::Confirm(confirming) => {
                let n = confirming.n;
                let expires_at = self.chance.one_in(3).then(|| self.now + secs(8));
                let event = match self.chance.below(4) {
                    0 => Event::Unconfirmed { n, why: "rejected".to_owned() },
                    _ => Event::Confirmed { n, to: None, expires_at },
                };
                self.will_tell(event);
            }
            Command::Push(push) => {
                let n = push.n;
                let taken = self.push(Due::Fetches(n));
                self.will_tell(if taken { Event::Pushed { n } } else { Event::PushFailed { n } });
            }
            Command::PushAsk(push) => {
                let n = push.n;
                let taken = self.push(Due::FetchesAsk(n));
                self.will_tell(if taken { Event::AskPushed { n } } else { Event::AskPushFailed { n } });
            }
            Command::Record => {
                let event = match self.chance.one_in(6) {
                    true => Event::RecordFailed,
                    false => Event::RecordingBegan { reference: "RE1".to_owned() },
                };
                self.will_tell(event);
            }
            Command::Drop { n, .. } => {
                let works = !self.chance.one_in(4);
                if works {
                    let wait = self.chance.ms(50, 2_000);
                    self.due_in(wait, Due::Drops(n));
                }
                self.will_tell(if works { Event::Dropped { n } } else { Event::DropFailed { n } });
            }
            _ => {}
        }
    }

    fn run_auction(&mut self, auction: lead::AuctionId, again: Option<journey::Again>) {
        let n = (0..9).find(|n| auction_id(*n) == auction).expect("an auction of ours");
        let ranked = match &again {
            Some(again) => casting::asked_again(&mut self.chance, self.now, n, &again.offer),
            None => casting::a_ranking(&mut self.chance, self.now),
        };
        self.will_tell(closed(n, ranked));
        if again.is_none() && self.chance.one_in(4) {
            let ranked = Box::new(casting::a_joiner(&mut self.chance, self.now));
            self.will_tell(Event::BidJoined { auction, ranked });
        }
    }

    /// Says whether the carrier took it, as far as is known.
    fn push(&mut self, fetches: Due) -> bool {
        let rough = self.weather != Weather::Calm;
        let executed = !self.chance.one_in(6);
        if executed && self.carrier.caller_left_at.is_none() {
            let longest = if rough && self.chance.one_in(6) { 9_000 } else { 400 };
            let wait = self.chance.ms(50, longest);
            self.due_in(wait, fetches);
        }
        let unknown = rough && self.chance.one_in(8);
        executed && !unknown
    }

    /// The same journey from what is stored of it.
    pub fn is_its_fold(&self) {
        let mut again = Journey::begin(journey_id(), self.campaign.clone(), self.publisher.clone());
        for (now, event) in &self.stored {
            again.on_event(*now, event.clone());
        }
        let (again, live) = (format!("{again:?}"), format!("{:?}", self.journey));
        let differs = again.bytes().zip(live.bytes()).take_while(|(one, other)| one == other).count();
        let from = |text: &str| text.chars().skip(differs.saturating_sub(40)).take(120).collect::<String>();
        assert!(again == live, "a journey is its fold: …{} is …{}", from(&live), from(&again));
    }
}
