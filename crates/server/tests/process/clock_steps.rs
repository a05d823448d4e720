//! The wall clock is stepped by an hour under the real process: calls go by the process's own clock, and a process that
//! begins with the wall an hour back goes on where the one before it was.

use std::time::Duration;

use lead::JourneyId;
use sandbox::{Line, PostBehaviour, medicare::Name};
use sqlx::{ConnectOptions, Row, sqlite::SqliteConnectOptions};
use tokio_util::sync::CancellationToken;

use crate::{
    place::{ACCOUNT, Place},
    request::get,
    walls::{step, walled},
    world::{World, until},
};

const HOUR: i64 = 3_600;
/// Of the least length that there is.
const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// What became of a call: who bought it, at what, how it was settled and after how long a talk; and of its offers.
type Told = (Vec<String>, Vec<String>);

async fn told(world: &World, journey: JourneyId) -> Told {
    let options = SqliteConnectOptions::new().filename(world.place.path("pingpost.db")).read_only(true);
    let mut conn = options.connect().await.expect("it opens");
    let sales = sqlx::query(
        "SELECT s.offer, s.price, e.kind, e.talk_ms FROM sales s JOIN sale_entries e ON e.sale = s.id \
         WHERE s.journey = $1 ORDER BY e.n",
    );
    let sales = sales.bind(journey.uuid()).fetch_all(&mut conn).await.expect("they are read");
    let sales = sales.iter().map(|row| {
        let talk: Option<i64> = row.get("talk_ms");
        // Two minutes of the carrier's time, which runs as fast as this machine lets it.
        let talk = talk.map(|millis| (110_000..600_000).contains(&millis));
        let (offer, price, kind): (String, i64, String) =
            (row.get("offer"), row.get("price"), row.get("kind"));
        format!("{offer} {price} {kind} {talk:?}")
    });
    let sales = sales.collect();
    let auction =
        sqlx::query("SELECT auction, closed_at - opened_at AS took FROM auction_records WHERE journey = $1");
    let auction = auction.bind(journey.uuid()).fetch_one(&mut conn).await.expect("it had one auction");
    let took = Duration::from_micros(
        u64::try_from(auction.get::<i64, _>("took")).expect("it closed after it opened"),
    );
    assert!(
        took >= Duration::from_secs(1) && took < Duration::from_secs(60),
        "an auction of 2 s took {took:?}"
    );
    let offers = sqlx::query("SELECT offer, outcome FROM auction_offers WHERE auction = $1 ORDER BY place");
    let offers = offers
        .bind(auction.get::<uuid::Uuid, _>("auction"))
        .fetch_all(&mut conn)
        .await
        .expect("they are read");
    let offers = offers.iter().map(|row| format!("{} {}", row.get::<String, _>(0), row.get::<String, _>(1)));
    (sales, offers.collect())
}

