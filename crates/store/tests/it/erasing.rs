//! Erasing a person: everywhere, in the file's bytes too, and without harm to the money or to a call under way.

use auction::{CallerId, Confirm, Counts, DuplicateScope, NoBid, Outcome, Trigger};
use journey::{DialResult, Event};
use lead::{AuctionId, FieldName, JourneyId, OfferId, Profile, Value};
use store::{
    Asked, AtCarrier, AuctionOffer, AuctionRecord, Delivery, Erased, Found, How, PostFilter, PostResult,
    PostState, Replay, Replayed, SaleState, Scrubbed, Settled, Sure, Whose,
};

use crate::{
    sealing::{NAME, holds, pii, read, told_a_name},
    world::{ADA, BOB, Call, Step, World, bid, campaign_id, capped, kept, number, secs, start, windowed},
};

fn ada() -> Whose {
    Whose::Caller(number(ADA))
}

async fn erased(world: &World, call: &Call, whose: &Whose) -> Vec<JourneyId> {
    match world.store.erase(call.now, whose).await.expect("it is erased") {
        Erased::Now(forgotten) => forgotten.journeys,
        other => panic!("it was there: {other:?}"),
    }
}

/// A call that was sold and is over.
async fn over(world: &World, name: &str, caller: &str) -> Call {
    let mut call = Call::new(world, name, Some(caller));
    call.sold(bid("a")).await;
    call.ended(1, DialResult::Completed, true, 90).await;
    call
}

fn one(reference: &str) -> AtCarrier {
    AtCarrier::One(reference.into())
}

/// Whatever was recorded of a call.
fn all() -> AtCarrier {
    AtCarrier::AllOf("caller".into())
}

async fn post(world: &World, call: &Call) -> store::Post {
    let filter = PostFilter { journey: Some(call.id), ..PostFilter::default() };
    world.store.posts(filter).await.expect("it lists").pop().expect("there is one")
}

fn asked(owner: &str) -> Asked {
    Asked { owner: owner.into(), lease: secs(9), in_flight_max: 9, per_buyer_max: 9 }
}

#[tokio::test]
async fn neither_the_data_key_nor_the_callers_hash_lies_in_the_file_any_more() {
    let world = World::new().await;
    let mut call = told_a_name(&world).await;
    call.ended(1, DialResult::Completed, true, 90).await;
    let key = world.blob("SELECT wrapped_key FROM journeys").await;
    let caller = world.blob("SELECT caller FROM journeys").await;
    let in_file = async |bytes: &[u8]| world.bytes().await.windows(bytes.len()).any(|part| part == bytes);
    assert!(in_file(&key).await && in_file(&caller).await, "the search finds what is there");
    assert_eq!(erased(&world, &call, &Whose::Journey(call.id)).await, [call.id]);
    assert_eq!(read(&world, &call).await, (pii("[erased]"), pii("[erased]")));
    // What calls in flight are recognised by goes when none of them can be there any more.
    let later = call.now + store::ERASING_FOR;
    world.store.forget_callers(later).await.expect("they are forgotten");
    assert_eq!(world.store.scrub().await.expect("it is scrubbed"), Scrubbed::Clean);
    assert!(!in_file(&key).await, "the wrapped key is in the file");
    assert!(!in_file(&caller).await, "the caller's hash is in the file");
    world.store.close().await;
    assert!(!in_file(&key).await && !in_file(&caller).await);
}

