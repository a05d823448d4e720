//! A disk that fills under the real process: who is there is served, who comes is sent away kindly, and it mends itself.

use std::collections::BTreeSet;

use lead::JourneyId;
use sandbox::{Line, medicare::Name};
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use crate::{
    place::{ACCOUNT, Place},
    request::{arrival, get, send, webhook},
    small_disk::SmallDisk,
    words::{BUSY, QUESTION},
    world::{World, free_address, until},
};

const PICKED_UP: &str = "pingpost_events_total{event=\"buyer_picked_up\"}";
const DIAL_TAKEN: &str = "pingpost_events_total{event=\"dial_taken\"}";
const DELIVERED: &str = "pingpost_post_attempts_total{result=\"delivered\"}";

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_harms_no_call_that_is_there_and_takes_no_new_one() {
    let test = "full_disk::a_disk_that_fills_harms_no_call_that_is_there_and_takes_no_new_one";
    let Some(disk) = SmallDisk::of(40 << 20, test) else { return };
    let file = disk.path("pingpost.db");
    let world = World::at_speed(20, |place| {
        let free_min = (16_u64 << 20).to_string();
        place.with("STORE__PATH", file.to_str().expect("UTF-8")).with("STORE__FREE_MIN", &free_min)
    })
    .await;
    let server = &world.server;
    until("the ballast", || disk.path("pingpost.db-ballast").exists()).await;
    let carrier = &world.medicare.carrier;
    world.medicare.line(Name::C, Line::stays());
    let talking = carrier.place(world.call_from("+13055550142"));
    world.figure_is(PICKED_UP, 1).await;
    world.medicare.line(Name::C, Line::stays().ringing(std::time::Duration::from_secs(15)));
    let ringing = carrier.place(world.call_from("+13055550143"));
    world.figure_is(DIAL_TAKEN, 2).await;

    let full = disk.fill();
    let ready = get(server.address, "/readyz");
    assert_eq!(ready.status, 503, "{ready:?}");
    assert!(ready.body.contains("disk: ") && ready.body.contains("store.free_min"), "{}", ready.body);
    assert_eq!(get(server.address, "/healthz").status, 200);
    let turned_away = carrier.place(world.call_from("+13055550144")).ended().await;
    let heard = format!("{:?}", turned_away.heard);
    assert!(heard.contains(BUSY), "the campaign's own ending: {heard}");
    assert_eq!(server.figure("pingpost_calls_turned_away_total"), 1);

    world.figure_is(PICKED_UP, 2).await;
    for handle in [&talking, &ringing] {
        handle.hang_up();
        let record = handle.ended().await;
        // A poll that lingers for the auction's end is abandoned by the carrier when our push moves the call.
        let answered = record.webhooks.iter().filter(|it| it.failure.as_deref() != Some("abandoned"));
        let refused: Vec<_> = answered.filter(|it| it.status.is_none_or(|it| it >= 500)).collect();
        assert!(refused.is_empty(), "{refused:#?}");
    }
    world.figure_is(DELIVERED, 2).await;

    drop(full);
    until("it is ready again", || get(server.address, "/readyz").status == 200).await;
    world.medicare.line(Name::C, Line::answers(std::time::Duration::from_secs(100)));
    let after = carrier.place(world.call_from("+13055550145"));
    after.ended().await;
    world.figure_is(DELIVERED, 3).await;
    server.signal("TERM");
    server.logged("stopped");

    let mut conn = SqliteConnectOptions::new().filename(&file).connect().await.expect("it opens");
    let sound: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut conn).await.expect("it is checked");
    assert_eq!(sound, "ok");
    for handle in [talking, ringing, after] {
        let journey = JourneyId::of_call(ACCOUNT, handle.sid()).uuid();
        let earned: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM sales s JOIN sale_entries e ON e.sale = s.id AND e.kind IN ('earned', 'void') \
             WHERE s.journey = $1",
        )
        .bind(journey)
        .fetch_one(&mut conn)
        .await
        .expect("it is read");
        assert_eq!(earned, 1, "{journey} is sold once and settled once");
    }
    let posts = world.medicare.buyer(Name::C).posts();
    let keys = posts.iter().filter_map(|post| post.header("idempotency-key"));
    let keys: BTreeSet<_> = keys.filter(|key| !key.starts_with("returned_")).collect();
    assert_eq!(keys.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_fails_now_and_then_loses_nothing_and_doubles_nothing() {
    // Every third sync of the log fails, though not where the tables are made: strace says so instead of the kernel.
    let world = World::with(|place| {
        assert_eq!(place.run(&["settings", "import", "settings.toml"]).code, 0);
        let log = place.path("pingpost.db-wal").display().to_string();
        let fails = "inject=fdatasync,fsync:error=EIO:when=3+3";
        let only = ["-e", "trace=fdatasync,fsync", "-e", fails, "-o", "/dev/null"];
        let [a, b, c, d, e, f] = only;
        place.under(["strace", "-D", "-f", "-qq", "-P", &log, a, b, c, d, e, f])
    })
    .await;
    world.medicare.line(Name::C, Line::answers(std::time::Duration::from_secs(100)));
    let mut journeys = vec![];
    for n in 0..6 {
        let call = world.medicare.carrier.place(world.call_from(&format!("+1305555015{n}")));
        call.ended().await;
        journeys.push(JourneyId::of_call(ACCOUNT, call.sid()));
    }
    world.figure_is(DELIVERED, 6).await;
    assert!(world.server.figure("pingpost_store_failures_total") >= 2, "syncs have failed");
    let options = SqliteConnectOptions::new().filename(world.place.path("pingpost.db"));
    let mut conn = options.connect().await.expect("it opens");
    for journey in journeys {
        let sales: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sales WHERE journey = $1")
            .bind(journey.uuid())
            .fetch_one(&mut conn)
            .await
            .expect("it is read");
        assert_eq!(sales, 1, "{journey}");
    }
    let posts = world.medicare.buyers.iter().flat_map(|buyer| buyer.posts());
    let keys = posts.filter_map(|post| post.header("idempotency-key").map(str::to_owned));
    let keys: BTreeSet<_> = keys.filter(|key| !key.starts_with("returned_")).collect();
    assert_eq!(keys.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_written_costs_no_call() {
    let address = free_address();
    let place = Place::new().with("HTTP__LISTEN", &address.to_string()).under([
        "/bin/sh",
        "-c",
        "exec \"$0\" \"$@\" 2>/dev/full",
    ]);
    let (mut child, _) = place.start(&["serve", "--settings", "settings.toml"]);
    until("it listens", || std::net::TcpStream::connect(address).is_ok()).await;
    let form = arrival("CA1", "+13055550142");
    // Both of these log: a webhook that is not signed so, and an arrival.
    let signed = String::from_utf8(webhook("/twilio/call", &form)).expect("UTF-8");
    let forged = send(address, signed.replace("/twilio/call", "/twilio/voice").as_bytes());
    assert_eq!(forged.status, 403);
    let answer = send(address, &webhook("/twilio/voice", &form));
    let figures = get(address, "/metrics").body;
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(answer.status == 200 && answer.body.contains(QUESTION), "{answer:?}");
    let mut panics = figures.lines().filter(|line| line.starts_with("pingpost_panics_total{"));
    assert!(panics.all(|line| line.ends_with(" 0")), "{figures}");
}
