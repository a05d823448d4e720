//! The cast: one campaign without a question, two ranked offers, and a clock that counts in ticks of ten seconds.
//!
//! All limits are whole ticks, so that a time is a small number and few histories differ by nothing but it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use auction::{
    Allowed, CallerId, Cap, Counts, Currency, Destination, DialTerms, Kind, Limits, Period, Ranked, Ranking,
    Reserve, Rules, Screening, Vertical,
};
use bridge::Policy;
use ivr::Script;
use journey::{Campaign, Fallback, Recording, RepeatRule, Then};
use lead::{
    AuctionId, BuyerId, CampaignId, E164, JourneyId, Money, OfferId, PingId, Profile, SaleId, Timestamp,
};

/// A moment, or how long something takes, in ticks.
pub type Tick = u16;

/// How long one tick is: longer than the latch of a push holds, as long as the graces of a dial's and a leg's end.
const TICK: Duration = Duration::from_secs(10);
/// When the call arrives.
const ARRIVES: Timestamp = Timestamp::from_secs(1_795_532_400);
/// How long a phone rings, with what the carrier adds.
pub const RING: Tick = 1;
/// The longest talk.
pub const TALK_MAX: Tick = 4;
/// How long a request of the carrier waits for its answer: what `Policy::margin` allows for.
pub const REQUEST_MAX: Tick = 1;
/// How long a worker has a post.
pub const LEASE: Tick = 1;
/// The attempt whose offer has a cap of one.
pub const CAPPED: u8 = 1;

/// Whether the first offer's buyer presses a key before it has the caller, or has it by picking up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    Screened,
    PicksUp,
}

pub fn ticks(n: Tick) -> Duration {
    TICK * u32::from(n)
}

/// So many ticks after the arrival.
pub fn at(tick: Tick) -> Timestamp {
    ARRIVES + ticks(tick)
}

/// The tick of a moment that the core names.
pub fn tick_of(at: Timestamp) -> Tick {
    let since = at.since(ARRIVES).as_secs();
    assert!(since.is_multiple_of(TICK.as_secs()), "{at} is between two ticks");
    Tick::try_from(since / TICK.as_secs()).expect("a model's life is short")
}

/// The first tick that is not before a moment.
pub fn tick_at_least(at: Timestamp) -> Tick {
    let since = at.since(ARRIVES).as_millis().div_ceil(TICK.as_millis());
    Tick::try_from(since).expect("a model's life is short")
}

pub fn journey_id() -> JourneyId {
    JourneyId::of_call("AC1", "CA1")
}

/// The auction that the history with this name opened.
pub fn auction_id(history: u32) -> AuctionId {
    AuctionId::of(journey_id(), &history.to_string(), 0)
}

/// The attempt of a sale or of a reservation.
pub fn n_of<T: PartialEq>(id: T, of: impl Fn(lead::AttemptId) -> T) -> u8 {
    let found = (1..=4_u8).find(|n| of(lead::AttemptId::of(journey_id(), u32::from(*n))) == id);
    found.expect("the model has no more attempts")
}

pub fn n_of_sale(sale: SaleId) -> u8 {
    n_of(sale, SaleId::of)
}

pub fn number(text: &str) -> E164 {
    E164::parse(text).expect("a number")
}

pub fn campaign() -> Campaign {
    Campaign {
        id: CampaignId::parse("medicare-fl").expect("a campaign's id"),
        name: "Medicare FL".to_owned(),
        version: 1,
        vertical: Vertical::parse("medicare").expect("a vertical"),
        script: Arc::new(Script { greeting: vec![], questions: vec![], closing: vec![] }),
        needed: BTreeSet::new(),
        rules: Rules {
            // With the hold's margin of five seconds a tick.
            budget: TICK / 2,
            reserve: Reserve::None,
            fallback_to_static: false,
            currency: Currency::usd(),
            test: false,
            repeat_of: None,
        },
        policy: Policy {
            attempts_max: 2,
            ring_budget: ticks(10),
            setup_margin: ticks(1),
            take_max: ticks(2),
            ring_extra: Duration::ZERO,
            whisper_max: Duration::ZERO,
            screen_max: ticks(1),
            margin: ticks(REQUEST_MAX),
        },
        hold_audio: vec![],
        fallback: Fallback { say: vec![], dial: None },
        repeat: RepeatRule { window: Duration::ZERO, then: Then::SameBuyer },
        callback: None,
        recording: Recording::Off,
        buyer_consent: journey::BuyerConsent::NotAsked,
        bridge_min: Duration::from_secs(1),
        short_drop: None,
    }
}

/// A closed auction: the first offer's bid before the second's.
pub fn ranking(history: u32, first: First) -> Ranking {
    let auction = auction_id(history);
    let screening = if first == First::Screened { Screening::PressOne } else { Screening::Off };
    let cap = Cap { counts: Counts::Answered, period: Period::Total, max: 1 };
    let caps = Limits { zone: "UTC".to_owned(), offer: vec![cap], offer_seats: Some(1), ..Limits::default() };
    let free = Limits { zone: "UTC".to_owned(), ..Limits::default() };
    Ranking {
        auction,
        opened_at: ARRIVES,
        closed_at: ARRIVES,
        shown: Profile::new(),
        ranked: vec![bid(auction, "a", 91, screening, caps), bid(auction, "b", 80, Screening::Off, free)],
        others: vec![],
        best_static: None,
    }
}

fn bid(auction: AuctionId, id: &str, dollars: i64, screening: Screening, caps: Limits) -> Ranked {
    let offer = OfferId::parse(id).expect("an offer's id");
    Ranked {
        kind: Kind::Bid,
        buyer: BuyerId::parse(&format!("buyer-{id}")).expect("a buyer's id"),
        ping: PingId::of(auction, &offer),
        bid: Some(id.to_owned()),
        price: Money::from_units(dollars),
        expires_at: None,
        destination: Some(Destination::Phone(number("+13055550199"))),
        payable_after: TICK,
        priority: 0,
        draw: 0,
        terms: DialTerms {
            name: id.to_owned(),
            buyer: String::new(),
            ring: ticks(RING),
            whisper: None,
            screening,
            caller_id: CallerId::Mask,
            confirm: None,
            talk_max: ticks(TALK_MAX),
            allowed: Allowed::default(),
            caps,
            duplicate: None,
        },
        offer,
    }
}
