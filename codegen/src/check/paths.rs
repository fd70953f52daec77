//! Paths that lead nowhere: at which part, and what was most likely meant.

use super::findings::paths as findings;
use super::resolver::Resolver;
use super::step_draft::StepDraft;
use crate::resolved::*;
use crate::source::Span;

/// Reports a path, such as `Trigger.field` or `Entity.field`, that names no value.
pub(super) fn report(resolver: &mut Resolver<'_>, index: usize, path: &[String], span: Span) {
    let step = &resolver.steps[index];
    let found = explain(resolver, step, path, span);
    resolver.report(found);
}

fn explain(
    resolver: &Resolver<'_>,
    step: &StepDraft,
    path: &[String],
    span: Span,
) -> crate::diagnostic::Diagnostic {
    let head = path.first().map_or("", String::as_str);
    let event = resolver.event_names.get(head).map(|id| resolver.event(*id));
    let reads = |event: &&Event| step.triggers.iter().any(|it| it.event == event.id);
    let entities = || resolver.entities.iter().filter(|entity| entity.service == step.service);
    let entity = entities().find(|entity| entity.name.as_str() == head);
    let loads = |entity: &&Entity| {
        let created = step.creates.iter().map(|it| it.entity);
        step.rows.iter().map(|row| row.entity).chain(created).any(|id| id == entity.id)
    };
    match (event, entity) {
        (Some(event), _) if reads(&event) => {
            let fields = event.fields.iter().map(|field| field.name.as_str()).collect();
            findings::no_such_field(path, fields, event.span, span)
        }
        (Some(event), _) => findings::unread_event(path, &step.name, event.span, span),
        (None, Some(entity)) if loads(&entity) => {
            let fields = entity.fields.iter().map(|field| field.name.as_str()).collect();
            findings::no_such_field(path, fields, entity.span, span)
        }
        (None, Some(entity)) => findings::unloaded_entity(path, &step.name, entity.span, span),
        (None, None) => {
            let events = step.triggers.iter().map(|it| resolver.event(it.event).name.to_string());
            findings::no_such_start(path, &events.collect::<Vec<_>>(), span)
        }
    }
}
