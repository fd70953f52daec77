//! Kubernetes manifests. They need nothing but `kubectl`; a URL with the
//! password of a database is in none of them.

mod filters;

use askama::Template;

use crate::emit::{FileSet, HEADER};
use crate::model::{Model, Service};

pub(super) fn emit(model: &Model, files: &mut FileSet) {
    let mut manifests = vec![("namespace.yaml".to_owned(), namespace(model))];
    manifests.extend(kafka(model));
    for service in &model.services {
        manifests.extend(service_manifests(model, service));
    }
    // The list stands at the top only: in a folder of its own it would take
    // `kubectl apply -f` of that folder for a resource.
    let resources: Vec<String> = manifests.iter().map(|(path, _)| path.clone()).collect();
    manifests.push(("kustomization.yaml".to_owned(), render(&Kustomization { header: HEADER, resources })));
    for (path, content) in manifests {
        files.add(format!("k8s/{path}"), content);
    }
}

#[derive(Template)]
#[template(path = "namespace.yaml", escape = "none")]
struct Namespace<'a> {
    header: &'a str,
    namespace: &'a str,
}

fn namespace(model: &Model) -> String {
    render(&Namespace { header: HEADER, namespace: model.namespace.as_str() })
}

#[derive(Template)]
#[template(path = "kustomization.yaml", escape = "none")]
struct Kustomization<'a> {
    header: &'a str,
    resources: Vec<String>,
}

#[derive(Template)]
#[template(path = "kafka/statefulset.yaml", escape = "none")]
struct KafkaStatefulSet<'a> {
    header: &'a str,
    namespace: &'a str,
    cluster_id: &'a str,
    advertised: String,
}

#[derive(Template)]
#[template(path = "kafka/service.yaml", escape = "none")]
struct KafkaServices<'a> {
    header: &'a str,
    namespace: &'a str,
}

/// Any 16 bytes in base64 would do, but they must stay what they are: a broker
/// refuses the data of another cluster.
const CLUSTER_ID: &str = "c2FnYS1rYWZrYS1rcmFmdA";

fn kafka(model: &Model) -> [(String, String); 2] {
    let namespace = model.namespace.as_str();
    let statefulset = KafkaStatefulSet {
        header: HEADER,
        namespace,
        cluster_id: CLUSTER_ID,
        advertised: format!("CLIENT://kafka-0.kafka-headless.{namespace}.svc:9092"),
    };
    let services = KafkaServices { header: HEADER, namespace };
    [
        ("kafka/statefulset.yaml".to_owned(), render(&statefulset)),
        ("kafka/service.yaml".to_owned(), render(&services)),
    ]
}

#[derive(Template)]
#[template(path = "service/configmap.yaml", escape = "none")]
struct ConfigMap<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    port: u16,
}

#[derive(Template)]
#[template(path = "service/service.yaml", escape = "none")]
struct HttpService<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    port: u16,
}

#[derive(Template)]
#[template(path = "service/deployment.yaml", escape = "none")]
struct Deployment<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    image: String,
    secret: String,
    port: u16,
}

fn service_manifests(model: &Model, service: &Service) -> [(String, String); 3] {
    let (name, namespace, port) = (service.name.as_str(), model.namespace.as_str(), service.port);
    let header = HEADER;
    let deployment = Deployment {
        header,
        name,
        namespace,
        image: format!("{namespace}/{name}:latest"),
        secret: format!("{name}-database"),
        port,
    };
    [
        (format!("{name}/configmap.yaml"), render(&ConfigMap { header, name, namespace, port })),
        (format!("{name}/service.yaml"), render(&HttpService { header, name, namespace, port })),
        (format!("{name}/deployment.yaml"), render(&deployment)),
    ]
}

fn render(template: &impl Template) -> String {
    match template.render() {
        Ok(text) => format!("{}\n", text.trim_end()),
        Err(error) => panic!("a template that compiled does not render: {error}"),
    }
}
