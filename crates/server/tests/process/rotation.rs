//! Two hundred hostile buyers beside a healthy set: who wins is who wins without them, every auction closes with one outcome
//! an offer, and the process does not grow. The long form prints its figures:
//!
//! `PINGPOST_ROTATION_CALLS=60 cargo test -p server --test process rotation -- --nocapture`

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    net::TcpListener,
    time::Duration,
};

use carrier::twilio::Hook;
use lead::JourneyId;
use sandbox::{
    Answer, Behaviour, Buyer, BuyerSpec, Caller, CarrierConfig, InboundCall, Line, Medicare, Trap,
    buyers::{Hostile, Reply, hostile},
    medicare::{BUYER_NUMBERS, Name, ZIP},
};
use sqlx::Row;
use toml::{Table, Value};

use crate::{
    place::{ACCOUNT, EXAMPLE, Place, Server, TOKEN},
    request::get,
};

/// The hostile buyers.
const HOSTILE: usize = 200;
/// What the process may grow by, from when all connections to them are there and all behave.
const GROWTH_MAX_KIB: u64 = 50 * 1024;
/// What a round may take beyond its last deadline.
const BEYOND_MAX: Duration = Duration::from_millis(50);
/// How long a hostile buyer may think.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How long a healthy one may, where winners are compared and not times: however busy the machine is.
const AMPLE: Duration = Duration::from_secs(20);
/// Calls that only warm up.
const WARM: usize = 2;

/// One run.
#[derive(Clone, Copy)]
struct Plan {
    hostile: usize,
    throttle: bool,
    healthy_timeout: Duration,
    calls: usize,
    at_once: usize,
}

/// What came of it.
#[derive(Default)]
struct Seen {
    /// Who was connected, and for how much, by call.
    sold: Vec<(String, i64)>,
    /// How long after its last deadline each auction closed.
    beyond: Vec<Duration>,
    /// What became of the healthy offers, by call.
    healthy: Vec<Vec<String>>,
    /// Hostile offers by what became of them.
    outcomes: BTreeMap<String, usize>,
    /// What the process grew by, at its largest.
    grown_kib: u64,
    /// Log lines about shares.
    told: usize,
    /// The figures of shares.
    figures: Vec<String>,
    /// What `pingpost offer health` says afterwards.
    health: Vec<serde_json::Value>,
}

struct World {
    server: Server,
    medicare: Medicare,
    place: Place,
    others: Vec<Buyer>,
    kinds: Vec<Hostile>,
    trap: Trap,
}

/// What a healthy buyer bids for a caller of this age: each of the three is the highest for some.
fn amount(seat: usize, age: usize) -> usize {
    40 + (age + 7 * seat) % 21
}

fn healthy(seat: usize) -> Behaviour {
    Behaviour::Custom(std::sync::Arc::new(move |ping| {
        let age = ping.json()["ivr"]["age"].as_u64().and_then(|age| usize::try_from(age).ok());
        let amount = amount(seat, age.expect("a ping says the age"));

        Reply::json(200, format!(r#"{{"bidAmount":{amount},"phoneNumber":"{}"}}"#, BUYER_NUMBERS[seat]))
    }))
}

fn age_of(call: usize) -> usize {
    60 + call % 20
}

impl World {
    async fn start(plan: Plan) -> Self {
        // The port is kept until the server takes it, or one of two hundred buyers would.
        let kept = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = kept.local_addr().expect("it has an address");
        let base = format!("http://{address}");
        let carrier = CarrierConfig {
            voice_fallback_url: Some(Hook::Fallback.url(&base)),
            status_callback_url: Some(Hook::Call.url(&base)),
            account_sid: ACCOUNT.to_owned(),
            auth_token: TOKEN.to_owned(),
            speed: 100,
            ..CarrierConfig::new(Hook::Voice.url(&base))
        };
        let medicare = Medicare::start(carrier, Duration::ZERO).await;
        for (seat, name) in [Name::A, Name::B, Name::C].into_iter().enumerate() {
            medicare.bids(name, healthy(seat));
            medicare.line(name, Line::answers(Duration::from_secs(95)));
        }
        medicare.bids(Name::F, Behaviour::NoBid204);
        let mut others = vec![];
        for n in 0..plan.hostile {
            others.push(Buyer::start(BuyerSpec::new(&format!("Hostile {n}"), Behaviour::NoBid204)).await);
        }
        let trap = Trap::start().await;
        let kinds = hostile(&format!("http://{}/ping", trap.address()), TIMEOUT + Duration::from_millis(200));
        let place = Place::new()
            .with("HTTP__LISTEN", &address.to_string())
            .with("HTTP__PUBLIC_BASE_URL", &base)
            .with("LOG__LEVEL", "info")
            .with("EXCHANGE__THROTTLE", if plan.throttle { "true" } else { "false" })
            .with("TWILIO__BASE_URL", &medicare.carrier.rest_base());
        place.write("settings.toml", &settings(&medicare, &others, plan.healthy_timeout));
        drop(kept);
        let server = place.serve();
        Self { server, medicare, place, others, kinds, trap }
    }

    /// Each hostile buyer does something else from now on; each does everything in its turn.
    fn rotate(&self, turn: usize) {
        for (n, buyer) in self.others.iter().enumerate() {
            buyer.set(self.kinds[(n + turn) % self.kinds.len()].does.clone());
        }
    }

    /// Calls, so many at once, each by a caller of another age.
    async fn call(&self, first: usize, at_once: usize) -> Vec<JourneyId> {
        let mut calls = vec![];
        for n in first..first + at_once {
            let age = Answer::press(&age_of(n).to_string());
            let caller = Caller::by_prompt([("zip", Answer::press(ZIP)), ("how old", age)]);
            calls.push(self.medicare.carrier.place(InboundCall { caller, ..self.medicare.call() }));
        }
        let mut journeys = vec![];
        for call in calls {
            journeys.push(JourneyId::of_call(ACCOUNT, call.sid()));
            call.ended().await;
        }
        journeys
    }

    fn resident_kib(&self, which: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.pid()));
        let status = status.expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix(which));
        let kib = line.and_then(|line| line.split_whitespace().next());
        kib.and_then(|kib| kib.parse().ok()).expect("it says how much is resident")
    }
}

