//! Steps: what they wait for, what they touch, what they publish. Where values
//! come from is a later stage.

use std::collections::HashMap;

use super::draft::Draft;
use super::{shape, status};
use crate::checked::*;
use crate::diagnostic::{Code, one_of};
use crate::names::StepName;
use crate::source::Span;
use crate::spec::{EntityUse, HttpDecl, Section, StepDecl};

pub(super) fn resolve(draft: &mut Draft<'_>) {
    let spec = draft.spec;
    let mut names: HashMap<&str, Span> = HashMap::new();
    for (index, service) in spec.services.iter().enumerate() {
        for decl in &service.steps {
            if let Some(first) = names.insert(&decl.name.value, decl.name.span) {
                let message = format!("two steps are called `{}`", decl.name.value);
                let found = draft.error(Code::Duplicate, decl.name.span, message);
                found
                    .label("taken")
                    .also(first, "the first")
                    .help("a step's name is unique in the file: rename one");
            }
            let id = StepId(draft.steps.len());
            if decl.broken {
                draft.broken_steps.insert(id);
            }
            if !decl.broken && !shape::check(draft, decl) {
                draft.odd_steps.insert(id);
            }
            let step = step(draft, id, ServiceId(index), decl);
            draft.services[index].steps.push(id);
            draft.steps.push(step);
            draft.decls.push(Some(decl));
        }
    }
    shape::refuse_shared_routes(draft);
}

