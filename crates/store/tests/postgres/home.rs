//! Where the tests of this binary keep a store: in a database of its own, on a server that they share.

use futures_util::StreamExt;
use sqlx::PgConnection;
use store::DurableAt;

use crate::server::{Database, Server};

/// A database for one store.
pub struct Home(Database);

impl Home {
    pub async fn new() -> Self {
        Self(Server::shared().database().await)
    }

    /// On a server of the test's own.
    pub async fn on(server: &'static Server) -> Self {
        Self(server.database().await)
    }

    pub fn at(&self) -> DurableAt {
        DurableAt::Postgres(self.0.at())
    }

    pub async fn connect(&self) -> PgConnection {
        self.0.connect().await
    }

    /// Everything that can be read of it.
    pub async fn bytes(&self) -> Vec<u8> {
        const TABLES: &str = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'";
        let mut conn = self.connect().await;
        let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut conn).await.expect("the tables");
        let mut bytes = vec![];
        for table in tables {
            let copy = format!("COPY {table} TO STDOUT (FORMAT BINARY)");
            let mut rows = conn.copy_out_raw(&copy).await.expect("its rows");
            while let Some(part) = rows.next().await {
                bytes.extend_from_slice(&part.expect("a part"));
            }
        }
        bytes
    }
}
