//! The words that the tests are written in: a campaign, ranked bids, events, and one `check`.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use auction::{
    Allowed, CallerId, Currency, Destination, DialTerms, Kind, Limits, Outcome, Ranked, Ranking, Reserve,
    Rules, Screening, Seed, Vertical,
};
use bridge::{Payout, Policy};
use ivr::{Check, Exhausted, Finish, Input, InputKind, Keys, Question, Script, Speech};
use journey::{
    BuyerConsent, Campaign, Command, DialResult, Document, Ended, Event, Fallback, Journey, LegId, Recording,
    RepeatRule, SeatNow, Sought, Standby, Taken, Then, Which, Whom,
};
use lead::{
    AuctionId, Audience, BuyerId, CampaignId, E164, FieldName, JourneyId, Money, OfferId, Pii, PingId,
    Profile, PublisherId, Timestamp,
};

pub type Told = Event<Pii<String>>;

/// When every call arrives.
pub const ARRIVES: Timestamp = Timestamp::from_secs(1_795_532_400);

pub fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// So many milliseconds after the arrival.
pub fn at(millis: u64) -> Timestamp {
    ARRIVES + ms(millis)
}

pub fn dollars(units: i64) -> Money {
    Money::from_units(units)
}

pub fn field(name: &str) -> FieldName {
    FieldName::parse(name).expect("a field name")
}

pub fn say(text: &str) -> Vec<Speech> {
    vec![Speech::Say(text.to_owned())]
}

pub fn number(text: &str) -> E164 {
    E164::parse(text).expect("a number")
}

pub fn offer(id: &str) -> OfferId {
    OfferId::parse(id).expect("an offer's id")
}

pub fn buyer(id: &str) -> BuyerId {
    BuyerId::parse(&format!("buyer-{id}")).expect("a buyer's id")
}

pub fn journey_id() -> JourneyId {
    JourneyId::of_call("AC1", "CA1")
}

pub fn auction_id(n: u32) -> AuctionId {
    AuctionId::of(journey_id(), "hash", n)
}

/// A question that is asked twice, by keys.
pub fn question(name: &str, check: Check) -> Question {
    Question {
        field: field(name),
        audience: Audience::Bidders,
        ask: say(name),
        again: vec![],
        input: InputKind::Keys(Keys { min: 1, max: 5, finish: Finish::Pound }),
        check,
        tries_max: 2,
        on_silence: vec![],
        exhausted: Exhausted::Skip,
        disqualify: vec![],
    }
}

/// One question, the zip; 8 s for the auction; no publisher's rule, no recording.
pub fn campaign() -> Campaign {
    Campaign {
        id: CampaignId::parse("medicare-fl").expect("a campaign's id"),
        name: "Medicare FL".to_owned(),
        version: 1,
        vertical: Vertical::parse("medicare").expect("a vertical"),
        script: Arc::new(script(vec![question("zip", Check::Zip)])),
        needed: [field("zip")].into(),
        rules: Rules {
            budget: secs(8),
            reserve: Reserve::None,
            fallback_to_static: true,
            currency: Currency::usd(),
            test: false,
            repeat_of: None,
        },
        policy: Policy::default(),
        hold_audio: vec![Speech::Play("hold.wav".to_owned())],
        fallback: Fallback { say: say("nobody is free"), dial: None },
        repeat: RepeatRule { window: secs(86_400), then: Then::SameBuyer },
        callback: None,
        recording: Recording::Off,
        buyer_consent: journey::BuyerConsent::NotAsked,
        bridge_min: secs(1),
        short_drop: None,
    }
}

pub fn script(questions: Vec<Question>) -> Script {
    Script { greeting: say("hello"), questions, closing: say("one moment") }
}

/// A bid that lives for two minutes from the arrival, payable from 90 s on, accepted by the pick-up.
pub fn bid(id: &str, units: i64) -> Ranked {
    Ranked {
        kind: Kind::Bid,
        offer: offer(id),
        buyer: buyer(id),
        ping: PingId::of(auction_id(0), &offer(id)),
        bid: Some(format!("bid-{id}")),
        price: dollars(units),
        expires_at: Some(at(120_000)),
        destination: Some(Destination::Phone(number("+13055550199"))),
        payable_after: secs(90),
        priority: 0,
        draw: 0,
        terms: DialTerms {
            name: id.to_owned(),
            buyer: format!("Buyer {id}"),
            ring: secs(20),
            whisper: None,
            screening: Screening::Off,
            caller_id: CallerId::Mask,
            confirm: None,
            talk_max: secs(3600),
            allowed: Allowed::default(),
            caps: Limits { zone: "UTC".to_owned(), ..Limits::default() },
            duplicate: None,
        },
    }
}

