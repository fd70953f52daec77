//! The configuration of a service, out of environment variables.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use crate::kafka::KafkaConfig;
use crate::kafka::security::BUILT_IN;
use crate::traces::TracesConfig;

mod origins;
mod otel;
mod security;

pub(crate) use origins::AllowedOrigins;
pub(crate) use otel::VARIABLES as TRACE_VARIABLES;
pub(crate) use security::VARIABLES as SECURITY_VARIABLES;

/// The number of partitions of a topic that has to be created.
pub(crate) const DEFAULT_PARTITIONS: i32 = 6;

/// How many calls of a step may be in flight at an instance, if nothing is configured.
const CALLS_IN_FLIGHT: NonZeroU16 = NonZeroU16::new(32).unwrap();

/// The longest prefix of the names of topics: Kafka allows 249 characters in all.
const LONGEST_PREFIX: usize = 60;

/// The configuration of one service.
#[derive(Debug, PartialEq)]
pub(crate) struct Config {
    pub kafka: KafkaConfig,
    pub database: Database,
    /// The address to listen on; every one of the machine if there is none.
    pub host: Option<IpAddr>,
    pub port: u16,
    pub origins: AllowedOrigins,
    /// How many acknowledged messages each shard keeps in its outbox.
    pub outbox_keep: u32,
    pub choices: Choices,
    pub log: LogFormat,
    pub traces: TracesConfig,
}

/// Which database a service keeps its rows in.
#[derive(PartialEq, Eq)]
pub(crate) enum Database {
    /// A PostgreSQL URL. It may hold a password, so it is never printed.
    Postgres(String),
    /// The path of an SQLite file.
    Sqlite(PathBuf),
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Database::Postgres(_) => f.write_str("Postgres(…)"),
            Database::Sqlite(path) => write!(f, "Sqlite({})", path.display()),
        }
    }
}

/// How a service goes about its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choices {
    /// What becomes of messages from before the service read their topic.
    pub history: Option<HistoryChoice>,
    /// How many calls of a step may be in flight at an instance.
    pub calls_in_flight: NonZeroU16,
}

impl Default for Choices {
    fn default() -> Self {
        Self { history: None, calls_in_flight: CALLS_IN_FLIGHT }
    }
}

/// What an operator has chosen for messages that were published before a service read their topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HistoryChoice {
    /// They are handled.
    Handle,
    /// They are passed over, and so is everything that this version of the service cannot handle any more.
    Skip,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// The variables a service reads, for `--help`.
pub(crate) const VARIABLES: &str = "\
Environment:
  KAFKA_BROKERS      host:port of the Kafka brokers, comma-separated (required)
  KAFKA_PREFIX       what the names of topics, groups and clients begin with, such as test., so that
                     environments can share a cluster (default: nothing)
  DATABASE_URL       postgres://user:password@host:port/database, or sqlite://path (required)
  DATABASE_URL_FILE  a file that contains the URL instead, such as a mounted secret
  HOST               address to listen on (default: every one, of IPv4 and IPv6)
  PORT               port to listen on; 0 picks a free one
  CORS_ALLOWED_ORIGINS
                     origins whose pages may call the service from a browser, comma-separated,
                     or * (default: none)
  TOPIC_PARTITIONS   partitions of a topic that has to be created, unless saga.yaml says
                     how many (default: 6)
  OUTBOX_KEEP        acknowledged messages each shard keeps in its outbox (default: 0); they allow
                     republishing after Kafka lost data, by moving the cursor back
  CALLS_IN_FLIGHT    calls of a step to another system that may be in flight at once (default: 32)
  SAGA_HISTORY       skip or handle, as --history: what to do with messages from before the service read
                     their topic, when it asks (default: it does not start)
  RUST_LOG           what to log (default: info,step=warn; plain info shows every step of every saga)
  LOG_FORMAT         text or json (default: text)";

