//! Kafka, and the topics of the saga.

use askama::Template;

use super::fingerprint::fingerprint;
use super::images::{KAFKA, KAFKA_UID};
use super::{Folder, PodDisruptionBudget, ServiceAccount, filters, labels, render};
use crate::files::HEADER;
use crate::model::Model;
use crate::resolved::External;

/// Any 16 bytes in base64 would do, but they must stay what they are: a broker
/// refuses the data of another cluster.
const CLUSTER_ID: &str = "c2FnYS1rYWZrYS1rcmFmdA";

/// The pods of the job that makes the topics. Not `kafka`: that is the brokers.
const TOPICS: &str = "kafka-topics";

pub(super) fn emit(model: &Model, folder: &mut Folder) {
    let (header, namespace) = (HEADER, model.namespace.as_str());
    let labels = &labels(model, "kafka", "broker");
    let configmap = ConfigMap::of(model, labels, 1);
    let config = fingerprint(&render(&configmap));
    let clients = std::iter::once(TOPICS).chain(model.services.iter().map(|service| service.name.as_str()));
    let policy = NetworkPolicy { header, namespace, labels, clients: clients.collect() };
    folder.add("kafka/account.yaml", &ServiceAccount { header, name: "kafka", namespace, labels });
    folder.add("kafka/configmap.yaml", &configmap);
    folder.add("kafka/service.yaml", &Service { header, namespace, labels });
    folder.add("kafka/headless.yaml", &Headless { header, namespace, labels });
    folder.add(
        "kafka/statefulset.yaml",
        &StatefulSet { header, namespace, labels, config, image: KAFKA, uid: KAFKA_UID, name: "kafka" },
    );
    folder.add(
        "kafka/poddisruptionbudget.yaml",
        &PodDisruptionBudget { header, name: "kafka", namespace, labels },
    );
    folder.add("kafka/networkpolicy.yaml", &policy);
    topics(model, folder);
}

fn topics(model: &Model, folder: &mut Folder) {
    let (header, namespace) = (HEADER, model.namespace.as_str());
    let labels = &labels(model, TOPICS, "topics");
    let script = render(&TopicsScript { topics: Topic::all(model) });
    let job = |name: &str| {
        let (script, name) = (script.trim_end().to_owned(), name.to_owned());
        TopicsJob { header, name, namespace, labels, script, image: KAFKA, uid: KAFKA_UID }
    };
    let name = format!("{TOPICS}-{}", fingerprint(&render(&job(TOPICS))));
    folder.add("kafka/topics-account.yaml", &ServiceAccount { header, name: TOPICS, namespace, labels });
    folder.add("kafka/topics-networkpolicy.yaml", &TopicsNetworkPolicy { header, namespace, labels });
    folder.add("kafka/topics.yaml", &job(&name));
}

/// The mark of all that so many nodes are started with.
pub(super) fn mark(model: &Model, nodes: u16) -> String {
    fingerprint(&render(&ConfigMap::of(model, &labels(model, "kafka", "broker"), nodes)))
}

/// The configuration that is the same for each of so many nodes.
pub(super) fn properties(model: &Model, nodes: u16) -> String {
    let voter = |node| format!("{node}@kafka-{node}.kafka-headless.{}.svc:9093", model.namespace);
    let voters: Vec<String> = (0..nodes).map(voter).collect();
    let in_sync = nodes.saturating_sub(1).max(1);
    let properties = Properties { voters: voters.join(","), replication: nodes, in_sync };
    render(&properties).trim_end().to_owned()
}

/// A topic of the saga.
pub(super) struct Topic<'a> {
    /// Its name.
    pub name: &'a str,
    /// The name of a Kubernetes object for it.
    pub object: String,
    pub partitions: u16,
    /// How long it keeps a message.
    pub milliseconds: u128,
}

impl<'a> Topic<'a> {
    pub(super) fn all(model: &'a Model) -> Vec<Self> {
        let topic = |event: &'a crate::model::Event| Self {
            name: event.topic.as_str(),
            object: object_name(event.topic.as_str()),
            partitions: event.partitions,
            milliseconds: event.retention.as_millis(),
        };
        // Topics of external producers are theirs to create.
        let ours = model.events.iter().filter(|event| event.external != External::Publishes);
        ours.map(topic).collect()
    }
}

/// Topics may have names that objects may not: those get a mark, so that two of
/// them stay two.
fn object_name(topic: &str) -> String {
    let legal =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    let edges = |text: &str| !text.starts_with('-') && !text.ends_with('-');
    if topic.len() <= 63 && topic.chars().all(legal) && edges(topic) {
        return topic.to_owned();
    }
    let words: String = crate::names::kebab(topic).chars().take(40).collect();
    format!("{}-{}", words.trim_matches('-'), fingerprint(topic)).trim_matches('-').to_owned()
}

#[derive(Template)]
#[template(path = "k8s/kafka/server.properties", escape = "none")]
struct Properties {
    voters: String,
    replication: u16,
    in_sync: u16,
}

#[derive(Template)]
#[template(path = "k8s/kafka/configmap.yaml", escape = "none")]
struct ConfigMap<'a> {
    header: &'a str,
    namespace: &'a str,
    labels: &'a str,
    properties: String,
    cluster_id: &'a str,
}

impl<'a> ConfigMap<'a> {
    fn of(model: &'a Model, labels: &'a str, nodes: u16) -> Self {
        let (namespace, properties) = (model.namespace.as_str(), properties(model, nodes));
        Self { header: HEADER, namespace, labels, properties, cluster_id: CLUSTER_ID }
    }
}

#[derive(Template)]
#[template(path = "k8s/kafka/service.yaml", escape = "none")]
struct Service<'a> {
    header: &'a str,
    namespace: &'a str,
    labels: &'a str,
}

#[derive(Template)]
#[template(path = "k8s/kafka/headless.yaml", escape = "none")]
struct Headless<'a> {
    header: &'a str,
    namespace: &'a str,
    labels: &'a str,
}

#[derive(Template)]
#[template(path = "k8s/kafka/statefulset.yaml", escape = "none")]
struct StatefulSet<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    labels: &'a str,
    config: String,
    image: &'a str,
    uid: u32,
}

#[derive(Template)]
#[template(path = "k8s/kafka/networkpolicy.yaml", escape = "none")]
struct NetworkPolicy<'a> {
    header: &'a str,
    namespace: &'a str,
    labels: &'a str,
    clients: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "k8s/kafka/topics.sh", escape = "none")]
struct TopicsScript<'a> {
    topics: Vec<Topic<'a>>,
}

#[derive(Template)]
#[template(path = "k8s/kafka/topics.yaml", escape = "none")]
struct TopicsJob<'a> {
    header: &'a str,
    name: String,
    namespace: &'a str,
    labels: &'a str,
    script: String,
    image: &'a str,
    uid: u32,
}

#[derive(Template)]
#[template(path = "k8s/kafka/topics-networkpolicy.yaml", escape = "none")]
struct TopicsNetworkPolicy<'a> {
    header: &'a str,
    namespace: &'a str,
    labels: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_has_an_object_of_its_own_whatever_it_is_called() {
        assert_eq!(object_name("order-created"), "order-created");
        let [dashed, dotted, shouted] = ["a_b", "a.b", "A-B"].map(object_name);
        assert!(dashed.starts_with("a-b-") && dashed != dotted && dotted != shouted);
        assert!(object_name("_").len() == 10);
        for long in ["Long", "long"] {
            assert!(object_name(&long.repeat(50)).len() <= 63);
        }
    }
}
