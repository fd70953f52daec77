//! PostgreSQL's own counters.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use tokio::runtime::Runtime;

use crate::Stage;
use crate::stage::{Database, Databases};

impl Stage {
    /// Sets the counters of the server to zero.
    pub fn reset_counts(&self) {
        self.admin("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
        self.admin("SELECT pg_stat_statements_reset()");
        self.admin("SELECT pg_stat_reset_shared('wal')");
    }

    /// The statements on the database of `service`, and the flushes of the
    /// server's log, since the counters were set to zero.
    pub fn counts(&self, service: &str) -> (i64, i64) {
        // Counters of other processes are published with a delay.
        std::thread::sleep(std::time::Duration::from_secs(1));
        let database = self.database_name(service);
        let statements = self.admin(&format!(
            "SELECT sum(calls)::bigint FROM pg_stat_statements \
             JOIN pg_database ON pg_database.oid = dbid WHERE datname = '{database}'"
        ));
        (statements, self.admin("SELECT wal_sync::bigint FROM pg_stat_wal"))
    }

    /// How many messages `service` has applied, and how many of its own are not yet on Kafka.
    pub fn applied(&self, service: &str) -> (i64, i64) {
        let Database::Postgres(url) = self.database(service) else { panic!("only PostgreSQL counts") };
        let found = query(
            &url,
            "SELECT coalesce(sum(applied) FILTER (WHERE name LIKE 'in:%'), 0)::bigint, \
             coalesce(sum(last_seq - cursor), 0)::bigint FROM saga_shard",
        );
        found.unwrap_or((0, -1))
    }

    /// How many owners the input partitions of `service` have.
    pub fn owners(&self, service: &str) -> i64 {
        let Database::Postgres(url) = self.database(service) else { panic!("only PostgreSQL counts") };
        query(&url, "SELECT count(DISTINCT owner) FROM saga_shard WHERE name LIKE 'in:%'")
            .map_or(0, |(owners, _)| owners)
    }

    fn admin(&self, statement: &str) -> i64 {
        let Databases::Server { admin, .. } = &self.databases else { panic!("only PostgreSQL counts") };
        query(admin, statement).map_or(0, |(value, _)| value)
    }
}

/// The first two numbers of the first row; zero for what is no number.
fn query(url: &str, statement: &str) -> Option<(i64, i64)> {
    Runtime::new().unwrap().block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let rows = sqlx::query(AssertSqlSafe(statement.to_owned())).fetch_all(&mut connection).await.ok()?;
        let row = rows.first()?;
        Some((row.try_get(0).unwrap_or(0), row.try_get(1).unwrap_or(0)))
    })
}
