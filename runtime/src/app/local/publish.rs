//! Plays an external producer, to try a saga that reads one's events.

use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};

use crate::kafka::security::Security;
use crate::kafka::{KafkaConfig, external};
use crate::service::Service;

/// A topic of an external producer.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExternalTopic {
    pub name: &'static str,
    /// The key of a message: the saga instance. Fails with what its reader would say.
    key: fn(&str, &[u8]) -> Result<String, String>,
}

impl ExternalTopic {
    /// Those that a service reads.
    pub(super) fn of<S: Service>() -> impl Iterator<Item = Self> {
        S::EXTERNAL.iter().map(|name| Self { name, key: key::<S> })
    }
}

fn key<S: Service>(topic: &str, body: &[u8]) -> Result<String, String> {
    let input = S::decode(topic, body).map_err(|error| error.to_string())?;
    Ok(S::correlation(&input).to_string())
}

pub(super) fn command(topics: &[ExternalTopic]) -> Command {
    Command::new("publish")
        .about("Publishes a message as an external producer would, without the headers of a service")
        .arg(
            Arg::new("topic")
                .value_name("TOPIC")
                .required(true)
                .value_parser(topics.iter().map(|topic| topic.name).collect::<Vec<_>>()),
        )
        .arg(Arg::new("body").value_name("JSON").required(true).help("The message"))
        .after_help("Environment:\n  KAFKA_BROKERS   as the running saga has printed it (required)")
}

/// Publishes one message.
pub(super) fn main(
    topics: &[ExternalTopic],
    matches: &ArgMatches,
    get: &dyn Fn(&str) -> Option<String>,
) -> ExitCode {
    match published(topics, matches, get) {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn published(
    topics: &[ExternalTopic],
    matches: &ArgMatches,
    get: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let argument = |name: &str| matches.get_one::<String>(name).map_or("", String::as_str);
    let (topic, body) = (argument("topic"), argument("body"));
    let brokers = get("KAFKA_BROKERS")
        .ok_or("KAFKA_BROKERS is not set.\nStart the saga, and take the line that it prints first")?;
    let known = topics.iter().find(|known| known.name == topic).ok_or("no service reads this topic")?;
    let key = (known.key)(topic, body.as_bytes())
        .map_err(|error| format!("no service could read this message from {topic}: {error}"))?;
    let config =
        KafkaConfig { brokers, topic_partitions: 1, security: Security::default(), prefix: "", mock: false };
    external::publish(&config, topic, &key, body.as_bytes())
        .map_err(|error| format!("{topic} of {} does not take the message: {error}", config.brokers))?;
    Ok(format!("published on {topic}, with the key {key}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rdkafka::consumer::{BaseConsumer, Consumer as _};
    use rdkafka::{ClientConfig, Message as _};

    use super::*;
    use crate::kafka::MockCluster;

    fn run(body: &str, brokers: Option<&str>) -> Result<String, String> {
        let key = |_: &str, body: &[u8]| match body {
            b"{}" => Err("a field is missing".to_owned()),
            _ => Ok("7".to_owned()),
        };
        let topics = [ExternalTopic { name: "bank.settlements", key }];
        let matches = command(&topics).get_matches_from(["publish", "bank.settlements", body]);
        published(&topics, &matches, &|_| brokers.map(str::to_owned))
    }

    #[test]
    fn a_message_needs_brokers_and_a_reader() {
        assert!(run("{}", None).is_err_and(|error| error.contains("KAFKA_BROKERS is not set")));
        let unread = run("{}", Some("127.0.0.1:1"));
        assert!(unread.is_err_and(|error| error.ends_with("a field is missing")));
    }

    #[test]
    fn a_message_is_published_with_its_instance_as_the_key() {
        let cluster = MockCluster::start().expect("a mock cluster");
        cluster.create_topic("bank.settlements", 1).expect("a topic");
        let told = run("{\"invoice_ref\":7}", Some(cluster.brokers())).expect("the brokers are there");
        assert_eq!(told, "published on bank.settlements, with the key 7");
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", cluster.brokers())
            .set("group.id", "test")
            .set("auto.offset.reset", "earliest")
            .create()
            .expect("a consumer");
        consumer.subscribe(&["bank.settlements"]).expect("subscribed");
        // A poll ends early with each change of the group.
        let message = (0..200).find_map(|_| consumer.poll(Duration::from_millis(100)));
        let message = message.expect("a message").expect("no error");
        assert_eq!(message.key(), Some(b"7".as_slice()));
        assert_eq!(message.payload(), Some(b"{\"invoice_ref\":7}".as_slice()));
        assert!(message.headers().is_none(), "a service would know its own messages by them");
    }
}
