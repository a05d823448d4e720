//! People who asked to be rung, from their wish to the sale: through the real rules, the carrier's REST side and its
//! callbacks.

use std::collections::BTreeMap;

use bridge::permit::Rule;
use journey::{Ended, Unreached};
use lead::{
    Channel, Consent, Covers, E164, FieldName, Identity, JourneyId, Lead, Pii, Profile, PublisherId,
    Timestamp, Value, geo::Zip,
};
use sandbox::{
    Answer, Caller, Line,
    medicare::{self, CALLER, CAMPAIGN_NUMBER, Name},
};
use server::intake::{self, Standing, Submission};
use store::{CallbackCounts, CallbackFilter, RowFilter};

use crate::{
    play::posts,
    world::{World, until},
};

/// A Monday, 14:00 in Florida and 11:00 in California.
pub const DAY: Timestamp = Timestamp::from_secs(1_795_460_400);
/// The same day, 22:30 in Florida.
const NIGHT: Timestamp = Timestamp::from_secs(1_795_491_000);

/// A world whose time of day is this, and where the person's telephone behaves so.
async fn world(now: Timestamp, person: Line) -> World {
    let world = World::with(|plan| plan.now = Some(now)).await;
    world.medicare.carrier.line(CALLER, person);
    world
}

/// Somebody who presses 1 and answers what is still asked.
pub fn keen() -> Line {
    Line::person(medicare::caller())
}

pub fn does(answer: Answer) -> Line {
    Line::person(Caller::by_prompt([("Press 1", answer)]))
}

/// The wish of the example's person.
pub fn wish(world: &World, key: &str) -> Submission {
    let now = world.server().clock.now();
    let mut profile = Profile::new();
    profile.answer(FieldName::zip(), Value::Zip(Zip::parse("33109").expect("a zip that exists")));
    let first_name = FieldName::parse("first_name").expect("a field's name");
    let identity = Identity {
        phone: E164::parse(CALLER).ok().map(Pii::new),
        fields: BTreeMap::from([(first_name, Pii::new("Ada".to_owned()))]),
        ..Identity::default()
    };
    let consent = Consent {
        text_version: "widget-2026-01".to_owned(),
        given_at: now,
        covers: [Covers::Calls, Covers::AutomatedVoice].into(),
        sellers: vec!["Seniors Daily".to_owned()],
        recording: None,
    };
    let campaign = world.server().book.latest().settings.campaigns().next().expect("a campaign").id.clone();
    Submission {
        publisher: PublisherId::parse("seniors-daily").expect("a slug"),
        idempotency_key: key.to_owned(),
        body_hash: "5e1f".to_owned(),
        campaign,
        channel: Channel::Callback,
        lead: Lead { profile, identity },
        consent: Some(consent),
        asked_too_often: false,
    }
}

/// Asks to be rung.
pub async fn ask(world: &World, wish: Submission) -> JourneyId {
    intake::take(world.server(), wish).await.expect("it is taken in")
}

pub async fn stands(world: &World, journey: JourneyId) -> Standing {
    let standing = intake::standing(world.server(), journey).await;
    standing.expect("it can be read").expect("it is there")
}

/// How it ended.
pub async fn ended(world: &World, journey: JourneyId) -> Ended {
    until("the end of the wish", async || stands(world, journey).await.ended).await
}

/// How often the person's phone was rung.
pub fn rung(world: &World) -> usize {
    let records = world.medicare.carrier.records();
    records.iter().filter(|record| record.to == CALLER).count()
}

async fn suppressed(world: &World) -> bool {
    let number = Pii::new(E164::parse(CALLER).expect("a number"));
    world.store().suppressed(&number).await.expect("the list can be read").is_some()
}

#[tokio::test]
async fn who_presses_1_is_sold_to_c_at_91_like_the_caller_of_the_example() {
    let world = world(DAY, keen()).await;
    let journey = ask(&world, wish(&world, "k1")).await;
    assert_eq!(ended(&world, journey).await, Ended::Sold);
    world.posts_settled(Some(journey)).await;
    assert_eq!((rung(&world), posts(&world)), (1, [0, 0, 1, 0, 0, 0]));
    let body: serde_json::Value =
        serde_json::from_slice(&world.medicare.buyer(Name::C).posts()[0].body).expect("JSON");
    assert_eq!((&body["channel"], &body["price"]), (&"callback".into(), &"91.00".into()));
    assert_eq!(body["lead"], serde_json::json!({"firstName": "Ada", "phone": CALLER}));
    assert_eq!(body["consent"]["textVersion"], "widget-2026-01");
    let records = world.medicare.carrier.records();
    let record = records.iter().find(|record| record.to == CALLER).expect("the call");
    assert_eq!(record.from, CAMPAIGN_NUMBER, "the brand's number shows on the phone");
    let first = record.transcript();
    assert!(first.contains("this is Seniors Daily") && first.contains("Press 9"), "{first}");
    assert!(!first.contains("zip code"), "what the form says is not asked");
    let row = world.store().journey_rows(RowFilter::default()).await.expect("rows can be listed").remove(0);
    assert_eq!((row.channel.as_str(), row.outcome.as_str()), ("callback", "sold"));
    world.finish().await;
}

