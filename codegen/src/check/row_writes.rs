//! What a step writes into the rows it works on, as far as the file says it:
//! fields under `set`, and the first values of a row that it upserts.

use super::findings::sources as findings;
use super::resolver::Resolver;
use super::sources::{self, Target};
use super::step_draft::Missing;
use crate::resolved::*;
use crate::spec::Word;

/// A thing with fields that a step writes.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub name: String,
    /// Whether it is a row that was there before the step.
    pub loaded: bool,
}

pub(super) fn resolve(resolver: &mut Resolver<'_>, index: usize) {
    for row in 0..resolver.steps[index].rows.len() {
        if resolver.broken_entities.contains(&resolver.steps[index].rows[row].entity) {
            continue;
        }
        set(resolver, index, row);
        if matches!(resolver.steps[index].rows[row].missing, Missing::Created) {
            upsert(resolver, index, row);
        }
    }
}

/// A name under `set` without an owner means a row only if nothing else that the
/// step writes has such a field: a row is never changed by accident.
fn set(resolver: &mut Resolver<'_>, index: usize, row: usize) {
    let entity = resolver.entity(resolver.steps[index].rows[row].entity).clone();
    let mut written = Vec::new();
    for field in &entity.fields {
        let target = target(resolver, index, row, field);
        if let Some(source) = sources::from_set(resolver, index, &target) {
            written.push(SourcedField { field: field.name.clone(), source });
        }
    }
    resolver.steps[index].rows[row].set = written;
}

fn target(resolver: &Resolver<'_>, index: usize, row: usize, field: &EntityField) -> Target {
    let used = &resolver.steps[index].rows[row];
    Target {
        name: field.name.clone(),
        ty: field.ty.clone(),
        declared: field.span,
        at: used.span,
        owner: resolver.entity(used.entity).name.to_string(),
        on_failure: None,
    }
}

/// A row that is missing begins at zero, where `set` says nothing else.
fn upsert(resolver: &mut Resolver<'_>, index: usize, row: usize) {
    let used = &resolver.steps[index].rows[row];
    let (entity, span) = (resolver.entity(used.entity).clone(), used.span);
    let step = resolver.steps[index].name.clone();
    if entity.status.is_some() {
        resolver.report(super::findings::steps::upserts_with_status(step.as_str(), &entity.name, span));
    }
    if let EntityKey::Allocated(ty) = &entity.key {
        let ty = super::types::show(resolver, ty);
        let reference = entity.key_reference();
        resolver.report(super::findings::rows::upserts_without_key(
            &entity.name,
            &reference,
            &ty,
            span,
            entity.span,
        ));
    } else if !matches!(used_lookup(resolver, index, row), None | Some(Lookup::Key(_))) {
        resolver.report(super::findings::rows::upserts_by_other_than_key(&entity.name, span));
    }
    let mut fields = Vec::new();
    for field in &entity.fields {
        let given = resolver.steps[index].rows[row].set.iter().find(|it| it.field == field.name);
        let source = match given.map(|it| it.source.clone()).or_else(|| zero(&field.ty)) {
            Some(source) => source,
            None => {
                let ty = super::types::show(resolver, &field.ty);
                let field = findings::Field {
                    name: &field.name,
                    owner: entity.name.as_str(),
                    ty: &ty,
                    declared: field.span,
                };
                let found = findings::no_first_value(&field, span);
                resolver.report(found);
                FieldSource::Absent
            }
        };
        fields.push(SourcedField { field: field.name.clone(), source });
    }
    resolver.steps[index].rows[row].missing = Missing::CreatedWith(fields);
}

fn used_lookup<'r>(resolver: &'r Resolver<'_>, index: usize, row: usize) -> Option<&'r Lookup> {
    resolver.steps[index].rows[row].lookup.as_ref()
}

/// The value of a field before anything was written to it, if its type has one.
fn zero(ty: &Type) -> Option<FieldSource> {
    Some(FieldSource::Literal(match ty {
        Type::Optional(_) => return Some(FieldSource::Absent),
        Type::Bool => Literal::Bool(false),
        Type::I32 => Literal::I32(0),
        Type::I64(_) => Literal::I64(0),
        Type::F64 => Literal::F64("0".to_owned()),
        Type::Decimal => Literal::Decimal("0".to_owned()),
        Type::String => Literal::String(String::new()),
        Type::List(_) => Literal::List(Vec::new()),
        Type::Uuid | Type::Timestamp | Type::Date | Type::Declared(_) | Type::OutcomeOf(..) => return None,
    }))
}

/// What a name under `set` may mean: everything the step writes that has a field
/// of that name.
pub(super) fn owners(resolver: &Resolver<'_>, index: usize, word: &Word) -> Vec<Owner> {
    let (owner, field) = sources::split(&word.value);
    let step = &resolver.steps[index];
    let mut owners: Vec<Owner> = Vec::new();
    let mut add = |name: &str, loaded, has: bool| {
        if has && owner.is_none_or(|owner| owner == name) {
            owners.push(Owner { name: name.to_owned(), loaded });
        }
    };
    for emission in &step.emissions {
        let event = resolver.event(emission.event);
        let decides = event.outcome.as_ref().is_some_and(|outcome| outcome.field.as_str() == field);
        add(event.name.as_str(), false, decides || event.field(field).is_some());
    }
    if let Some(creation) = &step.creates {
        let entity = resolver.entity(creation.entity);
        let key = matches!(&entity.key, EntityKey::Given { field: key, .. } if key.as_str() == field);
        add(entity.name.as_str(), false, key || entity.field(field).is_some());
    }
    for row in &step.rows {
        let entity = resolver.entity(row.entity);
        add(entity.name.as_str(), true, entity.field(field).is_some());
    }
    owners
}
