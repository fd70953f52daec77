//! What others need to know of a saga, in the formats that their tools read: JSON Schema, AsyncAPI, OpenAPI,
//! and the catalog of Backstage.

mod asyncapi;
mod backstage;
mod openapi;
mod order;
mod schema;

use serde_json::Value;

use crate::files::{FileSet, HEADER, commented};
use crate::model::{Model, Service};
use crate::spec::SCHEMA;

/// What is about the whole saga.
pub(super) fn emit(model: &Model, files: &mut FileSet) {
    files.add("generated/saga.schema.json", commented("$comment", SCHEMA));
    for event in &model.events {
        let path = format!("generated/contracts/schemas/{}.json", event.name);
        files.add(path, commented("$comment", &pretty(schema::document(model, event))));
    }
    files.add("generated/asyncapi.yaml", yaml(vec![asyncapi::document(model)]));
    files.add("generated/catalog-info.yaml", yaml(backstage::entities(model)));
}

/// The HTTP interface of a service.
pub(super) fn openapi(model: &Model, service: &Service) -> String {
    // OpenAPI has no `$comment` at its root.
    commented("x-comment", &pretty(openapi::document(model, service)))
}

fn pretty(document: Value) -> String {
    // It was JSON, and can be written as such.
    serde_json::to_string_pretty(&order::ordered(document)).unwrap_or_default() + "\n"
}

/// Documents of one file.
fn yaml(documents: Vec<Value>) -> String {
    let documents = documents.into_iter().map(order::ordered);
    // Every JSON value is one of YAML.
    let texts = documents.map(|document| serde_yaml::to_string(&document).unwrap_or_default());
    format!("# {HEADER}\n{}", texts.collect::<Vec<_>>().join("---\n"))
}