/// The example's settings with the buyers that run here, no caps, and the hostile ones behind it.
fn settings(medicare: &Medicare, others: &[Buyer], healthy_timeout: Duration) -> String {
    let buyers = medicare.buyers.iter().enumerate();
    let text = buyers.fold(EXAMPLE.to_owned(), |text, (n, buyer)| {
        text.replace(&format!("http://127.0.0.1:{}", 9_101 + n), &buyer.origin())
    });
    let mut file: Table = text.parse().expect("the example is TOML");
    let list = |file: &mut Table, key: &str| -> Vec<Table> {
        let all = file.remove(key).and_then(|all| all.as_array().cloned()).expect("the example has it");
        all.into_iter().filter_map(|one| one.as_table().cloned()).collect()
    };
    let (mut companies, mut offers) = (list(&mut file, "buyer"), list(&mut file, "offer"));
    let mut campaigns = list(&mut file, "campaign");
    campaigns[0].extend(toml("repeat = { window = '0s' }\nbudget = '25s'"));
    let timeout = |timeout: Duration| {
        toml(&format!("timeout = '{}ms'\nbid_max = '500'\nmin_bid = '1'", timeout.as_millis()))
    };
    offers.iter_mut().for_each(|offer| offer.extend(timeout(healthy_timeout)));
    for table in companies.iter_mut().chain(&mut offers) {
        for key in ["caps", "concurrency", "duplicate", "hours", "filters"] {
            table.remove(key);
        }
    }
    for (n, buyer) in others.iter().enumerate() {
        let mut offer = offers[0].clone();
        offer.remove("static_price");
        // Some have no TLS where it is asked for, and nobody listens for some.
        let ping_url = match n % 20 {
            18 => buyer.ping_url().replace("http:", "https:"),
            19 => buyer.ping_url().replace("127.0.0.1", "127.99.99.99"),
            _ => buyer.ping_url(),
        };
        let text = format!(
            "id = 'hostile-{n}'\nbuyer = 'hostile-{n}'\nname = 'Hostile {n}'\nping_url = '{ping_url}'\npost_url = '{}'",
            buyer.post_url()
        );
        offer.extend(toml(&text));
        offer.extend(timeout(TIMEOUT));
        offers.push(offer);
        companies.push(toml(&format!("id = 'hostile-{n}'")));
    }
    for (key, all) in [("buyer", companies), ("offer", offers), ("campaign", campaigns)] {
        file.insert(key.to_owned(), Value::Array(all.into_iter().map(Value::Table).collect()));
    }
    toml::to_string(&file).expect("a table can be written")
}

fn toml(text: &str) -> Table {
    text.parse().expect("it is TOML")
}

