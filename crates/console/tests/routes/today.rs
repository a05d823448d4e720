//! The first page and the live calls: what they say is what the store holds, nobody sees what the role may not, and a stream
//! ends with whoever opened it.

use std::time::Duration;

use console::{Answer, OfferNow, RoundNow, STREAMS_OF_ONE_MAX};
use lead::{BuyerId, Money, OfferId};
use reqwest::StatusCode;
use serde_json::Value;
use store::{By, News, Role};

use crate::{
    home::Home,
    seeds,
    store_side::world::{self as store_world, ADA, Call, bid},
    world::{Visitor, World},
};

/// The next event of a stream, as its name and its data.
struct Events {
    response: reqwest::Response,
    read: String,
}

impl Events {
    async fn open(visitor: &Visitor, path: &str) -> Self {
        let response = visitor.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, read: String::new() }
    }

    /// `None`: the stream is over.
    async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let lines = |field: &str| {
                    let lines = event.lines().filter_map(|line| line.strip_prefix(field));
                    lines.map(|line| line.trim_start().to_owned()).collect::<Vec<_>>().join("\n")
                };
                let told = (lines("event:"), lines("data:"));
                self.read = rest.to_owned();
                if told.0.is_empty() {
                    continue;
                }
                return Some(told);
            }
            let more = self.response.chunk().await.ok()??;
            self.read.push_str(std::str::from_utf8(&more).expect("text"));
        }
    }

    /// The next event of a call that stands so.
    async fn call(&mut self, stage: &str) -> Value {
        loop {
            let (name, data) = self.next().await.expect("the stream goes on");
            let data: Value = serde_json::from_str(&data).expect("JSON");
            if name == "call" && data["stage"] == stage {
                return data;
            }
        }
    }
}

fn tell(world: &World, call: &Call, stage: &'static str) {
    world.store.tell(News::Stage { journey: call.id, stage: stage.into(), at: call.now });
}

#[tokio::test]
async fn the_first_page_and_the_api_say_the_same_of_today() {
    let mut world = World::new().await;
    let rows = seeds::many(&mut world).await;
    rows.tamper("UPDATE posts SET state = 'dead' WHERE offer = 'offer-4-1'").await;
    let ada = world.visitor("Ada", Role::Finance).await;
    let api = ada.json("/v1/home", 200).await;
    let page = ada.page("/").await;
    let earned = api["earned"].as_str().expect("an amount");
    assert!(page.contains(&format!("${earned} earned today")), "{earned}");
    assert!(
        page.contains(&format!("${} more than static prices", api["uplift"].as_str().expect("an amount")))
    );
    assert!(api["calls"].as_u64().is_some_and(|calls| calls > 10));
    let problem = api["problems"][0]["text"].as_str().expect("one");
    assert!(problem.ends_with("could not be given to Everwell national"), "{problem}");
    assert!(page.contains(problem) && page.contains("/posts?state=dead&#38;offer=offer-4-1"), "{page}");
    assert_eq!(api["problems"][0]["setting"], "/offers/offer-4-1/post_url");
    assert!(
        page.contains("<a href=\"/offers/offer-4-1#post_url\">Everwell national: Post URL</a>"),
        "{page}"
    );
    let sam = world.visitor("Sam", Role::Support).await;
    assert!(!sam.page("/").await.contains(&format!("${earned}")), "support sees no money");
    assert_eq!(sam.json("/v1/home", 200).await["earned"], Value::Null);
}

#[tokio::test]
async fn a_stream_tells_of_each_stage_and_of_nobody() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::Owner).await;
    let side = store_world::World::of(Home::new().await, world.store.clone());
    let mut events = Events::open(&ada, "/v1/events/stream").await;
    let mut call = Call::new(&side, "live", Some(ADA));
    call.drive(call.arrived()).await;
    tell(&world, &call, "interview");
    let told = events.call("interview").await;
    assert_eq!((&told["id"], &told["campaign"]), (&call.id.to_string().into(), &"medicare-fl".into()));
    call.drive(call.opened()).await;
    let id = |name: &str| (OfferId::parse(name).expect("a slug"), BuyerId::parse(name).expect("a slug"));
    let asked = |name: &str, answer| OfferNow { offer: id(name).0, buyer: id(name).1, answer };
    let round = RoundNow {
        opened_at: call.now,
        until: call.now + Duration::from_secs(2),
        offers: vec![asked("a", Answer::Bid(Money::from_units(85))), asked("b", Answer::Awaited)],
    };
    world.rounds.lock().expect("no panic").insert(call.id, round);
    tell(&world, &call, "auction");
    let told = events.call("auction").await;
    assert_eq!(told["round"]["offers"][0]["bid"], "85.00");
    assert_eq!(told["round"]["offers"][1]["answer"], "awaited");
    let page = ada.page("/live").await;
    assert!(page.contains("2 asked, one bid, 1 awaited") && page.contains("data-left"), "{page}");
    call.try_closed(vec![bid("a")]).await.expect("it is committed");
    call.dialled(1).await;
    tell(&world, &call, "dialling");
    assert_eq!(events.call("ring").await["offer"], "a");
    call.accepted(1).await;
    tell(&world, &call, "talking");
    assert_eq!(events.call("talk").await["price"], "91.00");
    call.ended(1, journey::DialResult::Completed, true, 192).await;
    tell(&world, &call, "over");
    loop {
        let (name, data) = events.next().await.expect("the stream goes on");
        assert!(!data.contains("3055550142") && !data.contains("555-0142"), "{data}");
        if name == "gone" {
            break assert!(data.contains(&call.id.to_string()));
        }
    }
}

#[tokio::test]
async fn who_may_not_see_money_is_told_no_amount_as_it_happens() {
    let world = World::new().await;
    let side = store_world::World::of(Home::new().await, world.store.clone());
    let mut call = Call::new(&side, "live", Some(ADA));
    call.sold(bid("a")).await;
    let sam = world.visitor("Sam", Role::Support).await;
    let told = Events::open(&sam, "/v1/events/stream").await.call("talk").await;
    assert_eq!((&told["offer"], &told["price"]), (&"a".into(), &Value::Null));
    let (_, list) = Events::open(&sam, "/live/stream").await.next().await.expect("the list");
    assert!(list.contains("Talks") && !list.contains("91.00"), "{list}");
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_with_the_process_and_there_are_so_many() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::Owner).await;
    let bob = world.visitor("Bob", Role::Owner).await;
    let mut streams = vec![];
    for _ in 0..STREAMS_OF_ONE_MAX {
        streams.push(Events::open(&ada, "/v1/events/stream").await);
    }
    let refused = ada.get("/v1/events/stream").await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    let mut of_bob = Events::open(&bob, "/v1/events/stream").await;
    let session = world.store.sessions(world.now(), Some(ada.user.id)).await.unwrap().remove(0);
    world.store.end_session(world.now(), By::COMMAND, session.id, None).await.unwrap().unwrap();
    for mut stream in streams {
        while stream.next().await.is_some() {}
    }
    assert_eq!(of_bob.next().await.expect("his goes on").0, "count");
    world.closing.cancel();
    assert_eq!(of_bob.next().await, None);
}
