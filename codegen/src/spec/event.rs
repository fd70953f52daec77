//! Reading events.

use super::reader::{Keys, Mapping, entries, word, wrong_shape};
use super::scalar::{choice, duration, enum_values, key_or_value, number, type_expr, typed_entries};
use super::{EventDecl, EventFieldDecl, OutcomeDecl, Word, name};
use crate::diagnostic::Diagnostics;
use crate::resolved::External;
use crate::yaml::{Node, Value};

pub(super) const EVENT: Keys = Keys {
    what: "an event",
    known: &["fields", "outcome", "failure", "topic", "external", "partitions", "retention"],
    later: &[(
        "saga",
        "remove it: each file describes one saga; an event of another one is `external: publishes`",
    )],
};

pub(super) const FIELD: Keys =
    Keys { what: "a field of an event", known: &["type", "name", "on_failure"], later: &[] };

pub(super) const EXTERNAL: [(&str, External); 2] =
    [("publishes", External::Publishes), ("subscribes", External::Subscribes)];

pub(super) fn read_all(node: &Node, out: &mut Diagnostics) -> Vec<EventDecl> {
    let mut events = Vec::new();
    for (key, value) in entries(node, "events", out).unwrap_or_default() {
        name::upper_camel(key, "an event", out);
        // An unreadable event still exists, so references to it are not wrong.
        events.push(read(key, value, out).unwrap_or_else(|| unreadable(key)));
    }
    events
}

fn unreadable(name: &Word) -> EventDecl {
    EventDecl {
        name: name.clone(),
        fields: Vec::new(),
        outcome: None,
        failure: None,
        topic: None,
        external: None,
        partitions: None,
        retention: None,
        broken: true,
    }
}

fn read(key: &Word, node: &Node, out: &mut Diagnostics) -> Option<EventDecl> {
    let mut mapping = Mapping::read(node, &EVENT, out)?;
    let at = key_or_value(key, node);
    let fields = mapping.require("fields", "fields: { orderId: i32 }", Some(at), out);
    let fields = fields.map(|node| event_fields(node, out));
    let outcome = mapping.get("outcome").map(|node| outcome(node, out));
    let failure = mapping.get("failure");
    let topic = mapping.get("topic");
    let topic = topic.and_then(|node| word(node, "the name of a topic", "orders", out));
    topic.iter().for_each(|topic| name::topic(topic, out));
    let external = mapping.get("external");
    let partitions = mapping.get("partitions");
    let retention = mapping.get("retention");
    Some(EventDecl {
        name: key.clone(),
        broken: mapping.broken || matches!(&fields, Some(None)) || matches!(&outcome, Some(None)),
        fields: fields.flatten().unwrap_or_default(),
        outcome: outcome.flatten(),
        failure: failure.and_then(|node| word(node, "a variant", "rejected", out)),
        topic,
        external: external.and_then(|node| choice(node, &EXTERNAL, out)),
        partitions: partitions.and_then(|node| number(node, 1, "a number of partitions", "12", out)),
        retention: retention.and_then(|node| duration(node, out)),
    })
}

/// The fields; none if one of them could not be read.
fn event_fields(node: &Node, out: &mut Diagnostics) -> Option<Vec<EventFieldDecl>> {
    let mut fields = Vec::new();
    let entries = typed_entries(node, "fields", out)?;
    let written = entries.len();
    for (key, value) in entries {
        name::field(key, out);
        fields.extend(event_field(key, value, out));
    }
    name::distinct(fields.iter().map(|field| &field.name), out);
    (fields.len() == written).then_some(fields)
}

fn event_field(key: &Word, node: &Node, out: &mut Diagnostics) -> Option<EventFieldDecl> {
    let Value::Map(_) = &node.value else {
        return Some(EventFieldDecl {
            name: key.clone(),
            ty: type_expr(node, out)?,
            wire: None,
            on_failure: None,
        });
    };
    let mut mapping = Mapping::read(node, &FIELD, out)?;
    let ty = mapping.require("type", "type: string", Some(key.span), out);
    let wire = mapping.get("name");
    let wire = wire.and_then(|node| word(node, "a name on the wire", "order_id", out));
    wire.iter().for_each(|wire| name::wire(wire, out));
    Some(EventFieldDecl {
        name: key.clone(),
        ty: type_expr(ty?, out)?,
        wire,
        on_failure: mapping.get("on_failure").cloned(),
    })
}

fn outcome(node: &Node, out: &mut Diagnostics) -> Option<OutcomeDecl> {
    let expected = "a field, or a field and its values";
    let example = "outcome: { result: [approved, rejected] }";
    match &node.value {
        Value::Map(entries) => match entries.as_slice() {
            [(field, values)] => {
                name::field(field, out);
                let listed = matches!(&values.value, Value::List(values) if values.len() > 1);
                if !listed {
                    wrong_shape(values, "at least two values", "[approved, rejected]", out);
                    return None;
                }
                Some(OutcomeDecl { field: field.clone(), values: Some(enum_values(values, out)) })
            }
            _ => {
                wrong_shape(node, expected, example, out);
                None
            }
        },
        Value::Scalar(_) | Value::List(_) => {
            let field = word(node, expected, "outcome: success", out)?;
            name::field(&field, out);
            Some(OutcomeDecl { field, values: None })
        }
    }
}