/// Plays a run to its end, and reads what was kept.
async fn run(plan: Plan) -> Seen {
    let world = World::start(plan).await;
    world.call(0, WARM).await;
    let before = world.resident_kib("VmRSS:");
    let mut journeys = vec![];
    for (turn, first) in (0..plan.calls).step_by(plan.at_once).enumerate() {
        world.rotate(turn);
        journeys.extend(world.call(first, plan.at_once.min(plan.calls - first)).await);
    }
    let grown_kib = world.resident_kib("VmHWM:").saturating_sub(before);
    let World { server, medicare, place, others, trap, .. } = world;
    assert_eq!(trap.connections(), 0, "no redirect is followed");
    let told = server.log().iter().filter(|line| line.contains("\"an offer is asked")).count();
    let figures = get(server.address, "/metrics").body;
    let figures = figures.lines().filter(|line| line.starts_with("pingpost_offer_ping_share{"));
    let figures: Vec<_> = figures.map(str::to_owned).collect();
    server.signal("TERM");
    assert_eq!(server.ended(), 0);
    drop(others);
    medicare.carrier.stop().await;
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(place.path("pingpost.db")).read_only(true);
    let mut conn = sqlx::ConnectOptions::connect(&options).await.expect("the file can be opened");
    let health = place.run(&["offer", "health", "--json"]);
    assert_eq!(health.code, 0, "{}", health.err);
    let health = serde_json::from_str(&health.out).expect("JSON");
    let mut seen = Seen { grown_kib, told, figures, health, ..Seen::default() };
    for journey in journeys {
        read(&mut conn, journey, plan, &mut seen).await;
    }
    seen
}

/// What is kept of one call: its auction with one outcome an offer, and its sale.
async fn read(conn: &mut sqlx::SqliteConnection, journey: JourneyId, plan: Plan, seen: &mut Seen) {
    const AUCTION: &str = "SELECT auction, opened_at, closed_at FROM auction_records WHERE journey = ?";
    const OFFERS: &str = "SELECT offer, outcome, wait_ms FROM auction_offers WHERE auction = ?";
    const SALE: &str = "SELECT offer, price FROM sales WHERE journey = ?";
    let auctions = sqlx::query(AUCTION).bind(journey.uuid()).fetch_all(&mut *conn).await.expect("it reads");
    assert_eq!(auctions.len(), 1, "one auction closed");
    let (opened, closed): (i64, i64) = (auctions[0].get("opened_at"), auctions[0].get("closed_at"));
    let took = Duration::from_micros(u64::try_from(closed - opened).expect("it closed after it opened"));
    seen.beyond.push(took.saturating_sub(TIMEOUT));
    let auction: uuid::Uuid = auctions[0].get("auction");
    let offers = sqlx::query(OFFERS).bind(auction).fetch_all(&mut *conn).await.expect("it reads");
    let named: BTreeSet<String> = offers.iter().map(|offer| offer.get("offer")).collect();
    assert_eq!((offers.len(), named.len()), (6 + plan.hostile, 6 + plan.hostile), "one outcome an offer");
    let mut healthy = vec![];
    for row in &offers {
        let (offer, outcome): (String, String) = (row.get("offer"), row.get("outcome"));
        let wait_ms: Option<i64> = row.get("wait_ms");
        if offer.starts_with("hostile") {
            *seen.outcomes.entry(outcome).or_default() += 1;
        } else {
            healthy.push(format!("{offer} {outcome} {wait_ms:?}"));
        }
    }
    seen.healthy.push(healthy);
    let sales = sqlx::query(SALE).bind(journey.uuid()).fetch_all(&mut *conn).await.expect("it reads");
    assert_eq!(sales.len(), 1, "one sale");
    seen.sold.push((sales[0].get("offer"), sales[0].get("price")));
}

/// Who must win, and at which price, call by call.
fn expected(calls: usize) -> Vec<(String, i64)> {
    let winner = |call: usize| {
        let seat = (0..3).max_by_key(|seat| amount(*seat, age_of(call))).expect("three");
        let price = i64::try_from(amount(seat, age_of(call))).expect("small") * 1_000_000;
        (format!("buyer-{}-medicare", ["a", "b", "c"][seat]), price)
    };
    (0..calls).map(winner).collect()
}

fn all_kinds(seen: &Seen) {
    for code in ["timeout", "unreachable", "bad_status", "malformed", "too_large", "no_bid", "above_max"] {
        assert!(seen.outcomes.contains_key(code), "{code}: {:?}", seen.outcomes);
    }
}

