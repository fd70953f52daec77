//! Compensations: which step, told by whom, with what.

use std::collections::HashMap;

use super::findings::compensations as findings;
use super::findings::names;
use super::lookup;
use super::resolver::Resolver;
use super::step_draft::{Missing, RowDraft, StepDraft};
use crate::names::{FieldName, StepName};
use crate::resolved::*;
use crate::source::Span;
use crate::spec::{CompensationDecl, CompensationDeclKind, Word};

pub(super) fn resolve(resolver: &mut Resolver<'_>) {
    resolver.failures = failures(resolver);
    let spec = resolver.spec;
    let mut names: HashMap<String, Span> = HashMap::new();
    for step in &resolver.steps {
        names.insert(step.name.to_string(), step.span);
    }
    for CompensationDecl { of, kind } in &spec.compensations {
        if let CompensationDeclKind::Derived(name) | CompensationDeclKind::Command { step: name, .. } = kind
            && let Some(first) = names.insert(name.value.clone(), name.span)
        {
            resolver.report(names::duplicate_compensation(&name.value, name.span, first));
            continue;
        }
        if let Some(step) = compensated(resolver, of) {
            compensate(resolver, step, of, kind);
        }
    }
}

/// The events on which an entity reaches a failed end.
fn failures(resolver: &Resolver<'_>) -> Vec<EventRef> {
    let mut failures: Vec<EventRef> = Vec::new();
    for step in &resolver.steps {
        let fails = |row: &RowDraft| {
            let status = resolver.entity(row.entity).status.as_ref();
            row.to.as_ref().zip(status).is_some_and(|(to, status)| status.is_failed(to))
        };
        if !step.rows.iter().any(fails) {
            continue;
        }
        for trigger in &step.triggers {
            let same = |it: &EventRef| it.event == trigger.event && it.variant == trigger.variant;
            if !failures.iter().any(same) {
                failures.push(EventRef {
                    event: trigger.event,
                    variant: trigger.variant,
                    span: trigger.span,
                });
            }
        }
    }
    failures
}

fn compensated(resolver: &mut Resolver<'_>, of: &Word) -> Option<StepId> {
    let written = resolver.decls.iter().filter(|decl| decl.is_some()).count();
    let steps = &resolver.steps[..written];
    let named = |name: &str| steps.iter().find(|step| step.name.as_str() == name).map(|step| step.id);
    if let Some(id) = named(&of.value) {
        return Some(id);
    }
    let known = steps.iter().map(|step| step.name.as_str());
    let (found, meant) = names::unknown(of, "step", known, "subscriptions");
    let meant = meant.and_then(|meant| named(&meant));
    resolver.out.push(found);
    meant
}

fn compensate(resolver: &mut Resolver<'_>, of: StepId, word: &Word, kind: &CompensationDeclKind) {
    let id = CompensationId(resolver.compensations.len());
    let kind = match kind {
        CompensationDeclKind::Nothing => Some(CompensationKind::Nothing),
        CompensationDeclKind::Derived(name) => derived(resolver, id, of, name),
        CompensationDeclKind::Command { step, command } => by_command(resolver, id, of, step, command),
    };
    resolver.compensations.extend(kind.map(|kind| Compensation { id, of, kind, span: word.span }));
}

fn derived(
    resolver: &mut Resolver<'_>,
    id: CompensationId,
    of: StepId,
    name: &Word,
) -> Option<CompensationKind> {
    if resolver.failures.is_empty() {
        if resolver.broken_steps.is_empty() && resolver.broken_entities.is_empty() {
            resolver.report(findings::never_runs(name));
        }
        return None;
    }
    let failures = resolver.failures.clone();
    let triggers = failures.iter().map(|it| trigger(*it, Place::Any)).collect();
    let step = add_step(resolver, id, of, name, triggers);
    let kept = resolver.steps[of.0].rows.iter().map(|row| row.lookup.clone());
    let kept: Vec<Option<Lookup>> = kept.chain([Some(Lookup::Kept)]).collect();
    for (row, lookup) in resolver.steps[step.0].rows.iter_mut().zip(kept) {
        row.lookup = lookup;
    }
    Some(CompensationKind::Derived { step, failures })
}