/// Four calls that the best bidder answers, then four that it lets ring.
async fn eight_calls(world: &World) -> Vec<Told> {
    let mut journeys = vec![];
    for (round, line) in [Line::answers(Duration::from_secs(120)), Line::no_answer()].into_iter().enumerate()
    {
        world.medicare.line(Name::C, line);
        let place = |n| world.medicare.carrier.place(world.call_from(&format!("+130555603{round}{n}")));
        let placed: Vec<_> = (0..4).map(place).collect();
        for handle in &placed {
            handle.ended().await;
            journeys.push(JourneyId::of_call(ACCOUNT, handle.sid()));
        }
    }
    world.figure_is("pingpost_post_attempts_total{result=\"delivered\"}", 8).await;
    let ended = || world.server.log().iter().filter(|line| line.contains("\"a call ended\"")).count() >= 8;
    until("the end of every call", ended).await;
    let mut all = vec![];
    for journey in journeys {
        all.push(told(world, journey).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_of_an_hour_change_nothing_about_any_call() {
    let still = World::with(walled).await;
    let expected = eight_calls(&still).await;
    assert!(expected[0].0[1].starts_with("buyer-c-medicare 91000000 earned"), "{expected:?}");
    assert!(expected[4].0[1].starts_with("buyer-a-medicare 85000000 earned"), "{expected:?}");
    drop(still);

    let stepped = World::with(walled).await;
    let (wall, end) = (stepped.place.path("wall"), CancellationToken::new());
    let ended = end.clone();
    // Ten steps in an auction, some in each talk, and one in a ringing here and there.
    let stepping = tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        let mut steps = 0_usize;
        while !ended.is_cancelled() {
            tick.tick().await;
            step(&wall, [HOUR, 0, -HOUR, HOUR, -HOUR][steps % 5]);
            steps += 1;
        }
        step(&wall, HOUR);
        steps
    });
    let came = eight_calls(&stepped).await;
    end.cancel();
    assert!(stepping.await.expect("it ends") >= 20, "the wall was stepped all the time");
    assert_eq!(came, expected);
    let ready = get(stepped.server.address, "/readyz");
    assert_eq!(ready.status, 200, "calls are taken all the same: {ready:?}");
    assert!(ready.body.contains("clock: the wall clock is 3"), "{ready:?}");
    stepped.server.logged("the wall clock is not where ours is");
    assert_eq!(stepped.server.figure("pingpost_webhooks_stray_total"), 0);
    assert_eq!(stepped.server.figure("pingpost_drive_failures_total"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_begins_an_hour_back_goes_on_where_the_last_one_was() {
    let signed = |text: String| {
        let post = "/post\"\ntimeout = \"2s\"\nrequired = [\"zip\", \"age\"]";
        assert!(text.contains(post), "buyer C's offer is where it was");
        text.replacen(post, &format!("{post}\nsigning_secrets = [\"env:C_SECRET\"]"), 1)
    };
    // The post's result may not have been kept when the process ends: then its lease has to end first.
    let place = |place: Place| {
        let place = walled(place).variable("C_SECRET", SECRET);
        place.with("POSTS__REQUEST_TIMEOUT", "1s").with("POSTS__LEASE", "3s")
    };
    let world = World::built(60, place, signed).await;
    world.medicare.line(Name::C, Line::stays());
    world.medicare.buyer(Name::C).set_post(PostBehaviour::FailFirst { times: 1, status: 503 });
    let talking = world.medicare.carrier.place(world.call_from("+13055550142"));
    world.server.logged("a post is tried again");

    // It ends without a word, with a talk under way and a post that is due in some seconds.
    let World { place, server, medicare } = world;
    drop(server);
    step(&place.path("wall"), -HOUR);
    let world = World { server: place.serve(), place, medicare };
    let ready = get(world.server.address, "/readyz");
    assert!(ready.status == 200 && ready.body.contains("clock: the wall clock is 3"), "{ready:?}");
    world.figure_is("pingpost_post_attempts_total{result=\"delivered\"}", 1).await;
    talking.hang_up();
    talking.ended().await;
    world.server.logged("a call ended");

    let journey = JourneyId::of_call(ACCOUNT, talking.sid());
    let exported = world.place.run(&["call", "export", &journey.to_string()]).out;
    let times: Vec<jiff::Timestamp> = exported
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["at"].clone())
        .map(|at| at.as_str().and_then(|at| at.parse().ok()).expect("a time"))
        .collect();
    assert!(times.is_sorted(), "{exported}");
    let span = times.last().expect("events").duration_since(times[0]);
    assert!(span.as_secs() < 600, "the hour is nowhere in it: {exported}");
    // A signature says what the wall says: its reader compares it with a wall of its own.
    let posts = world.medicare.buyer(Name::C).posts();
    let signed_at: Vec<i64> = posts
        .iter()
        .map(|post| post.header("webhook-timestamp").expect("signed").parse().expect("seconds"))
        .collect();
    let [first, second] = signed_at[..] else { panic!("{signed_at:?}") };
    assert!((HOUR - 600..=HOUR).contains(&(first - second)), "{signed_at:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_waits_a_process_begins_at_the_wall() {
    let place = walled(Place::new());
    drop(place.serve());
    step(&place.path("wall"), -HOUR);
    let server = place.serve();
    assert_eq!(get(server.address, "/readyz").body, "ready\n");
    assert_eq!(server.figure("pingpost_panics_total"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_that_is_days_back_is_believed_only_if_somebody_says_so() {
    let world = World::with(walled).await;
    world.medicare.line(Name::C, Line::stays());
    let _talking = world.medicare.carrier.place(world.call_from("+13055550142"));
    world.figure_is("pingpost_events_total{event=\"buyer_picked_up\"}", 1).await;
    let World { place, server, medicare: _medicare } = world;
    drop(server);
    step(&place.path("wall"), -49 * HOUR);
    let refused = place.run(&["serve"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("this machine's clock is 4") && refused.err.contains("--take-clock"),
        "{}",
        refused.err
    );
    let looked = place.run(&["doctor", "--offline"]);
    assert!(looked.code == 3 && looked.out.contains("problem clock_behind: clock: "), "{}", looked.out);
    let (mut child, log) = place.start(&["serve", "--take-clock"]);
    let line = log.line("taking calls");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(line.contains("taking calls"), "{line}");
}
