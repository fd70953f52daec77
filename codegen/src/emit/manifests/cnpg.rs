//! The component `cnpg`: PostgreSQL run by the CloudNativePG operator.

use askama::Template;

use super::postgres::{Database, connections};
use super::{Folder, Removed, filters};
use crate::files::HEADER;
use crate::model::Model;

pub(super) fn emit(model: &Model, base: &Folder, folder: &mut Folder) {
    let (header, namespace, saga) = (HEADER, model.namespace.as_str(), model.saga.as_str());
    let connections = connections(model);
    // The Service stays, so that the services find the database where it was; and so does the way to it.
    const KEPT: [&str; 2] = ["Service", "NetworkPolicy"];
    let deleted = base.removed("postgres/", &[]).into_iter();
    let deleted = deleted.filter(|object| object.name != "postgres" || !KEPT.contains(&object.kind.as_str()));
    let databases = || Database::all(model);
    folder.add(
        "components/cnpg/cluster.yaml",
        &Cluster { header, namespace, saga, connections, databases: databases() },
    );
    folder.add(
        "components/cnpg/databases.yaml",
        &Databases { header, namespace, saga, databases: databases() },
    );
    folder.add("components/cnpg/networkpolicy.yaml", &NetworkPolicy { header, namespace, saga });
    folder.add(
        "components/cnpg/kustomization.yaml",
        &Kustomization { header, namespace, deleted: deleted.collect() },
    );
}

#[derive(Template)]
#[template(path = "overlays/cnpg/cluster.yaml", escape = "none")]
struct Cluster<'a> {
    header: &'a str,
    namespace: &'a str,
    saga: &'a str,
    connections: u32,
    databases: Vec<Database<'a>>,
}

#[derive(Template)]
#[template(path = "overlays/cnpg/databases.yaml", escape = "none")]
struct Databases<'a> {
    header: &'a str,
    namespace: &'a str,
    saga: &'a str,
    databases: Vec<Database<'a>>,
}

#[derive(Template)]
#[template(path = "overlays/cnpg/networkpolicy.yaml", escape = "none")]
struct NetworkPolicy<'a> {
    header: &'a str,
    namespace: &'a str,
    saga: &'a str,
}

#[derive(Template)]
#[template(path = "overlays/cnpg/kustomization.yaml", escape = "none")]
struct Kustomization<'a> {
    header: &'a str,
    namespace: &'a str,
    deleted: Vec<Removed>,
}
