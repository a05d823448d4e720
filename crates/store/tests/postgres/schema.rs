//! Tables that are not those of this release, and a server that is none.

use secrecy::SecretString;
use sqlx::Executor;
use store::{DurableAt, OpenError, PostgresAt, Schema, Store, StoreConfig};

use crate::{
    server::Server,
    world::{KEY, keys},
};

async fn open(at: PostgresAt) -> Result<Store, OpenError> {
    Store::open(StoreConfig { durable: DurableAt::Postgres(at) }, keys(KEY)).await
}

#[tokio::test]
async fn a_database_is_opened_only_with_the_tables_of_this_release() {
    let database = Server::shared().empty().await;
    let refused = async || match open(database.at()).await {
        Err(OpenError::Schema(schema)) => Some(schema),
        other => panic!("{:?}", other.map(drop)),
    };
    assert_eq!(refused().await, Some(Schema::Missing));
    assert!(Schema::Missing.to_string().contains("pingpost migrate"));
    database.at().migrate().await.expect("they are made");
    database.at().migrate().await.expect("nothing is left to do");
    assert_eq!(database.at().look().await.expect("it answers"), None);
    open(database.at()).await.expect("it opens").close().await;
    let mut conn = database.connect().await;
    conn.execute("INSERT INTO _sqlx_migrations VALUES (9999, 'later', now(), TRUE, '', 0)")
        .await
        .expect("done");
    // It was only added to: both releases work with it, and the older one changes nothing.
    assert_eq!(database.at().look().await.expect("it answers"), Some(Schema::Expanded));
    open(database.at()).await.expect("it opens").close().await;
    database.at().migrate().await.expect("nothing is done");
    conn.execute("UPDATE schema_range SET oldest = 9999, release = '0.9.0'").await.expect("done");
    assert_eq!(refused().await, Some(Schema::Newer { needs: Some("0.9.0".to_owned()) }));
    let told = database.at().migrate().await.expect_err("this release would not understand it").to_string();
    assert!(told.contains("run release 0.9.0 or a later one"), "{told}");
    conn.execute("DROP TABLE schema_range").await.expect("done");
    assert_eq!(refused().await, Some(Schema::Newer { needs: None }));
    conn.execute("DELETE FROM _sqlx_migrations WHERE version = 9999").await.expect("done");
    conn.execute("UPDATE _sqlx_migrations SET checksum = 'x'").await.expect("done");
    assert_eq!(refused().await, Some(Schema::Other));
    conn.execute("DELETE FROM _sqlx_migrations").await.expect("done");
    assert_eq!(refused().await, Some(Schema::Older));
}

#[tokio::test]
async fn a_server_that_is_none_is_told_from_an_address_that_is_none() {
    let at = |url: &str| PostgresAt { url: SecretString::from(url) };
    let refused = open(at("postgres://u:canary@127.0.0.1:1/x")).await.map(drop);
    assert!(matches!(refused, Err(OpenError::Server(_))), "{refused:?}");
    let refused = open(at("not a url: canary")).await.map(drop);
    assert!(matches!(refused, Err(OpenError::Url)), "{refused:?}");
    assert!(!format!("{refused:?}").contains("canary"), "an address may hold a password");
}
