//! Calls for pages to show: driven through the real store as the shell drives them.

use std::collections::BTreeMap;

use auction::Outcome;
use bridge::permit::{Requirements, Rule};
use journey::{Callback, Campaign, DialResult, Event, OnMachine, Submitted};
use lead::{
    AuctionId, BuyerId, CampaignId, FieldName, JourneyId, Money, OfferId, Pii, PingId, Profile, Value,
};
use store::{AuctionOffer, AuctionRecord, Store};

use crate::{
    home::Home,
    store_side::crowd,
    store_side::world::{self as store_world, ADA, Call, bid, campaign_id, secs, start},
    world::World,
};

fn offer(name: &str) -> OfferId {
    OfferId::parse(name).expect("a slug")
}

fn buyer(name: &str) -> BuyerId {
    BuyerId::parse(name).expect("a slug")
}

/// What the settings of these calls say.
pub fn business() -> console::Business {
    let zone = jiff::tz::TimeZone::get("America/New_York").expect("a zone");
    let mut business = console::Business { zone, ..console::Business::default() };
    let names = [
        ("a", "Medicare SE, Florida", "Buyer C"),
        ("b", "Medicare national", "Buyer A"),
        ("c", "Florida seniors", "Buyer B"),
        ("d", "Part D only", "Buyer D"),
        ("e", "Medicare SE", "Buyer E"),
        ("f", "Medicare south", "Buyer F"),
        ("g", "Night shift", "Buyer G"),
        ("h", "Homeowners", "Buyer H"),
    ];
    for (id, offer_name, buyer_name) in names {
        business.names.offers.insert(offer(id), offer_name.to_owned());
        business.names.buyers.insert(buyer(&format!("buyer-of-{id}")), buyer_name.to_owned());
    }
    // Those of many calls at once.
    let of_many = [
        "Aetna desk",
        "Beacon Health",
        "Coastal Brokers",
        "Delta Seniors",
        "Everwell",
        "First Choice",
        "Gulf Care",
    ];
    for n in 0..13 {
        let name = of_many.get(n).map_or_else(|| format!("Buyer {n}"), |name| (*name).to_owned());
        for side in 0..2 {
            business.names.offers.insert(
                offer(&format!("offer-{n}-{side}")),
                format!("{name} {}", ["Florida", "national"][side]),
            );
        }
        business.names.buyers.insert(buyer(&format!("buyer-{n}")), name);
    }
    for (n, name) in
        ["Tampa line", "Miami line", "Texas evening", "Ohio seniors", "National"].into_iter().enumerate()
    {
        business
            .campaigns
            .insert(CampaignId::parse(&format!("campaign-{n}")).expect("a slug"), name.to_owned());
    }
    business.numbers.insert(lead::E164::parse("+18005550111").expect("a number"), campaign_id());
    business
        .campaigns
        .insert(CampaignId::parse("medicare-fl").expect("a slug"), "Medicare, Tampa line".to_owned());
    business.publishers.insert(lead::PublisherId::parse("pub-1").expect("a slug"), "Sunline".to_owned());
    business
}

