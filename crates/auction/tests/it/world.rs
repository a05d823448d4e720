//! The words that the tests are written in: bidders, an auction of them, and one `check`.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use auction::{
    Allowed, Auth, Bid, Buyer, Caller, CallerId, Candidate, Currency, Destination, Endpoints, Kind, Leftover,
    NoBid, Offer, Outcome, Ping, Ranked, Ranking, Reserve, Round, Rules, Screening, Seed, Standing, Subject,
    Vertical, Whereto, Wire, ZipDigits,
};
use lead::{
    AuctionId, BuyerId, CampaignId, Channel, E164, FieldName, JourneyId, Money, OfferId, Profile, Timestamp,
    Value, geo::Zip,
};

/// When every round opens: Tuesday 2026-11-24, 10:00 in New York.
pub const OPENS: Timestamp = Timestamp::from_secs(1_795_532_400);

pub fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub fn field(name: &str) -> FieldName {
    FieldName::parse(name).expect("a field name")
}

pub fn offer_id(id: &str) -> OfferId {
    OfferId::parse(id).expect("an offer's id")
}

pub fn phone(number: &str) -> Destination {
    Destination::Phone(E164::parse(number).expect("a number"))
}

/// A 65-year-old in Florida, zip 33109.
pub fn medicare() -> Profile {
    let mut profile = Profile::new();
    profile.answer(FieldName::zip(), Value::Zip(Zip::parse("33109").expect("a zip that exists")));
    profile.answer(field("age"), Value::Number(65));
    profile.derive_geography(None);
    profile
}

/// One offer that is considered, and what it will answer when.
#[derive(Clone)]
pub struct Bidder {
    pub offer: Offer,
    pub buyer: Buyer,
    pub standing: Standing,
    pub answers: Vec<(u64, Result<Bid, NoBid>)>,
}

pub fn bidder(id: &str) -> Bidder {
    let buyer = BuyerId::parse(&format!("buyer-{id}")).expect("a buyer's id");
    let offer = Offer {
        id: offer_id(id),
        buyer: buyer.clone(),
        name: id.to_owned(),
        active: true,
        vertical: Vertical::parse("medicare").expect("a vertical"),
        channels: [Channel::Call].into(),
        endpoints: Endpoints {
            ping_url: Some("https://buyer.example/ping".to_owned()),
            post_url: "https://buyer.example/post".to_owned(),
            confirm_url: None,
            auth: Auth::None,
            headers: Default::default(),
            signing_secrets: vec![],
            ping: None,
            post: None,
            wire: Wire::Own,
        },
        timeout: secs(3),
        floor: Money::ZERO,
        floor_in_ping: false,
        bid_max: None,
        bid_life: secs(60),
        payable_max: None,
        payable_after: secs(90),
        static_price: None,
        priority: 0,
        required: BTreeSet::new(),
        caller_id_required: false,
        filters: vec![],
        hours: None,
        caps: vec![],
        concurrency: None,
        duplicate: None,
        destination: Some(phone("+13055550199")),
        allowed: Allowed::default(),
        caller_id: CallerId::Mask,
        phone_in_ping: false,
        zip_digits: ZipDigits::Five,
        confirm: None,
        ring: secs(20),
        whisper: None,
        screening: Screening::Off,
        talk_max: secs(3600),
    };
    let name = buyer.to_string();
    let buyer = Buyer { id: buyer, name, zone: "UTC".to_owned(), caps: vec![], concurrency: None };
    Bidder { offer, buyer, standing: Standing::default(), answers: vec![] }
}

pub fn price(units: i64) -> Bid {
    Bid {
        id: None,
        price: Money::from_units(units),
        expires_in: None,
        expires_at: None,
        whereto: Whereto::Own,
        payable_after: None,
    }
}

impl Bidder {
    /// With other terms.
    pub fn with(mut self, change: impl FnOnce(&mut Offer)) -> Self {
        change(&mut self.offer);
        self
    }

    /// Of another company.
    pub fn of(mut self, buyer: &str) -> Self {
        self.offer.buyer = BuyerId::parse(buyer).expect("a buyer's id");
        self.buyer.id = self.offer.buyer.clone();
        self
    }

