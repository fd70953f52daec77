//! Steps: what they wait for, what they touch, what they publish. Where values
//! come from is a later stage.

use std::collections::HashMap;
use std::time::Duration;

use super::draft::{Draft, unknown};
use crate::checked::*;
use crate::diagnostic::{Code, Diagnostic, nearest, one_of};
use crate::names::{StepName, Value};
use crate::source::Span;
use crate::spec::{EntityUse, HttpDecl, Section, StepDecl, Word};

const RETRY: u32 = 10;
const TIMEOUT: Duration = Duration::from_secs(10);

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
            shape(draft, decl);
            let step = step(draft, id, ServiceId(index), decl);
            draft.services[index].steps.push(id);
            draft.steps.push(step);
            draft.decls.push(Some(decl));
        }
    }
    refuse_shared_routes(draft);
}

/// Keys of a step that do not go together.
fn shape(draft: &mut Draft<'_>, decl: &StepDecl) {
    if decl.broken {
        return;
    }
    let name = &decl.name;
    let waits = !decl.on.is_empty() || !decl.any.is_empty();
    let mut wrong = |span: Span, message: String, label: &str, help: &str| {
        let found = Diagnostic::error(Code::WrongShape, span, message);
        draft.out.push(found.label(label).help(help));
    };
    match (decl.section, &decl.http) {
        (Section::Requests, None) => wrong(
            name.span,
            format!("the request `{}` has no `http`", name.value),
            "no `http` here",
            "add `http: POST /path`, or move it under `subscriptions`",
        ),
        (Section::Subscriptions, Some(http)) => wrong(
            http.span,
            format!("the subscription `{}` has a route", name.value),
            "only requests have `http`",
            "move the step under `requests`; it keeps its `on`",
        ),
        (Section::Subscriptions, None) if !waits => wrong(
            name.span,
            format!("the subscription `{}` waits for nothing", name.value),
            "neither `on` nor `any` here",
            "add `on: Event`",
        ),
        _ => {}
    }
    if let (None, Some(field)) = (&decl.http, decl.body.iter().flatten().next()) {
        wrong(
            field.name.span,
            format!("`{}` has a body but no route", name.value),
            "only requests have a `body`",
            "remove `body`, or add `http` under `requests`",
        );
    }
    reading(decl, &mut wrong);
    if let (Some(http), false) = (&decl.http, waits) {
        let closer = decl.deadline.as_ref().map(|it| it.span);
        if let Some(span) = closer.or(decl.unless.first().map(|it| it.span)) {
            wrong(
                span,
                format!("`{}` waits for no event that this could end", name.value),
                "there is no wait to close",
                "name the event it waits for under `on`, or remove this",
            );
        }
        let does =
            [!decl.emits.is_empty(), decl.creates.is_some(), !decl.entity.is_empty(), decl.reads.is_some()];
        if !does.contains(&true) {
            wrong(
                http.span,
                format!("the request `{}` does nothing", name.value),
                "it neither reads nor writes nor publishes",
                "add `reads`, `creates`, `entity` or `emits`",
            );
        }
    }
}

/// `GET` reads, and nothing else does.
fn reading(decl: &StepDecl, wrong: &mut impl FnMut(Span, String, &str, &str)) {
    let name = &decl.name.value;
    let get = decl.http.as_ref().filter(|http| http.method == Method::Get);
    match (get, &decl.reads) {
        (Some(http), None) => wrong(
            http.span,
            format!("`{name}` is a `GET` that reads nothing"),
            "a `GET` needs `reads`",
            "add `reads: Entity`, or use `POST`",
        ),
        (None, Some(reads)) => wrong(
            reads.span,
            format!("`{name}` reads, but not by `GET`"),
            "`reads` belongs to a `GET`",
            "write `http: GET /path`; a step that changes a row names it under `entity`",
        ),
        (Some(_), Some(reads)) => {
            let firsts = [
                decl.on.first().map(|it| it.span),
                decl.any.first().map(|it| it.span),
                decl.emits.first().map(|it| it.span),
                decl.creates.as_ref().map(|it| it.span),
                decl.entity.first().map(|it| it.name.span),
                decl.to.as_ref().map(|it| it.span),
                decl.handler.as_ref().map(|it| it.span),
                decl.set.first().map(|(it, _)| it.span),
                decl.body.iter().flatten().next().map(|it| it.name.span),
            ];
            if let Some(span) = firsts.into_iter().flatten().next() {
                wrong(
                    span,
                    format!("`{name}` reads `{}` and does more", reads.value),
                    "a `GET` only reads",
                    "remove this, or make it a `POST` without `reads`",
                );
            }
        }
        (None, None) => {}
    }
}