/// A call that six offers were asked for, three bid on, and the best bought.
pub async fn sold(store: &Store) -> JourneyId {
    let world = store_world::World::of(Home::new().await, store.clone());
    let mut call = Call::new(&world, "sold", Some(ADA));
    call.sold(bid("a")).await;
    call.ended(1, DialResult::Completed, true, 192).await;
    let auction = AuctionId::of(call.id, "any", 0);
    let considered =
        |name: &str, outcome: &str, detail: Option<&str>, price: Option<i64>, ms: Option<u64>| AuctionOffer {
            offer: offer(name),
            buyer: buyer(&format!("buyer-of-{name}")),
            ping: ms.map(|_| PingId::of(auction, &offer(name))),
            wait: ms.filter(|ms| *ms > 0).map(std::time::Duration::from_millis),
            outcome: outcome.to_owned(),
            detail: detail.map(str::to_owned),
            price: price.map(Money::from_units),
            reply: ms.filter(|ms| *ms > 0).map(|_| "{\"bid\":85,\"bidId\":\"7f\"}".to_owned()),
            sign: None,
        };
    let mut profile = Profile::new();
    let field = |name: &str| FieldName::parse(name).expect("a name");
    profile.answer(field("age"), Value::Number(65));
    store.keep_auction(AuctionRecord {
        auction,
        journey: call.id,
        campaign: campaign_id(),
        settings_version: 1,
        test: false,
        opened_at: start() + secs(2),
        closed_at: start() + secs(2) + std::time::Duration::from_millis(640),
        profile,
        offers: vec![
            considered("a", "won", None, Some(91), Some(640)),
            considered("b", "outbid", Some("6.00"), Some(85), Some(412)),
            considered("c", "outbid", Some("19.00"), Some(72), Some(275)),
            considered("d", "rejected", Some("1003: no agents"), None, Some(198)),
            considered("e", "malformed", Some("DuplicateField"), None, Some(318)),
            considered("f", Outcome::NotAwaited.code(), None, None, Some(0)),
            considered("g", "out_of_hours", None, None, None),
            considered("h", "filtered", Some("home_owner"), None, None),
        ],
    });
    store_world::kept(&world, call.id, 1).await;
    call.id
}

/// Many calls that have ended, over ten days, and the clock just behind the last of them. Visitors come in after it.
pub async fn many(world: &mut World) -> store_world::World {
    let rows = world.rows();
    crowd::add(&rows, 400, 36 * 60 * 1000, 400).await;
    let gone = crowd::LAST_AT + 300_000_000 - world.now().micros();
    world.wait(std::time::Duration::from_micros(u64::try_from(gone).expect("it lies ahead")));
    rows
}

/// A call whose caller hung up while the second buyer's phone rang.
pub async fn abandoned(store: &Store) -> JourneyId {
    let world = store_world::World::of(Home::new().await, store.clone());
    let mut call = Call::new(&world, "abandoned", Some(store_world::BOB));
    call.auctioned(vec![bid("a"), bid("b")]).await;
    call.dialled(1).await;
    call.ended(1, DialResult::Busy, false, 0).await;
    call.drive(journey::Event::DialTaken { n: 2, by: journey::Taken::Next }).await;
    let at = call.now + secs(5);
    call.drive(journey::Event::CallerHungUp { at }).await;
    call.id
}

/// Three people who asked to be rung: at night, after a try that nobody answered, and one whose phone rings.
pub async fn waiting(store: &Store) -> [JourneyId; 3] {
    let world = store_world::World::of(Home::new().await, store.clone());
    let callback = Callback {
        code: journey::CodeRule::None,
        auction: journey::AuctionAt::Pressed1,
        from: lead::E164::parse("+18005550111").expect("a number"),
        requirements: Requirements::default(),
        ring: secs(25),
        again: vec![secs(3_600)],
        machine: OnMachine::TryAgain,
        gate: vec![],
        stopped: vec![],
    };
    let mut ids = vec![];
    for (n, phone) in [ADA, store_world::BOB, "+18135550177"].into_iter().enumerate() {
        let campaign = Campaign { callback: Some(callback.clone()), ..store_world::campaign() };
        let mut call = Call::of(&world, &format!("wish-{n}"), Some(phone), campaign);
        call.now = call.now + secs(60 * n as u64);
        let form = Submitted {
            campaign: campaign_id(),
            publisher: lead::PublisherId::parse("pub-1").ok(),
            phone: Some(Pii::new(phone.to_owned())),
            profile: Profile::new(),
            fields: BTreeMap::new(),
            consent: None,
            page: None,
            address: None,
            certificate: None,
            asked_too_often: false,
        };
        call.drive(Event::CallbackAsked { form: Box::new(form) }).await;
        let morning = call.now + secs(36_000);
        match n {
            0 => {
                let (rule, until) = (Rule::QuietHours, Some(morning));
                call.drive(Event::LeadForbidden { n: 1, rule, until }).await;
            }
            1 => {
                let leg: journey::LegId = "lead".into();
                call.drive(Event::LeadDialled { n: 1, leg: leg.clone() }).await;
                let (how, at) = (DialResult::Busy, call.now);
                call.drive(Event::LeadLegEnded { n: 1, leg, how, at }).await;
            }
            _ => {}
        }
        ids.push(call.id);
    }
    ids.try_into().expect("three")
}

