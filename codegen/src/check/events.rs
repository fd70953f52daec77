//! Events: fields, variants, topics, and the correlation in each of them.

use std::collections::HashMap;

use super::resolver::{Resolver, hint};
use super::{deploy, literal, types};
use crate::diagnostic::{Code, nearest};
use crate::names::{self, EventName, FieldName, Topic, Value, WireName};
use crate::resolved::*;
use crate::source::Span;
use crate::spec::{EventDecl, EventFieldDecl, OutcomeDecl, Word};

pub(super) fn declare(resolver: &mut Resolver<'_>) {
    let decls: &[EventDecl] = &resolver.spec.events;
    for (index, decl) in decls.iter().enumerate() {
        let id = EventId(index);
        resolver.event_names.insert(&decl.name.value, id);
        if let Some(other) = resolver.type_names.get(decl.name.value.as_str()) {
            let other = resolver.types[other.0].span;
            let message = format!("`{}` is an event and a type", decl.name.value);
            let found = resolver.error(Code::Duplicate, decl.name.span, message);
            found.label("both become a Rust type").also(other, "the type").help("rename one of them");
        }
        let event = event(resolver, id, decl);
        resolver.events.push(event);
    }
    refuse_shared_topics(resolver);
    find_correlation(resolver);
}

fn event(resolver: &mut Resolver<'_>, id: EventId, decl: &EventDecl) -> Event {
    let EventDecl { name, fields, outcome, failure, topic, external, partitions, retention, broken } = decl;
    let outcome = outcome.as_ref().map(|decl| resolve_outcome(resolver, decl, failure.as_ref(), fields));
    if let (None, Some(failure), false) = (&outcome, failure, broken) {
        let found = resolver.error(Code::UnknownVariant, failure.span, "`failure` without an `outcome`");
        found.label("there are no variants").help("declare `outcome`, or remove `failure`");
    }
    let can_fail = outcome.as_ref().is_some_and(|outcome| outcome.failing.is_some());
    // A repeated outcome was reported, and is no field.
    let is_outcome = |name: &Word| outcome.as_ref().is_some_and(|it| it.field.as_str() == name.value);
    let decls: Vec<&EventFieldDecl> = fields.iter().filter(|it| !is_outcome(&it.name)).collect();
    let written = decls.len();
    let fields: Vec<EventField> =
        decls.into_iter().filter_map(|decl| field(resolver, decl, can_fail || *broken)).collect();
    if *broken || fields.len() < written {
        resolver.broken_events.insert(id);
    }
    refuse_shared_wire_names(resolver, &fields, outcome.as_ref());
    let topic = topic.as_ref().map_or_else(|| names::kebab(&name.value), |it| it.value.clone());
    Event {
        id,
        saga: SagaId(0),
        name: EventName::new(name.value.clone()),
        topic: Topic::new(topic),
        fields,
        outcome,
        external: external.as_ref().map_or(External::No, |it| it.value),
        partitions: deploy::partitions(resolver, partitions.as_ref()),
        retention: deploy::retention(resolver, retention.as_ref()),
        span: name.span,
    }
}

fn resolve_outcome(
    resolver: &mut Resolver<'_>,
    decl: &OutcomeDecl,
    failure: Option<&Word>,
    fields: &[EventFieldDecl],
) -> Outcome {
    let OutcomeDecl { field, values } = decl;
    if let Some(repeated) = fields.iter().find(|it| it.name.value == field.value) {
        let message = format!("the outcome `{}` is among the fields", field.value);
        let found = resolver.error(Code::DuplicateKey, repeated.name.span, message);
        found
            .label("the outcome is a field of every variant already")
            .also(field.span, "the outcome")
            .help("remove it from `fields`");
    }
    let (kind, variants) = match values {
        None => (OutcomeKind::Boolean, boolean_variants()),
        Some(values) => (OutcomeKind::Values, values.iter().map(named_variant).collect()),
    };
    let failing = failing(resolver, failure, &variants, field.span);
    let default = (kind == OutcomeKind::Boolean && failure.is_none()).then_some(VariantIndex::FAILURE);
    Outcome {
        field: FieldName::new(field.value.clone()),
        kind,
        variants,
        failing: failing.or(default),
        span: field.span,
    }
}

fn boolean_variants() -> Vec<Variant> {
    let variant = |name: &str, value| Variant { name: name.to_owned(), wire: WireValue::Bool(value) };
    vec![variant("success", true), variant("failure", false)]
}

fn named_variant(word: &Word) -> Variant {
    Variant { name: word.value.clone(), wire: WireValue::Text(Value::new(word.value.clone())) }
}

fn failing(
    resolver: &mut Resolver<'_>,
    failure: Option<&Word>,
    variants: &[Variant],
    outcome: Span,
) -> Option<VariantIndex> {
    let failure = failure?;
    let names = || variants.iter().map(|variant| variant.name.as_str());
    if let Some(index) = names().position(|name| name == failure.value) {
        return Some(VariantIndex(index));
    }
    let meant = nearest(&failure.value, names());
    let message = format!("`{}` is no variant of the outcome", failure.value);
    let found = resolver.error(Code::UnknownVariant, failure.span, message);
    found
        .label(hint(meant, "no such variant"))
        .also(outcome, "the outcome")
        .help(format!("write {}", crate::diagnostic::one_of(names())));
    names().position(|name| Some(name) == meant).map(VariantIndex)
}

