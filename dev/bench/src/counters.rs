//! What something has cost: time of processors, write-ahead log, statements, flushes.

use sqlx::PgConnection;
use testbed::failure::Result;

use crate::figures::Figures;
use crate::process::{Service, processor_seconds};
use crate::rig::Rig;
use crate::servers::{self, number};

/// The counters of the machine at one moment.
pub(crate) struct Counters {
    services: f64,
    kafka: f64,
    postgres: f64,
    wal: i64,
    flushes: i64,
    statements: i64,
}

/// Reads counters.
pub(crate) struct Meter {
    pids: Vec<i32>,
    kafka: i32,
    postgres: i32,
    connection: PgConnection,
}

impl Meter {
    /// Of these services and the servers.
    pub(crate) async fn new(rig: &Rig, services: &[Service]) -> Result<Self> {
        Ok(Self {
            pids: services.iter().map(Service::pid).collect(),
            kafka: rig.kafka,
            postgres: rig.postgres,
            connection: servers::connect(&rig.admin()).await?,
        })
    }

    pub(crate) async fn read(&mut self) -> Result<Counters> {
        let connection = &mut self.connection;
        Ok(Counters {
            wal: number(connection, "SELECT (pg_current_wal_insert_lsn() - '0/0')::int8").await?,
            flushes: number(connection, "SELECT wal_sync::int8 FROM pg_stat_wal").await?,
            statements: number(
                connection,
                "SELECT coalesce(sum(calls), 0)::int8 FROM pg_stat_statements
                 JOIN pg_database ON pg_database.oid = dbid WHERE datname LIKE 'bench_%'",
            )
            .await?,
            services: self.pids.iter().map(|pid| processor_seconds(*pid)).sum(),
            kafka: processor_seconds(self.kafka),
            postgres: processor_seconds(self.postgres),
        })
    }
}

impl Counters {
    /// What it took from `self` to `end`, divided by the number of what was done meanwhile.
    pub(crate) fn each(&self, end: &Self, done: f64) -> Figures {
        let millis = |begin: f64, end: f64| (end - begin) * 1_000.0 / done;
        let count = |begin: i64, end: i64| (end - begin) as f64 / done;
        let services = millis(self.services, end.services);
        let kafka = millis(self.kafka, end.kafka);
        let postgres = millis(self.postgres, end.postgres);
        vec![
            ("cpu ms", services + kafka + postgres),
            ("cpu ms services", services),
            ("cpu ms kafka", kafka),
            ("cpu ms postgres", postgres),
            ("wal kB", count(self.wal, end.wal) / 1_000.0),
            ("flushes", count(self.flushes, end.flushes)),
            ("statements", count(self.statements, end.statements)),
        ]
    }
}
