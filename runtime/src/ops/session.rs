//! What every command works with: a session of one operator.

use tracing::info;

use super::{Console, Environment, Failure};
use crate::config::Database;
use crate::kafka::KafkaConfig;
use crate::kafka::group::{Group, Role};
use crate::kafka::log::Log;
use crate::service::Service;
use crate::store::Operator;

/// The service, its database, and the operator.
pub(super) struct Session<'a, 'c, S> {
    pub service: &'a S,
    pub operator: Operator,
    pub console: &'a mut Console<'c>,
    /// The command's name.
    command: &'a str,
    environment: Environment<'a>,
}

impl<'a, 'c, S: Service> Session<'a, 'c, S> {
    pub(super) async fn open(
        service: &'a S,
        command: &'a str,
        environment: Environment<'a>,
        console: &'a mut Console<'c>,
    ) -> Result<Self, Failure> {
        let database = Database::read(environment).map_err(|error| Failure::Broken(error.to_string()))?;
        let operator = match database {
            Database::Postgres(url) => Operator::postgres(&url, S::SAGA, S::NAME).await?,
            Database::Sqlite(path) => Operator::sqlite(&path, S::SAGA, S::NAME).await?,
        };
        Ok(Self { service, operator, console, command, environment })
    }

    /// A reader of Kafka's logs.
    pub(super) async fn log(&mut self) -> Result<Log, Failure> {
        let config =
            KafkaConfig::read(self.environment).map_err(|error| Failure::Broken(error.to_string()))?;
        // Another environment's topics say nothing about this database.
        self.operator.check_prefix(config.prefix).await?;
        let id = format!("{}-{}-ops", S::SAGA, S::NAME);
        Ok(Log::open(&config, &id, &Group::of::<S>(Role::Operator))?)
    }

    /// Logs that an operator has changed something.
    pub(super) fn did(&self, what: &str) {
        let variable = |names: [&str; 2]| {
            names.iter().find_map(|name| (self.environment)(name)).unwrap_or_else(|| "unknown".to_owned())
        };
        let who = format!("{}@{}", variable(["USER", "LOGNAME"]), variable(["HOSTNAME", "HOST"]));
        info!(service = S::NAME, who, command = self.command, what, "an operator changed the database");
    }

    /// Says what was done, and logs it.
    pub(super) fn done(&mut self, what: &str) {
        self.console.say(what);
        self.did(what);
    }
}
