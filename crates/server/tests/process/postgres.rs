//! On Postgres: the tables are a step of their own, and a call is sold as on a file.

use secrecy::ExposeSecret;
use store::PostgresAt;

use crate::{place::Place, postgres_server::Server, world::World};

/// A place whose store is that database.
pub fn on(place: Place, at: &PostgresAt) -> Place {
    place.without("STORE__PATH").with("STORE__URL", at.url.expose_secret())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_are_made_by_migrate_and_by_nothing_else() {
    let database = Server::shared().empty().await;
    let place = on(Place::new(), &database.at());
    for command in [&["serve", "--settings", "settings.toml"][..], &["check", "--offline"]] {
        let refused = place.run(command);
        assert_ne!(refused.code, 0, "{command:?}");
        assert!(refused.err.contains("no tables yet: run `pingpost migrate`"), "{}", refused.err);
    }
    for _ in 0..2 {
        let made = place.run(&["migrate"]);
        assert_eq!(
            (made.code, &*made.out),
            (0, "database: its tables are those of this release\n"),
            "{}",
            made.err
        );
    }
    let checked = place.run(&["check", "--offline"]);
    assert_eq!(checked.code, 0, "{}", checked.err);
    assert!(checked.out.contains("database: ok\n"), "{}", checked.out);
    let nobody = on(Place::new(), &PostgresAt { url: "postgres://u:canary@127.0.0.1:1/x".into() });
    let refused = nobody.run(&["check", "--offline"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(refused.err.contains("reaching the database that store.url names"), "{}", refused.err);
    assert!(!refused.err.contains("canary"), "a password is in the message");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_sold_and_its_post_delivered() {
    let database = Server::shared().database().await;
    let world = World::with(|place| on(place, &database.at())).await;
    world.play(world.call()).await;
    world.server.logged("a post was delivered");
    let sold = "SELECT COUNT(*) FROM journey_rows WHERE outcome = 'sold' AND price = 91000000";
    let rows: i64 =
        sqlx::query_scalar(sold).fetch_one(&mut database.connect().await).await.expect("a number");
    assert_eq!(rows, 1);
    assert!(!world.place.path("pingpost.db").exists(), "there is one store");
}