/// What the simulator took instead of a telephone.
pub fn text_message() -> console::TextMessage {
    console::TextMessage {
        to: "••••••••0142".to_owned(),
        text: "483920 is your code for Seniors Daily. It is good for 10 minutes.".to_owned(),
    }
}

/// The legs of a call that came by SIP.
pub async fn lines(store: &Store, journey: JourneyId) {
    let rung = |at_ms, sent, method: &str, status: Option<u16>| store::LegRung {
        at_ms,
        sent,
        method: method.to_owned(),
        status,
        describes: status.is_none_or(|status| status == 200) && method == "UPDATE",
        times: 1,
    };
    let begun = start();
    let caller = store::LegRecord {
        journey,
        leg: journey::LegId("line-caller".to_owned()),
        attempt: None,
        trunk: Some("acme".to_owned()),
        began_at: begun,
        ended_at: begun + secs(95),
        cause: "hung_up".to_owned(),
        ours: false,
        codec: Some("PCMU".to_owned()),
        heard: store::LegHeard { packets: 4_702, lost: 71, jitter: std::time::Duration::from_micros(9_125) },
        sent: 4_750,
        reported: Some(store::LegHeard { packets: 0, lost: 3, jitter: std::time::Duration::from_millis(2) }),
        rungs: vec![
            rung(0, false, "UPDATE", None),
            rung(1, true, "UPDATE", Some(100)),
            rung(30, true, "UPDATE", Some(200)),
            rung(95_000, false, "BYE", None),
            rung(95_001, true, "BYE", Some(200)),
        ],
        more: 2,
    };
    let buyer = store::LegRecord {
        leg: journey::LegId("line-buyer".to_owned()),
        attempt: Some(1),
        trunk: None,
        began_at: begun + secs(30),
        ours: true,
        reported: None,
        heard: store::LegHeard { lost: 0, ..caller.heard },
        rungs: vec![
            rung(0, true, "UPDATE", None),
            rung(250, false, "UPDATE", Some(180)),
            rung(4_000, false, "UPDATE", Some(200)),
            rung(64_990, true, "BYE", None),
        ],
        more: 0,
        ..caller.clone()
    };
    store.keep_leg(caller);
    store.keep_leg(buyer);
    while store.legs_of(journey).await.expect("they are read").len() < 2 {
        tokio::task::yield_now().await;
    }
}

/// A process that is well.
pub fn vitals() -> console::Vitals {
    let sign = |code, name, says: &str| console::Sign {
        code,
        name,
        state: console::State::Well,
        says: says.to_owned(),
    };
    console::Vitals {
        version: "0.1.0",
        since: lead::Timestamp::from_secs(1_789_990_000),
        signs: vec![
            sign("calls", "Calls", "New calls are taken; 12 journeys are in its memory"),
            sign("database", "Database", "It is read and written; both took 2 ms"),
            sign("disk", "Disk", "48 GB are free; the database's log has 4 MB"),
        ],
        findings: vec![],
        trunks: None,
    }
}

/// A trunk that answers.
pub fn trunk(name: &str) -> console::Trunk {
    console::Trunk {
        name: name.to_owned(),
        sources: vec!["192.0.2.0/24".to_owned()],
        challenges: false,
        proxy: Some("192.0.2.1:5060".to_owned()),
        transport: "udp",
        asserts: true,
        calls: 3,
        calls_max: 100,
        answers: Some((true, lead::Timestamp::from_secs(1_789_990_000))),
        failed: 0,
        last: None,
    }
}