#[tokio::test]
async fn all_of_the_same_caller_goes_and_nothing_of_anybody_else() {
    let world = World::new().await;
    let first = over(&world, "1", ADA).await;
    let second = over(&world, "2", ADA).await;
    let other = over(&world, "3", BOB).await;
    let withheld = {
        let mut call = Call::new(&world, "4", None);
        call.sold(bid("a")).await;
        call
    };
    let held = world.store.held(&ada()).await.expect("it reads");
    assert!(matches!(&held, Found::Held(journeys) if journeys.len() == 2), "{held:?}");
    let sale = Whose::Sale(first.sale(1));
    assert_eq!(erased(&world, &second, &sale).await.len(), 2);
    for call in [&first, &second] {
        assert_eq!(read(&world, call).await.0, pii("[erased]"));
        assert!(world.store.load_durable(call.id).await.expect("it reads").expect("it stays").erased);
    }
    assert_eq!(read(&world, &other).await.0, pii(BOB));
    assert!(world.store.past_sale(&number(ADA), &campaign_id(), start()).await.expect("it reads").is_none());
    assert!(world.store.past_sale(&number(BOB), &campaign_id(), start()).await.expect("it reads").is_some());
    assert_eq!(world.int("SELECT COUNT(*) FROM contacts").await, 3);
    assert_eq!(erased(&world, &withheld, &Whose::Journey(withheld.id)).await, [withheld.id]);
}

#[tokio::test]
async fn twice_is_told_and_who_is_not_there_is_told() {
    let world = World::new().await;
    let call = over(&world, "1", ADA).await;
    assert_eq!(
        world.store.erase(call.now, &Whose::Caller(number(BOB))).await.expect("judged"),
        Erased::Nothing
    );
    assert_eq!(
        world.store.erase(call.now, &Whose::Caller(number(BOB))).await.expect("judged"),
        Erased::Nothing
    );
    let unknown = Whose::Journey(JourneyId::of_call("AC", "nobody"));
    assert_eq!(world.store.erase(call.now, &unknown).await.expect("judged"), Erased::Nothing);
    erased(&world, &call, &ada()).await;
    for whose in [ada(), Whose::Journey(call.id), Whose::Sale(call.sale(1))] {
        let again = world.store.erase(call.now + secs(60), &whose).await.expect("judged");
        let Erased::Before(before) = again else { panic!("{again:?}") };
        assert_eq!((before.asked_at, before.journeys), (call.now, vec![call.id]));
        assert!(matches!(world.store.held(&whose).await.expect("it reads"), Found::Erased(_)));
    }
    // Once calls in flight need not be recognised any more, nothing of the number is left to know it by.
    world.store.forget_callers(call.now + secs(60) + store::ERASING_FOR).await.expect("forgotten");
    assert_eq!(world.store.held(&ada()).await.expect("it reads"), Found::Nothing);
    assert!(matches!(world.store.held(&Whose::Journey(call.id)).await.expect("it reads"), Found::Erased(_)));
    assert_eq!(world.int("SELECT COUNT(*) FROM erasures").await, 3);
}

#[tokio::test]
async fn the_money_and_the_counts_stay_and_the_window_forgets() {
    let world = World::new().await;
    let offer = || windowed(capped(bid("a"), Counts::Answered, 2), DuplicateScope::Offer, Trigger::Answered);
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(offer()).await;
    call.ended(1, DialResult::Completed, true, 90).await;
    let sale = world.store.sale_with_entries(call.sale(1)).await.expect("it reads");
    let rows = world.store.journey_rows(store::RowFilter::default()).await.expect("they read");
    erased(&world, &call, &ada()).await;
    let (mut after, entries) =
        world.store.sale_with_entries(call.sale(1)).await.expect("it reads").expect("it stays");
    let (before, entries_before) = sale.expect("it was there");
    after.ranked.terms.whisper.clone_from(&before.ranked.terms.whisper);
    // Its post was not sent yet; now it never is.
    let pending = std::mem::replace(&mut after.delivery, before.delivery);
    assert_eq!((pending, before.delivery), (Delivery::Cancelled, Delivery::PostedPendingDelivery));
    assert_eq!((&after, &entries), (&before, &entries_before));
    assert_eq!(after.state, SaleState::Earned);
    let mut kept = world.store.journey_rows(store::RowFilter::default()).await.expect("they read");
    for (kept, row) in kept.iter_mut().zip(&rows) {
        let sold = kept.sold.as_mut().zip(row.sold.as_ref());
        sold.into_iter().for_each(|(kept, row)| kept.delivery = row.delivery);
    }
    assert_eq!(kept, rows);
    // The cap of two still counts the first; who calls again is somebody new, and then the cap is full.
    let mut again = Call::new(&world, "2", Some(ADA));
    again.now = call.now;
    again.sold(offer()).await;
    again.ended(1, DialResult::Completed, true, 90).await;
    let mut third = Call::new(&world, "3", Some(BOB));
    third.auctioned(vec![offer()]).await;
    assert_eq!(third.phase(), "over");
    assert_eq!(world.int("SELECT used FROM counters").await, 2);
}