/// Every problem of the environment, one line each.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl Config {
    /// Reads the configuration; `get` looks a variable up.
    ///
    /// # Errors
    /// [`ConfigError`] lists everything that is missing or bad.
    pub(crate) fn read(get: &dyn Fn(&str) -> Option<String>, default_port: u16) -> Result<Self, ConfigError> {
        let mut reader = Reader { get, problems: String::new() };
        let brokers = reader.brokers();
        let security = reader.security(BUILT_IN);
        let prefix = reader.prefix();
        let database = reader.database();
        let host = reader.host();
        let port = reader.parsed("PORT", "a port: 0 to 65535", || default_port);
        let origins = reader.origins();
        let topic_partitions = reader.partitions();
        let outbox_keep = reader.parsed("OUTBOX_KEEP", "a number of messages: 0 to 4294967295", || 0);
        let calls_in_flight =
            reader.parsed("CALLS_IN_FLIGHT", "a number of calls: 1 to 65535", || CALLS_IN_FLIGHT);
        let choices = Choices { history: reader.history(), calls_in_flight };
        let log = reader.log_format();
        let traces = reader.traces();
        if !reader.problems.is_empty() {
            return Err(reader.error());
        }
        // Without problems both are there.
        let (Some(brokers), Some(database)) = (brokers, database) else {
            return Err(ConfigError("KAFKA_BROKERS and DATABASE_URL are required".into()));
        };
        let kafka = KafkaConfig { brokers, topic_partitions, security, prefix, mock: false };
        Ok(Self { kafka, database, host, port, origins, outbox_keep, choices, log, traces })
    }
}

impl Database {
    /// Reads only which database a service has.
    ///
    /// # Errors
    /// [`ConfigError`] says what is missing or bad.
    pub(crate) fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader { get, problems: String::new() };
        reader.database().filter(|_| reader.problems.is_empty()).ok_or_else(|| reader.error())
    }
}

impl KafkaConfig {
    /// Reads only how Kafka is reached.
    ///
    /// # Errors
    /// [`ConfigError`] says what is missing or bad.
    pub(crate) fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader { get, problems: String::new() };
        let (brokers, security, prefix) = (reader.brokers(), reader.security(BUILT_IN), reader.prefix());
        match brokers {
            Some(brokers) if reader.problems.is_empty() => {
                Ok(Self { brokers, topic_partitions: DEFAULT_PARTITIONS, security, prefix, mock: false })
            }
            _ => Err(reader.error()),
        }
    }
}

/// Reads only how many partitions a topic gets for which the saga does not say.
///
/// # Errors
/// [`ConfigError`] says what is bad.
pub(crate) fn topic_partitions(get: &dyn Fn(&str) -> Option<String>) -> Result<i32, ConfigError> {
    let mut reader = Reader { get, problems: String::new() };
    let partitions = reader.partitions();
    if reader.problems.is_empty() { Ok(partitions) } else { Err(reader.error()) }
}

/// Reads only what the names of topics begin with.
///
/// # Errors
/// [`ConfigError`] says what is bad.
pub(crate) fn topic_prefix(get: &dyn Fn(&str) -> Option<String>) -> Result<&'static str, ConfigError> {
    let mut reader = Reader { get, problems: String::new() };
    let prefix = reader.prefix();
    if reader.problems.is_empty() { Ok(prefix) } else { Err(reader.error()) }
}

impl LogFormat {
    /// Reads the format of the log; text if it is not valid.
    pub(crate) fn read(get: &dyn Fn(&str) -> Option<String>) -> Self {
        Reader { get, problems: String::new() }.log_format()
    }
}

/// Reads variables, and collects their problems.
pub(crate) struct Reader<'a> {
    pub get: &'a dyn Fn(&str) -> Option<String>,
    pub problems: String,
}

