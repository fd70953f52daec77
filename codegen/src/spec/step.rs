//! Reading steps.

use super::findings::duplicate_item;
use super::reader::{Keys, Mapping, entries, one_or_many, word, words, wrong_shape};
use super::scalar::{choice, duration, event_paths, fields, number, path};
use super::{EntityUse, Section, SetValue, StepDecl, Word, http};
use crate::diagnostic::Diagnostics;
use crate::resolved::HandlerKind;
use crate::yaml::{Node, Scalar, Value};

pub(super) const STEP: Keys = Keys {
    what: "a step",
    known: &[
        "on", "any", "unless", "deadline", "http", "body", "reads", "creates", "entity", "upserts", "from",
        "to", "emits", "set", "handler", "retry", "timeout",
    ],
    later: &[
        (
            "limit",
            "write each round as a step of its own, with an event of its own: `offer` and `offer-again` instead of two rounds of `offer`",
        ),
        ("owner", "check ownership in the request's handler"),
        ("deletes", "move the row to a status that marks it as deleted"),
    ],
};

pub(super) const HANDLERS: [(&str, HandlerKind); 3] =
    [("state", HandlerKind::State), ("sql", HandlerKind::Sql), ("call", HandlerKind::Call)];

pub(super) fn read(key: &Word, section: Section, node: &Node, out: &mut Diagnostics) -> StepDecl {
    let mut own = Diagnostics::default();
    let mut step = empty(key, section);
    let mapping = Mapping::read(node, &STEP, &mut own);
    step.broken = mapping.as_ref().is_none_or(|mapping| mapping.broken);
    if let Some(mapping) = mapping {
        fill(&mut step, &mapping, &mut own);
    }
    step.broken |= own.leave_holes();
    out.append(own);
    step
}

fn fill(step: &mut StepDecl, mapping: &Mapping<'_>, out: &mut Diagnostics) {
    let events = |key: &str, out: &mut Diagnostics| {
        let node = mapping.get(key);
        node.map_or_else(Vec::new, |node| event_paths(node, out))
    };
    step.on = events("on", out);
    step.any = events("any", out);
    step.unless = events("unless", out);
    step.emits = events("emits", out);
    let entity = |key: &str, out: &mut Diagnostics| {
        let node = mapping.get(key)?;
        word(node, "the name of an entity", "Order", out)
    };
    step.reads = entity("reads", out);
    step.creates = entity("creates", out);
    let time = |key: &str, out: &mut Diagnostics| {
        let node = mapping.get(key)?;
        duration(node, out)
    };
    step.deadline = time("deadline", out);
    step.timeout = time("timeout", out);
    if let Some(node) = mapping.get("http") {
        step.http = http::read(node, out);
    }
    if let Some(node) = mapping.get("body") {
        step.body = Some(fields(node, "body", out));
    }
    if let Some(node) = mapping.get("entity") {
        step.entity = entity_uses(node, out);
    }
    if let Some(node) = mapping.get("upserts") {
        step.upserts = entity_uses(node, out);
    }
    if let Some(node) = mapping.get("from") {
        step.from = words(node, "a status", "PENDING", out);
    }
    if let Some(node) = mapping.get("to") {
        step.to = word(node, "a status", "COMPLETED", out);
    }
    if let Some(node) = mapping.get("set") {
        step.set = set(node, out);
    }
    if let Some(node) = mapping.get("handler") {
        step.handler = choice(node, &HANDLERS, out);
    }
    if let Some(node) = mapping.get("retry") {
        step.retry = number(node, 1, "a number of attempts, at least 1", "10", out);
    }
}

fn empty(name: &Word, section: Section) -> StepDecl {
    StepDecl {
        name: name.clone(),
        section,
        on: Vec::new(),
        any: Vec::new(),
        unless: Vec::new(),
        deadline: None,
        http: None,
        body: None,
        reads: None,
        creates: None,
        entity: Vec::new(),
        upserts: Vec::new(),
        from: Vec::new(),
        to: None,
        emits: Vec::new(),
        set: Vec::new(),
        handler: None,
        retry: None,
        timeout: None,
        broken: false,
    }
}

/// `Product`, `{ Product: path }`, or a list of them.
fn entity_uses(node: &Node, out: &mut Diagnostics) -> Vec<EntityUse> {
    let mut uses: Vec<EntityUse> = Vec::new();
    for item in one_or_many(node) {
        for found in entity_use(item, out) {
            match uses.iter().find(|it| it.name.value == found.name.value) {
                Some(earlier) => out.push(duplicate_item(&found.name, earlier.name.span)),
                None => uses.push(found),
            }
        }
    }
    uses
}

fn entity_use(node: &Node, out: &mut Diagnostics) -> Vec<EntityUse> {
    let Value::Map(_) = &node.value else {
        let name = word(node, "an entity", "{ Product: productId }", out);
        return name.map(|name| EntityUse { name, path: None }).into_iter().collect();
    };
    let mut uses = Vec::new();
    for (key, value) in entries(node, "entity", out).unwrap_or_default() {
        let found = word(value, "a path to the key", "lines.productId", out);
        uses.push(EntityUse { name: key.clone(), path: found.as_ref().map(path) });
    }
    if uses.is_empty() {
        wrong_shape(node, "an entity", "{ Product: productId }", out);
    }
    uses
}

fn set(node: &Node, out: &mut Diagnostics) -> Vec<(Word, SetValue)> {
    let entries = entries(node, "set", out).unwrap_or_default();
    let read = |(key, value): (&Word, &Node)| (key.clone(), set_value(value));
    entries.into_iter().map(read).collect()
}

/// A path begins with a capital and has a dot; everything else is a literal.
fn set_value(node: &Node) -> SetValue {
    match &node.value {
        Value::Scalar(Scalar { text, plain: true, .. }) if is_path(text) => {
            SetValue::Path(path(&Word::new(text.clone(), node.span)))
        }
        Value::Scalar(_) | Value::List(_) | Value::Map(_) => SetValue::Literal(node.clone()),
    }
}

fn is_path(text: &str) -> bool {
    let named = |segment: &str| {
        !segment.is_empty() && segment.chars().all(|character| character.is_ascii_alphanumeric())
    };
    text.contains('.')
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.split('.').all(named)
}