#[test]
fn the_healthy_win_by_turns() {
    let winners: BTreeSet<_> = expected(20).into_iter().map(|(offer, _)| offer).collect();
    assert_eq!(winners.len(), 3);
    for age in 60..80 {
        let amounts: BTreeSet<_> = (0..3).map(|seat| amount(seat, age)).collect();
        assert_eq!(amounts.len(), 3, "no ties, or the draw would decide");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_hostile_buyers_change_no_winner_and_take_no_memory() {
    match variable("PINGPOST_ROTATION_CALLS") {
        Some(calls) => measured(calls).await,
        None => compared().await,
    }
}

/// A few calls: who wins, what is kept, and the memory.
async fn compared() {
    let plan = Plan { hostile: HOSTILE, throttle: false, healthy_timeout: AMPLE, calls: 6, at_once: 2 };
    let all_asked = run(plan).await;
    assert_eq!(
        all_asked.sold,
        expected(plan.calls),
        "the winners are those without them: {:#?}",
        all_asked.healthy
    );
    assert!(all_asked.grown_kib <= GROWTH_MAX_KIB, "it grew by {} KiB", all_asked.grown_kib);
    assert_eq!((all_asked.outcomes.get("throttled"), all_asked.told), (None, 0));
    all_kinds(&all_asked);

    let plan = Plan { throttle: true, calls: 14, ..plan };
    let throttled = run(plan).await;
    assert_eq!(throttled.sold, expected(plan.calls), "{:#?}", throttled.healthy);
    assert!(throttled.grown_kib <= GROWTH_MAX_KIB, "it grew by {} KiB", throttled.grown_kib);
    let left_out = throttled.outcomes.get("throttled").copied().unwrap_or_default();
    assert!(
        left_out > HOSTILE && throttled.told >= HOSTILE / 2,
        "{left_out} left out, {} told",
        throttled.told
    );
    let rarely = throttled.figures.iter().filter(|line| !line.ends_with(" 1")).count();
    assert!(rarely >= HOSTILE / 2, "{:#?}", throttled.figures);
    is_explained(&throttled.health);
}

/// What `pingpost offer health` says of each offer, against itself.
fn is_explained(health: &[serde_json::Value]) {
    assert_eq!(health.len(), 6 + HOSTILE);
    let number = |row: &serde_json::Value, key: &str| row[key].as_u64().expect("a whole number");
    for row in health {
        let why = row["why"].as_str().expect("a reason");
        let hostile = row["offer"].as_str().is_some_and(|offer| offer.starts_with("hostile"));
        let outcomes = row["outcomes"].as_object().expect("outcomes by code");
        let times = |code: &str| outcomes.get(code).and_then(serde_json::Value::as_u64).unwrap_or_default();
        let all: u64 = outcomes.keys().map(|code| times(code)).sum();
        assert_eq!((all, times("late")), (number(row, "pings"), number(row, "late")), "{row}");
        match number(row, "asked_in_one_of") {
            1 => assert!(why.ends_with("all are sent"), "{row}"),
            of => assert!(hostile && why.contains(&format!("; 1 in {of} is sent, until ")), "{row}"),
        }
        if !hostile {
            assert_eq!(number(row, "answered"), all, "{row}");
            assert!(number(row, "median_ms") <= number(row, "slowest_ms"), "{row}");
        }
    }
    let rarely = health.iter().filter(|row| number(row, "asked_in_one_of") > 1).count();
    assert!(rarely >= HOSTILE / 2, "{rarely} are asked less often");
    for key in ["late", "silent"] {
        assert!(health.iter().any(|row| number(row, key) > 0), "nobody was {key}");
    }
}

#[expect(clippy::disallowed_methods, reason = "how many calls is said by whoever measures")]
fn variable(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// Many calls without any hostile buyer, with all of them asked, and with the throttle, in figures.
#[expect(clippy::print_stderr, reason = "it is a measurement, and this is its result")]
async fn measured(calls: usize) {
    let mut wrong = String::new();
    for (name, hostile, throttle) in [
        ("without hostile buyers", 0, true),
        ("200 hostile buyers, all asked", HOSTILE, false),
        ("200 hostile buyers, throttled", HOSTILE, true),
    ] {
        let seen = run(Plan { hostile, throttle, healthy_timeout: TIMEOUT, calls, at_once: 2 }).await;
        let mut beyond = seen.beyond.clone();
        beyond.sort_unstable();
        let (half, most) = (beyond[beyond.len() / 2], beyond[beyond.len() - 1]);
        let p99 = beyond[(beyond.len() * 99 / 100).min(beyond.len() - 1)];
        let won = |seat: &str| seen.sold.iter().filter(|(offer, _)| offer.starts_with(seat)).count();
        eprintln!("{name}: {calls} auctions");
        eprintln!("  won: A {}, B {}, C {}", won("buyer-a"), won("buyer-b"), won("buyer-c"));
        eprintln!("  closed beyond the last deadline: median {half:?}, 99 % {p99:?}, most {most:?}");
        eprintln!("  grown by {} KiB at most; {} changes of a share", seen.grown_kib, seen.told);
        eprintln!("  hostile offers: {:?}", seen.outcomes);
        if seen.sold != expected(calls) {
            let _ = writeln!(wrong, "{name}: other winners than without");
        }
        if most > BEYOND_MAX {
            let _ = writeln!(wrong, "{name}: an auction closed {most:?} beyond its deadline");
        }
        if seen.grown_kib > GROWTH_MAX_KIB {
            let _ = writeln!(wrong, "{name}: grown by {} KiB", seen.grown_kib);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
