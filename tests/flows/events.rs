//! Event webhooks from the sale to a receiver's socket, whose signatures are checked by somebody else's words.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use lead::PublisherId;
use sandbox::{
    Behaviour, PostBehaviour,
    buyers::{Buyer, BuyerSpec, Recorded, Signature},
    medicare::{self, Name},
};
use secrecy::{ExposeSecret, SecretString};
use server::worker::Pace;
use store::{
    By, EventDeliveryFilter, EventDeliveryState, EventEndpointChange, EventEndpointId, EventEndpointState,
    EventKind, NewEventEndpoint, SaleFilter,
};

use crate::world::{World, until};

/// A server of the business's own, and its endpoint.
pub struct Receiver {
    pub server: Buyer,
    pub id: EventEndpointId,
}

impl Receiver {
    /// One that is told of these, and checks every signature.
    async fn of(world: &World, kinds: &[EventKind], answers: PostBehaviour) -> Self {
        Self::of_whom(world, None, kinds, answers).await
    }

    /// As [`Receiver::of`], of a publisher.
    pub async fn of_whom(
        world: &World,
        publisher: Option<&str>,
        kinds: &[EventKind],
        answers: PostBehaviour,
    ) -> Self {
        let now = world.server().clock.now();
        let url = "https://hooks.example/".to_owned();
        let publisher = publisher.map(|id| PublisherId::parse(id).expect("a slug"));
        let new = NewEventEndpoint { name: "ours".to_owned(), publisher, url, kinds: kinds.to_vec() };
        let added = world.store().add_event_endpoint(now, By::COMMAND, new).await.expect("it is written");
        let (id, secret) = added.expect("there is room");
        let server = serving(secret, answers).await;
        let receiver = Self { server, id };
        receiver.change(world, EventEndpointChange { url: Some(receiver.server.post_url()), ..none() }).await;
        receiver
    }

    async fn change(&self, world: &World, change: EventEndpointChange) {
        let now = world.server().clock.now();
        let changed = world.store().change_event_endpoint(now, By::COMMAND, (self.id, None), change).await;
        changed.expect("it is written").expect("it is there");
    }

    async fn state(&self, world: &World) -> EventEndpointState {
        let endpoint = world.store().event_endpoint(self.id).await.expect("it reads");
        endpoint.expect("it is there").state
    }
}

async fn serving(secret: SecretString, post: PostBehaviour) -> Buyer {
    let signing_secret = Some(secret.expose_secret().to_owned());
    let spec = BuyerSpec::new("receiver", Behaviour::NoBid204);
    Buyer::start(BuyerSpec { signing_secret, post, ..spec }).await
}

fn none() -> EventEndpointChange {
    EventEndpointChange::default()
}

/// The ids of events, each of which was signed.
pub fn ids(told: &[Recorded]) -> Vec<String> {
    let id = |it: &Recorded| {
        assert_eq!(it.signature, Signature::Valid, "{it:?}");
        it.header("webhook-id").expect("it has an id").to_owned()
    };
    told.iter().map(id).collect()
}

async fn delivered(world: &World, many: usize) {
    until("the delivery of every event", async || {
        let state = Some(EventDeliveryState::Delivered);
        let filter = EventDeliveryFilter { state, ..EventDeliveryFilter::default() };
        let found = world.store().event_deliveries(&filter).await.expect("they can be listed");
        (found.len() == many).then_some(())
    })
    .await;
}

fn hurried() -> Pace {
    let mut pace = Pace::STANDARD;
    pace.schedule[0] = Duration::from_millis(50);
    Pace { probe_gap: Duration::from_millis(20), ..pace }
}

