//! Who sees what of the caller.

use sandbox::{
    Answer, Buyer, BuyerSpec, Caller, Line,
    buyers::{Bid, ExpectedAuth, Signature},
    carrier::{HangUp, Then},
    medicare,
    medicare::Name,
};

use crate::{
    play::{bid, posts},
    world::World,
};

#[tokio::test]
async fn a_withheld_number_is_sold_to_who_does_not_need_one() {
    let world = World::with(|plan| plan.draft.offer(Name::C, "caller_id_required = true")).await;
    let told = world.told(world.call_from(None, medicare::caller())).await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.outcome_of(Name::C), "missing_field");
    let post = world.medicare.buyer(Name::A).posted(1).await[0].json();
    assert!(post["lead"].get("phone").is_none(), "{post}");
    assert!(world.medicare.buyer(Name::A).pings()[0].json().get("areaCode").is_none());
    world.finish().await;
}

#[tokio::test]
async fn a_buyer_sees_the_callers_number_on_its_phone_where_its_offer_says_so() {
    let mut world = World::with(|plan| plan.draft.offer(Name::C, "caller_id = 'pass'")).await;
    world.medicare.line(Name::C, Line::busy());
    world.allowed.may_see = vec![Name::C];
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    let shown: Vec<_> = told.record.dials.iter().map(|dial| &*dial.caller_id).collect();
    assert_eq!(shown, [medicare::CALLER, medicare::CAMPAIGN_NUMBER]);
    world.finish().await;
}

#[tokio::test]
async fn a_withheld_number_is_passed_to_nobody() {
    let world = World::with(|plan| plan.draft.offers("caller_id = 'pass'")).await;
    let told = world.told(world.call_from(None, medicare::caller())).await;
    told.sold(Name::C, "91.00");
    assert_eq!(told.record.dials[0].caller_id, medicare::CAMPAIGN_NUMBER);
    world.finish().await;
}

#[tokio::test]
async fn one_offers_pings_carry_the_number() {
    let mut world = World::with(|plan| plan.draft.offer(Name::B, "phone_in_ping = true")).await;
    world.allowed.may_see = vec![Name::B];
    world.play().await.sold(Name::C, "91.00");
    let phones: Vec<_> =
        world.medicare.buyers.iter().map(|buyer| buyer.pings()[0].json().get("phone").cloned()).collect();
    assert_eq!(phones, [None, Some(medicare::CALLER.into()), None, None, None, None]);
    world.finish().await;
}

#[tokio::test]
async fn a_ping_may_show_three_digits_of_the_zip() {
    let world = World::with(|plan| plan.draft.offer(Name::C, "zip_digits = 3")).await;
    world.play().await.sold(Name::C, "91.00");
    assert_eq!(world.medicare.buyer(Name::C).pings()[0].json()["zip"], "331");
    assert_eq!(world.medicare.buyer(Name::A).pings()[0].json()["zip"], "33109");
    let post = world.medicare.buyer(Name::C).posted(1).await[0].json();
    assert_eq!(post["profile"]["zip"], "33109", "the winner gets the whole lead");
    world.finish().await;
}

/// The example's caller, who says a name.
fn dolores() -> Caller {
    Caller::by_prompt([
        ("zip", Answer::press(medicare::ZIP)),
        ("how old", Answer::press(medicare::AGE)),
        ("first name", Answer::speak("Dolores", "0.93")),
        ("press 1", Answer::press("1")),
    ])
}

#[tokio::test]
async fn a_name_goes_to_the_winner_alone() {
    let world = World::with(|plan| {
        plan.draft.asks(
            "field = 'first_name'\naudience = 'winner'\nask = 'What is your first name?'\ncheck = 'name'",
        );
    })
    .await;
    world.play_by(dolores()).await.sold(Name::C, "91.00");
    let post = world.medicare.buyer(Name::C).posted(1).await[0].json();
    assert_eq!(post["lead"]["firstName"], "Dolores");
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn a_name_is_lost_with_a_caller_who_hangs_up() {
    let world = World::with(|plan| {
        plan.draft.asks(
            "field = 'first_name'\naudience = 'winner'\nask = 'What is your first name?'\ncheck = 'name'",
        );
    })
    .await;
    world.medicare.line(Name::C, Line::then(Then::NoAnswer));
    let told = world.play_by(dolores().hanging_up(HangUp::WhileRinging)).await;
    told.unsold("abandoned_ring");
    assert_eq!(posts(&world), [0; 6]);
    world.finish().await;
}

/// A buyer that wants to know who asks, in the place of C.
async fn guarded(auth: ExpectedAuth, signing_secret: Option<&str>, keys: &str) -> (World, Buyer) {
    let bids = sandbox::Behaviour::Bid(bid(Name::C, "91"));
    let spec = BuyerSpec {
        auth,
        signing_secret: signing_secret.map(str::to_owned),
        ..BuyerSpec::new("Buyer C", bids)
    };
    let buyer = Buyer::start(spec).await;
    let urls = format!("ping_url = '{}'\npost_url = '{}'\n{keys}", buyer.ping_url(), buyer.post_url());
    let world = World::with(|plan| plan.draft.offer(Name::C, &urls)).await;
    (world, buyer)
}

#[tokio::test]
async fn requests_prove_who_we_are() {
    let key = ExpectedAuth::Header { name: "x-api-key".to_owned(), value: "key-of-c".to_owned() };
    for (auth, keys) in [
        (
            ExpectedAuth::Bearer("token-of-c".to_owned()),
            "auth = { bearer = 'token-of-c' }\nheaders = { 'X-Source' = 'flows' }",
        ),
        (key, "auth = { header = 'X-Api-Key', key = 'key-of-c' }"),
    ] {
        let (world, buyer) = guarded(auth, None, keys).await;
        world.play().await.sold(Name::C, "91.00");
        let requests = [buyer.pings(), buyer.posted(1).await].concat();
        assert!(requests.iter().all(|request| request.authorised), "{keys}");
        let others = world.medicare.buyers.iter().flat_map(|buyer| buyer.requests());
        assert!(others.into_iter().all(|request| request.header("authorization").is_none()));
        world.finish().await;
    }
}

#[tokio::test]
async fn requests_are_signed_where_there_is_a_secret() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let keys = format!("signing_secrets = ['{secret}']");
    let (world, buyer) = guarded(ExpectedAuth::None, Some(secret), &keys).await;
    world.play().await.sold(Name::C, "91.00");
    let requests = [buyer.pings(), buyer.posted(1).await].concat();
    assert!(requests.iter().all(|request| request.signature == Signature::Valid));
    world.finish().await;
}

#[tokio::test]
async fn a_buyer_that_does_not_know_us_does_not_buy() {
    let (world, buyer) = guarded(ExpectedAuth::Bearer("another".to_owned()), None, "").await;
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.outcome_of(Name::C), "bad_status");
    assert_eq!(Bid::new("91").amount, "91");
    assert!(buyer.posts().is_empty());
    world.finish().await;
}
