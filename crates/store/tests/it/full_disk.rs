//! A disk that fills and is freed again: nothing acknowledged is lost, nothing half written, and no restart is needed.

use std::{collections::BTreeSet, path::Path};

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use store::{CommitError, DurableAt, PingError, Room, SqliteAt, Store, StoreConfig};

use crate::{
    home::Home,
    small_disk::SmallDisk,
    world::{Call, KEY, Step, World, bid, keys, start},
};

const DISK: u64 = 8 << 20;
const ROUNDS: u32 = 20;

async fn open(disk: &SmallDisk, free_min: u64) -> Store {
    let config =
        StoreConfig { durable: DurableAt::Sqlite { at: SqliteAt::File(disk.path("full.db")), free_min } };
    Store::open(config, keys(KEY)).await.expect("the store opens")
}

async fn look(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file).disable_statement_logging();
    SqliteConnection::connect_with(&options).await.expect("a connection")
}

/// What the database says of itself, and the sales in it.
async fn judged(file: &Path) -> (Vec<String>, BTreeSet<String>) {
    let mut conn = look(file).await;
    let sound: Vec<String> =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut conn).await.expect("it is checked");
    let sales: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT id FROM sales").fetch_all(&mut conn).await.expect("it is read");
    (sound, sales.iter().map(ToString::to_string).collect())
}

/// Sells calls until one is not committed, and notes those that were acknowledged.
async fn sell(world: &World, round: u32, most: u32, acked: &mut BTreeSet<String>) -> Option<CommitError> {
    for n in 0..most {
        let mut call = Call::new(world, &format!("{round}-{n}"), Some("+13055550142"));
        match one(&mut call).await {
            Ok(()) => assert!(acked.insert(call.sale(1).to_string())),
            Err(error) => return Some(error),
        }
    }
    None
}

async fn one(call: &mut Call) -> Result<(), CommitError> {
    assert_eq!(call.try_auctioned(vec![bid("a")]).await?, Step::Durable, "a reservation is a promise");
    call.try_drive(journey::Event::DialTaken { n: 1, by: journey::Taken::Push }).await?;
    let at = call.now;
    call.try_drive(journey::Event::BuyerPickedUp { n: 1, leg: "buyer".into(), at }).await.map(drop)
}

#[tokio::test]
async fn a_disk_that_fills_twenty_times_costs_nothing_that_was_acknowledged() {
    let test = "full_disk::a_disk_that_fills_twenty_times_costs_nothing_that_was_acknowledged";
    let Some(disk) = SmallDisk::of(DISK, test) else { return };
    let world = World::of(Home::new().await, open(&disk, 0).await);
    let mut acked = BTreeSet::new();
    for round in 0..ROUNDS {
        assert!(sell(&world, round, 4, &mut acked).await.is_none(), "round {round}: there is room");
        let full = disk.fill();
        let failed = sell(&world, 1_000 + round, 1_000, &mut acked).await;
        let failed = failed.unwrap_or_else(|| panic!("round {round}: the disk is full"));
        assert!(matches!(failed, CommitError::Failed(_) | CommitError::Unknown), "round {round}: {failed:?}");
        assert!(world.store.latest_settings().await.is_ok(), "round {round}: it is read all the same");
        drop(full);
        world.store.ping(start()).await.unwrap_or_else(|error| panic!("round {round}: {error:?}"));
    }
    assert!(sell(&world, ROUNDS, 4, &mut acked).await.is_none());
    let (sound, sales) = judged(&disk.path("full.db")).await;
    assert_eq!(sound, ["ok"]);
    let lost: Vec<_> = acked.difference(&sales).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(acked.len() >= 4 * ROUNDS as usize);
    world.store.close().await;
    let (sound, sales) = judged(&disk.path("full.db")).await;
    assert_eq!((sound, acked.is_subset(&sales)), (vec!["ok".to_owned()], true));
}

#[tokio::test]
async fn a_full_disk_is_not_ready() {
    let Some(disk) = SmallDisk::of(DISK, "full_disk::a_full_disk_is_not_ready") else { return };
    let store = open(&disk, 0).await;
    store.ping(start()).await.expect("there is room");
    let full = disk.fill();
    // The log's file may have room left inside.
    let mut failed = None;
    for _ in 0..100 {
        failed = failed.or(store.ping(start()).await.err());
    }
    let failed = failed.expect("a write needs room");
    assert!(matches!(failed, PingError::Write(_)), "{failed:?}");
    let before = store.writer_counts();
    assert!(before.failed >= 1, "{before:?}");
    drop(full);
    store.ping(start()).await.expect("there is room again");
}

#[tokio::test]
async fn the_ballast_serves_who_is_there_when_somebody_else_takes_the_last_byte() {
    let test = "full_disk::the_ballast_serves_who_is_there_when_somebody_else_takes_the_last_byte";
    let floor = 32 << 20;
    let Some(disk) = SmallDisk::of(2 * floor, test) else { return };
    let world = World::of(Home::new().await, open(&disk, floor).await);
    for round in 0..ROUNDS {
        world.store.take_ballast().await.expect("it is taken");
        assert_eq!(world.store.room(), Room::Enough, "round {round}");
        let mut calls: Vec<_> = (0..16).map(|n| Call::new(&world, &format!("{round}-{n}"), None)).collect();
        for call in &mut calls {
            call.auctioned(vec![bid("a")]).await;
            call.dialled(1).await;
        }
        let full = disk.fill();
        assert!(matches!(world.store.room(), Room::Low { .. }), "round {round}");
        for call in &mut calls {
            assert_eq!(call.accepted(1).await, Step::Durable, "round {round}");
            call.ended(1, journey::DialResult::Completed, true, 90).await;
        }
        assert!(matches!(world.store.room(), Room::Low { .. }), "round {round}: new calls are still refused");
        drop(full);
    }
    let (sound, sales) = judged(&disk.path("full.db")).await;
    assert_eq!((sound, sales.len()), (vec!["ok".to_owned()], 16 * ROUNDS as usize));
}
