//! The order in which a document is read: what it is, then what it says.

use serde_json::Value;
use serde_yaml::Mapping;

/// The words of the formats that come first. All others follow in the order of the alphabet.
const FIRST: [&str; 29] = [
    "$schema",
    "openapi",
    "asyncapi",
    "apiVersion",
    "kind",
    "metadata",
    "spec",
    "info",
    "operationId",
    "action",
    "channel",
    "address",
    "title",
    "name",
    "namespace",
    "version",
    "in",
    "summary",
    "description",
    "type",
    "properties",
    "required",
    "servers",
    "paths",
    "channels",
    "operations",
    "parameters",
    "requestBody",
    "responses",
];

/// A document whose members are in that order.
pub(super) fn ordered(document: Value) -> serde_yaml::Value {
    match document {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().collect();
            members.sort_by_cached_key(|(name, _)| {
                let rank = FIRST.iter().position(|word| word == name).unwrap_or(FIRST.len());
                (rank, name.clone())
            });
            let members = members.into_iter().map(|(name, value)| (name.into(), ordered(value)));
            serde_yaml::Value::Mapping(members.collect::<Mapping>())
        }
        Value::Array(items) => items.into_iter().map(ordered).collect(),
        // A value without members can always be taken over.
        other => serde_yaml::to_value(other).unwrap_or_default(),
    }
}
