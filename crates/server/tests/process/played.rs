//! A whole call through the binary: what its logs, its figures and its export say, and what they do not.

use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use carrier::twilio::Hook;
use journey::{Event, Journey};
use lead::{JourneyId, Pii, Timestamp};
use sandbox::{
    Answer, Caller, CarrierConfig, InboundCall, Medicare,
    canary::Canary,
    medicare::{AGE, BUYER_NUMBERS, CALLER, CAMPAIGN_NUMBER, ZIP},
};
use server::settings::{Settings, Surroundings};

use crate::{
    place::{ACCOUNT, EXAMPLE, Place, Server, TOKEN},
    request::get,
};

pub const NAME: &str = "Dolores";
const METRICS: &str = include_str!("../../../../docs/reference/metrics.md");

/// A question whose answer bidders never see.
const NAME_ASKED: &str = "[[campaign.script.question]]\nfield = \"first_name\"\naudience = \"winner\"\n\
    ask = \"What is your first name?\"\ncheck = \"name\"\n\n\n# --- Who sent the caller";

/// The example world round the binary.
pub struct World {
    /// Where the server runs.
    pub place: Place,
    /// The server.
    pub server: Server,
    /// Carrier and buyers.
    pub medicare: Medicare,
}

impl World {
    async fn start() -> Self {
        Self::with(|settings| settings).await
    }

    /// As the example has it, with changed settings.
    pub async fn with(change: impl FnOnce(String) -> String) -> Self {
        let address = free_address();
        let base = format!("http://{address}");
        let medicare = Medicare::start(
            CarrierConfig {
                voice_fallback_url: Some(Hook::Fallback.url(&base)),
                status_callback_url: Some(Hook::Call.url(&base)),
                account_sid: ACCOUNT.to_owned(),
                auth_token: TOKEN.to_owned(),
                ..CarrierConfig::new(Hook::Voice.url(&base))
            },
            Duration::from_millis(20),
        )
        .await;
        let place = Place::new()
            .with("HTTP__LISTEN", &address.to_string())
            .with("HTTP__PUBLIC_BASE_URL", &base)
            .with("LOG__LEVEL", "trace")
            .with("TWILIO__BASE_URL", &medicare.carrier.rest_base());
        let text = EXAMPLE.replacen("# --- Who sent the caller", NAME_ASKED, 1);
        let buyers = medicare.buyers.iter().enumerate();
        let text = buyers.fold(text, |text, (n, buyer)| {
            text.replace(&format!("http://127.0.0.1:{}", 9_101 + n), &buyer.origin())
        });
        place.write("settings.toml", &change(text));
        let server = place.serve();
        Self { place, server, medicare }
    }

    /// Plays a call to its end.
    pub async fn play(&self, call: InboundCall) -> JourneyId {
        let handle = self.medicare.carrier.place(call);
        let journey = JourneyId::of_call(ACCOUNT, handle.sid());
        handle.ended().await;
        self.server.logged_all(&["a call ended", &journey.to_string()]);
        journey
    }

    /// The example's caller, who says a name.
    pub fn call(&self) -> InboundCall {
        let caller = Caller::by_prompt([
            ("zip", Answer::press(ZIP)),
            ("how old", Answer::press(AGE)),
            ("first name", Answer::speak(NAME, "0.97")),
        ]);
        InboundCall { caller, ..self.medicare.call() }
    }
}

