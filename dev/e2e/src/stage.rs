//! A broker, and a database for each service.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use delivery::DeliveryService;
use order::OrderService;
use product::ProductService;
use saga_runtime::Service;
use saga_runtime::kafka::security::Security;
use saga_runtime::kafka::{KafkaConfig, MockCluster};
use saga_runtime::plan::{command, text};
use saga_runtime::traces::TracesConfig;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::topics::Topics;

/// How many partitions the saga's topics have on a stage.
pub const PARTITIONS: i32 = 3;
/// The saga's topics.
pub(crate) const TOPICS: [&str; 9] = [
    "order-created",
    "product-decreased",
    "delivery-created",
    "increase-product-command",
    "delivery-created.order.dlt",
    "order-created.product.dlt",
    "increase-product-command.product.dlt",
    "order-created.delivery.dlt",
    "product-decreased.delivery.dlt",
];
/// The saga's services.
pub(crate) const SERVICES: [&str; 3] = ["order", "product", "delivery"];

/// What a stage is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pair {
    /// Mock cluster and SQLite.
    Embedded,
    /// Kafka at `TEST_KAFKA_BROKERS` and PostgreSQL at `TEST_DATABASE_URL`.
    Real,
}

/// A broker with the saga's topics, empty, and an empty database for each service.
pub struct Stage {
    broker: Broker,
    pub(crate) databases: Databases,
    pub(crate) traces: TracesConfig,
    /// What its topics begin with.
    prefix: &'static str,
}

enum Broker {
    Mock(MockCluster),
    /// The topics have fixed names, so one test at a time has the broker.
    Real(String, #[expect(dead_code, reason = "held until the test ends")] MutexGuard<'static, ()>),
    /// That of another stage, which has it.
    Beside(String),
}

pub(crate) enum Databases {
    Folder(PathBuf),
    Server {
        admin: String,
        suffix: String,
        /// Whether services connect as guests: as roles that may not create anything.
        guests: bool,
    },
}

/// The database of one service.
pub enum Database {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL URL.
    Postgres(String),
}

static BROKER: Mutex<()> = Mutex::new(());

impl Stage {
    /// An empty stage.
    pub fn new(pair: Pair) -> Self {
        match pair {
            Pair::Embedded => Self::embedded(),
            Pair::Real => Self::real(),
        }
    }

    /// The same, with services that export their spans.
    pub fn exporting(mut self, traces: TracesConfig) -> Self {
        self.traces = traces;
        self
    }