    pub fn standing(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    /// Bids so much after 100 ms.
    pub fn bids(self, units: i64) -> Self {
        self.says(100, Ok(price(units)))
    }

    /// Answers so many milliseconds after the opening.
    pub fn says(mut self, after: u64, answer: Result<Bid, NoBid>) -> Self {
        self.answers.push((after, answer));
        self
    }

    pub fn has_static(self, units: i64) -> Self {
        self.with(|offer| offer.static_price = Some(Money::from_units(units)))
    }
}

/// An auction before it opens.
#[derive(Clone)]
pub struct Auction {
    pub bidders: Vec<Bidder>,
    pub rules: Rules,
    pub subject: Subject,
    pub seed: Seed,
}

pub fn auction(bidders: impl IntoIterator<Item = Bidder>) -> Auction {
    Auction {
        bidders: bidders.into_iter().collect(),
        rules: Rules {
            budget: secs(8),
            reserve: Reserve::None,
            fallback_to_static: true,
            currency: Currency::usd(),
            test: false,
            repeat_of: None,
        },
        subject: Subject {
            campaign: CampaignId::parse("medicare-fl").expect("a campaign's id"),
            vertical: Vertical::parse("medicare").expect("a vertical"),
            channel: Channel::Call,
            profile: medicare(),
            caller: Caller::Known,
            without: BTreeSet::new(),
            named: auction::Named::Anybody,
        },
        seed: Seed(7),
    }
}

/// An auction after its close.
pub struct Closed {
    pub pings: Vec<Ping>,
    pub ranking: Ranking,
    /// What came after the close: the offer, and what it came to.
    pub after: Vec<(OfferId, Result<Ranked, Outcome>)>,
}

impl Auction {
    pub fn rules(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(&mut self.rules);
        self
    }

    pub fn open(&self) -> (Round, Vec<Ping>) {
        let id = AuctionId::of(JourneyId::of_call("AC", "CA"), "hash", 0);
        let candidate = |bidder: &Bidder| Candidate {
            offer: Arc::new(bidder.offer.clone()),
            buyer: Arc::new(bidder.buyer.clone()),
            standing: bidder.standing,
        };
        let candidates: Vec<_> = self.bidders.iter().map(candidate).collect();
        auction::open(OPENS, id, self.seed, self.rules.clone(), &self.subject, &candidates)
    }

    /// Runs it as the shell does: answers as they come, deadlines as they pass, closed as soon as it is settled.
    pub fn run(&self) -> Closed {
        let (mut round, pings) = self.open();
        let pinged = |id: &OfferId| pings.iter().any(|ping| ping.offer == *id);
        let mut answers: Vec<_> = self
            .bidders
            .iter()
            .filter(|bidder| pinged(&bidder.offer.id))
            .flat_map(|bidder| {
                bidder.answers.iter().map(move |(at, answer)| (OPENS + ms(*at), bidder, answer))
            })
            .collect();
        answers.sort_by_key(|(at, ..)| *at);
        let (mut now, mut answers) = (OPENS, answers.into_iter().peekable());
        while !round.is_settled(now) {
            let deadline = round.deadline().expect("somebody is awaited");
            match answers.next_if(|(at, ..)| *at <= deadline) {
                Some((at, bidder, answer)) => {
                    now = at;
                    round.on_answer(now, &bidder.offer.id, answer.clone());
                }
                None => {
                    now = deadline;
                    round.on_deadline(now);
                }
            }
        }
        let (ranking, leftover) = round.close(now);
        let after = heard_after(leftover, answers.map(|(at, bidder, answer)| (at, bidder, answer.clone())));
        Closed { pings, ranking, after }
    }
}

fn heard_after<'a>(
    mut leftover: Leftover,
    answers: impl Iterator<Item = (Timestamp, &'a Bidder, Result<Bid, NoBid>)>,
) -> Vec<(OfferId, Result<Ranked, Outcome>)> {
    answers
        .map(|(at, bidder, answer)| {
            (bidder.offer.id.clone(), leftover.on_answer(at, &bidder.offer.id, answer))
        })
        .collect()
}

/// `c 91`, `static d 45`, in the order of the ranking.
pub fn ranked(ranking: &Ranking) -> Vec<String> {
    let one = |r: &Ranked| match r.kind {
        Kind::Static => format!("static {} {}", r.offer, whole(r.price)),
        _ => format!("{} {}", r.offer, whole(r.price)),
    };
    ranking.ranked.iter().map(one).collect()
}

fn whole(price: Money) -> i64 {
    price.micros() / 1_000_000
}

/// `c won`, `d timeout`, in the order of [`Ranking::outcomes`].
pub fn outcomes(ranking: &Ranking) -> Vec<String> {
    ranking.outcomes().iter().map(|(offer, outcome)| format!("{offer} {}", outcome.code())).collect()
}

/// Runs an auction and compares its ranking and everybody's outcome.
pub fn check(auction: &Auction, expect_ranked: &[&str], expect_outcomes: &[&str]) -> Closed {
    let closed = auction.run();
    assert_eq!(ranked(&closed.ranking), expect_ranked);
    assert_eq!(outcomes(&closed.ranking), expect_outcomes);
    closed
}
