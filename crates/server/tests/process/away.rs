//! The database is away, stopped or killed, while calls come at some rate, and nothing that was acknowledged is lost.
//!
//! `AWAY_RATE=20 AWAY_FOR=60 cargo test -p server --test process away::calls -- --nocapture` is the long run, and prints its
//! figures; without the variables it is a short one.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use lead::JourneyId;
use sandbox::{CarrierConfig, InboundCall, Line, carrier::Timestamps, medicare::Name};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::{
    place::{ACCOUNT, Server as Node},
    postgres::on,
    postgres_server::{Database, Server},
    request::get,
    world::{World, until},
};

/// All buyers.
const NAMES: [Name; 6] = [Name::A, Name::B, Name::C, Name::D, Name::E, Name::F];
/// Longest that all may last after the last call.
const SETTLE_MAX: Duration = Duration::from_secs(120);

/// What must be over before books are compared.
const OPEN: &str = "SELECT (SELECT COUNT(*) FROM journeys WHERE ended_at IS NULL OR wake_at IS NOT NULL) \
    + (SELECT COUNT(*) FROM posts WHERE state IN ('waiting', 'due', 'claimed')) \
    + (SELECT COUNT(*) FROM reservations WHERE state = 'held') \
    + (SELECT COUNT(*) FROM reservation_seats WHERE taken) \
    + (SELECT COUNT(*) FROM sales s WHERE NOT EXISTS \
        (SELECT 1 FROM sale_entries e WHERE e.sale = s.id AND e.kind IN ('earned', 'void')))";

/// A server that a test may stop, with a database of the test's own.
async fn database() -> (&'static Server, Database) {
    let server: &'static Server = Box::leak(Box::new(Server::start()));
    let database = server.database().await;
    (server, database)
}

/// The world on that database, with a spool and without caps. Every talk is long enough to be paid for: a sale that is void
/// before its post was claimed gets none, and a spool may drive an acceptance and the end of its talk in one moment.
async fn world(database: &Database) -> World {
    let world = World::of(
        // Deadlines are on the wall, so the carrier's times must be as well.
        |carrier| CarrierConfig { speed: 10, timestamps: Timestamps::Wall, ..carrier },
        |place| on(place, &database.at()).with("STORE__SPOOL", "spool").with("LOG__LEVEL", "info"),
        |text| {
            text.replace("max = 20 ", "max = 90000 ")
                .replace("max = 100 ", "max = 90000 ")
                .replace("max = 200 ", "max = 90000 ")
                .replace("payable_after = \"60s\"", "payable_after = \"15s\"")
        },
    )
    .await;
    for name in NAMES {
        world.medicare.line(name, Line::answers(Duration::from_secs(40)));
    }
    world
}

/// What a run came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    calls: usize,
    /// Calls that the carrier connected to a buyer.
    accepted: usize,
    sales: usize,
    /// Sales of a buyer who picked up and was not connected.
    void: usize,
    /// Posts of sales that stand, each counted once.
    posts: usize,
    /// Connected calls that are not booked, or whose post never came.
    lost: usize,
    /// Calls that were sold, or connected, more than once.
    twice: usize,
    /// Callers who heard that an application failed: their document could not be had.
    application_errors: usize,
}

/// Places calls at a rate, so many of them, each of another caller.
struct Load {
    tick: tokio::time::Interval,
    placed: u32,
}

impl Load {
    fn new(rate: u32) -> Self {
        Self { tick: tokio::time::interval(Duration::from_secs(1) / rate), placed: 0 }
    }

    async fn place(&mut self, world: &World, calls: u32) {
        for _ in 0..calls {
            self.tick.tick().await;
            self.placed += 1;
            let from = format!("+1305{}", 3_000_000 + self.placed);
            drop(world.medicare.carrier.place(InboundCall { from: Some(from), ..world.call() }));
        }
    }
}

async fn number(conn: &mut PgConnection, query: &'static str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(conn).await.expect("a number")
}

