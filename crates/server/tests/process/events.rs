//! Event webhooks of the binary: `kill -9` between a sale and its delivery loses nothing.

use sandbox::{
    Behaviour, Buyer, BuyerSpec, PostBehaviour,
    buyers::Signature,
    canary::Canary,
    medicare::{BUYER_NUMBERS, CALLER, CAMPAIGN_NUMBER, Name},
};
use secrecy::{ExposeSecret, SecretString};
use store::{
    By, DurableAt, EventDeliveryFilter, EventDeliveryState, EventEndpointChange, EventKind, Keys,
    NewEventEndpoint, SqliteAt, Store, StoreConfig,
};

use crate::{
    place::{MASTER_KEY, Server, WAIT_MAX},
    world::{NAME, World},
};

/// The binary's own store, beside it.
async fn beside(world: &World) -> Store {
    let at = SqliteAt::File(world.place.path("pingpost.db"));
    let keys = Keys::parse(&SecretString::from(MASTER_KEY)).expect("keys");
    Store::open(StoreConfig { durable: DurableAt::Sqlite { at, free_min: 0 } }, keys).await.expect("it opens")
}

/// The same world, whose process is another one; the one before was stopped, or killed as `drop` does: by SIGKILL.
fn restarted(world: World, end: fn(Server)) -> World {
    let World { place, server, medicare } = world;
    end(server);
    let server = place.serve();
    World { place, server, medicare }
}

fn stopped(server: Server) {
    server.signal("TERM");
    assert_eq!(server.ended(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sold_is_told_by_the_process_after_the_one_that_was_killed() {
    let world = World::with(|place| place.with("POSTS__LEASE", "12s")).await;
    let store = beside(&world).await;
    let (now, by) = (lead::Timestamp::from_secs(1), By::COMMAND);
    let new = NewEventEndpoint {
        publisher: None,
        name: "ours".to_owned(),
        url: "https://hooks.example/".to_owned(),
        kinds: vec![EventKind::SaleBooked],
    };
    let added = store.add_event_endpoint(now, by.clone(), new).await.expect("it is written");
    let (id, secret) = added.expect("there is room");
    let spec = BuyerSpec::new("receiver", Behaviour::NoBid204);
    let signing_secret = Some(secret.expose_secret().to_owned());
    // It takes the request, and never answers: the delivery stays in the process's hands.
    let receiver = Buyer::start(BuyerSpec { signing_secret, post: PostBehaviour::Silent, ..spec }).await;
    let url = Some(receiver.post_url());
    let change = EventEndpointChange { url, ..EventEndpointChange::default() };
    store
        .change_event_endpoint(now, by, (id, None), change)
        .await
        .expect("it is written")
        .expect("it is there");
    // Another process wrote it: this one would find it with its next look, and finds it at once when it begins.
    let world = restarted(world, stopped);

    let call = world.medicare.carrier.place(world.call());
    world.medicare.buyer(Name::C).posted(1).await;
    receiver.posted(1).await;
    let world = restarted(world, drop);
    receiver.set_post(PostBehaviour::Accept(204));
    let told =
        tokio::time::timeout(WAIT_MAX, receiver.posted(2)).await.expect("it comes when the lease is over");
    let [first, second] = &told[..] else { panic!("{told:?}") };
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_eq!((&first.body, &second.signature), (&second.body, &Signature::Valid));
    let canary = Canary::new([CALLER, CAMPAIGN_NUMBER, NAME].into_iter().chain(BUYER_NUMBERS));
    assert_eq!(canary.found_in(&second.bytes()), []);
    let deliveries = store.event_deliveries(&EventDeliveryFilter::default()).await.expect("they are listed");
    assert_eq!(deliveries.len(), 1, "one fact, one delivery");
    assert!(matches!(deliveries[0].state, EventDeliveryState::Delivered | EventDeliveryState::Claimed));
    store.close().await;
    drop((call, world));
}
