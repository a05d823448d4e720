//! A server that stops, goes away, or lets two stand in each other's way: nobody is held, and nothing is kept twice.

use auction::Counts;
use journey::Event;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};
use store::{CommitError, DurableAt, PingError, ReadFailed, Store, StoreConfig, WriteFailed};

use crate::{
    home::Home,
    server::Server,
    world::{ADA, Call, KEY, Step, World, bid, capped, keys, seated, start},
};

/// As often as the sequence says, whoever notes the clock fails like this.
const STUMBLE: &str = "CREATE SEQUENCE stumbles; CREATE FUNCTION stumble() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
    IF nextval('stumbles') <= 2 THEN RAISE EXCEPTION 'stumbled' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$; \
    CREATE TRIGGER stumble BEFORE INSERT OR UPDATE ON moments FOR EACH ROW EXECUTE FUNCTION stumble(); \
    CREATE TRIGGER stumble BEFORE INSERT ON journeys FOR EACH ROW EXECUTE FUNCTION stumble()";

/// Whoever notes the clock, or begins a journey, loses its connection for the first time: while it does so, or in its
/// commit.
const CUT: &str = "CREATE SEQUENCE cuts; CREATE FUNCTION cut() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
    IF nextval('cuts') <= 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END $$; \
    CREATE TRIGGER cut AFTER INSERT OR UPDATE ON moments FOR EACH ROW EXECUTE FUNCTION cut()";
const CUT_LATE: &str = "CREATE SEQUENCE cuts; CREATE FUNCTION cut() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
    IF nextval('cuts') <= 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END $$; \
    CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON journeys DEFERRABLE INITIALLY DEFERRED \
    FOR EACH ROW EXECUTE FUNCTION cut()";

#[tokio::test]
async fn who_stumbled_over_somebody_tries_again_and_not_without_end() {
    let world = World::new().await;
    world.tamper(STUMBLE).await;
    world.store.ping(start()).await.expect("the third try does it");
    assert_eq!(world.int("SELECT times FROM moments").await, 1);
    world.tamper("ALTER SEQUENCE stumbles MINVALUE -9 RESTART WITH -9").await;
    let refused = world.store.ping(start()).await;
    assert!(matches!(refused, Err(PingError::Write(WriteFailed::InTheWay))), "{refused:?}");
}

#[tokio::test]
async fn a_decision_that_stumbled_is_made_anew_by_whoever_drives_it() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.drive(call.arrived()).await;
    world.tamper(STUMBLE).await;
    let hang_up = Event::CallerHungUp { at: start() };
    assert_eq!(call.drive(hang_up.clone()).await, Step::Conflict);
    let mut again = crate::commits::other_node(&world, &call).await;
    assert_eq!((again.durable, again.drive(hang_up.clone()).await), (false, Step::Conflict));
    let mut again = crate::commits::other_node(&world, &call).await;
    assert_eq!((again.durable, again.drive(hang_up).await), (false, Step::Durable));
    assert_eq!(world.int("SELECT COUNT(*) FROM events").await, 2);
}

/// The key of a lock, as every node makes it.
fn lock_of(kind: &str, name: &[u8]) -> i64 {
    let hash = Sha256::new().chain_update(kind).chain_update(name).finalize();
    i64::from_be_bytes(hash[..8].try_into().expect("eight bytes"))
}

/// Somebody who has a lock for as long as the connection is there.
async fn who_has(world: &World, lock: i64) -> PgConnection {
    let DurableAt::Postgres(at) = world.at() else { panic!("this is of Postgres") };
    let mut other = PgConnection::connect(at.url.expose_secret()).await.expect("a connection");
    let taking = sqlx::query("SELECT pg_advisory_lock($1)").bind(lock).execute(&mut other).await;
    taking.expect("it is had");
    other
}

#[tokio::test]
async fn whoever_has_the_caps_holds_up_nobody_who_counts_nothing() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    let offer = seated(capped(bid("a"), Counts::Answered, 5), 5);
    assert_eq!(call.auctioned(vec![offer.clone()]).await, Step::Durable);
    call.dialled(1).await;
    let name = world.blob("SELECT CAST(name AS BYTEA) FROM counters").await;
    let other = who_has(&world, lock_of("counter/", &name)).await;
    // The acceptance books, and counts nothing anew.
    assert_eq!(call.accepted(1).await, Step::Durable);
    let mut second = Call::new(&world, "2", None);
    assert_eq!(second.auctioned(vec![offer.clone()]).await, Step::Conflict);
    other.close().await.expect("it closes");
    let mut third = Call::new(&world, "3", None);
    assert_eq!((third.auctioned(vec![offer]).await, third.phase()), (Step::Durable, "ready"));
}