/// Waits until all is over, and compares the three books.
async fn figures(world: &World, database: &Database) -> Figures {
    let ended = tokio::time::timeout(SETTLE_MAX, world.medicare.carrier.all_ended()).await;
    assert!(ended.is_ok(), "calls are still under way");
    until("an empty spool", || world.server.figure("pingpost_spool_entries") == 0).await;
    let mut conn = database.connect().await;
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let settling = async {
        while number(&mut conn, OPEN).await > 0 {
            tick.tick().await;
        }
    };
    let settled = tokio::time::timeout(SETTLE_MAX, settling).await;
    let mut conn = database.connect().await;
    assert!(settled.is_ok(), "{} things are still open", number(&mut conn, OPEN).await);
    let sales = "SELECT s.journey, s.id, EXISTS (SELECT 1 FROM sale_entries e \
        WHERE e.sale = s.id AND e.kind = 'void' AND e.reason = 'abandoned') AS void FROM sales s";
    let sales: Vec<(Uuid, Uuid, bool)> = sqlx::query_as(sales).fetch_all(&mut conn).await.expect("sales");
    let mut by_journey: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (journey, sale, _) in sales.iter().filter(|(_, _, void)| !void) {
        by_journey.entry(*journey).or_default().push(*sale);
    }
    let posts = NAMES.into_iter().flat_map(|name| world.medicare.buyer(name).posts());
    let posted: BTreeSet<String> =
        posts.map(|post| post.header("idempotency-key").expect("a post has its key").to_owned()).collect();
    let cancelled = "SELECT COUNT(*) FROM posts WHERE state = 'cancelled'";
    assert_eq!(number(&mut conn, cancelled).await, 0, "a talk was not paid for");
    let mut figures = Figures { sales: sales.len(), ..Figures::default() };
    figures.void = sales.iter().filter(|(_, _, void)| *void).count();
    for call in world.medicare.carrier.records() {
        let journey: Uuid = JourneyId::of_call(ACCOUNT, &call.sid).to_string().parse().expect("an id");
        let accepted =
            call.dials.iter().filter(|dial| dial.bridged && dial.to.starts_with("+1305555")).count();
        let booked = by_journey.get(&journey).map_or(0, Vec::len);
        let sold = by_journey.get(&journey).into_iter().flatten();
        let posted = sold.filter(|sale| posted.contains(&sale.to_string())).count();
        figures.calls += 1;
        figures.accepted += accepted;
        figures.posts += posted;
        figures.lost += accepted.saturating_sub(booked.min(posted));
        figures.twice += accepted.max(booked).saturating_sub(1);
        figures.application_errors +=
            usize::from(call.transcript().to_lowercase().contains("application error"));
    }
    figures
}

/// What must hold whatever the database did.
fn holds(figures: &Figures) {
    assert!(figures.accepted > 0, "{figures:?}");
    assert_eq!((figures.lost, figures.twice), (0, 0), "{figures:?}");
    assert_eq!(figures.accepted, figures.sales - figures.void, "{figures:?}");
    assert_eq!(figures.accepted, figures.posts, "{figures:?}");
}

fn variable(name: &str) -> Option<u32> {
    let (_, value) = std::env::vars().find(|(variable, _)| variable == name)?;
    Some(value.parse().expect("a number"))
}

/// Calls at a rate; for a part of them the database is away, as `go` and `come` have it.
async fn run(go: impl FnOnce(&Server), come: impl FnOnce(&Server)) {
    let (rate, seconds) = (variable("AWAY_RATE").unwrap_or(5), variable("AWAY_FOR").unwrap_or(8));
    let (server, database) = database().await;
    let world = world(&database).await;
    let mut load = Load::new(rate);
    load.place(&world, rate * 6).await;
    go(server);
    load.place(&world, rate * seconds).await;
    until("that it is missed", || world.server.figure("pingpost_store_up") == 0).await;
    let missed = get(world.server.address, "/readyz");
    assert!(
        missed.status == 503 && missed.body.contains("store: the store cannot be read: the database is away"),
        "{missed:?}"
    );
    assert!(missed.body.contains("\nspool: "), "{missed:?}");
    let spooled = world.server.figure("pingpost_spool_entries");
    assert!(spooled > 0, "nothing was told meanwhile");
    come(server);
    let back = tokio::time::Instant::now();
    until("that it is back", || world.server.figure("pingpost_store_up") == 1).await;
    until("an empty spool", || world.server.figure("pingpost_spool_entries") == 0).await;
    let drained = back.elapsed();
    load.place(&world, rate * 2).await;
    let figures = figures(&world, &database).await;
    told(&world.server, spooled, drained, &figures);
    holds(&figures);
    assert_eq!(figures.application_errors, 0, "{figures:?}");
    assert_eq!(world.server.figure("pingpost_spool_refused_total"), 0);
    assert_eq!(world.server.figure("pingpost_spool_aside"), 0);
    let files = std::fs::read_dir(world.place.path("spool"))
        .expect("it is there")
        .map(|file| file.expect("a file").path());
    let left: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "spool")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(get(world.server.address, "/readyz").body, "ready\n");
}