fn by_command(
    resolver: &mut Resolver<'_>,
    id: CompensationId,
    of: StepId,
    name: &Word,
    command: &Word,
) -> Option<CompensationKind> {
    let event = resolver.resolve_event(command)?;
    let found = EventRef { event, variant: None, span: command.span };
    let step = add_step(resolver, id, of, name, vec![trigger(found, Place::All)]);
    find_rows(resolver, step);
    let senders = senders(resolver, id, of, event, command.span);
    if senders.is_empty() && resolver.broken_steps.is_empty() && resolver.broken_events.is_empty() {
        no_sender(resolver, of, name, command);
    }
    Some(CompensationKind::Command { step, command: event, senders })
}

fn trigger(found: EventRef, place: Place) -> Trigger {
    Trigger { event: found.event, variant: found.variant, place, span: found.span }
}

/// The step that compensates: at the service of the compensated one, on its
/// rows, and without a way to fail.
fn add_step(
    resolver: &mut Resolver<'_>,
    id: CompensationId,
    of: StepId,
    name: &Word,
    triggers: Vec<Trigger>,
) -> StepId {
    let step_id = StepId(resolver.steps.len());
    let compensated = &resolver.steps[of.0];
    let row = |entity, span| RowDraft {
        entity,
        lookup: None,
        guard: None,
        to: None,
        set: Vec::new(),
        missing: Missing::Fails,
        span,
    };
    let loaded = compensated.rows.iter().map(|it| row(it.entity, it.span));
    let created = compensated.creates.iter().map(|it| row(it.entity, it.span));
    let service = compensated.service;
    let step = StepDraft {
        id: step_id,
        service,
        name: StepName::new(name.value.clone()),
        kind: StepKind::Compensation(id),
        triggers,
        closers: Vec::new(),
        http: None,
        body: Vec::new(),
        reads: None,
        creates: None,
        rows: loaded.chain(created).collect(),
        emissions: Vec::new(),
        failure: None,
        commands: Vec::new(),
        correlation: Some(FieldSource::Correlation),
        set: None,
        handler: compensated.handler,
        handler_span: None,
        retry: compensated.retry,
        timeout: compensated.timeout,
        span: name.span,
    };
    resolver.services[service.0].steps.push(step_id);
    resolver.steps.push(step);
    resolver.decls.push(None);
    step_id
}

/// A command must say by itself which rows it means.
fn find_rows(resolver: &mut Resolver<'_>, id: StepId) {
    for row in 0..resolver.steps[id.0].rows.len() {
        let step = &resolver.steps[id.0];
        let entity = resolver.entity(step.rows[row].entity);
        let event = step.triggers.first().map(|trigger| trigger.event);
        let broken = event.is_some_and(|id| resolver.broken_events.contains(&id));
        match lookup::by_default(resolver, step, entity) {
            Ok(lookup) => resolver.steps[id.0].rows[row].lookup = Some(lookup),
            Err(_) if broken || resolver.broken_entities.contains(&entity.id) => {}
            Err(_) => {
                let span = step.triggers.first().map_or(step.span, |trigger| trigger.span);
                let (name, reference) = (entity.name.clone(), entity.key_reference());
                let key = super::types::show(resolver, entity.key_type());
                resolver.report(findings::row_of_command(&name, &reference, &key, span));
            }
        }
    }
}

/// The event that tells of a step's success.
fn success_event(resolver: &Resolver<'_>, of: StepId) -> Option<EventId> {
    let emissions = &resolver.steps[of.0].emissions;
    let with_outcome = emissions.iter().find(|it| resolver.event(it.event).outcome.is_some());
    with_outcome.or(emissions.first()).map(|it| it.event)
}