#[tokio::test]
async fn a_sale_is_told_signed_and_names_nobody() {
    let world = World::example().await;
    let receiver = Receiver::of(&world, &[EventKind::SaleBooked], PostBehaviour::Accept(204)).await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    let sent = receiver.server.posted(1).await;
    ids(&sent);
    let body = sent[0].json();
    assert_eq!((&body["type"], &body["data"]["price"]), (&"sale.booked".into(), &"91.00".into()));
    assert_eq!(body["data"]["sale"], told.sale().id.to_string());
    assert_eq!(sent[0].header("content-type"), Some("application/json"));
    let canary = sandbox::canary::Canary::new(crate::logs::SECRETS);
    assert!(canary.found_in(&sent[0].bytes()).is_empty(), "{body}");
    delivered(&world, 1).await;

    // A new secret: both sign for a day, so whoever has the one or the other can verify.
    let now = world.server().clock.now();
    let secret =
        world.store().rotate_event_secret(now, By::COMMAND, receiver.id).await.expect("it is written");
    let newer = serving(secret.expect("it is there"), PostBehaviour::Accept(200)).await;
    world.told(world.call_from(Some("+13055550151"), medicare::caller())).await.sold(Name::C, "91.00");
    assert_eq!(ids(&receiver.server.posted(2).await).len(), 2);
    receiver.change(&world, EventEndpointChange { url: Some(newer.post_url()), ..none() }).await;
    world.told(world.call_from(Some("+13055550152"), medicare::caller())).await.sold(Name::C, "91.00");
    assert_eq!(ids(&newer.posted(1).await).len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn a_receiver_that_is_down_is_told_everything_when_it_is_back_even_by_another_process() {
    const CALLS: usize = 3;
    let world = World::with(|plan| plan.pace = hurried()).await;
    let receiver = Receiver::of(&world, &[EventKind::SaleBooked], PostBehaviour::Status(503)).await;
    for n in 0..CALLS {
        let call = world.call_from(Some(&format!("+130555501{:02}", 60 + n)), medicare::caller());
        world.told(call).await.sold(Name::C, "91.00");
    }
    // The next try of the first is five minutes later, and the process ends meanwhile.
    let failed = receiver.server.posted(2).await;
    let world = world.restart().await;
    receiver.server.set_post(PostBehaviour::Accept(200));
    let call = world.call_from(Some("+13055550170"), medicare::caller());
    world.told(call).await.sold(Name::C, "91.00");
    delivered(&world, CALLS + 1).await;
    let sent = receiver.server.posts();
    let distinct: BTreeSet<_> = ids(&sent).into_iter().collect();
    assert_eq!(distinct.len(), CALLS + 1, "each under an id of its own, however often it was tried");
    assert!(sent.len() > distinct.len() && failed.len() >= 2, "it was down");
    let mut bodies: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (id, it) in ids(&sent).into_iter().zip(&sent) {
        bodies.entry(id).or_default().insert(it.body.clone());
    }
    assert!(bodies.values().all(|bodies| bodies.len() == 1), "the same bytes at every try");
    let told: BTreeSet<_> = sent.iter().map(|it| it.json()["data"]["sale"].to_string()).collect();
    let sales = world.store().sales(SaleFilter::default()).await.expect("sales can be listed");
    assert_eq!(told, sales.iter().map(|sale| format!("\"{}\"", sale.id)).collect());
    world.finish().await;
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_told_nothing_until_somebody_resumes_it() {
    let world = World::example().await;
    let receiver = Receiver::of(&world, &[EventKind::SaleBooked], PostBehaviour::Gone410).await;
    world.play().await.sold(Name::C, "91.00");
    receiver.server.posted(1).await;
    until("its end", async || (receiver.state(&world).await == EventEndpointState::Disabled).then_some(()))
        .await;
    receiver.server.set_post(PostBehaviour::Accept(200));
    world.told(world.call_from(Some("+13055550180"), medicare::caller())).await.sold(Name::C, "91.00");
    assert_eq!(receiver.server.posts().len(), 1, "410 is heard");
    receiver.change(&world, EventEndpointChange { paused: Some(false), ..none() }).await;
    delivered(&world, 2).await;
    assert_eq!(ids(&receiver.server.posts()).len(), 3);
    world.finish().await;
}

#[tokio::test]
async fn a_url_that_leads_inside_is_never_asked() {
    let world = World::example().await;
    let receiver = Receiver::of(&world, &[EventKind::SaleBooked], PostBehaviour::Accept(200)).await;
    // What a row says is checked at every try, whatever was checked when it was set.
    for url in ["http://user:pw@127.0.0.1/", "ftp://hooks.example/", "not a url"] {
        receiver.change(&world, EventEndpointChange { url: Some(url.to_owned()), ..none() }).await;
    }
    world.play().await.sold(Name::C, "91.00");
    let refused = until("its refusal", async || {
        let found =
            world.store().event_deliveries(&EventDeliveryFilter::default()).await.expect("they are listed");
        found.into_iter().find(|it| it.last_error.is_some())
    })
    .await;
    assert_eq!(refused.last_error.as_deref(), Some("url_refused"));
    assert_eq!(receiver.server.posts().len(), 0);
    world.finish().await;
}
