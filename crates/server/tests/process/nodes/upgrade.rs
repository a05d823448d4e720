//! Two releases over one database: its tables get more than this release knows, and calls go on through the upgrade and back.

use futures_util::future::join_all;
use sandbox::{InboundCall, carrier::Kind};
use sqlx::Executor;

use super::world::Nodes;
use crate::world::until;

/// What `pingpost migrate` of the next release does here, to the letter: a migration that expands.
const EXPANSION: &str = "BEGIN; \
    ALTER TABLE journeys ADD COLUMN later TEXT; \
    ALTER TABLE posts ADD COLUMN later BIGINT NOT NULL DEFAULT 0; \
    CREATE TABLE later (id UUID NOT NULL PRIMARY KEY); \
    CREATE INDEX journeys_later ON journeys (later); \
    INSERT INTO _sqlx_migrations VALUES (9998, 'later', now(), TRUE, '\\x07', 0); \
    COMMIT";
/// And one that contracts.
const CONTRACTION: &str = "BEGIN; \
    INSERT INTO _sqlx_migrations VALUES (9999, 'contract', now(), TRUE, '\\x08', 0); \
    UPDATE schema_range SET oldest = 9998, release = '0.9.0'; \
    COMMIT";

fn from(nodes: &Nodes, n: u32) -> InboundCall {
    InboundCall { from: Some(format!("+1305555{:04}", 3_000 + n)), ..nodes.call() }
}

impl Nodes {
    /// Stops a node as an upgrade does, and starts one in its place.
    fn replace(&mut self, n: usize) {
        let others = self.servers.iter().enumerate().filter(|(at, _)| *at != n);
        self.balancer.set(others.map(|(_, server)| server.address).collect());
        let server = self.servers.remove(n);
        server.signal("TERM");
        assert_eq!(server.ended(), 0);
        self.servers.insert(n, self.places[n].serve());
        self.balancer.set(self.servers.iter().map(|server| server.address).collect());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_go_on_through_an_expansion_a_rolling_upgrade_and_back() {
    let mut nodes = Nodes::start(2, 20).await;
    let mut calls = Vec::new();
    let mut place = |nodes: &Nodes, count: u32| {
        let first = u32::try_from(calls.len()).expect("few");
        calls.extend((first..first + count).map(|n| nodes.medicare.carrier.place(from(nodes, n))));
    };
    place(&nodes, 3);
    nodes.database.connect().await.execute(EXPANSION).await.expect("it expands");
    place(&nodes, 3);
    // Up, node by node, and back, all on tables that this release does not know whole.
    for n in [0, 1, 1, 0] {
        nodes.replace(n);
        place(&nodes, 2);
    }
    let checked = nodes.places[0].run(&["check", "--offline"]);
    assert!(checked.out.contains("database: ok; it has the tables of a newer release"), "{}", checked.out);
    let migrated = nodes.places[0].run(&["migrate"]);
    assert!(migrated.out.contains("nothing done"), "{} {}", migrated.out, migrated.err);
    until("an answer of each", || calls.iter().all(|call| !call.so_far().of(Kind::Gather).is_empty())).await;
    join_all(calls.iter().map(|call| call.ended())).await;
    nodes.sold(i64::try_from(calls.len()).expect("few")).await;
    nodes.int_is("SELECT COUNT(*) FROM journeys WHERE wake_at IS NOT NULL", 0).await;
    // What would not be understood is refused with the release that does.
    nodes.database.connect().await.execute(CONTRACTION).await.expect("it contracts");
    for command in [&["serve"][..], &["migrate"], &["check", "--offline"]] {
        let refused = nodes.places[0].run(command);
        assert_ne!(refused.code, 0, "{command:?}");
        assert!(refused.err.contains("run release 0.9.0 or a later one"), "{}", refused.err);
    }
}
