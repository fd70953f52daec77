//! The store on SQLite.

use std::path::PathBuf;
use std::time::Duration;

use saga_runtime::store::{Operator, ShardId, SqliteStore, Store as _};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _};

mod operator_suite;
mod store_suite;

use store_suite::parked::DeadRow;
use store_suite::{Fixture as _, incompatible, prepared, tables};

/// A database file in a folder of its own.
struct OnSqlite {
    folder: PathBuf,
}

impl OnSqlite {
    /// Runs a script in the database under test.
    async fn run(&self, script: &str) {
        let file = SqliteConnectOptions::new().filename(self.folder.join("test.db"));
        let mut connection = file.connect().await.expect("the database");
        let script = sqlx::raw_sql(AssertSqlSafe(script.to_owned()));
        sqlx::Executor::execute(&mut connection, script).await.expect("a script");
    }
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

    async fn counts(&self, shard: ShardId) -> (i64, i64) {
        let file = SqliteConnectOptions::new().filename(self.folder.join("test.db"));
        let mut connection = file.connect().await.expect("the database");
        let counts = sqlx::query_as("SELECT applied, dropped FROM saga_shard WHERE shard = ?").bind(shard.0);
        counts.fetch_one(&mut connection).await.expect("a shard")
    }

    async fn dead(&self) -> Vec<DeadRow> {
        let file = SqliteConnectOptions::new().filename(self.folder.join("test.db"));
        let mut connection = file.connect().await.expect("the database");
        let dead = sqlx::query_as(
            "SELECT \"offset\", state, reason, attempts, record FROM saga_dead ORDER BY \"offset\"",
        );
        let rows: Vec<(i64, String, String, i32, Vec<u8>)> =
            dead.fetch_all(&mut connection).await.expect("dead letters");
        let row =
            |(offset, state, reason, attempts, record)| DeadRow { offset, state, reason, attempts, record };
        rows.into_iter().map(row).collect()
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn destroy(self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl operator_suite::WithOperator for OnSqlite {
    async fn operator(&self) -> saga_runtime::store::Result<Operator> {
        Operator::sqlite(&self.folder.join("test.db"), "shop", "order").await
    }

    async fn number(&self, query: &str) -> i64 {
        let file = SqliteConnectOptions::new().filename(self.folder.join("test.db"));
        let mut connection = file.connect().await.expect("the database");
        sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
            .fetch_one(&mut connection)
            .await
            .expect("a number")
    }
}

store_suite!(OnSqlite);
operator_suite!(OnSqlite);

#[tokio::test]
async fn a_table_of_before_serves_without_the_age_of_its_rows() {
    let fixture = <OnSqlite as store_suite::Fixture>::create().await;
    store_suite::age::a_table_of_before_serves_without(&fixture).await;
    store_suite::Fixture::destroy(fixture).await;
}

#[tokio::test]
async fn tables_of_version_2_are_refused_with_what_they_lack() {
    let fixture = <OnSqlite as store_suite::Fixture>::create().await;
    prepared(&fixture).await;
    let before = "DROP INDEX saga_step_due_at; ALTER TABLE saga_step DROP COLUMN due_at;
                  ALTER TABLE saga_step DROP COLUMN attempts; UPDATE saga_meta SET version = 2";
    fixture.run(before).await;
    let message = incompatible(fixture.store().prepare("shop", "order", &tables()).await);
    let (reason, statements) = message.split_once('\n').expect("statements");
    assert!(reason.contains("version 2"), "{reason}");
    fixture.run(statements).await;
    store_suite::due::knows_when_a_step_is_due(&fixture).await;
    store_suite::Fixture::destroy(fixture).await;
}

#[tokio::test]
async fn a_field_without_an_index_is_refused() {
    let fixture = <OnSqlite as store_suite::Fixture>::create().await;
    let run = async |script: String| fixture.run(&script).await;
    store_suite::lookups::refuses_a_field_without_an_index(&fixture, run).await;
    store_suite::Fixture::destroy(fixture).await;
}

#[tokio::test]
async fn an_operator_creates_no_database() {
    let fixture = <OnSqlite as store_suite::Fixture>::create().await;
    let file = fixture.folder.join("test.db");
    let error = Operator::sqlite(&file, "shop", "order").await.err().expect("there is none");
    assert!(error.to_string().contains("there is no database"), "{error}");
    assert!(!file.exists());
    store_suite::Fixture::destroy(fixture).await;
}

/// What keeps a service from a file is said at once, and never waited for.
#[tokio::test]
async fn a_file_that_cannot_keep_a_promise_is_refused() {
    let fixture = <OnSqlite as store_suite::Fixture>::create().await;
    let file = |name: &str| fixture.folder.join(name);
    let sixteen = SqliteConnectOptions::new().filename(file("16.db")).create_if_missing(true);
    let mut sixteen = sixteen.pragma("encoding", "'UTF-16le'").connect().await.expect("a file");
    sqlx::Executor::execute(&mut sixteen, "CREATE TABLE t (c TEXT)").await.expect("a table");
    drop(sixteen);
    std::fs::write(
        file("text.db"),
        "this is a text, and it is long enough to be read as a header. ".repeat(9),
    )
    .expect("a file");
    std::fs::create_dir(file("folder.db")).expect("a folder");
    drop(prepared(&fixture).await);
    for (url, expected) in [
        ("16.db", "UTF-16le"),
        ("text.db", "not a database"),
        ("folder.db", "no place"),
        ("none/new.db", "no place"),
        // A file system without locks cannot have a write-ahead log.
        ("new.db?vfs=unix-none", "journal_mode"),
        ("test.db?mode=ro", "readonly"),
    ] {
        let store = SqliteStore::open(&format!("sqlite://{}", file(url).display())).expect("a URL");
        let message = incompatible(store.prepare("shop", "order", &tables()).await);
        assert!(message.contains(expected), "{url}: {message}");
    }
    store_suite::Fixture::destroy(fixture).await;
}

#[tokio::test]
async fn a_url_that_names_no_file_is_refused() {
    for url in ["sqlite::memory:", ":memory:", "sqlite://"] {
        assert!(SqliteStore::open(url).is_err(), "{url}");
    }
}
