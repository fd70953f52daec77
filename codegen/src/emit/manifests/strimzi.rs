//! The component `strimzi`: Kafka run by its operator.

use askama::Template;

use super::{Folder, Removed, Topic, filters};
use crate::files::HEADER;
use crate::model::Model;

pub(super) fn emit(model: &Model, base: &Folder, folder: &mut Folder) {
    let (header, namespace, saga) = (HEADER, model.namespace.as_str(), model.saga.as_str());
    // The Service stays: its selector finds the operator's brokers too.
    let deleted = base.removed("kafka/", &["kafka-service"]);
    let topics = Topic::all(model);
    let clients = model.services.iter().map(|service| service.name.as_str()).collect();
    folder.add("components/strimzi/kafka.yaml", &Kafka { header, namespace, saga, clients });
    folder.add("components/strimzi/networkpolicy.yaml", &NetworkPolicy { header, namespace, saga });
    if !topics.is_empty() {
        folder.add(
            "components/strimzi/topics.yaml",
            &Topics { header, namespace, saga, topics: Topic::all(model) },
        );
    }
    folder
        .add("components/strimzi/kustomization.yaml", &Kustomization { header, namespace, topics, deleted });
}

#[derive(Template)]
#[template(path = "overlays/strimzi/kafka.yaml", escape = "none")]
struct Kafka<'a> {
    header: &'a str,
    namespace: &'a str,
    saga: &'a str,
    clients: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "overlays/strimzi/networkpolicy.yaml", escape = "none")]
struct NetworkPolicy<'a> {
    header: &'a str,
    namespace: &'a str,
    saga: &'a str,
}

#[derive(Template)]
#[template(path = "overlays/strimzi/topics.yaml", escape = "none")]
struct Topics<'a> {
    header: &'a str,
    namespace: &'a str,
    saga: &'a str,
    topics: Vec<Topic<'a>>,
}

#[derive(Template)]
#[template(path = "overlays/strimzi/kustomization.yaml", escape = "none")]
struct Kustomization<'a> {
    header: &'a str,
    namespace: &'a str,
    topics: Vec<Topic<'a>>,
    deleted: Vec<Removed>,
}
