//! `World`: an emulated carrier and six buyers that survive, and a server that does not.

use std::time::Duration;

use axum::{Router, http::header, response::IntoResponse, routing::any};
use carrier::twilio::Hook;
use sandbox::{
    Behaviour, CarrierConfig, Faults, Line, Medicare,
    carrier::{Number, Timestamps},
    medicare::Name,
};
use tokio::net::TcpListener;
use toml::{Table, Value};

use crate::{
    books::{Books, Open},
    cast::{self, Away, BIDDERS, NUMBERS},
    node::{Node, SECRET},
};

/// All buyers.
pub const NAMES: [Name; 6] = [Name::A, Name::B, Name::C, Name::D, Name::E, Name::F];
/// The example that the project ships.
const EXAMPLE: &str = include_str!("../../../../config/demo-settings.toml");
/// Seconds of the carrier in one of ours: a talk is long enough to count by the times on the wall.
const SPEED: u32 = 10;
/// Within so long after the last event everything must have come to its end.
pub const SETTLE_MAX: Duration = Duration::from_secs(120);
/// The longest that all calls may last after the last one was placed.
const CALLS_MAX: Duration = Duration::from_secs(240);
/// How often it is looked whether all is settled.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The world.
pub struct World {
    /// Carrier and buyers.
    pub medicare: Medicare,
    /// The server's home.
    pub node: Node,
}

impl World {
    /// A world whose server has not been started.
    pub async fn new(seed: u64, faults: Faults) -> Self {
        Self::of(seed, faults, |_| {}).await
    }

    /// The same, with a campaign that says something else.
    pub async fn of(seed: u64, faults: Faults, change: impl FnOnce(&mut Value)) -> Self {
        let mut config = CarrierConfig {
            speed: SPEED,
            seed,
            faults,
            // Deadlines are on the wall, so the carrier's times must be as well.
            timestamps: Timestamps::Wall,
            ..CarrierConfig::new("http://127.0.0.1:1")
        };
        let mut node = Node::new(&config.account_sid, &config.auth_token);
        let elsewhere = elsewhere(&node.base).await;
        config.voice_url = Hook::Voice.url(&node.base);
        let medicare = Medicare::start(config, Duration::from_millis(10)).await;
        for (number, away) in NUMBERS {
            let fallback = match away {
                Away::Back => format!("{elsewhere}/back"),
                Away::Sorry => format!("{elsewhere}/sorry"),
                Away::Ours => Hook::Fallback.url(&node.base),
            };
            medicare.carrier.set_number(Number {
                number: number.to_owned(),
                voice_url: Hook::Voice.url(&node.base),
                voice_fallback_url: Some(fallback),
                status_callback_url: Some(Hook::Call.url(&node.base)),
            });
        }
        for name in NAMES {
            medicare.line(name, Line::answers(Duration::from_secs(40)));
        }
        for (number, line) in cast::lines() {
            medicare.carrier.line(&number, line);
        }
        for name in BIDDERS {
            medicare.bids(name, cast::bids(name));
        }
        medicare.buyer(Name::C).set_confirm(Behaviour::Custom(std::sync::Arc::new(|_| {
            sandbox::buyers::Reply::json(200, "{\"accept\": true, \"bidAmount\": 91}".to_owned())
        })));
        medicare.bids(Name::F, Behaviour::NoBid204);
        node.furnish(&medicare.carrier.rest_base(), &settings(&medicare, change));
        Self { medicare, node }
    }

    /// Waits until no call is under way any more.
    pub async fn calls_ended(&self) {
        let ended = tokio::time::timeout(CALLS_MAX, self.medicare.carrier.all_ended()).await;
        assert!(ended.is_ok(), "calls are still under way:\n{}", self.node.log().join("\n"));
    }

    /// Waits until nothing is open in the store, as long as that may take, and says what is then.
    pub async fn settled(&self) -> Open {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        let settling = async {
            loop {
                tick.tick().await;
                if Open::read(&self.node.file()).await.is_nothing() {
                    return;
                }
            }
        };
        // What is open after that is told by the rules.
        let _ = tokio::time::timeout(SETTLE_MAX, settling).await;
        Open::read(&self.node.file()).await
    }

