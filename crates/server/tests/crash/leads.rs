//! The kill points of forms and of people who asked to be rung: what was accepted is neither lost nor sold twice, and nobody is
//! connected twice for one wish.

use std::{collections::BTreeMap, time::Duration};

use bridge::permit::{Law, Opening, Place};
use futures_util::StreamExt;
use lead::{E164, Pii, PublisherId, Timestamp, geo::Zip};
use reqwest::{Client, StatusCode};
use sandbox::{Faults, Line, medicare};
use serde_json::{Value, json};
use server::{
    app::open_store,
    clock::Clock,
    config::{Config, Database, Demo, Key32, TwilioConfig},
};
use store::{By, KeyKind, NewPublisherKey, kill_points::LEAD_POINTS};
use uuid::Uuid;

use crate::{
    books::{Books, Open},
    node::Start,
    world::{World, set},
};

/// Worlds at once: they mostly wait.
const AT_ONCE: usize = 8;
/// Leads of each kind in one world.
const LEADS: usize = 3;
/// The longest that a world may take: a dial that was lost with its process is waited for until nothing of it can ring, and the
/// next one follows a minute later.
const SETTLE_MAX: Duration = Duration::from_secs(420);
/// How often it is looked whether all is settled, or the server is there again.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// So many looks without a message, and a visitor asks for another code.
const AGAIN_AFTER_LOOKS: u32 = 20;
/// The page that asks for calls.
const PAGE: &str = "https://quotes.example";
/// The publisher.
const PUBLISHER: &str = "seniors-daily";
/// Where somebody may be called at almost any hour of a day: a number's beginning, and a zip beside it.
const PLACES: [(&str, &str); 5] = [
    ("+1305555", "33109"),
    ("+1415555", "94103"),
    ("+1808555", "96813"),
    ("+1671555", "96910"),
    ("+1787555", "00901"),
];

/// The two keys.
struct Keys {
    program: String,
    widget: String,
}

/// Makes the keys, before the server has its file.
async fn keys(world: &World) -> Keys {
    let mut config = Config::demo(Demo {
        console: None,
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        public_base_url: world.node.base.clone(),
        twilio: TwilioConfig {
            account_sid: "AC".to_owned(),
            auth_token: secrecy::SecretString::from("unused"),
            auth_token_next: None,
            shared_key: None,
            base_url: "http://127.0.0.1:1".to_owned(),
            request_timeout: Duration::from_secs(1),
            cps: 1,
            census_every: Duration::from_secs(1),
        },
        master_key: Key32::new(std::array::from_fn(|n| u8::try_from(n).expect("below 32"))),
    });
    config.store.database = Database::File(world.node.file());
    let store = open_store(&config.store).await.expect("the store can be opened");
    let make = async |kind, origins: Vec<String>| {
        let new = NewPublisherKey {
            kind,
            publisher: PublisherId::parse(PUBLISHER).expect("a slug"),
            campaign: Some(lead::CampaignId::parse("medicare").expect("a slug")),
            name: "crash".to_owned(),
            origins,
            per_minute: 6_000,
        };
        let made = store.add_publisher_key(Clock::start().now(), By::COMMAND, new).await;
        let (_, secret) = made.expect("it is made").unwrap_or_else(|refused| panic!("{refused:?}"));
        secrecy::ExposeSecret::expose_secret(&secret).to_owned()
    };
    let keys = Keys {
        program: make(KeyKind::Lead, vec![]).await,
        widget: make(KeyKind::Widget, vec![PAGE.to_owned()]).await,
    };
    store.close().await;
    keys
}

/// Where somebody may be called now, by the very rules. `None`: in the one hour of a day in which nobody may be called in any of
/// these places.
fn may_be_called() -> Option<(&'static str, &'static str)> {
    let (law, now) = (Law::written(), Clock::start().now());
    // Long enough for the dial that follows a lost one.
    let later = now + SETTLE_MAX;
    PLACES.into_iter().find(|(number, zip)| {
        let phone = Pii::new(E164::parse(&format!("{number}0142")).expect("a number"));
        let place = Place::of(&phone, Zip::parse(zip).ok(), None);
        let open = |place: &Place, at: Timestamp| matches!(law.opening(place, at), Opening::Open { .. });
        place.is_some_and(|place| open(&place, now) && open(&place, later))
    })
}

