//! Kubernetes manifests: `k8s/` as `kubectl apply` takes it, and the overlays
//! beside it. The password of a database is in none of them.

mod cnpg;
mod egress;
mod environment;
pub(super) mod filters;
mod fingerprint;
pub(super) mod images;
mod kafka;
mod keda;
mod monitoring;
mod overlays;
mod postgres;
mod service;
mod strimzi;

use askama::Template;

use crate::files::FileSet;
use crate::files::HEADER;
use crate::model::Model;

use kafka::Topic;
pub(super) use postgres::connections;

pub(super) fn emit(model: &Model, files: &mut FileSet) {
    let mut manifests = Folder::new("k8s");
    manifests.add("namespace.yaml", &Namespace::of(model));
    manifests.add("default-deny.yaml", &DefaultDeny::of(model));
    manifests.add("dns-egress.yaml", &DnsEgress::of(model));
    if model.platform.kafka.is_none() {
        kafka::emit(model, &mut manifests);
    }
    if model.platform.postgres.is_none() {
        postgres::emit(model, &mut manifests);
    }
    for service in &model.services {
        service::emit(model, service, &mut manifests);
    }
    // The list stands at the top only: in a folder of its own it would take
    // `kubectl apply -f` of that folder for a resource.
    let resources = manifests.paths();
    manifests.add("kustomization.yaml", &Kustomization { header: HEADER, resources });
    overlays::emit(model, &manifests, files);
    manifests.write(files);
}

/// Files below one folder, in the order in which they are added.
struct Folder {
    name: &'static str,
    files: Vec<(String, String)>,
}

impl Folder {
    fn new(name: &'static str) -> Self {
        Self { name, files: Vec::new() }
    }

    fn add(&mut self, path: impl Into<String>, template: &impl Template) {
        self.files.push((path.into(), render(template)));
    }

    fn paths(&self) -> Vec<String> {
        self.files.iter().map(|(path, _)| path.clone()).collect()
    }

    fn write(self, files: &mut FileSet) {
        for (path, content) in self.files {
            files.add(format!("{}/{path}", self.name), content);
        }
    }
}

macro_rules! of_the_namespace {
    ($($name:ident $path:literal;)*) => {$(
        #[derive(Template)]
        #[template(path = $path, escape = "none")]
        struct $name<'a> {
            header: &'a str,
            namespace: &'a str,
            saga: &'a str,
        }

        impl<'a> $name<'a> {
            fn of(model: &'a Model) -> Self {
                Self { header: HEADER, namespace: model.namespace.as_str(), saga: model.saga.as_str() }
            }
        }
    )*};
}

of_the_namespace! {
    Namespace "k8s/namespace.yaml";
    DefaultDeny "k8s/default-deny.yaml";
    DnsEgress "k8s/dns-egress.yaml";
}

#[derive(Template)]
#[template(path = "k8s/kustomization.yaml", escape = "none")]
struct Kustomization<'a> {
    header: &'a str,
    resources: Vec<String>,
}

/// What an object says of itself: `app` is what selects its pods, the others
/// tell people and tools what it belongs to.
fn labels(model: &Model, app: &str, component: &str) -> String {
    let saga = filters::written(model.saga.as_str());
    let app = filters::written(app);
    format!(
        "app: {app}\napp.kubernetes.io/name: {app}\napp.kubernetes.io/component: {component}\n\
         app.kubernetes.io/part-of: {saga}\napp.kubernetes.io/managed-by: saga"
    )
}

#[derive(Template)]
#[template(path = "k8s/parts/account.yaml", escape = "none")]
struct ServiceAccount<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    labels: &'a str,
}

#[derive(Template)]
#[template(path = "k8s/parts/poddisruptionbudget.yaml", escape = "none")]
struct PodDisruptionBudget<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    labels: &'a str,
}

/// An object that [`Folder::removed`] takes away again.
struct Removed {
    api: String,
    kind: String,
    name: String,
}

impl Folder {
    /// The objects of the files below `folder`, but for those called `kept`.
    fn removed(&self, folder: &str, kept: &[&str]) -> Vec<Removed> {
        let below = self.files.iter().filter(|(path, _)| path.starts_with(folder));
        let objects = below.map(|(_, text)| Removed::named_in(text));
        objects.filter(|object| !kept.contains(&object.name.as_str())).collect()
    }
}

impl Removed {
    /// The templates write one object a file, its name first in its metadata.
    fn named_in(text: &str) -> Self {
        let after = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key));
            line.unwrap_or_default().to_owned()
        };
        Self { api: after("apiVersion: "), kind: after("kind: "), name: after("  name: ") }
    }
}

/// A rendered template, with one line end at its end.
pub(crate) fn render(template: &impl Template) -> String {
    match template.render() {
        Ok(text) => format!("{}\n", text.trim_end()),
        Err(error) => panic!("a template that compiled does not render: {error}"),
    }
}