fn field(resolver: &mut Resolver<'_>, decl: &EventFieldDecl, can_fail: bool) -> Option<EventField> {
    let EventFieldDecl { name, ty, wire, on_failure } = decl;
    let ty = types::resolve(resolver, ty)?;
    let on_failure = on_failure.as_ref().and_then(|node| {
        if !can_fail {
            let message = "`on_failure` in an event that cannot fail";
            let found = resolver.error(Code::UnknownVariant, node.span, message);
            found.label("there is no failing variant").help(
                "declare `outcome` (and `failure`, unless the outcome is a boolean), or remove `on_failure`",
            );
            return None;
        }
        if node.is_null() {
            return Some(Literal::Null);
        }
        literal::read(node, &ty, &resolver.types)
            .map_err(|expected| {
                let message = format!("`on_failure` does not fit the type of `{}`", name.value);
                let found = resolver.error(Code::BadLiteral, node.span, message);
                found
                    .label(format!("expected {expected}"))
                    .help("write such a value, or `null` to leave the field out when it fails");
            })
            .ok()
    });
    let wire = wire.as_ref().unwrap_or(name);
    Some(EventField {
        name: FieldName::new(name.value.clone()),
        wire: WireName::new(wire.value.clone()),
        ty,
        on_failure,
        span: name.span,
    })
}

fn refuse_shared_wire_names(resolver: &mut Resolver<'_>, fields: &[EventField], outcome: Option<&Outcome>) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    if let Some(outcome) = outcome {
        seen.insert(outcome.field.as_str(), outcome.span);
    }
    for field in fields {
        if let Some(first) = seen.insert(field.wire.as_str(), field.span) {
            let message = format!("two fields are `{}` on the wire", field.wire);
            let found = resolver.error(Code::Duplicate, field.span, message);
            found.label("taken").also(first, "the first").help("give one of them another `name`");
        }
    }
}

fn refuse_shared_topics(resolver: &mut Resolver<'_>) {
    let mut seen: HashMap<Topic, Span> = HashMap::new();
    let spec = resolver.spec;
    for index in 0..resolver.events.len() {
        let declared = spec.events[index].topic.as_ref().map(|topic| topic.span);
        let span = declared.unwrap_or(resolver.events[index].span);
        let topic = resolver.events[index].topic.clone();
        match seen.get(&topic) {
            Some(first) => {
                let first = *first;
                let found =
                    resolver.error(Code::Duplicate, span, format!("two events on the topic `{topic}`"));
                found
                    .label("a reader could not tell them apart")
                    .also(first, "the first")
                    .help("give each event a `topic` of its own");
            }
            None => _ = seen.insert(topic, span),
        }
    }
}

/// The correlation's type is that of the first event that has it.
fn find_correlation(resolver: &mut Resolver<'_>) {
    let Some(correlation) = resolver.spec.correlation.as_ref() else {
        return;
    };
    let name = correlation.value.as_str();
    let first = resolver.events.iter().find_map(|event| event.field(name)).cloned();
    let Some(first) = first else {
        return correlation_is_nowhere(resolver, correlation);
    };
    let key = matches!(first.ty, Type::I32 | Type::I64 | Type::Uuid | Type::String);
    if !key {
        let shown = types::show(resolver, &first.ty);
        let found =
            resolver.error(Code::NoCorrelation, first.span, format!("the correlation cannot be {shown}"));
        found
            .label("expected i32, i64, uuid or string")
            .also(correlation.span, "the correlation")
            .help("choose a field that names one instance of the saga");
    }
    for index in 0..resolver.events.len() {
        let id = EventId(index);
        let event = &resolver.events[index];
        let (event_name, span) = (event.name.clone(), event.span);
        let field = event.field(name).map(|field| (field.ty.clone(), field.span));
        match field {
            None if resolver.broken_events.contains(&id) => {}
            None => {
                resolver.broken_events.insert(id);
                let shown = types::show(resolver, &first.ty);
                let found = resolver.error(
                    Code::NoCorrelation,
                    span,
                    format!("`{event_name}` lacks the correlation"),
                );
                found
                    .label(format!("no field `{name}`"))
                    .also(correlation.span, "the correlation")
                    .help(format!("add `{name}: {shown}` to its fields"));
            }
            Some((ty, span)) if ty != first.ty => {
                resolver.broken_events.insert(id);
                let shown = types::show(resolver, &first.ty);
                let message = format!("the correlation has another type in `{event_name}`");
                let found = resolver.error(Code::NoCorrelation, span, message);
                found
                    .label(format!("expected {shown}"))
                    .also(first.span, "as here")
                    .help(format!("write `{name}: {shown}`"));
            }
            Some(_) => {}
        }
    }
    resolver.correlation = Some((FieldName::new(name), first.ty));
}

fn correlation_is_nowhere(resolver: &mut Resolver<'_>, correlation: &Word) {
    if resolver.events.iter().all(|event| event.fields.is_empty()) {
        return;
    }
    let fields = resolver.events.iter().flat_map(|event| &event.fields);
    let names: Vec<String> = fields.map(|field| field.name.to_string()).collect();
    let meant = nearest(&correlation.value, names.iter().map(String::as_str));
    let message = format!("no event has the correlation `{}`", correlation.value);
    let label = hint(meant, "no field of that name");
    let found = resolver.error(Code::NoCorrelation, correlation.span, message);
    found.label(label).help("name the field that every event carries, such as `orderId`");
    let all = (0..resolver.events.len()).map(EventId);
    resolver.broken_events.extend(all);
}