fn step(draft: &mut Draft<'_>, id: StepId, service: ServiceId, decl: &StepDecl) -> Step {
    let triggers = triggers(draft, decl);
    let emissions = emissions(draft, id, decl);
    let can_fail = emissions.iter().any(|it| fails_by(draft, it));
    let closers = closers(draft, id, decl, &triggers, can_fail);
    let (creates, mut rows) = entities(draft, service, decl);
    status::resolve(draft, decl, &mut rows);
    let reads = decl.reads.as_ref().and_then(|it| draft.resolve_entity(service, it));
    Step {
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
        reads: reads.map(|entity| Read { entity, key: None, filters: Vec::new() }),
        creates,
        rows,
        emissions,
        failure: None,
        commands: Vec::new(),
        correlation: None,
        set: decl.set.first().map(|(field, _)| field.span),
        handler: decl.handler.as_ref().map_or(HandlerKind::State, |it| it.value),
        handler_span: decl.handler.as_ref().map(|it| it.span),
        decision: Decision::Wiring,
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

fn triggers(draft: &mut Draft<'_>, decl: &StepDecl) -> Vec<Trigger> {
    let mut triggers: Vec<Trigger> = Vec::new();
    for path in &decl.on {
        let Some(found) = draft.resolve_path(path) else {
            continue;
        };
        if let Some(earlier) = triggers.iter().find(|it| it.event == found.event) {
            let earlier = earlier.span;
            let message = format!("`{}` is needed twice", path.event.value);
            let found = draft.error(Code::DuplicateKey, path.span, message);
            found
                .label("one message has one variant")
                .also(earlier, "the first")
                .help("keep one of them; alternatives go under `any`");
            continue;
        }
        triggers.push(trigger(found, Place::All));
    }
    for path in &decl.any {
        let Some(found) = draft.resolve_path(path) else {
            continue;
        };
        let event = draft.event(found.event);
        if let (Some(outcome), None) = (&event.outcome, found.variant) {
            let names = outcome.variants.iter().map(|it| format!("{}.{}", event.name, it.name));
            let names: Vec<String> = names.collect();
            let message = format!("`{}` under `any` must name a variant", event.name);
            let found = draft.error(Code::AnyVariant, path.span, message);
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

fn emissions(draft: &mut Draft<'_>, step: StepId, decl: &StepDecl) -> Vec<Emission> {
    let mut emissions: Vec<Emission> = Vec::new();
    let mut with_outcome: Option<Span> = None;
    for path in &decl.emits {
        let Some(found) = draft.resolve_path(path) else {
            draft.broken_steps.insert(step);
            continue;
        };
        let event = draft.event(found.event);
        let choice = match (&event.outcome, found.variant) {
            (None, _) => Choice::Plain,
            (Some(_), Some(variant)) => Choice::Fixed(variant),
            (Some(_), None) => Choice::Handler,
        };
        if choice != Choice::Plain
            && let Some(first) = with_outcome.replace(path.span)
        {
            let message = format!("`{}` emits two events with outcomes", decl.name.value);
            let found = draft.error(Code::TwoOutcomes, path.span, message);
            found
                .label("a run has one outcome")
                .also(first, "the first")
                .help("keep one; the other one goes into a step that needs it, or loses its `outcome`");
            continue;
        }
        if emissions.iter().any(|it| it.event == found.event) {
            continue;
        }
        if draft.event(found.event).external == External::Publishes {
            published_here(draft, found);
        }
        emissions.push(Emission { event: found.event, choice, fields: Vec::new(), span: found.span });
    }
    emissions
}

fn published_here(draft: &mut Draft<'_>, found: EventRef) {
    let event = draft.event(found.event);
    let (name, declared) = (event.name.clone(), event.span);
    let message = format!("`{name}` comes from outside, but is emitted here");
    let found = draft.error(Code::PublishedHere, found.span, message);
    found
        .label("a second producer")
        .also(declared, "declared `external: publishes`")
        .help("write `external: subscribes` if others only read it, or emit another event");
}

/// Whether a whole event with a failing variant is emitted: the step can fail.
pub(super) fn fails_by(draft: &Draft<'_>, emission: &Emission) -> bool {
    emission.choice == Choice::Handler && draft.event(emission.event).failing().is_some()
}

fn closers(
    draft: &mut Draft<'_>,
    step: StepId,
    decl: &StepDecl,
    triggers: &[Trigger],
    can_fail: bool,
) -> Vec<Closer> {
    let mut closers = Vec::new();
    for (index, trigger) in triggers.iter().enumerate() {
        let failing = draft.event(trigger.event).failing();
        if let (Some(failing), None) = (failing, trigger.variant) {
            if can_fail {
                closers.push(Closer::FailedTrigger(TriggerIndex(index), failing));
            } else if !draft.is_quiet(step) {
                cannot_fail(draft, decl, trigger);
            }
        }
    }
    for path in &decl.unless {
        closers.extend(draft.resolve_path(path).map(Closer::Unless));
    }
    if let Some(deadline) = &decl.deadline {
        closers.push(Closer::Deadline(deadline.value, deadline.span));
    }
    let first = decl.unless.first().map(|it| (it.span, "unless"));
    let written = first.or(decl.deadline.as_ref().map(|it| (it.span, "deadline")));
    if let (Some((span, key)), false, false) = (written, can_fail, draft.is_quiet(step)) {
        let message = format!("`{key}` on `{}`, which cannot fail", decl.name.value);
        let found = draft.error(Code::CloserWithoutFailure, span, message);
        found
            .label("closing the step would publish nothing")
            .help("let it emit an event with an `outcome`, or remove this");
    }
    closers
}

fn cannot_fail(draft: &mut Draft<'_>, decl: &StepDecl, trigger: &Trigger) {
    let event = draft.event(trigger.event);
    let good = event.variants().into_iter().flatten().find(|it| Some(*it) != event.failing());
    let good = good.map_or("success", |it| event.variant(it).name.as_str());
    let help =
        format!("say `{}.{good}`, or let `{}` emit an event with an `outcome`", event.name, decl.name.value);
    let message = format!("`{}` can fail, but `{}` has no way to fail", event.name, decl.name.value);
    let declared = event.span;
    let found = draft.error(Code::CannotFail, trigger.span, message);
    found
        .label("needs a success, and has no failing outcome")
        .also(declared, "this event has a failing variant")
        .help(help);
}

fn entities(draft: &mut Draft<'_>, service: ServiceId, decl: &StepDecl) -> (Option<Creation>, Vec<RowUse>) {
    let creates = decl.creates.as_ref().and_then(|name| {
        let entity = draft.resolve_entity(service, name)?;
        Some(Creation { entity, key: None, fields: Vec::new(), span: name.span })
    });
    let mut rows = Vec::new();
    for EntityUse { name, path: _ } in &decl.entity {
        let Some(entity) = draft.resolve_entity(service, name) else {
            continue;
        };
        if let Some(created) = creates.as_ref().filter(|it| it.entity == entity) {
            let span = created.span;
            let message = format!("`{}` both creates and loads `{}`", decl.name.value, name.value);
            let found = draft.error(Code::WrongShape, name.span, message);
            found
                .label("a new row cannot be loaded")
                .also(span, "created here")
                .help("keep `creates` or `entity`");
            continue;
        }
        let guarded = draft.entity(entity).status.is_some();
        rows.push(RowUse {
            entity,
            lookup: Lookup::Kept,
            guard: guarded.then_some(Guard::Unended),
            to: None,
            span: name.span,
        });
    }
    (creates, rows)
}