pub fn statically(id: &str, units: i64) -> Ranked {
    Ranked { kind: Kind::Static, bid: None, expires_at: None, ..bid(id, units) }
}

/// Both a whisper and a key to press.
pub fn screened(ranked: Ranked) -> Ranked {
    with(ranked, |ranked| {
        ranked.terms.whisper = Some("a new caller".to_owned());
        ranked.terms.screening = Screening::PressOne;
    })
}

pub fn with(mut ranked: Ranked, change: impl FnOnce(&mut Ranked)) -> Ranked {
    change(&mut ranked);
    ranked
}

pub fn arrived() -> Told {
    arrived_as(Standby::New)
}

pub fn arrived_as(standby: Standby) -> Told {
    Event::Arrived {
        dnis: number("+18005550100"),
        caller: Some(Pii::new("+13055550142".to_owned())),
        leg: "caller".into(),
        standby,
        attestation: None,
    }
}

pub fn heard(step: u16, keys: &str) -> Told {
    Event::Heard { step, input: Input::Keys(Pii::new(keys.to_owned())) }
}

pub fn silence(step: u16) -> Told {
    Event::Heard { step, input: Input::Silence }
}

pub fn opened(n: u32) -> Told {
    Event::AuctionOpened { auction: auction_id(n), seed: Seed(7) }
}

pub fn closed(n: u32, ranked: Vec<Ranked>) -> Told {
    Event::AuctionClosed { ranking: Box::new(ranking(n, ranked)) }
}

pub fn ranking(n: u32, ranked: Vec<Ranked>) -> Ranking {
    Ranking {
        auction: auction_id(n),
        opened_at: ARRIVES,
        closed_at: ARRIVES,
        shown: Profile::new(),
        ranked,
        others: vec![],
        best_static: Some(dollars(45)),
    }
}

/// A campaign that asks the caller about the buyer that won, and records.
pub fn naming() -> Campaign {
    let ask = say("Do you agree that {buyer} gets your details?");
    Campaign {
        buyer_consent: BuyerConsent::Named { version: "named-1".to_owned(), ask },
        recording: Recording::On { notice: say("this call is recorded") },
        ..campaign()
    }
}

/// A request of the caller's leg takes the question about this offer's buyer.
pub fn caller_asked(n: u32, id: &str, by: Taken) -> Told {
    Event::CallerAsked { n, offer: offer(id), by }
}

/// The buyer's leg of an attempt.
pub fn leg(n: u32) -> LegId {
    LegId(format!("leg-{n}"))
}

pub fn taken(n: u32, by: Taken) -> Told {
    Event::DialTaken { n, by }
}

pub fn rang(n: u32) -> Told {
    Event::BuyerRang { n, leg: leg(n) }
}

pub fn picked_up(n: u32, millis: u64) -> Told {
    Event::BuyerPickedUp { n, leg: leg(n), at: at(millis) }
}

pub fn accepted(n: u32, millis: u64) -> Told {
    Event::BuyerAccepted { n, leg: leg(n), at: at(millis) }
}

pub fn declined(n: u32) -> Told {
    Event::BuyerDeclined { n, leg: leg(n) }
}

pub fn leg_ended(n: u32, result: DialResult, lasted: Option<u64>) -> Told {
    Event::LegEnded { n, leg: leg(n), result, lasted: lasted.map(secs) }
}

pub fn dial_ended(n: u32, result: DialResult) -> Told {
    Event::DialEnded { n, result, bridged: Some(false), lasted: None }
}

/// A dial that ended after a bridge; the buyer's leg lasted so many seconds.
pub fn hung_up_after(n: u32, lasted: u64) -> Told {
    Event::DialEnded { n, result: DialResult::Completed, bridged: Some(true), lasted: Some(secs(lasted)) }
}

pub fn caller_gone(millis: u64) -> Told {
    Event::CallerHungUp { at: at(millis) }
}

pub fn deadline(millis: u64) -> Told {
    Event::DeadlinePassed { at: at(millis) }
}

pub fn not_found(n: u32) -> Told {
    Event::DialNotFound { n }
}

/// A leg that was heard of, as it is looked up.
pub fn known(n: u32, leg: LegId) -> Sought {
    Sought { n, leg: Which::Known(leg) }
}