/// Sends a lead until it is accepted, as publishers and pages do.
async fn accepted(client: &Client, request: impl Fn(&Client) -> reqwest::RequestBuilder) -> Value {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    loop {
        tick.tick().await;
        let Ok(answer) = request(client).send().await else { continue };
        let status = answer.status();
        let Ok(text) = answer.text().await else { continue };
        match status {
            status if status.is_success() => return serde_json::from_str(&text).expect("JSON"),
            StatusCode::SERVICE_UNAVAILABLE => {}
            status => panic!("{status}: {text}"),
        }
    }
}

async fn form(world: &World, client: &Client, keys: &Keys, n: usize) -> Uuid {
    let body = json!({ "phone": format!("+1305555{:04}", 3_000 + n), "zip": "33109", "age": 65, "consent": "web-2026-01" });
    let url = format!("{}/v1/leads", world.node.base);
    let answer = accepted(client, |client| {
        let request = client.post(&url).header("authorization", format!("Bearer {}", keys.program));
        let request = request.header("idempotency-key", format!("form-{n}"));
        request.header("content-type", "application/json").body(body.to_string())
    });
    answer.await["id"].as_str().expect("an id").parse().expect("an id")
}

/// Asks for a call; gives the number.
async fn wish(
    world: &World,
    client: &Client,
    keys: &Keys,
    ((begins, zip), n): ((&str, &str), usize),
) -> String {
    let phone = format!("{begins}{:04}", 4_000 + n);
    let person = sandbox::Caller::by_prompt([
        ("Press 1", sandbox::Answer::press("1")),
        ("old", sandbox::Answer::press(medicare::AGE)),
        ("age", sandbox::Answer::press(medicare::AGE)),
    ]);
    world.medicare.carrier.line(&phone, Line::person(person));
    let body =
        json!({ "phone": phone, "zip": zip, "consent": "widget-2026-01", "page_url": format!("{PAGE}/") });
    let url = format!("{}/v1/callbacks?key={}", world.node.base, keys.widget);
    let answer = accepted(client, |client| {
        let request = client.post(&url).header("origin", PAGE);
        let request = request.header("idempotency-key", format!("wish-{n}"));
        request.header("content-type", "application/json").body(body.to_string())
    })
    .await;
    if answer["state"] == "code_wanted" {
        proven(world, client, keys, (&phone, answer["token"].as_str().expect("a token"))).await;
    }
    phone
}

/// Enters the code that was sent to the phone; where none comes, another one is asked for, as a visitor does.
async fn proven(world: &World, client: &Client, keys: &Keys, (phone, token): (&str, &str)) {
    let url = format!("{}/v1/callbacks/{token}/code?key={}", world.node.base, keys.widget);
    let say = async |body: Value| {
        let request = client.post(&url).header("origin", PAGE).header("content-type", "application/json");
        request.body(body.to_string()).send().await.is_ok_and(|answer| answer.status().is_success())
    };
    let mut tick = tokio::time::interval(LOOK_EVERY);
    for looks in 1_u32.. {
        tick.tick().await;
        let sent = world.medicare.carrier.messages().into_iter().rfind(|message| message.to == phone);
        match sent {
            Some(message) => {
                let code: String = message.text.chars().take(6).collect();
                if say(json!({ "code": code })).await {
                    return;
                }
            }
            // The process that was to send it is gone.
            None if looks.is_multiple_of(AGAIN_AFTER_LOOKS) => drop(say(json!({ "again": true })).await),
            None => {}
        }
    }
}

