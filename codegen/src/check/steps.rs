//! Steps: what they wait for, what they touch, what they publish. Where values
//! come from is a later stage.

use std::collections::HashMap;

use super::resolver::Resolver;
use super::step_draft::{CreationDraft, EmissionDraft, RowDraft, StepDraft};
use super::{shape, status};
use crate::diagnostic::{Code, one_of};
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
                let message = format!("two steps are called `{}`", decl.name.value);
                let found = resolver.error(Code::Duplicate, decl.name.span, message);
                found
                    .label("taken")
                    .also(first, "the first")
                    .help("a step's name is unique in the file: rename one");
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
    let (creates, mut rows) = entities(resolver, service, decl);
    status::resolve(resolver, decl, &mut rows);
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
            let message = format!("`{}` is needed twice", path.event.value);
            let found = resolver.error(Code::DuplicateKey, path.span, message);
            found
                .label("one message has one variant")
                .also(earlier, "the first")
                .help("keep one of them; alternatives go under `any`");
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
            let message = format!("`{}` under `any` must name a variant", event.name);
            let found = resolver.error(Code::AnyVariant, path.span, message);
            found.label("which variant?").help(format!("write {}", one_of(names)));
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
            let message = format!("`{}` emits two events with outcomes", decl.name.value);
            let found = resolver.error(Code::TwoOutcomes, path.span, message);
            found
                .label("a run has one outcome")
                .also(first, "the first")
                .help("keep one; the other one goes into a step that needs it, or loses its `outcome`");
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
    let message = format!("`{name}` comes from outside, but is emitted here");
    let found = resolver.error(Code::PublishedHere, found.span, message);
    found
        .label("a second producer")
        .also(declared, "declared `external: publishes`")
        .help("write `external: subscribes` if others only read it, or emit another event");
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
                cannot_fail(resolver, decl, trigger);
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
        let message = format!("`{key}` on `{}`, which cannot fail", decl.name.value);
        let found = resolver.error(Code::CloserWithoutFailure, span, message);
        found
            .label("closing the step would publish nothing")
            .help("let it emit an event with an `outcome`, or remove this");
    }
    closers
}

fn cannot_fail(resolver: &mut Resolver<'_>, decl: &StepDecl, trigger: &Trigger) {
    let event = resolver.event(trigger.event);
    let good = event.variants().into_iter().flatten().find(|it| Some(*it) != event.failing());
    let good = good.map_or("success", |it| event.variant(it).name.as_str());
    let help =
        format!("say `{}.{good}`, or let `{}` emit an event with an `outcome`", event.name, decl.name.value);
    let message = format!("`{}` can fail, but `{}` has no way to fail", event.name, decl.name.value);
    let declared = event.span;
    let found = resolver.error(Code::CannotFail, trigger.span, message);
    found
        .label("needs a success, and has no failing outcome")
        .also(declared, "this event has a failing variant")
        .help(help);
}

fn entities(
    resolver: &mut Resolver<'_>,
    service: ServiceId,
    decl: &StepDecl,
) -> (Option<CreationDraft>, Vec<RowDraft>) {
    let creates = decl.creates.as_ref().and_then(|name| {
        let entity = resolver.resolve_entity(service, name)?;
        Some(CreationDraft { entity, key: None, fields: None, span: name.span })
    });
    let mut rows = Vec::new();
    for EntityUse { name, path: _ } in &decl.entity {
        let Some(entity) = resolver.resolve_entity(service, name) else {
            continue;
        };
        if let Some(created) = creates.as_ref().filter(|it| it.entity == entity) {
            let span = created.span;
            let message = format!("`{}` both creates and loads `{}`", decl.name.value, name.value);
            let found = resolver.error(Code::WrongShape, name.span, message);
            found
                .label("a new row cannot be loaded")
                .also(span, "created here")
                .help("keep `creates` or `entity`");
            continue;
        }
        let guarded = resolver.entity(entity).status.is_some();
        rows.push(RowDraft {
            entity,
            lookup: None,
            guard: guarded.then_some(Guard::Unended),
            to: None,
            span: name.span,
        });
    }
    (creates, rows)
}
