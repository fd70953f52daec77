//! Steps: what they wait for, what they touch, what they publish. Where values
//! come from is a later stage.

use std::collections::HashMap;

use super::findings::names;
use super::findings::steps as findings;
use super::resolver::Resolver;
use super::step_draft::{CreationDraft, EmissionDraft, Missing, RowDraft, StepDraft};
use super::{cannot_fail, shape, status};
use crate::names::StepName;
use crate::resolved::*;
use crate::source::Span;
use crate::spec::{EntityUse, HttpDecl, Section, StepDecl};

pub(super) fn resolve(resolver: &mut Resolver<'_>) {
    let spec = resolver.spec;
    let mut names: HashMap<&str, Span> = HashMap::new();
    for (index, service) in spec.services.iter().enumerate() {
        for decl in &service.steps {
            if let Some(first) = names.insert(&decl.name.value, decl.name.span) {
                resolver.report(names::duplicate_step(&decl.name.value, decl.name.span, first));
            }
            let id = StepId(resolver.steps.len());
            if decl.broken {
                resolver.broken_steps.insert(id);
            }
            if !decl.broken && !shape::check(resolver, decl) {
                resolver.inconsistent_steps.insert(id);
            }
            let step = step(resolver, id, ServiceId(index), decl);
            resolver.services[index].steps.push(id);
            resolver.steps.push(step);
            resolver.decls.push(Some(decl));
        }
    }
    shape::refuse_shared_routes(resolver);
}

fn step(resolver: &mut Resolver<'_>, id: StepId, service: ServiceId, decl: &StepDecl) -> StepDraft {
    let triggers = triggers(resolver, decl);
    let emissions = emissions(resolver, id, decl);
    let can_fail = emissions.iter().any(|it| fails_by(resolver, it));
    let closers = closers(resolver, id, decl, &triggers, can_fail);
    let (creates, mut rows) = entities(resolver, id, service, decl);
    status::resolve(resolver, decl, &mut rows);
    limits(resolver, decl);
    let reads = decl.reads.as_ref().and_then(|it| resolver.resolve_entity(service, it));
    StepDraft {
        id,
        service,
        name: StepName::new(decl.name.value.clone()),
        kind: match decl.section {
            Section::Requests => StepKind::Request,
            Section::Subscriptions => StepKind::Subscription,
        },
        triggers,
        closers,
        http: decl.http.as_ref().map(route),
        body: Vec::new(),
        reads,
        creates,
        rows,
        emissions,
        failure: None,
        commands: Vec::new(),
        correlation: None,
        set: decl.set.first().map(|(field, _)| field.span),
        handler: decl.handler.as_ref().map_or(HandlerKind::State, |it| it.value),
        handler_span: decl.handler.as_ref().map(|it| it.span),
        retry: decl.retry.as_ref().map_or(Step::RETRY, |it| it.value),
        timeout: decl.timeout.as_ref().map_or(Step::TIMEOUT, |it| it.value),
        span: decl.name.span,
    }
}

/// How often a step is tried, and how long it waits, where it is tried and waits.
fn limits(resolver: &mut Resolver<'_>, decl: &StepDecl) {
    let handler = decl.handler.as_ref().map_or(HandlerKind::State, |it| it.value);
    if handler == HandlerKind::Call {
        return;
    }
    let step = &decl.name.value;
    let is_asked_only = decl.on.is_empty() && decl.any.is_empty();
    match &decl.retry {
        Some(retry) if is_asked_only => resolver.report(findings::request_retried(step, retry.span)),
        Some(retry) if retry.value < 2 => resolver.report(findings::tried_once(step, retry.span)),
        _ => {}
    }
    if let (HandlerKind::State, Some(timeout)) = (handler, &decl.timeout) {
        resolver.report(findings::nothing_to_wait_for(step, timeout.span));
    }
}

fn route(decl: &HttpDecl) -> Http {
    let HttpDecl { method, segments, span } = decl;
    Http {
        method: *method,
        segments: segments.iter().map(|it| it.value.clone()).collect(),
        params: Vec::new(),
        span: *span,
    }
}

fn triggers(resolver: &mut Resolver<'_>, decl: &StepDecl) -> Vec<Trigger> {
    let mut triggers: Vec<Trigger> = Vec::new();
    for path in &decl.on {
        let Some(found) = resolver.resolve_path(path) else {
            continue;
        };
        if let Some(earlier) = triggers.iter().find(|it| it.event == found.event) {
            let earlier = earlier.span;
            resolver.report(findings::trigger_twice(&path.event.value, path.span, earlier));
            continue;
        }
        triggers.push(trigger(found, Place::All));
    }
    for path in &decl.any {
        let Some(found) = resolver.resolve_path(path) else {
            continue;
        };
        let event = resolver.event(found.event);
        if let (Some(outcome), None) = (&event.outcome, found.variant) {
            let names = outcome.variants.iter().map(|it| format!("{}.{}", event.name, it.name));
            let names: Vec<String> = names.collect();
            let found = findings::any_without_variant(&event.name, names, path.span);
            resolver.report(found);
            continue;
        }
        triggers.push(trigger(found, Place::Any));
    }
    triggers
}