#[tokio::test]
async fn at_night_the_first_legal_minute_is_waited_for_through_a_restart() {
    let world = world(NIGHT, keen()).await;
    let journey = ask(&world, wish(&world, "k1")).await;
    let due_at = until("the wait for the morning", async || stands(&world, journey).await.due_at).await;
    // 8:00 in Florida on the next day.
    assert_eq!(due_at, Timestamp::from_secs(1_795_525_200));
    assert_eq!(rung(&world), 0);
    let world = world.restart_at(Some(due_at)).await;
    assert_eq!(ended(&world, journey).await, Ended::Sold);
    assert_eq!(rung(&world), 1);
    world.finish().await;
}

#[tokio::test]
async fn key_9_stops_it_at_once_and_nobody_is_rung_again() {
    let world = world(DAY, does(Answer::press("9"))).await;
    let journey = ask(&world, wish(&world, "k1")).await;
    assert_eq!(ended(&world, journey).await, Ended::OptedOut);
    assert!(suppressed(&world).await);
    let again = ask(&world, wish(&world, "k2")).await;
    assert_eq!(ended(&world, again).await, Ended::NotDialled(Rule::Suppressed));
    assert_eq!((rung(&world), posts(&world)), (1, [0; 6]));
    world.finish().await;
}

#[tokio::test]
async fn a_spoken_stop_is_as_good_as_key_9() {
    let world = world(DAY, does(Answer::speak("please stop calling me", "0.93"))).await;
    let journey = ask(&world, wish(&world, "k1")).await;
    assert_eq!(ended(&world, journey).await, Ended::OptedOut);
    assert!(suppressed(&world).await);
    world.finish().await;
}

#[tokio::test]
async fn nobody_is_sold_who_does_not_press_1() {
    for person in [does(Answer::press("5")), does(Answer::silence()), does(Answer::speak("yes", "0.9"))] {
        let world = world(DAY, person).await;
        let journey = ask(&world, wish(&world, "k1")).await;
        assert_eq!(ended(&world, journey).await, Ended::NotReached(Unreached::NotConfirmed));
        let pinged: usize = world.medicare.buyers.iter().map(|buyer| buyer.pings().len()).sum();
        assert_eq!((rung(&world), pinged), (1, 0), "no buyer hears of who did not go on");
        world.finish().await;
    }
}

#[tokio::test]
async fn whoever_is_busy_is_rung_again_by_the_plan() {
    let world = World::with(|plan| {
        plan.now = Some(DAY);
        plan.draft.callback("retry = ['1m']");
    })
    .await;
    world.medicare.carrier.line(CALLER, Line::busy());
    let journey = ask(&world, wish(&world, "k1")).await;
    let due_at = until("the wait for the next try", async || stands(&world, journey).await.due_at).await;
    world.medicare.carrier.line(CALLER, keen());
    let world = world.restart_at(Some(due_at)).await;
    assert_eq!(ended(&world, journey).await, Ended::Sold);
    assert_eq!(rung(&world), 2);
    world.finish().await;
}

#[tokio::test]
async fn a_machine_hears_nothing() {
    let world = World::with(|plan| {
        plan.now = Some(DAY);
        plan.draft.callback("machine = 'hang_up'");
    })
    .await;
    world.medicare.carrier.line(CALLER, Line::machine());
    let journey = ask(&world, wish(&world, "k1")).await;
    assert_eq!(ended(&world, journey).await, Ended::NotReached(Unreached::NoAnswer));
    let record = world.medicare.carrier.records().into_iter().find(|record| record.to == CALLER);
    assert!(!record.expect("the call").transcript().contains("Seniors Daily"));
    world.finish().await;
}

#[tokio::test]
async fn what_the_law_forbids_is_named_and_nobody_is_rung() {
    let number = |text: &str| E164::parse(text).ok().map(Pii::new);
    for (rule, change) in [
        (Rule::NoConsent, (|it: &mut Submission| it.consent = None) as fn(&mut Submission)),
        (Rule::ConsentScope, |it| {
            let consent = it.consent.as_mut().expect("a consent");
            consent.covers = [Covers::Calls].into();
        }),
        (Rule::ConsentScope, |it| it.consent.as_mut().expect("a consent").sellers.clear()),
        (Rule::TooManyDials, |it| it.asked_too_often = true),
    ] {
        let world = world(DAY, keen()).await;
        let mut wish = wish(&world, "k1");
        change(&mut wish);
        let journey = ask(&world, wish).await;
        assert_eq!(ended(&world, journey).await, Ended::NotDialled(rule));
        assert_eq!(rung(&world), 0);
        world.finish().await;
    }
    for (rule, phone) in [
        (Rule::Premium, "+19005550142"),
        (Rule::OwnNumber, CAMPAIGN_NUMBER),
        (Rule::BuyerNumber, medicare::BUYER_NUMBERS[2]),
        (Rule::Abroad, "+18765550142"),
    ] {
        let world = world(DAY, keen()).await;
        let mut wish = wish(&world, "k1");
        wish.lead.identity.phone = number(phone);
        let journey = ask(&world, wish).await;
        let ended = ended(&world, journey).await;
        // A toll-free number of ours is refused by its kind first.
        let expected = if phone == CAMPAIGN_NUMBER { Rule::NotDialable } else { rule };
        assert_eq!(ended, Ended::NotDialled(expected), "{phone}");
        assert_eq!(world.medicare.carrier.records().len(), 0);
        world.finish().await;
    }
}