    /// What the carrier, the buyers and the store have written down.
    pub async fn books(&self) -> Books {
        Books::of(&self.medicare, &self.node.file()).await
    }
}

/// Another host, which is up when ours is down: one document that comes back after a while, one that says sorry.
async fn elsewhere(base: &str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    let again = Hook::Fallback.url(base).replace('&', "&amp;");
    let back =
        format!("<Response><Pause length=\"2\"/><Redirect method=\"POST\">{again}</Redirect></Response>");
    let sorry = "<Response><Say>We are sorry.</Say><Hangup/></Response>".to_owned();
    let xml = |text: String| {
        any(move || async move { ([(header::CONTENT_TYPE, "text/xml")], text).into_response() })
    };
    let router = Router::new().route("/back", xml(back)).route("/sorry", xml(sorry));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// The shipped example with short deadlines, room for everybody, a whisper at A, a confirm at C and a B that is never
/// waited for where another bids more.
fn settings(medicare: &Medicare, change: impl FnOnce(&mut Value)) -> String {
    let mut table: Table = EXAMPLE.parse().expect("the example is TOML");
    let list = |table: &mut Table, key: &str| match table.get_mut(key) {
        Some(Value::Array(list)) => std::mem::take(list),
        _ => panic!("the example has {key}"),
    };
    let mut campaigns = list(&mut table, "campaign");
    let callback = campaigns[0].get_mut("callback").expect("the example calls people back");
    set(callback, "ring = '10s'\nretry = ['1m', '1m']");
    set(&mut campaigns[0], "take_max = '10s'\nring_extra = '0s'\nmargin = '5s'\nrecording = 'off'");
    change(&mut campaigns[0]);
    let mut offers = list(&mut table, "offer");
    for offer in &mut offers {
        set(offer, "timeout = '2s'\nring = '5s'\ntalk_max = '1m'\npayable_after = '15s'");
        set(offer, &format!("signing_secrets = ['env:{SECRET}']"));
        if let Some(offer) = offer.as_table_mut() {
            offer.remove("caps");
            offer.remove("payable_max");
        }
    }
    set(&mut offers[0], "whisper = 'Medicare from {state}'\nscreening = 'press_one'\nconcurrency = 10000");
    set(
        &mut offers[1],
        "bid_max = '72.00'\ncaps = [{ counts = 'answered', period = 'total', max = 1000000 }]",
    );
    set(&mut offers[2], "confirm_url = 'http://127.0.0.1:9103/confirm'\nconfirm = { timeout = '1s' }");
    set(
        &mut offers[2],
        "caps = [{ counts = 'payable', period = 'total', max = 1000000 }]\nconcurrency = 10000",
    );
    let mut buyers = list(&mut table, "buyer");
    set(&mut buyers[1], "concurrency = 10000");
    set(&mut buyers[2], "caps = [{ counts = 'attempts', period = 'total', max = 1000000 }]");
    let mut numbers = list(&mut table, "number");
    for (number, _) in &NUMBERS[1..] {
        let mut other = numbers[0].clone();
        set(&mut other, &format!("number = '{number}'"));
        numbers.push(other);
    }
    for (key, list) in [("campaign", campaigns), ("offer", offers), ("buyer", buyers), ("number", numbers)] {
        table.insert(key.to_owned(), Value::Array(list));
    }
    let mut text = toml::to_string(&table).expect("a table can be written");
    for (n, buyer) in medicare.buyers.iter().enumerate() {
        text = text.replace(&format!("http://127.0.0.1:{}", 9_101 + n), &buyer.origin());
    }
    text
}

/// Changes some keys of a table.
pub fn set(value: &mut Value, keys: &str) {
    value.as_table_mut().expect("it is a table").extend(keys.parse::<Table>().expect("a change is TOML"));
}
