//! A copy of the database that is made while the server works, as docs/operations.md says, holds every sale that was
//! acknowledged before it, and a server begins with it.

use std::process::Command;

use lead::JourneyId;
use secrecy::ExposeSecret;
use store::PostgresAt;

use crate::{
    place::Place,
    postgres::on,
    postgres_server,
    request::get,
    world::{NAME, World},
};

/// What is said there, but for the copy's name.
const DOCUMENT: &str = include_str!("../../../../docs/operations.md");

fn sqlite(place: &Place, database: &str, statement: &str) -> String {
    let mut command = Command::new("sqlite3");
    let ran = command.arg(place.path(database)).arg(statement).current_dir(place.path(".")).output();
    let ran = ran.expect("sqlite3 is missing: install the package sqlite3");
    let error = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && error.is_empty(), "{statement}: {error}");
    String::from_utf8(ran.stdout).expect("it prints text")
}

/// Runs one of the document's lines in a folder, with the database as its variable.
fn shell(place: &Place, line: &str, at: &PostgresAt) {
    assert!(DOCUMENT.contains(line), "it is tried as it is told: {line}");
    let mut command = Command::new("sh");
    let bin = postgres_server::binaries();
    let line = format!("PATH=\"{}:$PATH\"; {line}", bin.display());
    command.args(["-ec", &line]).env("STORE_URL", at.url.expose_secret());
    let ran = command.current_dir(place.path(".")).output().expect("a shell");
    assert!(ran.status.success(), "{line}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// What is told of the sales of these journeys.
fn books(place: &Place, sold: &[JourneyId]) -> Vec<(i32, String)> {
    let told = sold.iter().map(|journey| place.run(&["call", "export", &journey.to_string(), "--sales"]));
    told.map(|ran| (ran.code, ran.out)).collect()
}

/// Two calls that are sold, and what the books say of them behind a copy that was made while others called.
async fn copied(world: &World, copy: impl FnOnce(&Place)) -> (Vec<JourneyId>, Vec<(i32, String)>) {
    let mut sold = vec![world.play(world.call_from("+13055550142")).await];
    sold.push(world.play(world.call_from("+13055550143")).await);
    world.figure_is("pingpost_post_attempts_total{result=\"delivered\"}", 2).await;
    // Others are under way, so that the server writes meanwhile.
    let others = (0..8).map(|n| world.medicare.carrier.place(world.call_from(&format!("+1305556000{n}"))));
    let others: Vec<_> = others.collect();
    copy(&world.place);
    for other in others {
        other.ended().await;
    }
    assert_eq!(world.server.figure("pingpost_store_failures_total"), 0, "the copy disturbs nobody");
    let before = books(&world.place, &sold);
    assert!(
        before.iter().all(|(code, out)| *code == 0 && out.contains("\"state\":\"earned\"")),
        "{before:?}"
    );
    (sold, before)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_postgres_that_is_made_while_calls_go_on_restores_every_sale_before_it() {
    let database = postgres_server::Server::shared().database().await;
    let world = World::with(|place| on(place, &database.at())).await;
    let dump = "pg_dump --format=custom --file=backup.dump \"$STORE_URL\"";
    let (sold, before) = copied(&world, |place| shell(place, dump, &database.at())).await;
    let bytes = std::fs::read(world.place.path("backup.dump")).expect("it is there");
    assert!(!bytes.windows(NAME.len()).any(|part| part == NAME.as_bytes()), "a copy is as sealed");

    let World { place, server, medicare: _medicare } = world;
    drop(server);
    let fresh = postgres_server::Server::shared().empty().await;
    let restore = "pg_restore --exit-on-error --no-owner --dbname=\"$STORE_URL\" backup.dump";
    shell(&place, restore, &fresh.at());
    let place = on(place, &fresh.at());
    let migrated = place.run(&["migrate"]);
    assert_eq!(migrated.code, 0, "{}", migrated.err);
    let server = place.serve();
    assert_eq!(get(server.address, "/readyz").body, "ready\n");
    assert_eq!(books(&place, &sold), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_made_while_calls_go_on_restores_every_sale_before_it() {
    assert!(
        DOCUMENT.contains("sqlite3 pingpost.db \"VACUUM INTO 'backup.db'\""),
        "it is tried as it is told"
    );
    let world = World::start().await;
    let copy = |place: &Place| drop(sqlite(place, "pingpost.db", "VACUUM INTO 'backup.db'"));
    let (sold, before) = copied(&world, copy).await;

    let World { place: lost, server, medicare } = world;
    drop(server);
    assert_eq!(sqlite(&lost, "backup.db", "PRAGMA integrity_check"), "ok\n");
    let bytes = std::fs::read(lost.path("backup.db")).expect("it is there");
    assert!(
        !bytes.windows(NAME.len()).any(|part| part == NAME.as_bytes()),
        "a copy is as sealed as the file"
    );
    let place = Place::new().with("TWILIO__BASE_URL", &medicare.carrier.rest_base());
    std::fs::copy(lost.path("settings.toml"), place.path("settings.toml")).expect("settings are copied");
    std::fs::write(place.path("pingpost.db"), bytes).expect("it is copied");
    let server = place.serve();
    assert_eq!(get(server.address, "/readyz").body, "ready\n");
    assert_eq!(books(&place, &sold), before);
}
