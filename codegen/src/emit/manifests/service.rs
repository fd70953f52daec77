//! What a service of the saga is made of in Kubernetes.

use askama::Template;

use super::egress::{Peer, Rule, rules};
use super::environment::{Environment, Mount, Referred};
use super::fingerprint::fingerprint;
use super::images::SERVICE_UID;
use super::{Folder, PodDisruptionBudget, ServiceAccount, filters, labels, render};
use crate::files::HEADER;
use crate::model::{self, Model, Replicas};
use crate::resolved::{Reference, Resources};

pub(super) fn emit(model: &Model, service: &model::Service, folder: &mut Folder) {
    let (header, namespace) = (HEADER, model.namespace.as_str());
    let (name, port) = (service.name.as_str(), service.port);
    let labels = &labels(model, name, "service");
    let environment = Environment::of(model, service);
    let configmap = ConfigMap { header, name, namespace, labels, data: &environment.data };
    let deployment = Deployment {
        header,
        name,
        namespace,
        labels,
        port,
        unpinned: !service.deploy.image.contains('@'),
        fixed: match service.deploy.replicas {
            Replicas::Fixed(replicas) => Some(replicas),
            Replicas::Between { .. } => None,
        },
        config: fingerprint(&render(&configmap)),
        image: &service.deploy.image,
        uid: SERVICE_UID,
        resources: &service.deploy.resources,
        pull_secret: model.platform.pull_secret.as_deref(),
        database: &service.deploy.database,
        secret_variables: environment.holds_secrets(),
        referred: &environment.referred,
        mounts: &environment.mounts,
    };
    folder.add(format!("{name}/account.yaml"), &ServiceAccount { header, name, namespace, labels });
    folder.add(format!("{name}/configmap.yaml"), &configmap);
    folder.add(format!("{name}/service.yaml"), &HttpService { header, name, namespace, labels, port });
    folder.add(format!("{name}/deployment.yaml"), &deployment);
    folder.add(
        format!("{name}/poddisruptionbudget.yaml"),
        &PodDisruptionBudget { header, name, namespace, labels },
    );
    if let Replicas::Between { min, max } = service.deploy.replicas {
        let autoscaler = HorizontalPodAutoscaler { header, name, namespace, labels, min, max };
        folder.add(format!("{name}/horizontalpodautoscaler.yaml"), &autoscaler);
    }
    let has_routes = !service.routes.is_empty();
    let about = match has_routes {
        true => "Its requests come from anywhere in the cluster. It talks to Kafka and to its database.",
        false => "It has no requests, so no connection is let in. It talks to Kafka and to its database.",
    };
    let egress = rules(model, service);
    let policy = NetworkPolicy { header, name, namespace, labels, port, has_routes, about, egress };
    folder.add(format!("{name}/networkpolicy.yaml"), &policy);
}

#[derive(Template)]
#[template(path = "k8s/service/configmap.yaml", escape = "none")]
struct ConfigMap<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    labels: &'a str,
    data: &'a [(String, String)],
}

#[derive(Template)]
#[template(path = "k8s/service/service.yaml", escape = "none")]
struct HttpService<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    labels: &'a str,
    port: u16,
}

#[derive(Template)]
#[template(path = "k8s/service/deployment.yaml", escape = "none")]
struct Deployment<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    labels: &'a str,
    port: u16,
    /// Whether the image is named by a tag alone.
    unpinned: bool,
    /// The number of instances, if it is always the same.
    fixed: Option<u16>,
    config: String,
    image: &'a str,
    uid: u32,
    resources: &'a Resources,
    pull_secret: Option<&'a str>,
    database: &'a Reference,
    /// Whether a variable holds a secret.
    secret_variables: bool,
    referred: &'a [Referred],
    mounts: &'a [Mount],
}

#[derive(Template)]
#[template(path = "k8s/service/horizontalpodautoscaler.yaml", escape = "none")]
struct HorizontalPodAutoscaler<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    labels: &'a str,
    min: u16,
    max: u16,
}

#[derive(Template)]
#[template(path = "k8s/service/networkpolicy.yaml", escape = "none")]
struct NetworkPolicy<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    labels: &'a str,
    port: u16,
    has_routes: bool,
    about: &'a str,
    egress: Vec<Rule>,
}
