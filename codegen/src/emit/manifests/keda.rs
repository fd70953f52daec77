//! The component `keda`: services are scaled by how far they are behind.

use askama::Template;

use super::{Folder, filters, labels};
use crate::files::HEADER;
use crate::model::{Model, Replicas};

pub(super) fn emit(model: &Model, folder: &mut Folder) {
    let (header, namespace) = (HEADER, model.namespace.as_str());
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
            group: format!("{}.{}", model.saga, service.name),
            topics: service.inputs.iter().map(|input| input.topic.as_str()).collect(),
        });
    }
    for object in &objects {
        folder.add(format!("components/keda/services/{}.yaml", object.name), object);
    }
    let labels = &super::labels(model, "kafka", "broker");
    folder.add("components/keda/networkpolicy.yaml", &NetworkPolicy { header, namespace, labels });
    folder.add("components/keda/kustomization.yaml", &Kustomization { header, namespace, services: objects });
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
    group: String,
    topics: Vec<&'a str>,
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
    services: Vec<ScaledObject<'a>>,
}