fn trigger(found: EventRef, place: Place) -> Trigger {
    Trigger { event: found.event, variant: found.variant, place, span: found.span }
}

fn emissions(resolver: &mut Resolver<'_>, step: StepId, decl: &StepDecl) -> Vec<EmissionDraft> {
    let mut emissions: Vec<EmissionDraft> = Vec::new();
    let mut with_outcome: Option<Span> = None;
    for path in &decl.emits {
        let Some(found) = resolver.resolve_path(path) else {
            resolver.broken_steps.insert(step);
            continue;
        };
        let event = resolver.event(found.event);
        let choice = match (&event.outcome, found.variant) {
            (None, _) => Choice::Plain,
            (Some(_), Some(variant)) => Choice::Fixed(variant),
            (Some(_), None) => Choice::Handler,
        };
        if choice != Choice::Plain
            && let Some(first) = with_outcome.replace(path.span)
        {
            resolver.report(findings::two_outcomes(&decl.name.value, path.span, first));
            continue;
        }
        if emissions.iter().any(|it| it.event == found.event) {
            continue;
        }
        if resolver.event(found.event).external == External::Publishes {
            published_here(resolver, found);
        }
        emissions.push(EmissionDraft { event: found.event, choice, fields: None, span: found.span });
    }
    emissions
}

fn published_here(resolver: &mut Resolver<'_>, found: EventRef) {
    let event = resolver.event(found.event);
    let (name, declared) = (event.name.clone(), event.span);
    resolver.report(findings::published_here(&name, found.span, declared));
}

/// Whether a whole event with a failing variant is emitted: the step can fail.
pub(super) fn fails_by(resolver: &Resolver<'_>, emission: &EmissionDraft) -> bool {
    emission.choice == Choice::Handler && resolver.event(emission.event).failing().is_some()
}

fn closers(
    resolver: &mut Resolver<'_>,
    step: StepId,
    decl: &StepDecl,
    triggers: &[Trigger],
    can_fail: bool,
) -> Vec<Closer> {
    let mut closers = Vec::new();
    for (index, trigger) in triggers.iter().enumerate() {
        let failing = resolver.event(trigger.event).failing();
        if let (Some(failing), None) = (failing, trigger.variant) {
            if can_fail {
                closers.push(Closer::FailedTrigger(TriggerIndex(index), failing));
            } else if !resolver.is_tainted(step) {
                cannot_fail::report(resolver, decl, trigger);
            }
        }
    }
    for path in &decl.unless {
        closers.extend(resolver.resolve_path(path).map(Closer::Unless));
    }
    if let Some(deadline) = &decl.deadline {
        closers.push(Closer::Deadline(deadline.value, deadline.span));
    }
    let first = decl.unless.first().map(|it| (it.span, "unless"));
    let written = first.or(decl.deadline.as_ref().map(|it| (it.span, "deadline")));
    if let (Some((span, key)), false, false) = (written, can_fail, resolver.is_tainted(step)) {
        resolver.report(findings::closer_without_failure(&decl.name.value, key, span));
    }
    closers
}

fn entities(
    resolver: &mut Resolver<'_>,
    id: StepId,
    service: ServiceId,
    decl: &StepDecl,
) -> (Option<CreationDraft>, Vec<RowDraft>) {
    let creates = decl.creates.as_ref().and_then(|name| {
        let entity = resolver.resolve_entity(service, name)?;
        Some(CreationDraft { entity, key: None, fields: None, span: name.span })
    });
    let mut rows = Vec::new();
    let upserted = decl.entity.len();
    for (index, EntityUse { name, path: _ }) in decl.rows().enumerate() {
        let Some(entity) = resolver.resolve_entity(service, name) else {
            continue;
        };
        if let Some(created) = creates.as_ref().filter(|it| it.entity == entity) {
            let span = created.span;
            resolver.report(findings::creates_and_loads(&decl.name.value, name, span));
            continue;
        }
        if let Some(loaded) = rows.iter().find(|row: &&RowDraft| row.entity == entity) {
            let span = loaded.span;
            resolver.report(findings::loads_and_upserts(&decl.name.value, name, span));
            resolver.inconsistent_steps.insert(id);
            continue;
        }
        let guarded = resolver.entity(entity).status.is_some();
        rows.push(RowDraft {
            entity,
            lookup: None,
            guard: guarded.then_some(Guard::Unended),
            to: None,
            set: Vec::new(),
            missing: if index < upserted { Missing::Fails } else { Missing::Created },
            span: name.span,
        });
    }
    (creates, rows)
}
