//! Topics and access control lists, as commands of Kafka's own tools.

use std::fmt::Write as _;
use std::marker::PhantomData;

use crate::kafka::group::{Group, Role};
use crate::service::{self, Service};

/// What a service needs of Kafka.
pub(super) struct KafkaPlan<'a, S> {
    principal: &'a str,
    /// The partitions of a topic for which the saga does not say how many.
    partitions: i32,
    /// What the names of topics and groups begin with.
    prefix: &'a str,
    service: PhantomData<S>,
}

impl<'a, S: Service> KafkaPlan<'a, S> {
    pub(super) fn new(principal: &'a str, partitions: i32, prefix: &'a str) -> Self {
        Self { principal, partitions, prefix, service: PhantomData }
    }

    /// The commands for a shell.
    pub(super) fn script(&self) -> String {
        let mut script = format!(
            "# Kafka: run with an administrator's KAFKA_BROKERS, and with --command-config where brokers want \
             credentials.\n# A topic's retention is a decision of `{}`'s owners: it has to outlast the longest outage.\n",
            S::SAGA
        );
        let topics = service::topics::<S>();
        for topic in S::EXTERNAL {
            let _ = writeln!(
                script,
                "# {}{topic} belongs to an external producer, whose owners create it.",
                self.prefix
            );
        }
        for topic in topics.iter().filter(|topic| !S::EXTERNAL.contains(topic)) {
            let partitions = S::PARTITIONS.iter().find(|(known, _)| known == topic);
            let partitions = partitions.map_or(self.partitions, |(_, number)| *number);
            let _ = writeln!(
                script,
                "kafka-topics.sh --bootstrap-server \"$KAFKA_BROKERS\" --create --if-not-exists --topic {}{topic} \
                 --partitions {partitions} --config cleanup.policy=delete",
                self.prefix
            );
        }
        let read: Vec<&str> = S::CONSUMES.to_vec();
        // What it gives up goes to a topic of its own.
        let written: Vec<&str> = topics
            .iter()
            .copied()
            .filter(|topic| !read.contains(topic) || S::PUBLISHES.contains(topic))
            .collect();
        let on_cluster = |topics: &[&str]| -> Vec<String> {
            topics.iter().map(|topic| format!("{}{topic}", self.prefix)).collect()
        };
        self.allow(&mut script, &["Read", "Describe", "DescribeConfigs"], "topic", &on_cluster(&read));
        self.allow(&mut script, &["Write", "Describe", "DescribeConfigs"], "topic", &on_cluster(&written));
        if !read.is_empty() {
            let groups = Role::ALL.map(|role| Group::of::<S>(role).on_cluster(self.prefix));
            self.allow(&mut script, &["Read"], "group", &groups);
        }
        script
    }

    /// `names` are those on the cluster.
    fn allow(&self, script: &mut String, operations: &[&str], kind: &str, names: &[String]) {
        if names.is_empty() {
            return;
        }
        let operations: String = operations.iter().map(|name| format!(" --operation {name}")).collect();
        let names: String = names.iter().map(|name| format!(" --{kind} {name}")).collect();
        let principal = self.principal.replace('\'', r"'\''");
        let _ = writeln!(
            script,
            "kafka-acls.sh --bootstrap-server \"$KAFKA_BROKERS\" --add --allow-principal '{principal}'{operations}{names}"
        );
    }
}