#[tokio::test]
async fn a_call_under_way_goes_on_to_its_end_and_tells_nobody() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.auctioned(vec![windowed(bid("a"), DuplicateScope::Offer, Trigger::Answered)]).await;
    erased(&world, &call, &ada()).await;
    assert_eq!(world.store.facts(&[call.id]).await.expect("it reads").under_way, [call.id]);
    assert_eq!(read(&world, &call).await.0, pii(ADA), "its fold needs its answers");
    assert_eq!(world.store.forget_ended(call.now).await.expect("judged"), []);
    call.dialled(1).await;
    assert_eq!(call.accepted(1).await, Step::Durable);
    let post = post(&world, &call).await;
    assert_eq!((post.state, post.last_error.as_deref()), (PostState::Cancelled, Some("erased")));
    assert!(world.store.claim_posts(call.now, asked("w")).await.expect("it reads").is_empty());
    for table in
        ["SELECT COUNT(*) FROM contacts", "SELECT COUNT(*) FROM reservations WHERE caller IS NOT NULL"]
    {
        assert_eq!(world.int(table).await, 0, "{table}");
    }
    call.ended(1, DialResult::Completed, true, 90).await;
    assert_eq!(world.store.forget_ended(call.now).await.expect("it is forgotten"), [call.id]);
    assert_eq!(world.store.erased_since(call.now).await.expect("it reads"), [call.id]);
    assert_eq!(read(&world, &call).await.0, pii("[erased]"));
    let (sale, _) = world.store.sale_with_entries(call.sale(1)).await.expect("it reads").expect("it stays");
    assert_eq!(sale.state, SaleState::Earned);
}

#[tokio::test]
async fn a_call_that_is_only_in_flight_is_forgotten_when_it_has_ended() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    let arrived = call.arrived();
    assert_eq!(call.drive(arrived).await, Step::Light);
    assert_eq!(world.store.erase(call.now, &ada()).await.expect("judged"), Erased::Nothing);
    let auction = AuctionId::of(call.id, "any", 0);
    call.drive(Event::AuctionOpened { auction, seed: auction::Seed(7) }).await;
    call.drive(Event::CallerHungUp { at: call.now }).await;
    assert_eq!(call.phase(), "over");
    assert_eq!(world.int("SELECT COUNT(*) FROM journeys WHERE caller IS NOT NULL").await, 0);
    assert_eq!(world.store.forget_ended(call.now).await.expect("it is forgotten"), [call.id]);
    assert_eq!(read(&world, &call).await.0, pii("[erased]"));
    let mut later = Call::new(&world, "2", Some(ADA));
    later.now = call.now + secs(60);
    later.sold(bid("a")).await;
    assert_eq!(read(&world, &later).await.0, pii(ADA), "who calls afterwards is not erased");
    assert!(
        matches!(world.store.held(&ada()).await.expect("it reads"), Found::Held(held) if held == [later.id])
    );
}

