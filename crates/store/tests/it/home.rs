//! Where the tests of this binary keep a store: in a file of a folder of its own.

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use store::{DurableAt, SqliteAt};

/// A folder for one store.
pub struct Home(tempfile::TempDir);

impl Home {
    #[expect(clippy::unused_async, reason = "a server's is made by asking it")]
    pub async fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn at(&self) -> DurableAt {
        DurableAt::Sqlite { at: SqliteAt::File(self.0.path().join("it.db")), free_min: 0 }
    }

    pub async fn connect(&self) -> SqliteConnection {
        let file = self.0.path().join("it.db");
        let options = SqliteConnectOptions::new().filename(file).disable_statement_logging();
        SqliteConnection::connect_with(&options).await.expect("a connection")
    }

    /// Everything that lies on the disk.
    #[expect(clippy::unused_async, reason = "a server's are read by asking it")]
    pub async fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.0.path()).expect("the folder");
        files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("its bytes")).collect()
    }
}
