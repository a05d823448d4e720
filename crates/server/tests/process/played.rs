//! A whole call through the binary: what its logs, its figures and its export say, and what they do not.

use std::{collections::BTreeSet, sync::Arc};

use journey::{Event, Journey};
use lead::{JourneyId, Pii, Timestamp};
use sandbox::{
    InboundCall,
    canary::Canary,
    medicare::{BUYER_NUMBERS, CALLER, CAMPAIGN_NUMBER, ZIP},
};
use settings::{Settings, Surroundings};

use crate::{
    request::get,
    world::{NAME, World},
};

const METRICS: &str = include_str!("../../../../docs/reference/metrics.md");

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
    let of_offers = |line: &&str| line.starts_with("pingpost_offer_ping_share{offer=\"");
    let others: Vec<_> = figures.lines().filter(|line| !of_offers(line)).collect();
    assert!(!figures.contains(&id) && !others.concat().contains("buyer-c"), "{figures}");
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
    // Figures of several processes can be added up: bounds, not one process's quantiles.
    for line in [
        "# TYPE pingpost_auction_duration_seconds histogram",
        "# TYPE pingpost_sale_price histogram",
        "pingpost_sale_price_bucket{le=\"75\"} 0",
        "pingpost_sale_price_bucket{le=\"100\"} 1",
        "pingpost_sale_price_sum 91",
        "pingpost_auction_duration_seconds_count 1",
        "pingpost_sales_settled_total{verdict=\"earned\"} 1",
    ] {
        assert!(figures.lines().any(|it| it == line), "{line}:\n{figures}");
    }
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
