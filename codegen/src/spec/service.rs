//! Reading services and entities.

use super::reader::{Keys, Mapping, entries, word, words, wrong_shape};
use super::scalar::{fields, key_or_value, number, type_expr};
use super::{EntityDecl, KeyDecl, RowDecl, Section, ServiceDecl, StatusDecl, Word};
use super::{deploy, name, step};
use crate::diagnostic::Diagnostics;
use crate::yaml::{Node, Value};

pub(super) const SERVICE: Keys = Keys {
    what: "a service",
    known: &["port", "entities", "requests", "subscriptions", "deploy"],
    later: &[],
};

pub(super) const ENTITY: Keys =
    Keys { what: "an entity", known: &["key", "fields", "status", "rows", "table"], later: &[] };

pub(super) const STATUS: Keys =
    Keys { what: "`status`", known: &["start", "open", "done", "failed"], later: &[] };

pub(super) fn read_all(node: &Node, out: &mut Diagnostics) -> Vec<ServiceDecl> {
    let mut services = Vec::new();
    for (key, value) in entries(node, "services", out).unwrap_or_default() {
        name::service(key, out);
        services.extend(read(key, value, out));
    }
    services
}

fn read(key: &Word, node: &Node, out: &mut Diagnostics) -> Option<ServiceDecl> {
    let mapping = Mapping::read(node, &SERVICE, out)?;
    let port = mapping.get("port");
    let port = port.and_then(|node| number(node, 1, "a port from 1 to 65535", "8081", out));
    let mut entity_decls = Vec::new();
    if let Some(node) = mapping.get("entities") {
        for (key, value) in entries(node, "entities", out).unwrap_or_default() {
            name::upper_camel(key, "an entity", out);
            entity_decls.push(entity(key, value, out).unwrap_or_else(|| unreadable(key)));
        }
    }
    let mut steps = Vec::new();
    let sections = [("requests", Section::Requests), ("subscriptions", Section::Subscriptions)];
    for (section, kind) in sections {
        if let Some(node) = mapping.get(section) {
            for (key, value) in entries(node, section, out).unwrap_or_default() {
                name::kebab(key, "a step", out);
                steps.push(step::read(key, kind, value, out));
            }
        }
    }
    let deploy = mapping.get("deploy").and_then(|node| deploy::read(node, out)).unwrap_or_default();
    Some(ServiceDecl { name: key.clone(), port, entities: entity_decls, steps, deploy })
}

fn unreadable(name: &Word) -> EntityDecl {
    EntityDecl {
        name: name.clone(),
        key: None,
        fields: Vec::new(),
        status: None,
        rows: Vec::new(),
        table: None,
        broken: true,
    }
}

fn entity(key: &Word, node: &Node, out: &mut Diagnostics) -> Option<EntityDecl> {
    let mut mapping = Mapping::read(node, &ENTITY, out)?;
    let at = Some(key_or_value(key, node));
    let row_key = mapping.require("key", "key: i32", at, out);
    let row_key = row_key.and_then(|node| entity_key(node, out));
    let columns = mapping.get("fields");
    let columns = columns.map_or_else(Vec::new, |node| fields(node, "fields", out));
    let written = mapping.get("fields").map_or(0, |node| match &node.value {
        Value::Map(entries) => entries.len(),
        Value::Scalar(_) | Value::List(_) => usize::MAX,
    });
    let table = mapping.get("table");
    let table = table.and_then(|node| word(node, "the name of a table", "order_tb", out));
    table.iter().for_each(|table| name::table(table, out));
    Some(EntityDecl {
        name: key.clone(),
        broken: mapping.broken || row_key.is_none() || columns.len() != written,
        key: row_key,
        fields: columns,
        status: mapping.get("status").and_then(|node| status(node, out)),
        rows: mapping.get("rows").map_or_else(Vec::new, |node| rows(node, out)),
        table,
    })
}

fn entity_key(node: &Node, out: &mut Diagnostics) -> Option<KeyDecl> {
    match &node.value {
        Value::Scalar(_) => Some(KeyDecl::Allocated(type_expr(node, out)?)),
        Value::Map(entries) if entries.len() == 1 => {
            let field = fields(node, "key", out).into_iter().next()?;
            Some(KeyDecl::Given(field))
        }
        Value::Map(_) | Value::List(_) => {
            wrong_shape(node, "a type, or one field", "key: { sku: string }", out);
            None
        }
    }
}

fn status(node: &Node, out: &mut Diagnostics) -> Option<StatusDecl> {
    let mut mapping = Mapping::read(node, &STATUS, out)?;
    let start = mapping.require("start", "start: PENDING", None, out);
    let start = start.and_then(|node| word(node, "one status", "PENDING", out));
    let mut list = |key: &str| {
        let node = mapping.get(key);
        node.map_or_else(Vec::new, |node| words(node, "a status", "COMPLETED", out))
    };
    let (open, done, failed) = (list("open"), list("done"), list("failed"));
    let all = || start.iter().chain(&open).chain(&done).chain(&failed);
    all().for_each(|status| name::value(status, "a status", out));
    name::distinct_values(all(), out);
    let mut seen: Vec<&Word> = Vec::new();
    for word in all() {
        match seen.iter().find(|earlier| earlier.value == word.value) {
            Some(earlier) => out.push(super::findings::duplicate_item(word, earlier.span)),
            None => seen.push(word),
        }
    }
    Some(StatusDecl { start, open, done, failed, span: node.span })
}

fn rows(node: &Node, out: &mut Diagnostics) -> Vec<RowDecl> {
    let Value::List(items) = &node.value else {
        wrong_shape(node, "a list of rows", "[{ name: Tea, quantity: 10 }]", out);
        return Vec::new();
    };
    let read = |item: &Node| {
        let values = entries(item, "a row", out)?;
        let owned = values.into_iter().map(|(key, value)| (key.clone(), value.clone()));
        Some(RowDecl { values: owned.collect(), span: item.span })
    };
    items.iter().filter_map(read).collect()
}