    fn embedded() -> Self {
        let cluster = MockCluster::start().unwrap();
        for topic in TOPICS {
            cluster.create_topic(topic, PARTITIONS).unwrap();
        }
        let folder = std::env::temp_dir().join(format!("saga-e2e-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).unwrap();
        let traces = TracesConfig::default();
        Self { broker: Broker::Mock(cluster), databases: Databases::Folder(folder), traces, prefix: "" }
    }

    fn real() -> Self {
        let required = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask test`"))
        };
        Self::on(required("TEST_KAFKA_BROKERS"), required("TEST_DATABASE_URL"))
    }

    /// An empty stage on the servers at `brokers` and `admin`, a role that may create databases.
    pub fn on(brokers: String, admin: String) -> Self {
        let guard = BROKER.lock().unwrap_or_else(PoisonError::into_inner);
        Topics::at(&brokers).recreate(&TOPICS, PARTITIONS);
        let suffix = Uuid::new_v4().simple().to_string();
        let stage = Self {
            broker: Broker::Real(brokers, guard),
            databases: Databases::Server { admin, suffix, guests: false },
            traces: TracesConfig::default(),
            prefix: "",
        };
        stage.on_server(|database| format!("CREATE DATABASE {database}"));
        stage
    }

    /// Another environment on the servers of `stage`, whose topics begin with `prefix`.
    ///
    /// # Panics
    /// On the embedded pair.
    pub fn beside(stage: &Self, prefix: &'static str) -> Self {
        let Databases::Server { admin, .. } = &stage.databases else { panic!("it needs servers") };
        let brokers = stage.brokers().to_owned();
        let topics = TOPICS.map(|topic| format!("{prefix}{topic}"));
        Topics::at(&brokers).recreate(&topics.each_ref().map(String::as_str), PARTITIONS);
        let suffix = Uuid::new_v4().simple().to_string();
        let stage = Self {
            broker: Broker::Beside(brokers),
            databases: Databases::Server { admin: admin.clone(), suffix, guests: false },
            traces: TracesConfig::default(),
            prefix,
        };
        stage.on_server(|database| format!("CREATE DATABASE {database}"));
        stage
    }

    /// How its services reach the broker.
    pub fn kafka(&self) -> KafkaConfig {
        KafkaConfig {
            brokers: self.brokers().to_owned(),
            topic_partitions: PARTITIONS,
            security: Security::default(),
            prefix: self.prefix,
            mock: matches!(self.broker, Broker::Mock(_)),
        }
    }

    /// The broker's address.
    pub fn brokers(&self) -> &str {
        match &self.broker {
            Broker::Mock(cluster) => cluster.brokers(),
            Broker::Real(brokers, _) | Broker::Beside(brokers) => brokers,
        }
    }

    /// Its topics.
    pub fn topics(&self) -> Topics {
        Topics::at(self.brokers())
    }

    /// The database of `service`.
    pub fn database(&self, service: &str) -> Database {
        match &self.databases {
            Databases::Folder(folder) => Database::Sqlite(folder.join(format!("{service}.db"))),
            Databases::Server { admin, guests, .. } => {
                let url = with_database(admin, &self.database_name(service));
                Database::Postgres(if *guests { as_guest(&url, &self.guest(service)) } else { url })
            }
        }
    }

    /// The name of the database of `service` on a server.
    pub(crate) fn database_name(&self, service: &str) -> String {
        match &self.databases {
            Databases::Folder(_) => service.to_owned(),
            Databases::Server { suffix, .. } => format!("{service}_{suffix}"),
        }
    }

    /// Runs a statement on the database of `service`.
    pub fn execute(&self, service: &str, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        Runtime::new().unwrap().block_on(async {
            match self.database(service) {
                Database::Sqlite(path) => {
                    let url = format!("sqlite://{}", path.display());
                    let mut connection = SqliteConnection::connect(&url).await.unwrap();
                    connection.execute(statement).await.unwrap();
                }
                Database::Postgres(url) => {
                    let mut connection = PgConnection::connect(&url).await.unwrap();
                    connection.execute(statement).await.unwrap();
                }
            }
        });
    }

    /// The number that a query on the database of `service` returns.
    pub fn query(&self, service: &str, query: &str) -> i64 {
        let query = AssertSqlSafe(query.to_owned());
        Runtime::new().unwrap().block_on(async {
            match self.database(service) {
                Database::Sqlite(path) => {
                    let url = format!("sqlite://{}", path.display());
                    let mut connection = SqliteConnection::connect(&url).await.unwrap();
                    sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
                }
                Database::Postgres(url) => {
                    let mut connection = PgConnection::connect(&url).await.unwrap();
                    sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
                }
            }
        })
    }

    /// Lets owners prepare the databases, and services connect as roles that the plan grants rights.
    pub fn prepared_by_owners(mut self) -> Self {
        for (service, plan) in [
            ("order", plan::<OrderService<order_handlers::Handlers>>(&self)),
            ("product", plan::<ProductService<product_handlers::Handlers>>(&self)),
            ("delivery", plan::<DeliveryService<delivery_handlers::Handlers>>(&self)),
        ] {
            self.execute(service, &format!("CREATE ROLE {} LOGIN PASSWORD 'guest'", self.guest(service)));
            self.execute(service, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
            self.execute(service, &plan);
        }
        if let Databases::Server { guests, .. } = &mut self.databases {
            *guests = true;
        }
        self
    }

    /// The role of a service that may not create anything.
    fn guest(&self, service: &str) -> String {
        format!("guest_{}", self.database_name(service))
    }

    fn on_server(&self, statement: impl Fn(&str) -> String) {
        let Databases::Server { admin, .. } = &self.databases else { return };
        Runtime::new().unwrap().block_on(async {
            let mut connection = PgConnection::connect(admin).await.unwrap();
            for service in SERVICES {
                connection.execute(AssertSqlSafe(statement(&self.database_name(service)))).await.unwrap();
            }
        });
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        match &self.databases {
            Databases::Folder(folder) => drop(std::fs::remove_dir_all(folder)),
            Databases::Server { .. } => {
                self.on_server(|database| format!("DROP DATABASE {database} WITH (FORCE)"));
                self.on_server(|database| format!("DROP ROLE IF EXISTS guest_{database}"));
            }
        }
    }
}

/// What `<service> plan --sql` prints.
fn plan<S: Service>(stage: &Stage) -> String {
    let words = ["plan".to_owned(), "--sql".to_owned(), format!("--role={}", stage.guest(S::NAME))];
    let matches = command(S::NAME).try_get_matches_from(words).unwrap();
    text::<S>(&matches, &|_| None).unwrap()
}

/// `url` with the role of a guest.
fn as_guest(url: &str, role: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (_, place) = rest.split_once('@').unwrap();
    format!("{scheme}://{role}:guest@{place}")
}

/// `url` with another database.
pub(crate) fn with_database(url: &str, database: &str) -> String {
    let (server, options) =
        url.split_once('?').map_or((url, None), |(server, options)| (server, Some(options)));
    let (server, _) = server.rsplit_once('/').unwrap();
    match options {
        Some(options) => format!("{server}/{database}?{options}"),
        None => format!("{server}/{database}"),
    }
}