/// An arrival, the zip, and an auction that closes with this ranking two seconds after the arrival.
pub fn on_hold(ranked: Vec<Ranked>) -> Vec<(u64, Told)> {
    vec![(0, arrived()), (1_000, heard(1, "33109")), (1_100, opened(0)), (2_000, closed(0, ranked))]
}

/// The commands of [`on_hold`] with somebody in the ranking.
pub const ON_HOLD: [&str; 4] = ["open_auction", "run_auction", "reserve", "push"];

/// As [`on_hold`], and the first attempt's dial is taken by our push at 3 s.
pub fn ringing(ranked: Vec<Ranked>) -> Vec<(u64, Told)> {
    let push = [(2_500, Event::Pushed { n: 1 }), (3_000, taken(1, Taken::Push))];
    [on_hold(ranked), push.into()].concat()
}

/// A journey that is told its events as the shell tells them: reservations are answered in the same breath.
pub struct Story {
    pub journey: Journey,
    pub commands: Vec<Command>,
    pub stored: Vec<(Timestamp, Told)>,
    campaign: Arc<Campaign>,
    publisher: Option<(PublisherId, Payout)>,
    refused: BTreeMap<u32, Outcome>,
}

impl Story {
    pub fn of(campaign: Campaign) -> Self {
        Self::from(campaign, None)
    }

    pub fn from(campaign: Campaign, payout: Option<Payout>) -> Self {
        let campaign = Arc::new(campaign);
        let publisher = payout.map(|payout| (PublisherId::parse("leads-r-us").expect("a slug"), payout));
        let journey = Journey::begin(journey_id(), campaign.clone(), publisher.clone());
        let (commands, stored, refused) = (vec![], vec![], BTreeMap::new());
        Self { journey, commands, stored, campaign, publisher, refused }
    }

    /// The reservation of this attempt will be refused.
    pub fn refusing(mut self, n: u32, why: Outcome) -> Self {
        self.refused.insert(n, why);
        self
    }

    pub fn told(mut self, events: impl IntoIterator<Item = (u64, Told)>) -> Self {
        for (millis, event) in events {
            self.tell(at(millis), event);
        }
        self
    }

    /// Folds an event. Says whether it changed anything.
    pub fn tell(&mut self, now: Timestamp, event: Told) -> bool {
        let before = self.journey.folded();
        let commands = self.journey.on_event(now, event.clone());
        let news = self.journey.folded() != before;
        if news {
            self.stored.push((now, event));
        }
        assert!(news || commands.is_empty(), "what changes nothing commands nothing");
        for command in commands {
            let reserve = match &command {
                Command::Reserve(reserve) => Some(reserve.n),
                _ => None,
            };
            self.commands.push(command);
            if let Some(n) = reserve {
                let why = self.refused.remove(&n);
                let result = why.map_or(Event::Reserved { n }, |why| Event::ReserveRefused {
                    n,
                    why,
                    offer: None,
                    full: None,
                });
                self.tell(now, result);
            }
        }
        news
    }

    pub fn names(&self) -> Vec<&'static str> {
        self.commands.iter().map(Command::name).collect()
    }

    /// The same journey from its stored events alone.
    pub fn replayed(&self) -> Journey {
        let mut again = Journey::begin(journey_id(), self.campaign.clone(), self.publisher.clone());
        for (now, event) in &self.stored {
            again.on_event(*now, event.clone());
        }
        again
    }

    pub fn is_its_fold(&self) {
        assert_eq!(format!("{:?}", self.replayed()), format!("{:?}", self.journey), "a journey is its fold");
    }

    pub fn document(&self, whom: Whom) -> Document {
        self.journey.document(whom)
    }

    /// Checks the commands by their names, and the ending.
    pub fn check(self, expect: &[&str], ended: Option<Ended>) -> Self {
        assert_eq!(self.names(), expect);
        assert_eq!(self.journey.ended(), ended.as_ref());
        self.is_its_fold();
        self
    }
}

/// The commands of a story on hold, and these behind them.
pub fn held(more: &[&'static str]) -> Vec<&'static str> {
    [&ON_HOLD, more].concat()
}

/// Tells a call of the plain campaign its events; checks the commands by their names, and the ending.
pub fn check(events: impl IntoIterator<Item = (u64, Told)>, expect: &[&str], ended: Option<Ended>) -> Story {
    Story::of(campaign()).told(events).check(expect, ended)
}

/// What became of the seat of each award that was given back.
pub fn seats(story: &Story) -> Vec<SeatNow> {
    let voids = story.commands.iter().filter_map(|command| match command {
        Command::Void { seat, .. } => Some(*seat),
        _ => None,
    });
    voids.collect()
}
