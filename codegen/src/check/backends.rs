//! Names that a database, cargo, Kafka or Kubernetes keeps for itself, and
//! names that one of them cannot tell apart. The file is accepted only if every
//! backend takes every name: the embedded databases would, and the deployment
//! would fail.

use std::collections::HashMap;

use super::findings::backends as findings;
use super::resolver::Resolver;
use crate::names;
use crate::resolved::ServiceId;
use crate::source::Span;
use crate::spec::{EntityDecl, KeyDecl, Word};

/// Columns that every table of PostgreSQL has.
const SYSTEM_COLUMNS: [&str; 6] = ["cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"];

/// The longest name of a column: PostgreSQL truncates the rest in silence.
const LONGEST_COLUMN: usize = 63;
/// The longest name of a table, which is also the beginning of an index's.
const LONGEST_TABLE: usize = LONGEST_COLUMN - "_open".len();

/// The packages in `Cargo.lock` that are not of this repository, one a line.
const PACKAGES: &str = include_str!("packages.txt");

/// Namespaces of the cluster itself.
const CLUSTER_NAMESPACES: [&str; 2] = ["default", "openshift"];
const CLUSTER_PREFIXES: [&str; 2] = ["kube-", "openshift-"];

pub(super) fn check(resolver: &mut Resolver<'_>) {
    namespace(resolver);
    packages(resolver);
    for index in 0..resolver.services.len() {
        tables(resolver, ServiceId(index));
    }
    for decl in resolver.spec.services.iter().flat_map(|service| &service.entities) {
        columns(resolver, decl);
    }
    topics(resolver);
}

fn namespace(resolver: &mut Resolver<'_>) {
    let Some(name) = resolver.spec.namespace.as_ref().or(resolver.spec.saga.as_ref()) else { return };
    let text = name.value.as_str();
    if CLUSTER_NAMESPACES.contains(&text) || CLUSTER_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
        resolver.report(findings::namespace_of_the_cluster(name, resolver.spec.namespace.is_some()));
    }
}

/// A service is a package, and `cargo run --package` takes no name that two
/// packages have.
fn packages(resolver: &mut Resolver<'_>) {
    for service in &resolver.spec.services {
        let same = |package: &str| package.replace('_', "-") == service.name.value;
        if PACKAGES.lines().any(same) {
            resolver.report(findings::package(&service.name));
        }
    }
}

/// Tables and indexes of a database share their names.
fn tables(resolver: &mut Resolver<'_>, service: ServiceId) {
    let mut of: HashMap<String, Span> = HashMap::new();
    let entities = resolver.services[service.0].entities.clone();
    for id in &entities {
        of.insert(resolver.entity(*id).table.to_string(), resolver.table_span(*id));
    }
    for id in entities {
        let (table, span) = (resolver.entity(id).table.to_string(), resolver.table_span(id));
        let reserved = ["sqlite_", "pg_", "saga_"].into_iter().find(|prefix| table.starts_with(prefix));
        if let Some(prefix) = reserved.filter(|_| !resolver.names_its_table(id)) {
            resolver.report(findings::default_table(&table, prefix, span));
        }
        if table.len() > LONGEST_TABLE {
            resolver.report(findings::long_table(&table, LONGEST_TABLE, span));
        }
        for index in ["open", "pkey"].map(|end| format!("{table}_{end}")) {
            if let Some(other) = of.get(&index) {
                resolver.report(findings::index(&index, *other, span));
            }
        }
    }
}

fn columns(resolver: &mut Resolver<'_>, decl: &EntityDecl) {
    let key = match &decl.key {
        Some(KeyDecl::Given(key)) => Some(&key.name),
        Some(KeyDecl::Allocated(_)) | None => None,
    };
    for name in key.into_iter().chain(decl.fields.iter().map(|field| &field.name)) {
        let column = names::snake(&name.value);
        if SYSTEM_COLUMNS.contains(&column.as_str()) {
            resolver.report(findings::system_column(name));
        }
        if column.len() > LONGEST_COLUMN {
            resolver.report(findings::long_column(name, &column, LONGEST_COLUMN));
        }
        let as_key = |key: &&Word| key.value != name.value && names::snake(&key.value) == column;
        if let Some(key) = key.filter(as_key) {
            resolver.report(findings::column_of_the_key(name, key, &column));
        }
    }
}

/// Kafka takes `.` and `_` in the names of two topics for the same character,
/// and every topic of a consumer has one for its dead letters.
fn topics(resolver: &mut Resolver<'_>) {
    let spec = resolver.spec;
    let mut seen: HashMap<String, (String, Span)> = HashMap::new();
    for index in 0..resolver.events.len() {
        let topic = resolver.events[index].topic.to_string();
        let declared = spec.events[index].topic.as_ref().map(|topic| topic.span);
        let span = declared.unwrap_or(resolver.events[index].span);
        if topic.starts_with("__") {
            resolver.report(findings::topic_of_kafka(&topic, span));
        }
        match seen.get(&in_metrics(&topic)) {
            Some((other, _)) if *other == topic => {}
            Some((other, first)) => {
                let found = findings::colliding_topics((&topic, span), (other, *first));
                resolver.report(found);
            }
            None => _ = seen.insert(in_metrics(&topic), (topic, span)),
        }
    }
    let mut dead: Vec<(String, Span, String)> = Vec::new();
    for (topic, span) in seen.values() {
        let Some(source) = in_metrics(topic).strip_suffix("_dlt").map(str::to_owned) else { continue };
        for service in &spec.services {
            let end = format!("_{}", service.name.value);
            let source = source.strip_suffix(&end).and_then(|source| seen.get(source));
            dead.extend(
                source.map(|(of, _)| (topic.clone(), *span, format!("{of}.{}.dlt", service.name.value))),
            );
        }
    }
    for (topic, span, dead_letters) in dead {
        resolver.report(findings::dead_letter_topic(&topic, span, &dead_letters));
    }
}

/// A topic as Kafka's metrics call it.
fn in_metrics(topic: &str) -> String {
    topic.replace('.', "_")
}
