//! The words that the tests are written in.

use std::time::Duration;

use auction::{Allowed, CallerId, Destination, DialTerms, Kind, Limits, Ranked, Screening};
use bridge::{Attempt, Facts, Next, Policy, Queue};
use lead::{
    AuctionId, BuyerId, CampaignId, Channel, E164, FieldName, Identity, JourneyId, Lead, Money, OfferId, Pii,
    PingId, Profile, Timestamp, Value,
};

pub const NOW: Timestamp = Timestamp::from_secs(1_795_532_400);

pub fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub fn age() -> FieldName {
    FieldName::parse("age").expect("a field name")
}

pub fn bid(id: &str, units: i64) -> Ranked {
    let offer = OfferId::parse(id).expect("an offer's id");
    let auction = AuctionId::of(JourneyId::of_call("AC", "CA"), "hash", 0);
    Ranked {
        kind: Kind::Bid,
        ping: PingId::of(auction, &offer),
        buyer: BuyerId::parse(&format!("buyer-{id}")).expect("a buyer's id"),
        offer,
        bid: None,
        price: Money::from_units(units),
        expires_at: Some(NOW + secs(60)),
        destination: Some(Destination::Phone(E164::parse("+13055550199").expect("a number"))),
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
            caps: Limits::default(),
            duplicate: None,
        },
    }
}

pub fn lead_of(years: i64) -> Lead {
    let mut profile = Profile::new();
    profile.answer(age(), Value::Number(years));
    let phone = E164::parse("+13055550142").ok().map(Pii::new);
    Lead { profile, identity: Identity { phone: phone.clone(), caller: phone, ..Identity::default() } }
}

pub fn facts(channel: Channel) -> Facts {
    Facts {
        journey: JourneyId::of_call("AC", "CA"),
        channel,
        campaign: CampaignId::parse("medicare-fl").expect("a campaign's id"),
        publisher: None,
        shown: lead_of(65).profile,
        best_static: None,
        consent: None,
        consent_rule: bridge::ConsentRule::Nothing,
        test: false,
    }
}

pub fn queue(ranked: Vec<Ranked>) -> Queue {
    Queue::new(facts(Channel::Call), Policy::default(), lead_of(65), ranked)
}

pub fn attempt(next: Next) -> Attempt {
    match next {
        Next::Try(attempt) => *attempt,
        other => panic!("an attempt, not {other:?}"),
    }
}
