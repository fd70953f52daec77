//! The overlays `dev` and `prod`, the component that holds our images' digests,
//! and the other components.

use askama::Template;

use super::{Folder, cnpg, filters, kafka, keda, monitoring, render, strimzi};
use crate::files::FileSet;
use crate::files::HEADER;
use crate::model::{Model, Replicas};
use crate::resolved::Resources;

/// How many nodes of Kafka production has.
const NODES: u16 = 3;
/// How many instances of a service a small cluster runs at most.
const MOST_IN_DEV: u16 = 3;

pub(super) fn emit(model: &Model, base: &Folder, files: &mut FileSet) {
    let mut folder = Folder::new("k8s-overlays");
    let services = Bounds::all(model, |min, max| (min.min(2), max.min(MOST_IN_DEV).max(min.min(2))));
    // Where the file says what a service needs, it needs that here too.
    let unsaid = model.services.iter().filter(|it| it.deploy.resources == Resources::default());
    let small = unsaid.map(|service| service.name.as_str()).collect();
    let (kafka_of_ours, postgres_of_ours) =
        (model.platform.kafka.is_none(), model.platform.postgres.is_none());
    let dev = Dev { header: HEADER, small, services, kafka: kafka_of_ours, postgres: postgres_of_ours };
    folder.add("dev/kustomization.yaml", &dev);
    let prod = model.services.iter().filter_map(|service| {
        let Replicas::Between { max, .. } = service.deploy.replicas else { return None };
        Some(Bounds { name: service.name.as_str(), min: service.deploy.least_in_production, max })
    });
    let services = prod.collect();
    let prod = Prod { header: HEADER, services, kafka: kafka_of_ours, postgres: postgres_of_ours };
    folder.add("prod/kustomization.yaml", &prod);
    keda::emit(model, &mut folder);
    if kafka_of_ours {
        let properties = kafka::properties(model, NODES);
        let config = kafka::mark(model, NODES);
        let namespace = model.namespace.as_str();
        folder.add("prod/kafka.yaml", &ProdKafka { header: HEADER, namespace, properties, config });
        strimzi::emit(model, base, &mut folder);
    }
    if postgres_of_ours {
        cnpg::emit(model, base, &mut folder);
    }
    monitoring::emit(model, &mut folder);
    folder.write(files);
    let example = model.services.first().map_or("order", |service| service.deploy.image.as_str());
    let example = filters::without_tag(example);
    files.add_once("k8s-images/kustomization.yaml", render(&Images { example }));
}

/// Between how many instances a service is scaled.
struct Bounds<'a> {
    name: &'a str,
    min: u16,
    max: u16,
}

impl<'a> Bounds<'a> {
    /// Those of all services that are scaled, changed as a function says.
    fn all(model: &'a Model, change: impl Fn(u16, u16) -> (u16, u16)) -> Vec<Self> {
        let bounds = model.services.iter().filter_map(|service| match service.deploy.replicas {
            Replicas::Fixed(_) => None,
            Replicas::Between { min, max } => {
                let (min, max) = change(min, max);
                Some(Self { name: service.name.as_str(), min, max })
            }
        });
        bounds.collect()
    }
}

#[derive(Template)]
#[template(path = "overlays/dev/kustomization.yaml", escape = "none")]
struct Dev<'a> {
    header: &'a str,
    /// The services that ask for less here.
    small: Vec<&'a str>,
    services: Vec<Bounds<'a>>,
    /// Whether the manifests bring a Kafka, and a PostgreSQL.
    kafka: bool,
    postgres: bool,
}

#[derive(Template)]
#[template(path = "overlays/prod/kustomization.yaml", escape = "none")]
struct Prod<'a> {
    header: &'a str,
    services: Vec<Bounds<'a>>,
    /// Whether the manifests bring a Kafka, and a PostgreSQL.
    kafka: bool,
    postgres: bool,
}

#[derive(Template)]
#[template(path = "overlays/prod/kafka.yaml", escape = "none")]
struct ProdKafka<'a> {
    header: &'a str,
    namespace: &'a str,
    properties: String,
    config: String,
}

#[derive(Template)]
#[template(path = "overlays/images.yaml", escape = "none")]
struct Images<'a> {
    example: &'a str,
}