#[tokio::test]
async fn a_post_that_is_not_delivered_is_cancelled_and_one_under_way_is_the_last() {
    let world = World::new().await;
    let due = over(&world, "1", ADA).await;
    erased(&world, &due, &ada()).await;
    assert_eq!(post(&world, &due).await.state, PostState::Cancelled);
    let facts = world.store.facts(&[due.id]).await.expect("it reads");
    assert_eq!((facts.cancelled.len(), facts.told.len()), (1, 0), "{facts:?}");
    // Claimed: the buyer may have it.
    let claimed = over(&world, "2", BOB).await;
    let claim = world.store.claim_posts(claimed.now, asked("w")).await.expect("it reads").pop().expect("one");
    erased(&world, &claimed, &Whose::Caller(number(BOB))).await;
    let facts = world.store.facts(&[claimed.id]).await.expect("it reads");
    assert_eq!(facts.told.len(), 1);
    assert_eq!((facts.told[0].how, facts.told[0].sure), (How::Post, Sure::Possible));
    let (due_at, probe_at, quiet_until) = (claimed.now, claimed.now, claimed.now);
    let error = "try_again".into();
    let retry = PostResult::Retry { due_at, probe_at, quiet_until, status: Some(503), error };
    let settled = world.store.settle_post(claimed.now, &claim.claim, retry).await.expect("it is judged");
    assert!(matches!(settled, Settled::Noted { .. }));
    assert_eq!(post(&world, &claimed).await.state, PostState::Cancelled);
    let replayed = world.store.replay_posts(claimed.now, Replay::Sale(claimed.sale(1))).await;
    assert_eq!(replayed.expect("it is judged"), Replayed::default());
}

#[tokio::test]
async fn a_lease_that_lapses_after_the_erasure_sends_nothing() {
    let world = World::new().await;
    let call = over(&world, "1", ADA).await;
    assert_eq!(world.store.claim_posts(call.now, asked("gone")).await.expect("it reads").len(), 1);
    erased(&world, &call, &ada()).await;
    let claimed = world.store.claim_posts(call.now + secs(60), asked("w")).await.expect("it reads");
    assert!(claimed.is_empty());
    assert_eq!(post(&world, &call).await.state, PostState::Cancelled);
}

#[tokio::test]
async fn a_delivered_lead_is_not_sent_again_and_its_return_is() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(bid("a")).await;
    let claim = world.store.claim_posts(call.now, asked("w")).await.expect("it reads").pop().expect("one");
    let delivered = PostResult::Delivered { status: 200 };
    world.store.settle_post(call.now, &claim.claim, delivered).await.expect("noted");
    call.ended(1, DialResult::Completed, false, 0).await;
    let returned = world.store.posts(PostFilter::default()).await.expect("it lists");
    assert!(returned.iter().any(|post| post.kind == store::PostKind::Returned), "{returned:?}");
    erased(&world, &call, &ada()).await;
    let told = &world.store.facts(&[call.id]).await.expect("it reads").told;
    assert_eq!((told.len(), told[0].how, told[0].sure), (1, How::Post, Sure::Certain));
    let replayed = world.store.replay_posts(call.now, Replay::Sale(claim.sale)).await.expect("judged");
    assert_eq!(replayed, Replayed::default(), "and its return is due already");
    let notice = world.store.claim_posts(call.now, asked("w")).await.expect("it reads");
    assert_eq!(notice.len(), 1, "the buyer is told that it does not pay");
    assert_eq!(notice[0].kind, store::PostKind::Returned);
}

#[tokio::test]
async fn who_was_rung_or_asked_with_the_number_is_told() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    let mut shown = bid("a");
    shown.terms.caller_id = CallerId::Pass;
    let mut asked = bid("b");
    asked.terms.caller_id = CallerId::Pass;
    asked.terms.confirm = Some(Confirm { timeout: secs(1), phone: true });
    call.auctioned(vec![shown, asked, bid("c")]).await;
    call.dialled(1).await;
    call.ended(1, DialResult::Busy, false, 0).await;
    call.drive(Event::Unconfirmed { n: 2, why: "declined".into() }).await;
    call.dialled(3).await;
    call.ended(3, DialResult::Busy, false, 0).await;
    erased(&world, &call, &ada()).await;
    let told = world.store.facts(&[call.id]).await.expect("it reads").told;
    let told: Vec<_> = told.iter().map(|told| (told.offer.as_str(), told.how)).collect();
    assert_eq!(told, [("a", How::CallerId), ("b", How::Confirm)]);
}

