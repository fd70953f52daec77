//! PostgreSQL: one server, with a database and a role for each service.

use askama::Template;

use super::fingerprint::fingerprint;
use super::images::{POSTGRES, POSTGRES_UID};
use super::{Folder, PodDisruptionBudget, ServiceAccount, filters, labels, render};
use crate::files::HEADER;
use crate::model::{self, Model};

/// The pods of the job that makes the databases.
const DATABASES: &str = "postgres-databases";
/// How many connections an instance of a service opens at most.
const CONNECTIONS: u32 = 8;
/// What a connection takes in the server, in MiB: a process with its caches.
const MEMORY_OF_CONNECTION: u32 = 8;
/// What the server takes without any, in MiB: shared buffers, and its own
/// processes.
const MEMORY: u32 = 512;
/// For people who look into it, and for what PostgreSQL keeps for itself.
const SPARE: u32 = 20;

pub(super) fn emit(model: &Model, folder: &mut Folder) {
    let (header, namespace) = (HEADER, model.namespace.as_str());
    let labels = &labels(model, "postgres", "database");
    let services = model.services.iter().map(|service| service.name.as_str());
    let clients = std::iter::once(DATABASES).chain(services).collect();
    let (name, image, uid) = ("postgres", POSTGRES, POSTGRES_UID);
    let connections = connections(model);
    let memory = MEMORY + connections * MEMORY_OF_CONNECTION;
    folder.add("postgres/account.yaml", &ServiceAccount { header, name, namespace, labels });
    folder.add("postgres/service.yaml", &Service { header, namespace, labels });
    folder.add("postgres/headless.yaml", &Headless { header, namespace, labels });
    folder.add(
        "postgres/statefulset.yaml",
        &StatefulSet { header, name, namespace, labels, image, uid, connections, memory },
    );
    folder.add("postgres/poddisruptionbudget.yaml", &PodDisruptionBudget { header, name, namespace, labels });
    folder.add("postgres/networkpolicy.yaml", &NetworkPolicy { header, namespace, labels, clients });
    databases(model, folder);
}

fn databases(model: &Model, folder: &mut Folder) {
    let (header, namespace) = (HEADER, model.namespace.as_str());
    let labels = &labels(model, DATABASES, "databases");
    let script = render(&DatabasesScript { databases: Database::all(model) });
    let job = |name: &str| DatabasesJob {
        header,
        name: name.to_owned(),
        namespace,
        labels,
        script: script.trim_end().to_owned(),
        image: POSTGRES,
        uid: POSTGRES_UID,
        databases: Database::all(model),
    };
    let name = format!("{DATABASES}-{}", fingerprint(&render(&job(DATABASES))));
    let account = ServiceAccount { header, name: DATABASES, namespace, labels };
    folder.add("postgres/databases-account.yaml", &account);
    folder
        .add("postgres/databases-networkpolicy.yaml", &DatabasesNetworkPolicy { header, namespace, labels });
    folder.add("postgres/databases.yaml", &job(&name));
}

/// How many connections all instances of all services may open, one more of
/// each while it is rolled out.
pub(in crate::emit) fn connections(model: &Model) -> u32 {
    let of_service = |service: &model::Service| (u32::from(service.deploy.replicas.most()) + 1) * CONNECTIONS;
    (model.services.iter().map(of_service).sum::<u32>() + SPARE).max(100)
}

/// The secret with the URL and the password of a service's database.
pub(super) fn secret(service: &model::Service) -> String {
    format!("{}-database", service.name)
}

/// The database of a service, and the role that owns it.
pub(super) struct Database<'a> {
    /// The name of both: that of the service.
    pub name: &'a str,
    pub secret: String,
}

impl<'a> Database<'a> {
    pub(super) fn all(model: &'a Model) -> Vec<Self> {
        model
            .services
            .iter()
            .map(|service| Self { name: service.name.as_str(), secret: secret(service) })
            .collect()
    }
}

#[derive(Template)]
#[template(path = "k8s/postgres/service.yaml", escape = "none")]
struct Service<'a> {
    header: &'a str,
    namespace: &'a str,
    labels: &'a str,
}

#[derive(Template)]
#[template(path = "k8s/postgres/headless.yaml", escape = "none")]
struct Headless<'a> {
    header: &'a str,
    namespace: &'a str,
    labels: &'a str,
}

#[derive(Template)]
#[template(path = "k8s/postgres/statefulset.yaml", escape = "none")]
struct StatefulSet<'a> {
    header: &'a str,
    name: &'a str,
    namespace: &'a str,
    labels: &'a str,
    image: &'a str,
    uid: u32,
    connections: u32,
    /// In MiB.
    memory: u32,
}

#[derive(Template)]
#[template(path = "k8s/postgres/networkpolicy.yaml", escape = "none")]
struct NetworkPolicy<'a> {
    header: &'a str,
    namespace: &'a str,
    labels: &'a str,
    clients: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "k8s/postgres/databases.sh", escape = "none")]
struct DatabasesScript<'a> {
    databases: Vec<Database<'a>>,
}

#[derive(Template)]
#[template(path = "k8s/postgres/databases.yaml", escape = "none")]
struct DatabasesJob<'a> {
    header: &'a str,
    name: String,
    namespace: &'a str,
    labels: &'a str,
    script: String,
    image: &'a str,
    uid: u32,
    databases: Vec<Database<'a>>,
}

#[derive(Template)]
#[template(path = "k8s/postgres/databases-networkpolicy.yaml", escape = "none")]
struct DatabasesNetworkPolicy<'a> {
    header: &'a str,
    namespace: &'a str,
    labels: &'a str,
}
