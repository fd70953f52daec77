//! Reading the top level, types and compensations.

use super::reader::{Keys, Mapping, entries, word, wrong_shape};
use super::{CompensationDecl, CompensationDeclKind, ShapeDecl, Spec, TypeDecl, Word, scalar};
use super::{event, name, platform, service};
use crate::diagnostic::Diagnostics;
use crate::source::Span;
use crate::yaml::{Node, Value};

pub(super) const TOP: Keys = Keys {
    what: "a specification",
    known: &["saga", "namespace", "correlation", "deploy", "types", "events", "services", "compensations"],
    later: &[
        (
            "sagas",
            "write a file for each saga, `saga: name` and `correlation: field`; an event that the other one publishes is `external: publishes` here",
        ),
        ("version", "remove it: a changed event is a new event"),
    ],
};

pub(super) const COMPENSATION: Keys = Keys {
    what: "a compensation",
    known: &["step", "command"],
    later: &[(
        "emits",
        "publish it from a step of its own: a subscription to the event that fails the saga, with this `emits`",
    )],
};

/// Reads a whole specification; an error means it is not even a mapping.
pub(super) fn read(root: &Node) -> Result<Spec, Diagnostics> {
    let mut out = Diagnostics::default();
    let Some(mut top) = Mapping::read(root, &TOP, &mut out) else {
        return Err(out);
    };
    let start = Some(Span::new(root.span.start, root.span.start));
    if top.get("saga").is_none() && top.later {
        // A file with `sagas` has not forgotten `saga`.
        return Err(out);
    }
    let mut spec = Spec::default();
    if let Some(node) = top.require("saga", "saga: order", start, &mut out) {
        spec.saga = word(node, "a name", "order", &mut out);
    }
    if let Some(saga) = &spec.saga {
        name::kebab(saga, "a saga", &mut out);
    }
    if let Some(node) = top.require("correlation", "correlation: orderId", start, &mut out) {
        spec.correlation = word(node, "a field", "orderId", &mut out);
    }
    if let Some(correlation) = &spec.correlation {
        name::field(correlation, &mut out);
    }
    if let Some(node) = top.get("namespace") {
        spec.namespace = word(node, "a name", "shop", &mut out);
        spec.namespace.iter().for_each(|it| name::namespace(it, &mut out));
    }
    let deploy = top.get("deploy");
    spec.platform = deploy.and_then(|node| platform::read(node, &mut out)).unwrap_or_default();
    if let Some(node) = top.get("types") {
        spec.types = types(node, &mut out);
    }
    let example = "events: { OrderCreated: { fields: { orderId: i32 } } }";
    if let Some(node) = top.require("events", example, start, &mut out) {
        spec.events = event::read_all(node, &mut out);
    }
    let example = "services: { order: … }";
    if let Some(node) = top.require("services", example, start, &mut out) {
        spec.services = service::read_all(node, &mut out);
    }
    if let Some(node) = top.get("compensations") {
        spec.compensations = compensations(node, &mut out);
    }
    spec.findings = out;
    Ok(spec)
}

fn types(node: &Node, out: &mut Diagnostics) -> Vec<TypeDecl> {
    let mut types = Vec::new();
    for (key, value) in entries(node, "types", out).unwrap_or_default() {
        name::upper_camel(key, "a type", out);
        let shape = match &value.value {
            Value::Map(_) => ShapeDecl::Record(scalar::fields(value, "a record", out)),
            Value::List(_) => ShapeDecl::Enum(scalar::enum_values(value, out)),
            Value::Scalar(_) => {
                let example = "Kind: [private, business]";
                wrong_shape(value, "a record's fields or an enum's values", example, out);
                continue;
            }
        };
        types.push(TypeDecl { name: key.clone(), shape });
    }
    types
}

fn compensations(node: &Node, out: &mut Diagnostics) -> Vec<CompensationDecl> {
    let mut compensations = Vec::new();
    for (key, value) in entries(node, "compensations", out).unwrap_or_default() {
        let kind = match &value.value {
            Value::Map(_) => command(key, value, out),
            Value::Scalar(_) | Value::List(_) => derived(value, out),
        };
        compensations.extend(kind.map(|kind| CompensationDecl { of: key.clone(), kind }));
    }
    compensations
}

fn derived(node: &Node, out: &mut Diagnostics) -> Option<CompensationDeclKind> {
    let expected = "the name of a step, `none`, or `{ step: name, command: Event }`";
    let step = word(node, expected, "release-stock", out)?;
    if step.value == "none" {
        return Some(CompensationDeclKind::Nothing);
    }
    name::kebab(&step, "a step", out);
    Some(CompensationDeclKind::Derived(step))
}

fn command(key: &Word, node: &Node, out: &mut Diagnostics) -> Option<CompensationDeclKind> {
    let mut mapping = Mapping::read(node, &COMPENSATION, out)?;
    let at = Some(key.span);
    let step = mapping.require("step", "step: release-stock", at, out);
    if mapping.later && mapping.get("command").is_none() {
        // Without `emits` this would be `step: name`, which needs no command.
        return None;
    }
    let command = mapping.require("command", "command: ReleaseStockCommand", at, out);
    let step = word(step?, "the name of a step", "release-stock", out)?;
    name::kebab(&step, "a step", out);
    let command = word(command?, "a command", "ReleaseStockCommand", out)?;
    Some(CompensationDeclKind::Command { step, command })
}
