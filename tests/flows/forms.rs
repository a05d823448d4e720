//! Form leads that are sold as data: the same auction, the same price; and what each answer to the post leads to.

use std::{collections::BTreeMap, time::Duration};

use journey::{Ended, Unsold};
use lead::{
    Channel, Consent, E164, Evidence, FieldName, Identity, JourneyId, Lead, Pii, Profile, PublisherId, Value,
    geo::Zip,
};
use sandbox::{
    Behaviour, PostBehaviour,
    buyers::Bid,
    medicare::{CALLER, Name},
};
use server::intake::{self, Standing, Submission, TakeError};
use store::{EntryKind, PostFilter, PostState, Replay, RowFilter, SaleFilter};

use crate::{
    play::{key, posts},
    world::{World, offer_id, until},
};

fn field(name: &str) -> FieldName {
    FieldName::parse(name).expect("a field's name")
}

/// The example's caller, who fills a form this time.
fn lead(world: &World) -> (Lead, Option<Consent>) {
    let mut profile = Profile::new();
    profile.answer(field("age"), Value::Number(65));
    profile.answer(FieldName::zip(), Value::Zip(Zip::parse("33109").expect("a zip that exists")));
    let pii = |text: &str| Some(Pii::new(text.to_owned()));
    let identity = Identity {
        phone: E164::parse(CALLER).ok().map(Pii::new),
        caller: None,
        fields: BTreeMap::from([(field("first_name"), Pii::new("Ada".to_owned()))]),
        evidence: Evidence {
            page: pii("https://quotes.example/medicare"),
            address: pii("192.0.2.7"),
            certificate: pii("https://cert.example/1f"),
        },
    };
    let given_at = world.server().clock.now();
    let consent = Consent { sellers: vec!["Buyer C".into()], ..Consent::spoken("web-3".into(), given_at) };
    (Lead { profile, identity }, Some(consent))
}

fn submission(world: &World, key: &str) -> Submission {
    let (lead, consent) = lead(world);
    let campaign = world.server().book.latest().settings.campaigns().next().expect("a campaign").id.clone();
    Submission {
        publisher: PublisherId::parse("seniors-daily").expect("a slug"),
        idempotency_key: key.to_owned(),
        body_hash: "5e1f".to_owned(),
        campaign,
        channel: Channel::Form,
        lead,
        consent,
        asked_too_often: false,
    }
}

/// Takes the form of the example's person.
pub async fn take(world: &World, key: &str) -> JourneyId {
    intake::take(world.server(), submission(world, key)).await.expect("it is taken in")
}

/// How it ended.
pub async fn result(world: &World, journey: JourneyId) -> Standing {
    let standing = intake::result(world.server(), journey, Duration::from_secs(30)).await;
    standing.expect("it can be read").expect("it is there")
}

fn refuses() -> PostBehaviour {
    PostBehaviour::Like(Behaviour::Reject { reason: "Duplicate".to_owned(), code: 4 })
}

#[tokio::test]
async fn the_example_as_a_form_is_sold_to_c_at_91_and_only_c_learns_who_it_is() {
    let world = World::example().await;
    let journey = take(&world, "k1").await;
    let standing = result(&world, journey).await;
    assert_eq!(
        (standing.ended, standing.price.map(|it| it.to_string())),
        (Some(Ended::Sold), Some("91.00".into()))
    );
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    let sent = &world.medicare.buyer(Name::C).posts()[0];
    let body: serde_json::Value = serde_json::from_slice(&sent.body).expect("JSON");
    let sale = world.store().sales(SaleFilter::default()).await.expect("sales can be listed").remove(0);
    assert_eq!(key(sent), sale.id.to_string());
    assert_eq!(body["channel"], "form");
    assert_eq!(body["lead"], serde_json::json!({"firstName": "Ada", "phone": CALLER}));
    assert_eq!(body["consent"]["page"], "https://quotes.example/medicare");
    assert_eq!(body["consent"]["sellers"], serde_json::json!(["Buyer C"]));
    assert!(body.get("call").is_none(), "nobody is on the line");
    let (_, entries) =
        world.store().sale_with_entries(sale.id).await.expect("it can be read").expect("it is there");
    let kinds: Vec<_> = entries.iter().map(|entry| entry.kind).collect();
    assert!(kinds.starts_with(&[EntryKind::Pending, EntryKind::Earned]), "{kinds:?}");
    let row = world.store().journey_rows(RowFilter::default()).await.expect("rows can be listed").remove(0);
    assert_eq!((row.channel.as_str(), row.outcome.as_str()), ("form", "sold"));
    world.finish().await;
}

