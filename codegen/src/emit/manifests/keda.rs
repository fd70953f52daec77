//! The component `keda`: services are scaled by how far they are behind.

use askama::Template;

use super::{Folder, filters, labels};
use crate::files::HEADER;
use crate::model::{Model, Replicas};

pub(super) fn emit(model: &Model, folder: &mut Folder) {
    let (header, namespace) = (HEADER, model.namespace.as_str());
    let kafka = model.platform.kafka.as_ref();
    // It would need what lets a service in, in a Secret of another form.
    if kafka.is_some_and(|kafka| kafka.protocol() != "PLAINTEXT") {
        return;
    }
    let brokers = match kafka {
        None => format!("kafka-service.{namespace}.svc:9092"),
        Some(kafka) => filters::in_quotes(&kafka.bootstrap()),
    };
    let prefix = kafka.and_then(|kafka| kafka.prefix.as_deref()).unwrap_or_default();
    let mut objects = Vec::new();
    for service in &model.services {
        let (Replicas::Between { min, .. }, Some(partitions)) =
            (service.deploy.replicas, service.deploy.readers)
        else {
            continue;
        };
        objects.push(ScaledObject {
            header,
            name: service.name.as_str(),
            namespace,
            labels: labels(model, service.name.as_str(), "service"),
            min: min.min(partitions),
            max: partitions,
            brokers: &brokers,
            group: format!("{prefix}{}.{}", model.saga, service.name),
            topics: service.inputs.iter().map(|input| format!("{prefix}{}", input.topic)).collect(),
        });
    }
    for object in &objects {
        folder.add(format!("components/keda/services/{}.yaml", object.name), object);
    }
    let of_ours = kafka.is_none();
    if of_ours {
        let labels = &super::labels(model, "kafka", "broker");
        folder.add("components/keda/networkpolicy.yaml", &NetworkPolicy { header, namespace, labels });
    } else if objects.is_empty() {
        return;
    }
    let kustomization = Kustomization { header, namespace, of_ours, services: objects };
    folder.add("components/keda/kustomization.yaml", &kustomization);
}

#[derive(Template)]
#[template(path = "overlays/keda/scaledobject.yaml", escape = "none")]
struct ScaledObject<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    labels: String,
    min: u16,
    max: u16,
    brokers: &'a str,
    group: String,
    topics: Vec<String>,
}

#[derive(Template)]
#[template(path = "overlays/keda/networkpolicy.yaml", escape = "none")]
struct NetworkPolicy<'a> {
    header: &'a str,
    namespace: &'a str,
    labels: &'a str,
}

#[derive(Template)]
#[template(path = "overlays/keda/kustomization.yaml", escape = "none")]
struct Kustomization<'a> {
    header: &'a str,
    namespace: &'a str,
    /// Whether the manifests bring the Kafka.
    of_ours: bool,
    services: Vec<ScaledObject<'a>>,
}
