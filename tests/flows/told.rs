//! What a publisher is told of its leads: each once, signed, without buyer, price and person; and again where it has changed.

use journey::{Ended, Unsold};
use sandbox::{
    Line, PostBehaviour,
    buyers::Recorded,
    canary::Canary,
    medicare::{CALLER, Name},
};
use serde_json::{Value, json};
use store::{
    By, Correction, EntryKind, EventDeliveryFilter, EventDeliveryState, EventKind, PostFilter, Replay,
    SaleFilter,
};

use crate::{
    callbacks, events,
    events::Receiver,
    forms,
    world::{World, until},
};

/// The publisher of the leads, and one that has none.
const OURS: &str = "seniors-daily";
const OTHERS: &str = "somebody-else";

async fn of(world: &World, publisher: &str) -> Receiver {
    Receiver::of_whom(world, Some(publisher), &EventKind::ALL, PostBehaviour::Accept(204)).await
}

/// What was told, each once and signed.
fn told(sent: &[Recorded]) -> Vec<Value> {
    let ids = events::ids(sent);
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
    let canary = Canary::new([CALLER, "5550142", "Ada", "33109", "buyer-c"]);
    for it in sent {
        assert_eq!(canary.found_in(&it.bytes()), [], "{}", it.json());
        // The price is looked for as it is: backwards it may stand in any time.
        assert!(!it.json().to_string().contains("91.00"), "{}", it.json());
    }
    sent.iter().map(Recorded::json).collect()
}

/// Every event is delivered: nothing more comes of what has happened.
async fn settled(world: &World) {
    until("the delivery of every event", async || {
        let found = world.store().event_deliveries(&EventDeliveryFilter::default()).await.expect("listed");
        found.iter().all(|it| it.state == EventDeliveryState::Delivered).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_sold_is_told_once_to_its_own_publisher_and_its_return_corrects_it() {
    let world = World::example().await;
    let (ours, others) = (of(&world, OURS).await, of(&world, OTHERS).await);
    let lead = forms::take(&world, "k1").await;
    assert_eq!(forms::result(&world, lead).await.ended, Some(Ended::Sold));
    assert_eq!(forms::take(&world, "k1").await, lead, "the same form again tells nothing");
    let sent = ours.server.posted(1).await;
    let sale = world.store().sales(SaleFilter::default()).await.expect("listed").remove(0);
    let (_, entries) =
        world.store().sale_with_entries(sale.id).await.expect("it reads").expect("it is there");
    let payout = entries.iter().find(|entry| entry.kind == EntryKind::Payout).map(|entry| entry.amount);
    let payout = payout.expect("its publisher is owed something").to_string();
    let [body] = &told(&sent)[..] else { panic!("{sent:?}") };
    assert_eq!(body["type"], "lead.sold");
    let data = json!({
        "lead": lead.to_string(), "publisher": OURS, "campaign": body["data"]["campaign"], "channel": "form",
        "status": "sold", "reason": "sold", "payout": payout, "test": false,
    });
    assert_eq!(body["data"], data, "this and nothing else");

    let now = world.server().clock.now();
    let back =
        world.store().correct_sale(now, By::COMMAND, (sale.id, Correction::Return), "as agreed".into());
    back.await.expect("it is written").expect("it is returned");
    world.server().events_due.notify_one();
    let sent = ours.server.posted(2).await;
    let corrected = &told(&sent)[1];
    assert_eq!(corrected["type"], "lead.corrected");
    let said = ["lead", "status", "reason", "payout"].map(|key| corrected["data"][key].clone());
    assert_eq!(said, [json!(lead.to_string()), json!("unsold"), json!("returned"), json!("0.00")]);
    settled(&world).await;
    assert_eq!((ours.server.posts().len(), others.server.posts().len()), (2, 0));
    let mut world = world;
    world.allowed.handed_over = true;
    world.finish().await;
}

#[tokio::test]
async fn what_is_heard_late_corrects_what_was_told() {
    let mut world = World::example().await;
    let ours = of(&world, OURS).await;
    world.medicare.buyer(Name::C).set_post(PostBehaviour::Status(404));
    let lead = forms::take(&world, "k1").await;
    assert_eq!(forms::result(&world, lead).await.ended, Some(Ended::Unsold(Unsold::HandoverUnknown)));
    let sent = ours.server.posted(1).await;
    let first = &told(&sent)[0];
    assert_eq!(
        (&first["type"], &first["data"]["reason"]),
        (&json!("lead.unsold"), &json!("handover_unknown"))
    );
    world = world.restart().await;
    world.medicare.buyer(Name::C).set_post(PostBehaviour::Accept(200));
    let post = world.store().posts(PostFilter::default()).await.expect("listed").remove(0);
    let now = world.server().clock.now();
    world.store().replay_posts(now, Replay::Post(post.id)).await.expect("it is replayed");
    world.server().posts_due.notify_one();
    let sent = ours.server.posted(2).await;
    let late = &told(&sent)[1];
    assert_eq!((&late["type"], &late["data"]["status"]), (&json!("lead.corrected"), &json!("sold")));
    assert_ne!(late["data"]["payout"], "0.00");
    settled(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn who_is_not_reached_and_who_must_not_be_called_are_told_alike_but_never_at_once() {
    let world = World::with(|plan| {
        plan.now = Some(callbacks::DAY);
        plan.draft.callback("retry = []");
    })
    .await;
    world.medicare.carrier.line(CALLER, Line::busy());
    let ours = of(&world, OURS).await;
    let lead = callbacks::ask(&world, callbacks::wish(&world, "k1")).await;
    callbacks::ended(&world, lead).await;
    let sent = ours.server.posted(1).await;
    let body = &told(&sent)[0];
    assert_eq!(body["type"], "lead.not_reached");
    let said = ["status", "reason", "payout", "channel"].map(|key| body["data"][key].clone());
    assert_eq!(said, [json!("not_reached"), json!("not_reached"), json!("0.00"), json!("callback")]);
    settled(&world).await;

    // Its journey is over at once; its publisher is told when a phone that nobody answers would have rung out.
    let mut forbidden = callbacks::wish(&world, "k2");
    forbidden.asked_too_often = true;
    let other = callbacks::ask(&world, forbidden).await;
    callbacks::ended(&world, other).await;
    let waiting = world.store().event_deliveries(&EventDeliveryFilter::default()).await.expect("listed");
    let waiting = waiting.into_iter().find(|it| it.state == EventDeliveryState::Due).expect("it waits");
    let now = world.server().clock.now();
    assert!(waiting.due_at > now, "{waiting:?}");
    let alike: Value = serde_json::from_str(&waiting.body).expect("JSON");
    assert_eq!(alike["timestamp"], waiting.due_at.to_string(), "as if it had rung");
    for key in ["status", "reason", "payout", "channel"] {
        assert_eq!(alike["data"][key], body["data"][key]);
    }
    assert_eq!(ours.server.posts().len(), 1);
    world.finish().await;
}