/// A port that nobody listens on now.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sold_call_leaves_no_personal_value_in_logs_and_figures() {
    let world = World::start().await;
    let journey = world.play(world.call()).await;
    world.server.logged("a post was delivered");
    let log = world.server.log();
    let numbers = [CALLER, CAMPAIGN_NUMBER, NAME].into_iter().chain(BUYER_NUMBERS);
    let canary = Canary::new(numbers);
    for line in &log {
        let parsed: serde_json::Value = serde_json::from_str(line).expect(line);
        for key in ["timestamp", "level", "message", "target"] {
            assert!(parsed[key].is_string(), "{key}: {line}");
        }
        assert_eq!(canary.found_in(line.as_bytes()), [], "{line}");
    }
    let of_the_call = format!("\"journey.id\":\"{journey}\"");
    for message in ["a call arrived", "an auction closed", "a call ended", "an event"] {
        let told =
            log.iter().any(|line| line.contains(&format!("\"{message}\"")) && line.contains(&of_the_call));
        assert!(told, "{message}:\n{}", log.join("\n"));
    }
    let figures = get(world.server.address, "/metrics").body;
    assert_eq!(canary.found_in(figures.as_bytes()), [], "{figures}");
    let id = journey.to_string();
    assert!(!figures.contains(&id) && !figures.contains("buyer-c"), "{figures}");
    let kinds = figures.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let kinds: BTreeSet<_> = kinds.collect();
    for name in &kinds {
        assert!(METRICS.contains(&format!("| `{name}` |")), "{name} is not in docs/reference/metrics.md");
    }
    for name in ["pingpost_events_total", "pingpost_auction_duration_seconds", "pingpost_post_attempts_total"]
    {
        assert!(kinds.contains(name), "{name}:\n{figures}");
    }
    assert_eq!(world.server.figure("pingpost_events_total{event=\"buyer_picked_up\"}"), 1);
    assert_eq!(world.server.figure("pingpost_post_attempts_total{result=\"delivered\"}"), 1);
    assert_eq!(world.server.figure("pingpost_webhooks_stray_total"), 0);
    assert_eq!(world.server.figure("pingpost_panics_total"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exported_call_has_no_person_and_plays_again_to_the_same_end() {
    let world = World::start().await;
    let journey = world.play(world.call()).await;
    let exported = world.place.run(&["call", "export", &journey.to_string()]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    assert_eq!(Canary::new([CALLER, NAME]).found_in(exported.out.as_bytes()), [], "{}", exported.out);
    assert!(exported.out.contains("+130555501"), "the area code and the shape stay: {}", exported.out);
    let source = world.place.run(&["settings", "export"]).out;
    let ended = played_again(&source, journey, &exported.out);
    let line: serde_json::Value = serde_json::from_str(&world.server.logged("a call ended")).expect("JSON");
    assert_eq!(Some(&*ended), line["outcome"].as_str());
    assert_eq!(ended, "sold");
    let twice = world.place.run(&["call", "export", &journey.to_string()]);
    assert_eq!(twice.out, exported.out, "the fakes are stable");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_withholds_the_number_is_sold_without_an_area_code() {
    let world = World::start().await;
    let journey = world.play(InboundCall { from: None, ..world.call() }).await;
    let pings: Vec<_> = world.medicare.buyers.iter().flat_map(|buyer| buyer.pings()).collect();
    assert_eq!(pings.len(), 6);
    for ping in pings {
        let text = String::from_utf8(ping.bytes()).expect("UTF-8");
        assert!(text.contains(ZIP), "{text}");
        for never in ["area_code", "areaCode", "266696687", "\"266\""] {
            assert!(!text.contains(never), "{never}: {text}");
        }
    }
    let source = world.place.run(&["settings", "export"]).out;
    let exported = world.place.run(&["call", "export", &journey.to_string()]).out;
    assert_eq!(played_again(&source, journey, &exported), "sold");
}

/// The outcome of an exported call, from its text alone.
fn played_again(settings: &str, id: JourneyId, exported: &str) -> String {
    let policy = buyer::exchange::ExchangePolicy { allow_private_targets: true, own_addresses: vec![] };
    let surroundings = Surroundings { policy, credential: &|_| None };
    let settings = Settings::parse(settings, "exported", &surroundings).expect("the settings are good");
    let dnis = lead::E164::parse(CAMPAIGN_NUMBER).expect("a number");
    let (campaign, publisher) = settings.campaign_of(&dnis).expect("it has a campaign");
    let mut journey = Journey::begin(id, Arc::clone(&campaign), publisher);
    for (n, line) in exported.lines().enumerate() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        assert_eq!(line["n"], n);
        let at: jiff::Timestamp = line["at"].as_str().and_then(|at| at.parse().ok()).expect("a time");
        let event: Event<String> = serde_json::from_value(line["event"].clone()).expect("an event");
        journey.on_event(Timestamp::from_micros(at.as_microsecond()), event.map(&mut Pii::new));
    }
    journey.ended().map_or_else(|| "not ended".to_owned(), |ended| ended.code().to_owned())
}