#[tokio::test]
async fn who_hangs_up_on_hold_is_a_caller_who_hung_up_and_nobody_gets_the_lead() {
    let person = Caller::by_prompt([("Press 1", Answer::press("1")), ("age", Answer::press("65"))])
        .hanging_up(sandbox::HangUp::DuringHold);
    let world = World::with(|plan| {
        plan.now = Some(DAY);
        plan.silent_f = true;
    })
    .await;
    world.medicare.carrier.line(CALLER, Line::person(person));
    let journey = ask(&world, wish(&world, "k1")).await;
    let ended = ended(&world, journey).await;
    assert!(matches!(ended, Ended::Abandoned(_)), "{ended:?}");
    assert_eq!(posts(&world), [0; 6]);
    world.finish().await;
}

#[tokio::test]
async fn the_same_wish_five_times_at_once_rings_once() {
    let world = world(DAY, keen()).await;
    let one = || ask(&world, wish(&world, "same"));
    let (a, b, c, d, e) = tokio::join!(one(), one(), one(), one(), one());
    assert!([b, c, d, e].iter().all(|it| *it == a));
    assert_eq!(ended(&world, a).await, Ended::Sold);
    assert_eq!((rung(&world), posts(&world)), (1, [0, 0, 1, 0, 0, 0]));
    world.finish().await;
}

#[tokio::test]
async fn what_is_cancelled_is_never_rung_and_stays_so_through_a_restart() {
    let world = world(NIGHT, keen()).await;
    let journey = ask(&world, wish(&world, "k1")).await;
    let due_at = until("the wait for the morning", async || stands(&world, journey).await.due_at).await;
    let list =
        async |world: &World| world.store().callbacks(&CallbackFilter::default()).await.expect("it reads");
    let waiting = list(&world).await;
    assert_eq!((waiting.len(), waiting[0].journey, waiting[0].due_at), (1, journey, Some(due_at)));
    assert_eq!(waiting[0].held_by, Some(Rule::QuietHours));
    assert!(intake::cancel(world.server(), journey).await.expect("it is committed"));
    assert!(intake::cancel(world.server(), journey).await.expect("it is read"), "a repeat changes nothing");
    assert_eq!(list(&world).await, []);
    let world = world.restart_at(Some(due_at)).await;
    assert_eq!(ended(&world, journey).await, Ended::Cancelled);
    // The same form once more is the same wish.
    assert_eq!(ask(&world, wish(&world, "k1")).await, journey);
    assert_eq!((rung(&world), posts(&world)), (0, [0; 6]));
    let row = world.store().journey_rows(RowFilter::default()).await.expect("rows can be listed").remove(0);
    assert_eq!(row.outcome, "cancelled");
    world.finish().await;
}

#[tokio::test]
async fn a_call_that_goes_on_is_no_callback_that_waits() {
    let world = world(DAY, keen()).await;
    let journey = ask(&world, wish(&world, "k1")).await;
    assert_eq!(ended(&world, journey).await, Ended::Sold);
    assert!(!intake::cancel(world.server(), journey).await.expect("it is read"));
    assert_eq!(world.store().callback_counts().await.expect("it reads"), CallbackCounts::default());
    world.posts_settled(Some(journey)).await;
    world.finish().await;
}

#[tokio::test]
async fn who_is_erased_while_they_wait_is_not_called_any_more() {
    let world = world(NIGHT, keen()).await;
    let journey = ask(&world, wish(&world, "k1")).await;
    until("the wait for the morning", async || stands(&world, journey).await.due_at).await;
    let number = Pii::new(E164::parse(CALLER).expect("a number"));
    let now = world.server().clock.now();
    let erased = world.store().erase(now, &store::Whose::Caller(number)).await.expect("it is written");
    assert!(matches!(erased, store::Erased::Now(_)), "{erased:?}");
    until("its end, and that it is forgotten", async || {
        let gone = world.store().load_durable(journey).await.ok()??.erased;
        (gone && world.store().callbacks(&CallbackFilter::default()).await.ok()?.is_empty()).then_some(())
    })
    .await;
    let row = world.store().journey_rows(RowFilter::default()).await.expect("rows can be listed").remove(0);
    assert_eq!((row.outcome.as_str(), rung(&world)), ("cancelled", 0));
    world.finish().await;
}
