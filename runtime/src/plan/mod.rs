//! What a service needs of its database and of Kafka: `<service> plan`.
//!
//! A service creates its tables and topics itself, if it may. Where it may not, their
//! owners apply this plan. It is printed from what the service would run itself, so
//! the two cannot differ.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};

use crate::config::{ConfigError, topic_partitions, topic_prefix};
use crate::service::Service;
use crate::store::DatabasePlan;

mod kafka;

use kafka::KafkaPlan;

/// The command `plan` of the service `service`.
pub fn command(service: &'static str) -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let value = |name: &'static str, value: &'static str| Arg::new(name).long(name).value_name(value);
    Command::new("plan")
        .about("Prints the tables, topics and rights the service needs, for those who own database and Kafka")
        .long_about(ABOUT)
        .arg(flag("sql", "Only the statements for PostgreSQL"))
        .arg(flag("kafka", "Only the commands for Kafka"))
        .group(ArgGroup::new("part").args(["sql", "kafka"]))
        .arg(
            value("role", "ROLE")
                .default_value(service)
                .help("The PostgreSQL role of the service"),
        )
        .arg(value("schema", "SCHEMA").default_value("public").help("The schema for the tables"))
        .arg(
            value("principal", "PRINCIPAL")
                .help("The Kafka principal of the service [default: User: and the role]"),
        )
        .after_help(format!(
            "Examples:\n  {service} plan\n  {service} plan --sql --role {service}_app | psql \"$OWNER_URL\"\n  \
             {service} plan --kafka | sh\n\n\
             Environment:\n  TOPIC_PARTITIONS   partitions of a topic for which saga.yaml does not say how many \
             (default: 6)\n  KAFKA_PREFIX       what the names of topics and groups begin with (default: nothing)"
        ))
}

const ABOUT: &str = "\
Prints what the service needs: every table and index, every topic, and every right, as statements
for psql and commands of Kafka's own tools. Nothing is connected to, and nothing is changed.

A service creates what is missing by itself if it may. After their owners have applied this plan,
it runs without the right to create tables or topics; so do its `ops` commands. Everything can be
applied again, after an update of the service too: what exists stays as it is. A table that an
update changes is not altered here; the service prints the statements when it starts.";

/// Prints the plan that was asked for.
pub(crate) fn main<S: Service>(matches: &ArgMatches) -> ExitCode {
    match text::<S>(matches, &|name| std::env::var(name).ok()) {
        Ok(text) => {
            // A reader that closed the output does not want the rest.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The plan, for `matches` of [`command`].
///
/// # Errors
/// When the environment is not valid.
pub fn text<S: Service>(
    matches: &ArgMatches,
    get: &dyn Fn(&str) -> Option<String>,
) -> Result<String, ConfigError> {
    let argument = |name: &str| matches.get_one::<String>(name).map_or(S::NAME, String::as_str);
    let database = DatabasePlan { role: argument("role"), schema: argument("schema") };
    let principal = matches.get_one("principal").cloned();
    let principal = principal.unwrap_or_else(|| format!("User:{}", database.role));
    let kafka = KafkaPlan::<S>::new(&principal, topic_partitions(get)?, topic_prefix(get)?);
    let mut text = String::new();
    if !matches.get_flag("kafka") {
        text += &format!("-- PostgreSQL: run in the database of `{}`, as its owner.\n", S::NAME);
        text += &database.script(&S::tables());
    }
    if !matches.get_flag("sql") {
        if !text.is_empty() {
            text += "\n";
        }
        text += &kafka.script();
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_sound() {
        command("order").debug_assert();
    }
}
