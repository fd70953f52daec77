//! Events as message types.

use crate::lower::{refused, rust_type};
use crate::model::{self, Choice, Field, Ident, Role, RustType, serde_camel};
use crate::names::{FieldName, ServiceName, Value};
use crate::resolved::{Event, EventField, EventId, Literal, Outcome, Resolved, Service, VariantIndex};

/// How many partitions a topic has unless the file says so: as the runtime
/// has it.
pub(super) const PARTITIONS: u16 = 6;

pub(super) fn lower(spec: &Resolved, event: &Event) -> model::Event {
    let saga = spec.saga(event.saga);
    let mut fields: Vec<Field> =
        event.fields.iter().map(|field| lower_field(field, field.name == saga.correlation)).collect();
    let outcome = event.outcome.as_ref().map(|declared| outcome(event, declared));
    if let (Some(outcome), Some(declared)) = (&outcome, &event.outcome) {
        let ty =
            outcome.choice.as_ref().map_or(RustType::Bool, |choice| RustType::Enum(choice.ident.clone()));
        fields.push(field(outcome.field.clone(), declared.field.as_str(), ty, Role::Outcome));
    }
    model::Event {
        name: event.name.clone(),
        ident: ident(event),
        command: event.is_command(),
        topic: event.topic.clone(),
        external: event.external,
        readers: readers(spec, event),
        partitions: partitions(event),
        retention: event.retention,
        fields,
        correlation: Ident::snake(saga.correlation.as_str()),
        correlation_type: rust_type(&saga.correlation_type),
        outcome,
    }
}

fn outcome(event: &Event, declared: &Outcome) -> model::Outcome {
    let choice = event.outcome_type().map(|name| Choice {
        ident: Ident::declared(&name),
        variants: declared
            .variants
            .iter()
            .map(|variant| (Ident::upper_camel(&variant.name), Value::new(variant.name.clone())))
            .collect(),
        key: false,
    });
    let failing = declared.failing.map(|failing| event.variant(failing).name.clone());
    model::Outcome { field: Ident::snake(declared.field.as_str()), choice, failing }
}

fn readers(spec: &Resolved, event: &Event) -> Vec<ServiceName> {
    let reads = |service: &&Service| spec.events_read_by(service.id).contains(&event.id);
    let mut readers: Vec<_> =
        spec.services.iter().filter(reads).map(|service| service.name.clone()).collect();
    readers.sort_unstable();
    readers
}

pub(super) fn partitions(event: &Event) -> u16 {
    event.partitions.unwrap_or(PARTITIONS)
}

/// The type of an event's messages.
pub(super) fn ident(event: &Event) -> Ident {
    Ident::spec_type(event.name.as_str(), "Event")
}

/// `ProductDecreased.success`, or `OrderCreated` for an event without variants.
pub(super) fn what(spec: &Resolved, event: EventId, variant: Option<VariantIndex>) -> String {
    let event = spec.event(event);
    match variant {
        Some(variant) => format!("{}.{}", event.name, event.variant(variant).name),
        None => event.name.to_string(),
    }
}

/// The type of the values of the field of that name.
pub(super) fn type_of(event: &Event, field: &FieldName) -> RustType {
    match event.field(field.as_str()) {
        Some(declared) => rust_type(&declared.ty),
        None => refused("field that its event does not declare"),
    }
}

/// Whether only the failing variant may lack the field of that name.
pub(super) fn may_lack(event: &Event, field: &FieldName) -> bool {
    event
        .field(field.as_str())
        .is_some_and(|declared| declared.on_failure == Some(Literal::Null) && !declared.ty.is_optional())
}

/// The type of an event's field: one that the failing variant lacks is optional.
fn field_type(field: &EventField) -> RustType {
    let ty = rust_type(&field.ty);
    match &field.on_failure {
        Some(Literal::Null) if !ty.is_optional() => RustType::Optional(Box::new(ty)),
        _ => ty,
    }
}

/// A field of a struct that is read and written as JSON.
pub(super) fn field(ident: Ident, wire: &str, ty: RustType, role: Role) -> Field {
    let renamed = serde_camel(&ident) != wire;
    Field { ident, wire: wire.to_owned(), renamed, ty, role }
}

fn lower_field(declared: &EventField, correlates: bool) -> Field {
    let role = match &declared.on_failure {
        _ if correlates => Role::Correlation,
        Some(Literal::Null) if !declared.ty.is_optional() => Role::AbsentOnFailure(rust_type(&declared.ty)),
        Some(literal) => Role::ValueOrOnFailure(literal.clone()),
        None => Role::Value,
    };
    field(Ident::snake(declared.name.as_str()), declared.wire.as_str(), field_type(declared), role)
}
