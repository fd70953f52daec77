//! The store on SQLite.

use std::path::PathBuf;
use std::time::Duration;

use runtime::store::SqliteStore;

mod store_suite;

/// A database file in a folder of its own.
struct OnSqlite {
    folder: PathBuf,
}

impl store_suite::Fixture for OnSqlite {
    type Store = SqliteStore;

    async fn create() -> Self {
        let folder = std::env::temp_dir().join(format!("saga-store-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).expect("a temporary folder");
        Self { folder }
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::open(&format!("sqlite://{}", self.folder.join("test.db").display()))
            .expect("a SQLite URL")
    }

    async fn restore_elsewhere(&self) {
        std::fs::remove_file(self.folder.join("test.db.identity")).expect("the identity");
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn destroy(self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

store_suite!(OnSqlite);

#[tokio::test]
async fn a_url_that_names_no_file_is_refused() {
    for url in ["sqlite::memory:", ":memory:", "sqlite://"] {
        assert!(SqliteStore::open(url).is_err(), "{url}");
    }
}