/// The steps that await the success and can fail: each owes the command then.
fn senders(
    resolver: &mut Resolver<'_>,
    id: CompensationId,
    of: StepId,
    command: EventId,
    span: Span,
) -> Vec<StepId> {
    let Some(success) = success_event(resolver, of) else {
        return Vec::new();
    };
    let failing = resolver.event(success).failing();
    let mut senders = Vec::new();
    for index in 0..resolver.steps.len() {
        let step = &resolver.steps[index];
        let awaits = |it: &&(usize, &Trigger)| {
            it.1.event == success && (it.1.variant.is_none() || it.1.variant != failing)
        };
        let awaited = step.triggers.iter().enumerate().collect::<Vec<_>>();
        let awaited = awaited.iter().find(awaits).map(|(at, _)| TriggerIndex(*at));
        let (Some(awaited), true) = (awaited, step.failure.is_some()) else {
            continue;
        };
        let fields = command_fields(resolver, index, of, command, awaited, span);
        senders.push(StepId(index));
        resolver.steps[index].commands.push(CommandEmission {
            compensation: id,
            command,
            success: awaited,
            fields,
        });
    }
    senders
}

fn command_fields(
    resolver: &mut Resolver<'_>,
    sender: usize,
    of: StepId,
    command: EventId,
    success: TriggerIndex,
    span: Span,
) -> Vec<SourcedField> {
    let command = resolver.event(command).clone();
    let mut fields = Vec::new();
    for field in &command.fields {
        let source = command_field(resolver, sender, of, field, success).unwrap_or_else(|| {
            if !resolver.broken_events.contains(&command.id) {
                no_command_source(resolver, sender, of, &command, field, span);
            }
            FieldSource::Absent
        });
        fields.push(SourcedField { field: field.name.clone(), source });
    }
    fields
}

/// First the success event, then what triggered the compensated step, as far
/// as the sender has it for certain when it owes the command.
fn command_field(
    resolver: &Resolver<'_>,
    sender: usize,
    of: StepId,
    field: &EventField,
    success: TriggerIndex,
) -> Option<FieldSource> {
    if resolver.is_correlation(field.name.as_str()) {
        return Some(FieldSource::Correlation);
    }
    let step = &resolver.steps[sender];
    let candidates = |index: TriggerIndex| {
        let event = resolver.event(step.triggers[index.0].event);
        let candidate = event.field(field.name.as_str())?;
        let source = FieldSource::Trigger(index, FieldPath(vec![FieldName::new(field.name.as_str())]));
        field.ty.accepts(&candidate.ty).then_some(source)
    };
    let later = || {
        let seen = |it: &&Trigger| resolver.steps[of.0].triggers.iter().any(|seen| seen.event == it.event);
        let (index, _) = step.needs_all().find(|(index, it)| seen(it) && candidates(*index).is_some())?;
        candidates(index).filter(|_| step.closers.is_empty())
    };
    let optional = || field.ty.is_optional().then_some(FieldSource::Absent);
    candidates(success).or_else(later).or_else(optional)
}

fn no_command_source(
    resolver: &mut Resolver<'_>,
    sender: usize,
    of: StepId,
    command: &Event,
    field: &EventField,
    span: Span,
) {
    let success = success_event(resolver, of).map(|id| resolver.event(id).name.clone());
    let success = success.map_or_else(String::new, |name| name.to_string());
    let ty = super::types::show(resolver, &field.ty);
    let sender = &resolver.steps[sender];
    let found = findings::no_source(
        &findings::CommandField {
            name: &field.name,
            ty: &ty,
            command: &command.name,
            success: &success,
            declared: field.span,
        },
        (&sender.name, sender.span),
        span,
    );
    resolver.report(found);
}

fn no_sender(resolver: &mut Resolver<'_>, of: StepId, undo: &Word, command: &Word) {
    let name = resolver.steps[of.0].name.clone();
    let success = success_event(resolver, of).map(|id| resolver.event(id).name.clone());
    let found = match success {
        Some(success) => findings::no_sender(command, &success, (&name, &undo.value)),
        None => findings::silent_success(command, (&name, &undo.value)),
    };
    resolver.report(found);
}