#[expect(clippy::print_stdout, reason = "the figures are what a long run is for")]
fn told(node: &Node, spooled: u64, drained: Duration, figures: &Figures) {
    let (new, all) = (
        node.figure("pingpost_spool_driven_total{result=\"new\"}"),
        node.figure("pingpost_spool_driven_total"),
    );
    println!(
        "{figures:?}; {spooled} events waited at the end of the absence, {all} were driven, {new} of them were news; \
         the spool was empty {drained:?} after its return"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_go_on_while_it_is_stopped() {
    run(Server::freeze, Server::thaw).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_go_on_while_it_is_dead() {
    run(Server::kill, Server::begin_again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_while_it_is_away_loses_nothing_of_what_it_acknowledged() {
    let (server, database) = database().await;
    let world = world(&database).await;
    let mut load = Load::new(5);
    load.place(&world, 30).await;
    server.kill();
    until("spooled events", || world.server.figure("pingpost_spool_kept_total") >= 5).await;
    let World { place, server: node, medicare } = world;
    // By SIGKILL.
    drop(node);
    let spool = place.path("spool");
    let kept: Vec<_> = std::fs::read_dir(&spool).expect("it is there").collect();
    assert!(kept.len() > 2, "{kept:?}");
    let (child, log) = place.start(&["serve", "--settings", "settings.toml"]);
    log.line("the database is away; nothing is served before it is there");
    server.begin_again();
    let node = place.serving((child, log));
    let world = World { place, server: node, medicare };
    let figures = figures(&world, &database).await;
    assert!(world.server.figure("pingpost_spool_driven_total") >= 5);
    holds(&figures);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_no_room_to_keep_it_nothing_is_acknowledged_and_a_new_caller_hears_the_campaigns_ending() {
    let (server, database) = database().await;
    // Where nobody has room for them, it is the same.
    for (seed, spool, caller) in [(1, "", "+13055550181"), (2, "full", "+13055550182")] {
        let world = World::of(
            |carrier| CarrierConfig { speed: 10, seed, timestamps: Timestamps::Wall, ..carrier },
            |place| on(place, &database.at()).with("STORE__SPOOL", spool),
            |text| text,
        )
        .await;
        world.medicare.line(Name::C, Line::answers(Duration::from_secs(60)));
        let call = world.medicare.carrier.place(world.call_from(caller));
        until("a talk", || call.so_far().bridged().is_some()).await;
        if spool == "full" {
            // The folder is gone, and cannot be made again.
            std::fs::remove_dir_all(world.place.path(spool)).expect("it was there");
        }
        server.kill();
        let new = world.medicare.carrier.place(world.call_from("+13055550177")).ended().await;
        assert!(new.transcript().contains("All our agents are busy right now"), "{}", new.transcript());
        let record = call.ended().await;
        let told: Vec<_> = record.webhooks.iter().filter_map(|webhook| webhook.status).collect();
        assert!(told.contains(&503), "{told:?}");
        assert_eq!(world.server.figure("pingpost_spool_kept_total"), 0);
        if spool == "full" {
            assert!(world.server.figure("pingpost_spool_refused_total") > 0);
        }
        server.begin_again();
        until("that it is back", || world.server.figure("pingpost_store_up") == 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auction_that_closes_while_it_is_away_is_kept_when_it_is_back() {
    let (server, database) = database().await;
    let world = world(&database).await;
    let waited = "pingpost_own_events_waited_total";
    assert_eq!(world.server.figure(waited), 0);
    let call = world.medicare.carrier.place(world.call());
    // F never answers, so the auction goes on until its deadline.
    until("the last ping", || !world.medicare.buyer(Name::F).pings().is_empty()).await;
    server.kill();
    until("that its close waits", || world.server.figure(waited) == 1).await;
    server.begin_again();
    let record = call.ended().await;
    assert!(record.dials.iter().any(|dial| dial.answered_at.is_some()), "{}", record.transcript());
    // It was not held a second time.
    assert_eq!(world.medicare.buyer(Name::C).pings().len(), 1);
    let figures = figures(&world, &database).await;
    holds(&figures);
    assert_eq!((figures.calls, figures.sales, figures.void), (1, 1, 0), "{figures:?}");
    assert_eq!(world.server.figure("pingpost_drive_failures_total"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_do_not_share_a_spool() {
    let (_, database) = database().await;
    let world = world(&database).await;
    let World { place, server: _node, medicare: _medicare } = world;
    let other = place.with("HTTP__LISTEN", "127.0.0.1:0").run(&["serve", "--settings", "settings.toml"]);
    assert!(other.err.contains("another process has the spool's folder"), "{}", other.err);
}
