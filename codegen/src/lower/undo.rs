//! What undoes a step when the saga fails: on the rows it worked on, with the
//! messages it saw and published.

use crate::lower::entity::{ident as entity_ident, key_ident};
use crate::lower::names::Names;
use crate::lower::scope::{Scope, locals};
use crate::lower::{event, run, rust_type};
use crate::model::{
    Apart, Ask, Did, FoundKey, Ident, Need, OneOf, Param, Passed, RowAt, RustType, Takes, Undo, Value,
};
use crate::resolved::{CompensationKind, Resolved, RowUse, Step};

/// The compensation that subscribes to the failure of the saga, if the step has one, and what its row keeps
/// for it.
pub(super) fn lower(
    spec: &Resolved,
    step: &Step,
    (needs, one_of): (&[Need], Option<&OneOf>),
    rows: &[RowAt],
    said: &[Ident],
    names: &mut Names,
) -> Option<(Undo, Did)> {
    let CompensationKind::Derived { step: undo, .. } = &spec.compensation_of(step.id)?.kind else {
        return None;
    };
    let name = spec.step(*undo).name.clone();
    // Functions of their own, so only the messages and the rows are known to both.
    let mut scope = locals();
    needs.iter().for_each(|need| {
        scope.take(need.binding.clone(), "_event");
    });
    rows.iter().for_each(|row| {
        scope.take(row.binding.clone(), "_row");
    });
    one_of.iter().for_each(|it| {
        scope.take(it.binding.clone(), "_inputs");
    });
    let published = published(spec, step, &mut scope);
    let mut changes: Vec<RowAt> = rows.iter().cloned().map(loaded_again).collect();
    let found = found_keys(spec, step, &mut changes, said, &mut scope);
    let created = step.creates.as_ref().map(|creation| {
        let entity = spec.entity(creation.entity);
        let reference = format!("{}_{}", entity.name, key_ident(entity).bare());
        let field = scope.take(Ident::snake(&reference), "_created");
        changes.push(RowAt {
            table: names.tables[&creation.entity].clone(),
            entity: entity_ident(entity),
            name: entity.name.clone(),
            binding: scope.take(Ident::snake(entity.name.as_str()), "_row"),
            key: Value::Reference(field.clone(), rust_type(entity.key_type()).is_copy()),
            found: None,
            takes: Takes::One,
            sets: Vec::new(),
        });
        (field, rust_type(entity.key_type()))
    });
    let apart = run::apart(step);
    // It may be unknown whether the call took effect, and then nothing was published.
    let passed = if apart == Some(Apart::Call) { Passed::Optional } else { Passed::Reference };
    let did =
        published.iter().map(|need| Param { binding: need.binding.clone(), ty: need.event.clone(), passed });
    let ask = Ask {
        method: Ident::method(name.as_str()),
        rows: changes.iter().map(RowAt::as_param).collect(),
        inputs: run::inputs(step, needs, one_of).into_iter().chain(did).collect(),
        error: None,
        apart,
        undoes: true,
        answer: None,
    };
    let function = names.functions.take(Ident::snake(name.as_str()), "_undoes");
    Some((Undo { name, function, changes, ask }, Did { published, created, found }))
}

/// Has the step row keep the keys of rows that a request or a lookup found: neither is there again.
fn found_keys(
    spec: &Resolved,
    step: &Step,
    changes: &mut [RowAt],
    said: &[Ident],
    scope: &mut Scope,
) -> Vec<FoundKey> {
    let mut found = Vec::new();
    for (row, used) in changes.iter_mut().zip(&step.rows) {
        if row.found.is_none() && !said.iter().any(|name| row.key.mentions(name)) {
            continue;
        }
        let field = scope.take(row.binding.with("_key"), "_found");
        let ty = key_type(spec, used, row);
        let again = Value::Reference(field.clone(), ty.is_copy());
        let key = std::mem::replace(&mut row.key, again);
        row.found = None;
        found.push(FoundKey { field, ty, key, table: row.table.clone(), each: row.is_many() });
    }
    found
}

/// What the step published, each with a name.
fn published(spec: &Resolved, step: &Step, scope: &mut Scope) -> Vec<Need> {
    let needs = step.emissions.iter().map(|emission| {
        let event = spec.event(emission.event);
        Need {
            event: event::ident(event),
            what: event.name.to_string(),
            binding: scope.take(Ident::snake(event.name.as_str()), "_published"),
        }
    });
    needs.collect()
}

/// A row that the step worked on. What the file wrote into it is not written again, and one that was created is
/// there.
fn loaded_again(row: RowAt) -> RowAt {
    let takes = if row.is_many() { row.takes } else { Takes::One };
    RowAt { takes, sets: Vec::new(), ..row }
}

/// The type of what finds a row, or several.
fn key_type(spec: &Resolved, used: &RowUse, row: &RowAt) -> RustType {
    let ty = rust_type(spec.entity(used.entity).key_type());
    if row.is_many() { RustType::List(Box::new(ty)) } else { ty }
}