fn step(draft: &mut Draft<'_>, id: StepId, service: ServiceId, decl: &StepDecl) -> Step {
    let triggers = triggers(draft, decl);
    let emissions = emissions(draft, id, decl);
    let can_fail = emissions.iter().any(|it| fails_by(draft, it));
    let closers = closers(draft, id, decl, &triggers, can_fail);
    let (creates, mut rows) = entities(draft, service, decl);
    statuses(draft, decl, &mut rows);
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
        decision: Decision::Wiring,
        retry: decl.retry.as_ref().map_or(RETRY, |it| it.value),
        timeout: decl.timeout.as_ref().map_or(TIMEOUT, |it| it.value),
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
            } else if !draft.broken_steps.contains(&step) {
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
    if let (Some((span, key)), false, false) = (written, can_fail, draft.broken_steps.contains(&step)) {
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

/// `from` and `to` belong to the entity that has these statuses.
fn statuses(draft: &mut Draft<'_>, decl: &StepDecl, rows: &mut [RowUse]) {
    let words = || decl.from.iter().chain(&decl.to);
    let Some(first) = words().next() else {
        return;
    };
    if decl.broken && rows.is_empty() {
        return;
    }
    let has = |row: &RowUse, word: &Word| {
        let status = draft.entity(row.entity).status.as_ref();
        status.is_some_and(|status| status.all().any(|it| it.as_str() == word.value))
    };
    let fits: Vec<usize> = (0..rows.len()).filter(|row| words().all(|word| has(&rows[*row], word))).collect();
    match fits.as_slice() {
        [row] => {
            let row = &mut rows[*row];
            if !decl.from.is_empty() {
                let from = decl.from.iter().map(|word| Value::new(word.value.clone()));
                row.guard = Some(Guard::From(from.collect()));
            }
            row.to = decl.to.as_ref().map(|word| Value::new(word.value.clone()));
        }
        [] => unknown_status(draft, decl, rows),
        _ => {
            let found = draft.error(
                Code::UnknownStatus,
                first.span,
                format!("`{}` is a status of two entities of this step", first.value),
            );
            found
                .label("of which one?")
                .help("name only the entity that moves under `entity`, or give the statuses different names");
        }
    }
}

fn unknown_status(draft: &mut Draft<'_>, decl: &StepDecl, rows: &[RowUse]) {
    let entities = rows.iter().map(|row| draft.entity(row.entity));
    let broken = rows.iter().any(|row| draft.broken_entities.contains(&row.entity));
    let statuses: Vec<&Status> = entities.clone().filter_map(|it| it.status.as_ref()).collect();
    let names: Vec<String> = statuses.iter().flat_map(|it| it.all()).map(Value::to_string).collect();
    let loaded = entities.map(|it| it.name.to_string()).collect::<Vec<_>>();
    if broken && names.is_empty() {
        return;
    }
    let missing = |word: &&Word| !names.iter().any(|name| *name == word.value);
    let words: Vec<&Word> = decl.from.iter().chain(&decl.to).collect();
    let wrong: Vec<&Word> = words.iter().copied().filter(missing).collect();
    let wrong = if wrong.is_empty() { words } else { wrong };
    for word in wrong {
        let (found, _) = unknown(word, "status", names.iter().map(String::as_str), "status");
        let mut found = Diagnostic { code: Code::UnknownStatus, ..found };
        found.help = vec![match (loaded.as_slice(), names.as_slice()) {
            ([], _) => {
                "a step moves a row that it loads: add `entity: Order`; a created row has the start status"
                    .to_owned()
            }
            (_, []) => format!("declare `status: {{ start: …, done: … }}` on {}", one_of(&loaded)),
            _ => format!("write {}", one_of(&names)),
        }];
        if nearest(&word.value, names.iter().map(String::as_str)).is_none() {
            found.label = format!("no status of {}", one_of(&loaded));
        }
        draft.out.push(found);
    }
}

/// Two routes that differ only in the names of their parameters are one.
fn refuse_shared_routes(draft: &mut Draft<'_>) {
    let mut seen: HashMap<(ServiceId, Method, Vec<String>), Span> = HashMap::new();
    for index in 0..draft.steps.len() {
        let step = &draft.steps[index];
        let Some(http) = &step.http else {
            continue;
        };
        let span = http.span;
        let pattern = http.segments.iter().map(|segment| match segment {
            Segment::Literal(text) => text.clone(),
            Segment::Param(_) => ":".to_owned(),
        });
        let route = (step.service, http.method, pattern.collect());
        if let Some(first) = seen.insert(route, span) {
            let found = draft.error(Code::Duplicate, span, "two requests of a service on one route");
            found.label("taken").also(first, "the first").help("give one of them another path or method");
        }
    }
}
