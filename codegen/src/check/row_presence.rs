//! Rows that a step needs and no step creates, and rows that it creates although
//! they may be there. A step that can fail says so; any other would meet the same
//! row in every attempt, and its message would be given up.

use std::collections::HashSet;

use super::findings::rows as findings;
use super::resolver::Resolver;
use super::step_draft::{EmissionDraft, Missing, RowDraft, StepDraft};
use crate::names::FieldName;
use crate::resolved::*;

pub(super) fn check(resolver: &mut Resolver<'_>) {
    let mut found = Vec::new();
    let silent = |step: &&StepDraft| step.kind == StepKind::Subscription && !can_fail(resolver, step);
    for step in resolver.steps.iter().filter(silent).filter(|step| !resolver.is_tainted(step.id)) {
        for row in step.rows.iter().filter(|row| never_exists(resolver, row)) {
            let entity = resolver.entity(row.entity);
            let keyed = matches!(entity.key, EntityKey::Given { .. }) && entity.status.is_none();
            found.push(findings::no_row(&step.name, &entity.name, keyed, row.span, entity.span));
        }
        let Some(creation) = &step.creates else { continue };
        let key = creation.key.as_ref();
        if key.is_some_and(|key| may_repeat(resolver, step, key, &mut HashSet::new())) {
            let entity = resolver.entity(creation.entity);
            let upserted = entity.status.is_none();
            found.push(findings::row_twice(
                &step.name,
                &entity.name,
                &entity.key_reference(),
                upserted,
                creation.span,
                entity.span,
            ));
        }
    }
    resolver.out.extend(found);
}

fn can_fail(resolver: &Resolver<'_>, step: &StepDraft) -> bool {
    let open = |choice: &Choice| matches!(choice, Choice::Handler | Choice::Source(_));
    let fails = |it: &EmissionDraft| open(&it.choice) && resolver.event(it.event).failing().is_some();
    step.emissions.iter().any(fails)
}

fn never_exists(resolver: &Resolver<'_>, row: &RowDraft) -> bool {
    let entity = resolver.entity(row.entity);
    let made = resolver.steps.iter().any(|step| {
        step.creates.as_ref().is_some_and(|creation| creation.entity == entity.id)
            || step.rows.iter().any(|row| row.entity == entity.id && !matches!(row.missing, Missing::Fails))
    });
    matches!(row.missing, Missing::Fails)
        && row.lookup.is_some()
        && !made
        && entity.rows.is_empty()
        && !resolver.broken_entities.contains(&entity.id)
}

/// Whether two instances of the saga may have the same value: a caller chooses it,
/// or the file does. What cannot be traced to either counts as new each time.
fn may_repeat(
    resolver: &Resolver<'_>,
    step: &StepDraft,
    source: &FieldSource,
    seen: &mut HashSet<(EventId, FieldName)>,
) -> bool {
    match source {
        FieldSource::Literal(_) | FieldSource::Body(_) | FieldSource::PathParam(_) => true,
        FieldSource::Trigger(trigger, path) => match path.fields() {
            [field] => published_twice(resolver, step.triggers[trigger.0].event, field, seen),
            _ => false,
        },
        FieldSource::OneOf(triggers, field) => triggers
            .iter()
            .any(|trigger| published_twice(resolver, step.triggers[trigger.0].event, field, seen)),
        FieldSource::EntityKey(entity) => step.rows.iter().filter(|row| row.entity == *entity).any(|row| {
            let found_by = row.lookup.as_ref();
            matches!(found_by, Some(Lookup::Key(source)) if may_repeat(resolver, step, source, seen))
        }),
        FieldSource::Correlation
        | FieldSource::OnFailure(_)
        | FieldSource::EntityField(..)
        | FieldSource::Closer(_)
        | FieldSource::Reason
        | FieldSource::Absent
        | FieldSource::Handler => false,
    }
}

fn published_twice(
    resolver: &Resolver<'_>,
    event: EventId,
    field: &FieldName,
    seen: &mut HashSet<(EventId, FieldName)>,
) -> bool {
    if !seen.insert((event, field.clone())) {
        return false;
    }
    resolver.steps.iter().any(|step| {
        let emissions = step.emissions.iter().filter(|emission| emission.event == event);
        let mut sources = emissions.flat_map(|emission| emission.fields.iter().flatten());
        sources.any(|it| it.field == *field && may_repeat(resolver, step, &it.source, seen))
    })
}
