//! Whom an offer would have been asked for: judged by what the last auctions showed, and by nothing of a person.

use std::sync::Arc;

use auction::Offer;
use buyer::exchange::ExchangePolicy;
use lead::{AuctionId, CampaignId, FieldName, OfferId, Profile, Value};
use settings::{Settings, Surroundings};
use store::{AuctionRecord, Whose};

use crate::world::{ADA, BOB, Call, World, bid, campaign_id, kept, number, secs, start};

/// An offer that says so of whom it wants.
fn offer(says: &str) -> Arc<Offer> {
    let text = format!(
        "[[buyer]]\nid = \"b\"\n[[offer]]\nid = \"o\"\nbuyer = \"b\"\nvertical = \"medicare\"\n\
        ping_url = \"https://b.example/ping\"\npost_url = \"https://b.example/post\"\n\
        destination = \"+18005550100\"\n{says}\n"
    );
    let surroundings = Surroundings { policy: ExchangePolicy::default(), credential: &|_| None };
    let settings = Settings::parse(&text, "the test", &surroundings).expect("they hold together");
    settings.offer(&OfferId::parse("o").expect("a slug")).expect("it is there")
}

/// A call with an auction that showed an age.
async fn asked(world: &World, caller: Option<&str>, age: i64) {
    let mut call = Call::new(world, &format!("aged {age}"), caller);
    call.sold(bid("a")).await;
    let mut profile = Profile::new();
    profile.answer(FieldName::parse("age").expect("a name"), Value::Number(age));
    world.store.keep_auction(AuctionRecord {
        auction: AuctionId::of(call.id, "any", 0),
        journey: call.id,
        campaign: campaign_id(),
        settings_version: 1,
        test: false,
        opened_at: start() + secs(u64::try_from(age).expect("an age")),
        closed_at: start() + secs(200),
        profile,
        offers: vec![],
    });
    kept(world, call.id, 1).await;
}

#[tokio::test]
async fn the_last_auctions_are_judged_by_what_an_offer_says() {
    let world = World::new().await;
    for (caller, age) in [(Some(ADA), 40), (Some(BOB), 65), (None, 70)] {
        asked(&world, caller, age).await;
    }
    let look = async |offer: Arc<Offer>, campaign: CampaignId| {
        world.store.preview(&offer, vec![campaign]).await.expect("it reads")
    };
    let all = look(offer(""), campaign_id()).await;
    assert_eq!((all.of, all.asked, all.since), (3, 3, Some(start() + secs(40))));
    let picky = offer("caller_id_required = true\nfilters = { age = { between = [60, 99] } }");
    let some = look(Arc::clone(&picky), campaign_id()).await;
    let why: Vec<_> = some.not.iter().map(|(reason, times)| (&*reason.code, *times)).collect();
    assert_eq!((some.of, some.asked, why.len()), (3, 1, 2));
    assert!(why.contains(&("filtered", 1)) && why.contains(&("missing_field", 1)), "{why:?}");
    let other = CampaignId::parse("another").expect("a slug");
    assert_eq!(look(Arc::clone(&picky), other).await.of, 0);
    // Who was erased is not judged any more.
    let whose = Whose::Caller(number(BOB));
    world.store.erase(start() + secs(300), &whose).await.expect("it is written");
    let after = look(picky, campaign_id()).await;
    assert_eq!((after.of, after.asked), (2, 0));
}