#[tokio::test]
async fn the_same_form_five_times_at_once_is_one_lead_one_sale_one_post() {
    let world = World::example().await;
    let (a, b, c, d, e) = tokio::join!(
        take(&world, "same"),
        take(&world, "same"),
        take(&world, "same"),
        take(&world, "same"),
        take(&world, "same"),
    );
    let all = [a, b, c, d, e];
    assert!(all.iter().all(|id| *id == all[0]));
    result(&world, all[0]).await;
    assert_eq!(take(&world, "same").await, all[0], "and whenever it comes again");
    let other = Submission { body_hash: "0ther".to_owned(), ..submission(&world, "same") };
    assert!(matches!(intake::take(world.server(), other).await, Err(TakeError::OtherBody)));
    assert_eq!(world.store().sales(SaleFilter::default()).await.expect("sales can be listed").len(), 1);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn who_refuses_in_so_many_words_is_followed_by_the_next_bid() {
    let mut world = World::example().await;
    for name in [Name::C, Name::A] {
        world.medicare.buyer(name).set_post(refuses());
    }
    let journey = take(&world, "k1").await;
    let standing = result(&world, journey).await;
    assert_eq!(
        (standing.ended, standing.price.map(|it| it.to_string())),
        (Some(Ended::Sold), Some("72.00".into()))
    );
    // C and A saw the lead and are listed as having seen it; neither owes anything, and nobody has to look.
    assert_eq!(posts(&world), [1, 1, 1, 0, 0, 0]);
    let settled = world.posts_settled(Some(journey)).await;
    assert_eq!(settled.iter().filter(|post| post.state == PostState::Delivered).count(), 3);
    assert_eq!(settled.iter().filter(|post| post.last_error.as_deref() == Some("refused")).count(), 2);
    let sales = world.store().sales(SaleFilter::default()).await.expect("sales can be listed");
    assert_eq!(sales.iter().map(|sale| sale.offer.as_str()).collect::<Vec<_>>(), [offer_id(Name::B)]);
    world.allowed.handed_over = true;
    world.finish().await;
}

#[tokio::test]
async fn three_refusals_end_with_the_fourth_bidder_or_honestly_unsold() {
    for (d, ended) in
        [(PostBehaviour::Accept(200), Ended::Sold), (refuses(), Ended::Unsold(Unsold::NobodyTook))]
    {
        let mut world = World::example().await;
        for name in [Name::A, Name::B, Name::C] {
            world.medicare.buyer(name).set_post(refuses());
        }
        world.medicare.bids(Name::D, Behaviour::Bid(Bid::new("60.00")));
        world.medicare.buyer(Name::D).set_post(d);
        let journey = take(&world, "k1").await;
        assert_eq!(result(&world, journey).await.ended, Some(ended));
        world.allowed.handed_over = true;
        world.finish().await;
    }
}

#[tokio::test]
async fn a_time_out_is_asked_again_under_the_same_key_and_nobody_else_gets_the_lead() {
    let world = World::example().await;
    world.medicare.buyer(Name::C).set_post(PostBehaviour::FailFirst { times: 1, status: 503 });
    let journey = take(&world, "k1").await;
    assert_eq!(result(&world, journey).await.ended, Some(Ended::Sold));
    assert_eq!(posts(&world), [0, 0, 2, 0, 0, 0]);
    let sent = world.medicare.buyer(Name::C).posts();
    assert_eq!(key(&sent[0]), key(&sent[1]));
    assert_eq!(sent[0].body, sent[1].body);
    world.finish().await;
}

#[tokio::test]
async fn what_a_buyer_never_answers_stays_unknown_until_somebody_sends_it_again() {
    let mut world = World::example().await;
    let buyer = world.medicare.buyer(Name::C);
    buyer.set_post(PostBehaviour::Status(404));
    let journey = take(&world, "k1").await;
    let standing = result(&world, journey).await;
    assert_eq!(standing.ended, Some(Ended::Unsold(Unsold::HandoverUnknown)));
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0], "it goes to nobody else");
    world = world.restart().await;
    world.medicare.buyer(Name::C).set_post(PostBehaviour::Accept(200));
    let post = world.store().posts(PostFilter::default()).await.expect("posts can be listed").remove(0);
    assert_eq!(post.state, PostState::Dead);
    let now = world.server().clock.now();
    let replayed = world.store().replay_posts(now, Replay::Post(post.id)).await.expect("it is replayed");
    assert_eq!(replayed.due, 1);
    world.server().posts_due.notify_one();
    until("the sale that came late", async || {
        let standing = intake::standing(world.server(), journey).await.ok()??;
        (standing.ended == Some(Ended::Sold)).then_some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test]
async fn a_form_that_was_accepted_outlives_the_process() {
    let world = World::example().await;
    let gate = world.medicare.buyer(Name::C);
    gate.set_post(PostBehaviour::FailFirst { times: 1, status: 503 });
    let journey = take(&world, "k1").await;
    until("the first try", async || (!world.medicare.buyer(Name::C).posts().is_empty()).then_some(())).await;
    let world = world.restart().await;
    assert_eq!(result(&world, journey).await.ended, Some(Ended::Sold));
    world.finish().await;
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_takes_no_new_lead_and_keeps_those_that_are_there() {
    let world = World::with(|plan| plan.free_min = Some(1 << 60)).await;
    let refused = until("the look at the disk", async || {
        let taken = intake::take(world.server(), submission(&world, "k1")).await;
        matches!(taken, Err(TakeError::NoRoom)).then_some(())
    });
    refused.await;
    let refused = intake::take(world.server(), submission(&world, "k2")).await;
    assert!(matches!(refused, Err(TakeError::NoRoom)), "{refused:?}");
    assert_eq!(world.store().journey_rows(RowFilter::default()).await.expect("rows can be listed").len(), 0);
    world.finish().await;
}

#[tokio::test]
async fn no_form_is_shown_to_an_offer_that_buys_calls_alone() {
    let mut world = World::with(|plan| plan.draft.offers("channels = ['call']")).await;
    let journey = take(&world, "k1").await;
    assert_eq!(result(&world, journey).await.ended, Some(Ended::Unsold(Unsold::NobodyEligible)));
    let pinged: usize = world.medicare.buyers.iter().map(|buyer| buyer.pings().len()).sum();
    assert_eq!(pinged, 0);
    world.allowed.handed_over = true;
    world.finish().await;
}