#[tokio::test]
async fn what_bidders_were_shown_and_said_goes_as_well() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    let mut profile = Profile::new();
    profile.answer(FieldName::parse("age").expect("a name"), Value::Number(1_234_567));
    let words = "a reject text of theirs";
    let refusal = Outcome::NoBid(NoBid::Rejected {
        code: Some("a code of theirs".into()),
        text: Some(words.into()),
        about: auction::About::Person,
    });
    let mut first = bid("a");
    first.terms.whisper = Some("somebody aged 1234567".into());
    let auction = AuctionId::of(call.id, "any", 0);
    let arrived = call.arrived();
    call.drive(arrived).await;
    call.drive(Event::AuctionOpened { auction, seed: auction::Seed(7) }).await;
    let ranking = auction::Ranking {
        auction,
        opened_at: call.now,
        closed_at: call.now,
        shown: profile.clone(),
        others: vec![(OfferId::parse("b").expect("a slug"), first.buyer.clone(), refusal)],
        ranked: vec![first],
        best_static: None,
    };
    call.drive(Event::AuctionClosed { ranking: Box::new(ranking) }).await;
    call.drive(Event::CallerHungUp { at: call.now }).await;
    let record = || AuctionRecord {
        auction,
        journey: call.id,
        campaign: campaign_id(),
        settings_version: 1,
        test: false,
        opened_at: call.now,
        closed_at: call.now,
        profile: profile.clone(),
        offers: vec![AuctionOffer {
            offer: OfferId::parse("b").expect("a slug"),
            buyer: lead::BuyerId::parse("b").expect("a slug"),
            ping: None,
            wait: None,
            outcome: "rejected".into(),
            detail: Some(words.into()),
            price: None,
            reply: Some(words.into()),
            sign: None,
        }],
    };
    world.store.keep_auction(record());
    kept(&world, call.id, 1).await;
    let before = world.bytes().await;
    assert!(holds(&before, words) && holds(&before, "1234567"));
    erased(&world, &call, &ada()).await;
    assert_eq!(world.store.scrub().await.expect("it is scrubbed"), Scrubbed::Clean);
    for text in [words, "1234567", "a code of theirs", NAME] {
        assert!(!holds(&world.bytes().await, text), "{text} is in the file");
    }
    // A record that comes late is kept without them.
    let late = AuctionRecord { auction: AuctionId::of(call.id, "late", 1), ..record() };
    world.store.keep_auction(late);
    let kept = kept(&world, call.id, 2).await;
    assert!(kept.iter().all(|it| it.profile == Profile::new() && it.offers[0].reply.is_none()));
    assert!(!holds(&world.bytes().await, words));
}

#[tokio::test]
async fn recordings_are_kept_until_the_carrier_has_deleted_them() {
    let world = World::new().await;
    let mut call = over(&world, "1", ADA).await;
    let known = Event::RecordingReady { reference: "RE1".into(), lasted: None };
    assert_eq!(call.drive(known).await, Step::Durable);
    erased(&world, &call, &ada()).await;
    world.store.delete_recording(call.now, call.id, "RE2".into()).await.expect("it is kept");
    let due = world.store.recordings_due(call.now, 9).await.expect("it reads");
    assert_eq!(due.iter().map(|it| &it.what).collect::<Vec<_>>(), [&one("RE1"), &one("RE2"), &all()]);
    // A process whose fold is of before the erasure is told of a third.
    let known = Event::RecordingReady { reference: "RE3".into(), lasted: None };
    assert_eq!(call.drive(known).await, Step::Durable);
    let due = world.store.recordings_due(call.now, 9).await.expect("it reads");
    assert_eq!(due.len(), 4);
    world.store.recording_asked(call.now, &all(), None).await.expect("noted");
    world.store.recording_asked(call.now, &one("RE3"), None).await.expect("noted");
    world.store.recording_asked(call.now, &one("RE1"), Some(secs(60))).await.expect("noted");
    world.store.recording_asked(call.now, &one("RE2"), None).await.expect("noted");
    assert!(world.store.recordings_due(call.now, 9).await.expect("it reads").is_empty());
    let due = world.store.recordings_due(call.now + secs(60), 9).await.expect("it reads");
    assert_eq!((due.len(), due[0].tries), (1, 1));
    let facts = world.store.facts(&[call.id]).await.expect("it reads");
    assert_eq!(
        facts.recordings,
        [(one("RE1"), false), (one("RE2"), true), (one("RE3"), true), (all(), true)]
    );
}