/// Everything is accepted, and comes to its end.
async fn play(world: &World, keys: &Keys, place: Option<(&str, &str)>) -> (Vec<Uuid>, Vec<String>, Open) {
    // Whoever was first has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().timeout(Duration::from_secs(5)).build().expect("a client");
    let forms = futures_util::future::join_all((0..LEADS).map(|n| form(world, &client, keys, n))).await;
    let wishes = place.map(|place| (0..LEADS).map(move |n| (place, n))).into_iter().flatten();
    let wishes = futures_util::future::join_all(wishes.map(|it| wish(world, &client, keys, it))).await;
    let mut tick = tokio::time::interval(LOOK_EVERY);
    let settling = async {
        loop {
            tick.tick().await;
            if Open::read(&world.node.file()).await.is_nothing() {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(SETTLE_MAX, settling).await;
    (forms, wishes, Open::read(&world.node.file()).await)
}

/// One world whose server dies at a point, and what came of it.
async fn dies_at(point: &str, place: Option<(&str, &str)>) -> Result<(), String> {
    let world = World::of(11, Faults::none(), |campaign| {
        if point.contains("_send_code") {
            set(campaign.get_mut("callback").expect("it calls people back"), "code = 'sms'");
        }
    })
    .await;
    let keys = keys(&world).await;
    let kill_at = format!("{point}:2");
    let (mut running, start) = world.node.start(Some(&kill_at)).await;
    assert_eq!(start, Start::Ready, "it starts:\n{}", world.node.log().join("\n"));
    let mut reached = false;
    let playing = play(&world, &keys, place);
    tokio::pin!(playing);
    let (forms, wishes, open) = loop {
        tokio::select! {
            () = running.gone(), if !reached => {
                reached = running.was_killed();
                running = world.node.start(None).await.0;
                assert!(reached, "it ended otherwise:\n{}", world.node.log().join("\n"));
            }
            played = &mut playing => break played,
        }
    };
    let books = Books::of(&world.medicare, &world.node.file()).await;
    running.kill();
    let mut broken = broken(&books, &open, &forms, &wishes);
    if !reached {
        broken.push("the point was not reached".to_owned());
    }
    match broken.is_empty() {
        true => Ok(()),
        false => Err(format!("KILL_AT={kill_at}\n{}\n{}", broken.join("\n"), world.node.log().join("\n"))),
    }
}

fn broken(books: &Books, open: &Open, forms: &[Uuid], wishes: &[String]) -> Vec<String> {
    let mut broken = books.miscounted.clone();
    broken.extend(open.left.iter().map(|(what, count)| format!("{count} {what}")));
    let sales = |journey: &Uuid| books.sales.iter().filter(|sale| sale.journey == *journey).count();
    for form in forms {
        if sales(form) != 1 {
            broken.push(format!("form {form} has {} sales", sales(form)));
        }
    }
    for sale in &books.sales {
        if books.posted_to(sale.buyer, &sale.id.to_string()) == 0 {
            broken.push(format!("sale {} was never posted", sale.id));
        }
    }
    // One lead went to one buyer: every key that was ever posted is of a sale.
    let keys: BTreeMap<_, _> = books.posted.iter().flat_map(|(_, posted)| posted).collect();
    let sold: Vec<_> = books.sales.iter().map(|sale| sale.id.to_string()).collect();
    broken.extend(
        keys.keys().filter(|key| !sold.contains(key)).map(|key| format!("{key} is posted and not sold")),
    );
    for wish in wishes {
        let bridged: usize = books
            .calls
            .iter()
            .filter(|call| call.record.to == *wish)
            .map(|call| call.bridged().count())
            .sum();
        if bridged != 1 {
            broken.push(format!("one of those who asked to be called was connected {bridged} times"));
        }
    }
    if books.sales.len() != forms.len() + wishes.len() {
        broken.push(format!("{} sales of {} leads", books.sales.len(), forms.len() + wishes.len()));
    }
    broken
}

#[tokio::test(flavor = "multi_thread")]
async fn every_point_of_a_lead_is_survived() {
    let place = may_be_called();
    // Without a place nobody is dialled, and what stands around a dial is passed by nobody.
    let points = LEAD_POINTS.iter().filter(|point| place.is_some() || point.starts_with("outbox::"));
    let runs = futures_util::stream::iter(points.map(|point| dies_at(point, place)));
    let ended: Vec<_> = runs.buffer_unordered(AT_ONCE).collect().await;
    let broken: Vec<_> = ended.into_iter().filter_map(Result::err).collect();
    assert!(broken.is_empty(), "{} of them broke a rule:\n{}", broken.len(), broken.join("\n\n"));
}