impl Reader<'_> {
    fn error(&self) -> ConfigError {
        ConfigError(self.problems.trim_end().to_owned())
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.get)(name).filter(|value| !value.trim().is_empty())
    }

    fn problem(&mut self, name: &str, what: &str, wanted: &str) {
        // Writing into a String cannot fail.
        let _ = writeln!(self.problems, "{name} {what}; expected: {wanted}");
    }

    fn brokers(&mut self) -> Option<String> {
        let wanted = "host:port of the Kafka brokers, comma-separated, such as localhost:9092";
        let Some(brokers) = self.value("KAFKA_BROKERS") else {
            self.problem("KAFKA_BROKERS", "is not set", wanted);
            return None;
        };
        let is_broker = |broker: &str| {
            broker
                .trim()
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        if !brokers.split(',').all(is_broker) {
            self.problem("KAFKA_BROKERS", &format!("is `{brokers}`"), wanted);
            return None;
        }
        Some(brokers)
    }

    /// It lives as long as the process, as the names of topics do.
    fn prefix(&mut self) -> &'static str {
        let Some(prefix) = self.value("KAFKA_PREFIX") else { return "" };
        let prefix = prefix.trim();
        let fits = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-');
        if prefix.len() > LONGEST_PREFIX || !prefix.chars().all(fits) {
            let wanted = "at most 60 letters, digits, `.`, `_` or `-`, such as test.";
            self.problem("KAFKA_PREFIX", &format!("is `{prefix}`"), wanted);
            return "";
        }
        prefix.to_owned().leak()
    }

    fn database(&mut self) -> Option<Database> {
        let wanted = "postgres://user:password@host:5432/database, or sqlite://path";
        let url = match (self.value("DATABASE_URL"), self.value("DATABASE_URL_FILE")) {
            (Some(url), _) => url,
            (None, Some(file)) => match std::fs::read_to_string(Path::new(&file)) {
                Ok(url) => url.trim().to_owned(),
                Err(error) => {
                    self.problem("DATABASE_URL_FILE", &format!("({file}) cannot be read: {error}"), wanted);
                    return None;
                }
            },
            (None, None) => {
                self.problem("DATABASE_URL", "is not set, and neither is DATABASE_URL_FILE", wanted);
                return None;
            }
        };
        match url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => {
                self.database_tls(&url);
                Some(Database::Postgres(url))
            }
            // It would become a part of the file's name.
            Some(("sqlite", path)) if path.contains('?') => {
                self.problem("DATABASE_URL", &format!("is `{url}`"), "sqlite://path without parameters");
                None
            }
            Some(("sqlite", path)) if !path.is_empty() => Some(Database::Sqlite(path.into())),
            // The value may hold a password, so it is not repeated.
            _ => {
                self.problem("DATABASE_URL", "is not the URL of a supported database", wanted);
                None
            }
        }
    }

    fn partitions(&mut self) -> i32 {
        let wanted = "a number of partitions: 1 to 10000";
        let partitions = self.parsed("TOPIC_PARTITIONS", wanted, || DEFAULT_PARTITIONS);
        if !(1..=10_000).contains(&partitions) {
            self.problem("TOPIC_PARTITIONS", &format!("is {partitions}"), wanted);
        }
        partitions
    }

    pub(crate) fn host(&mut self) -> Option<IpAddr> {
        // `None` is the answer without a value, so the default is never used.
        self.value("HOST")
            .map(|_| self.parsed("HOST", "an IP address, such as :: or 0.0.0.0", || [0; 4].into()))
    }

    fn history(&mut self) -> Option<HistoryChoice> {
        match self.value("SAGA_HISTORY").as_deref() {
            None => None,
            Some("handle") => Some(HistoryChoice::Handle),
            Some("skip") => Some(HistoryChoice::Skip),
            Some(other) => {
                self.problem("SAGA_HISTORY", &format!("is `{other}`"), "skip or handle");
                None
            }
        }
    }

    pub(crate) fn log_format(&mut self) -> LogFormat {
        match self.value("LOG_FORMAT").as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(other) => {
                self.problem("LOG_FORMAT", &format!("is `{other}`"), "text or json");
                LogFormat::Text
            }
        }
    }

    pub(crate) fn parsed<T: std::str::FromStr>(
        &mut self,
        name: &str,
        wanted: &str,
        default: impl FnOnce() -> T,
    ) -> T {
        let Some(value) = self.value(name) else { return default() };
        value.trim().parse().unwrap_or_else(|_| {
            self.problem(name, &format!("is `{value}`"), wanted);
            default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let get = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Config::read(&get, 8081)
    }

    #[test]
    fn the_defaults_are_those_of_a_deployed_service() {
        let config = read(&[("KAFKA_BROKERS", "kafka:9092"), ("DATABASE_URL", "sqlite://order.db")]);
        let config = config.expect("it is complete");
        assert_eq!((config.host, config.port), (None, 8081));
        assert_eq!(config.database, Database::Sqlite("order.db".into()));
    }

    #[test]
    fn a_prefix_is_one_that_names_of_kafka_can_begin_with() {
        let with = |prefix| {
            read(&[("KAFKA_BROKERS", "a:1"), ("DATABASE_URL", "sqlite://o.db"), ("KAFKA_PREFIX", prefix)])
        };
        let config = with("test.").expect("it is complete").kafka;
        assert_eq!(config.on_cluster("order-created"), "test.order-created");
        assert_eq!(with("").expect("it is complete").kafka.on_cluster("t"), "t");
        for bad in ["a b", "tést", "a/", &"a".repeat(61)] {
            let error = with(bad).expect_err("no topic can begin with it").to_string();
            assert!(error.contains("KAFKA_PREFIX is"), "{error}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let error = read(&[
            ("PORT", "http"),
            ("OUTBOX_KEEP", "-1"),
            ("CALLS_IN_FLIGHT", "0"),
            ("SAGA_HISTORY", "keep"),
            ("DATABASE_URL", "mysql://root:secret@db"),
        ]);
        let error = error.expect_err("it is wrong").to_string();
        for name in [
            "KAFKA_BROKERS is not set",
            "DATABASE_URL is not the URL",
            "PORT is `http`",
            "OUTBOX_KEEP is `-1`",
            "CALLS_IN_FLIGHT is `0`",
            "SAGA_HISTORY is `keep`",
        ] {
            assert!(error.contains(name), "{error}");
        }
        assert!(!error.contains("secret"));
        let error = read(&[("KAFKA_BROKERS", "a:1"), ("DATABASE_URL", "sqlite://order.db?mode=rwc")]);
        assert!(error.expect_err("a parameter").to_string().contains("without parameters"));
    }

    #[test]
    fn a_service_and_its_operator_are_told_of_security_that_cannot_be_had() {
        let variables = [
            ("KAFKA_BROKERS", "kafka:9092"),
            ("KAFKA_SECURITY_PROTOCOL", "KERBEROS"),
            ("DATABASE_URL", "postgres://order:secret@db/order?sslmode=always"),
        ];
        let get = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let (kafka, database) = ("KAFKA_SECURITY_PROTOCOL is `KERBEROS`", "is `always`; expected: disable");
        let service = read(&variables).expect_err("neither is known").to_string();
        assert!(service.contains(kafka) && service.contains(database), "{service}");
        let operator = [KafkaConfig::read(&get).map(drop), Database::read(&get).map(drop)];
        for (error, expected) in operator.into_iter().zip([kafka, database]) {
            let error = error.expect_err("it is not known").to_string();
            assert!(error.contains(expected) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_url_is_read_from_a_file_that_exists() {
        let error = read(&[("KAFKA_BROKERS", "a:1,b:2"), ("DATABASE_URL_FILE", "/does/not/exist")]);
        assert!(error.expect_err("the file is missing").to_string().contains("cannot be read"));
        let file = std::env::temp_dir().join(format!("saga-database-url-{}", std::process::id()));
        // As an editor leaves it, with a line end.
        std::fs::write(&file, "postgres://order:secret@db/order\n").expect("a temporary file");
        let path = file.to_string_lossy().into_owned();
        let config = read(&[("KAFKA_BROKERS", "kafka:9092"), ("DATABASE_URL_FILE", &path)]);
        std::fs::remove_file(&file).expect("the file goes again");
        let database = config.expect("it is complete").database;
        assert_eq!(database, Database::Postgres("postgres://order:secret@db/order".into()));
    }
}