#[tokio::test]
async fn another_try_waits_for_the_same_locks_as_the_first() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.drive(call.arrived()).await;
    let other = who_has(&world, lock_of("journey/", call.id.uuid().as_bytes())).await;
    // Somebody has the journey all the time, so nothing is written of it in any try.
    assert_eq!(call.drive(Event::CallerHungUp { at: start() }).await, Step::Conflict);
    assert_eq!(world.int("SELECT COUNT(*) FROM journeys").await, 0);
    other.close().await.expect("it closes");
    let mut again = crate::commits::other_node(&world, &call).await;
    assert_eq!(again.drive(Event::CallerHungUp { at: start() }).await, Step::Durable);
}

#[tokio::test]
async fn a_connection_that_goes_before_the_commit_costs_a_try() {
    let world = World::new().await;
    world.tamper(CUT).await;
    world.store.ping(start()).await.expect("another connection does it");
    assert_eq!(world.int("SELECT times FROM moments").await, 1);
}

#[tokio::test]
async fn a_connection_that_goes_in_its_commit_leaves_it_unknown_until_the_database_was_asked() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.drive(call.arrived()).await;
    world.tamper(CUT_LATE).await;
    let light = call.head;
    let unknown = call.try_drive(Event::CallerHungUp { at: start() }).await;
    assert!(matches!(unknown, Err(CommitError::Unknown)), "{unknown:?}");
    let mut again = crate::commits::other_node(&world, &call).await;
    assert_eq!((again.durable, again.head), (false, light));
    assert_eq!(again.drive(Event::CallerHungUp { at: start() }).await, Step::Durable);
}

#[tokio::test]
async fn a_server_that_is_stopped_holds_nobody_and_is_used_again_when_it_goes_on() {
    let server: &'static Server = Box::leak(Box::new(Server::start()));
    let home = Home::on(server).await;
    let store = Store::open(StoreConfig { durable: home.at() }, keys(KEY)).await.expect("it opens");
    let world = World::of(home, store);
    let mut call = Call::new(&world, "1", Some(ADA));
    call.auctioned(vec![bid("a")]).await;
    call.dialled(1).await;
    let mut held = crate::commits::other_node(&world, &call).await;
    server.freeze();
    let (read, written, driven) = tokio::join!(
        world.store.next_wake(),
        world.store.show(start()),
        held.try_drive(Event::CallerHungUp { at: start() })
    );
    assert!(matches!(read, Err(ReadFailed::Deadline)), "{read:?}");
    assert!(written.is_err(), "{written:?}");
    assert!(driven.is_err(), "{driven:?}");
    // Nobody waits for a new connection either, and then not at all.
    while !matches!(world.store.show(start()).await, Err(WriteFailed::Away)) {}
    assert!(world.store.is_away() && matches!(world.store.next_wake().await, Err(ReadFailed::Away)));
    server.thaw();
    world.store.back().await;
    // What it was told before it stopped may still be in its hands for a moment.
    while world.store.ping(start()).await.is_err() {
        world.store.back().await;
    }
    let mut again = crate::commits::other_node(&world, &call).await;
    assert_eq!(again.phase(), "dialling", "what was given up was not committed");
    assert_eq!(again.accepted(1).await, Step::Durable);
}

#[tokio::test]
async fn what_was_promised_is_on_the_servers_disk_and_a_claim_need_not_be() {
    const NOTE: &str = "CREATE TABLE levels (of TEXT, level TEXT); CREATE FUNCTION note() RETURNS TRIGGER LANGUAGE plpgsql \
        AS $$ BEGIN INSERT INTO levels VALUES (TG_TABLE_NAME, current_setting('synchronous_commit')); RETURN NULL; END $$; \
        CREATE TRIGGER note AFTER INSERT ON journeys FOR EACH ROW EXECUTE FUNCTION note(); \
        CREATE TRIGGER note AFTER INSERT ON sales FOR EACH ROW EXECUTE FUNCTION note(); \
        CREATE TRIGGER note AFTER INSERT ON moments FOR EACH ROW EXECUTE FUNCTION note()";
    let world = World::new().await;
    // Whatever a server's own settings say.
    world.tamper("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$").await;
    world.tamper(NOTE).await;
    let world = world.reopen(KEY).await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(bid("a")).await;
    world.store.ping(start()).await.expect("it works");
    let sure = "SELECT COUNT(*) FROM levels WHERE of IN ('journeys', 'sales') AND level = 'on'";
    assert_eq!(world.int(sure).await, 2);
    assert_eq!(world.int("SELECT COUNT(*) FROM levels WHERE of = 'moments' AND level = 'off'").await, 1);
}
