//! The store on a real PostgreSQL server.

use std::time::Duration;

use runtime::store::{PostgresStore, ShardId};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

mod store_suite;

/// A database of its own on the server of `TEST_DATABASE_URL`.
struct OnPostgres {
    admin: PgConnectOptions,
    url: String,
    database: String,
}

fn server() -> String {
    std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is not set: run `cargo xtask test`")
}

impl OnPostgres {
    /// A connection to the database under test.
    async fn connect(&self) -> PgConnection {
        self.admin.clone().database(&self.database).connect().await.expect("the database under test")
    }

    async fn as_admin(&self, statement: String) {
        let mut admin = self.admin.connect().await.expect("the server of TEST_DATABASE_URL");
        admin.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.expect("an administrator");
    }
}

impl store_suite::Fixture for OnPostgres {
    type Store = PostgresStore;

    async fn create() -> Self {
        let server = server();
        let database = format!("saga_test_{}", uuid::Uuid::new_v4().simple());
        let (address, parameters) = match server.split_once('?') {
            Some((address, parameters)) => (address, format!("?{parameters}")),
            None => (server.as_str(), String::new()),
        };
        let (scheme, rest) = address.split_once("://").expect("TEST_DATABASE_URL is a URL");
        let host = rest.split_once('/').map_or(rest, |(host, _)| host);
        let url = format!("{scheme}://{host}/{database}{parameters}");
        let admin = server.parse().expect("TEST_DATABASE_URL is a PostgreSQL URL");
        let fixture = Self { admin, url, database };
        fixture.as_admin(format!("CREATE DATABASE {}", fixture.database)).await;
        fixture
    }

    fn store(&self) -> PostgresStore {
        PostgresStore::open(&self.url).expect("a PostgreSQL URL")
    }

    async fn restore_elsewhere(&self) {
        let elsewhere =
            "UPDATE saga_shard SET db_identity = 'elsewhere'; UPDATE saga_meta SET db_identity = 'elsewhere'";
        self.connect().await.execute(sqlx::raw_sql(elsewhere)).await.expect("the protocol's tables");
    }

    async fn counts(&self, shard: ShardId) -> (i64, i64) {
        let counts = sqlx::query_as("SELECT applied, dropped FROM saga_shard WHERE shard = $1").bind(shard.0);
        counts.fetch_one(&mut self.connect().await).await.expect("a shard")
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn destroy(self) {
        self.as_admin(format!("DROP DATABASE {} WITH (FORCE)", self.database)).await;
    }
}

store_suite!(OnPostgres);
