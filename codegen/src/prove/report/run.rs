//! The text of a run: summarised on one line, or in full, step by step.

use crate::diagnostic::{RowStatus, RunStep};
use crate::prove::trace::{Cause, Effect, Named, Trace, TraceStep};
use crate::resolved::{Resolved, StepId, StepKind};

/// The whole run.
pub(super) fn run_steps(spec: &Resolved, trace: &Trace) -> Vec<RunStep> {
    trace.relevant().map(|trace_step| run_step(spec, trace_step)).collect()
}

fn run_step(spec: &Resolved, trace_step: &TraceStep) -> RunStep {
    let service = match (trace_step.service, trace_step.cause) {
        (Some(service), _) => spec.service(service).name.to_string(),
        (None, Cause::NeverRequest(_)) => "client".to_owned(),
        (None, _) => "external".to_owned(),
    };
    let effects: Vec<String> = trace_step.effects.iter().filter_map(|effect| in_full(spec, effect)).collect();
    let rows = trace_step.rows.iter().filter_map(|(entity, status)| {
        let entity = spec.entity(*entity).name.to_string();
        status.as_ref().map(|status| RowStatus { entity, status: status.to_string() })
    });
    RunStep {
        service,
        message: cause(spec, trace_step.cause),
        outcome: if effects.is_empty() { "waits".to_owned() } else { effects.join(", ") },
        after: rows.collect(),
    }
}

fn cause(spec: &Resolved, cause: Cause) -> String {
    let step = |step: StepId| &spec.step(step).name;
    match cause {
        Cause::Begin(it) | Cause::Request(it) => step(it).to_string(),
        Cause::Message(message) => Named(spec, message).to_string(),
        Cause::NeverRequest(it) => format!("{} is never requested", step(it)),
        Cause::Deadline(it) => format!("deadline of {}", step(it)),
        Cause::Answer(it) => format!("answer to the call of {}", step(it)),
        Cause::Outside(event) => spec.event(event).name.to_string(),
        Cause::NeverOutside(event) => format!("{} never arrives", spec.event(event).name),
    }
}

fn in_full(spec: &Resolved, effect: &Effect) -> Option<String> {
    let name = |step: &StepId| spec.step(*step).name.to_string();
    Some(match effect {
        Effect::Succeeded(step) if is_compensation(spec, *step) => return None,
        Effect::Succeeded(step) => format!("{} runs", name(step)),
        Effect::Rejected(step) => format!("{} rejects", name(step)),
        Effect::Called(step) => format!("{} starts its call", name(step)),
        Effect::GaveUp(step) => {
            format!("{} exhausts its retries; its call may have taken effect", name(step))
        }
        Effect::Closed(step) => format!("{} fails without running", name(step)),
        Effect::Passed(step) => format!("{} is skipped", name(step)),
        Effect::Barred(step) => format!("{} is barred from running", name(step)),
        Effect::Compensated(step) => compensates(spec, *step),
        Effect::Row(entity, Some(status)) => format!("{} becomes {status}", spec.entity(*entity).name),
        Effect::Row(_, None) => return None,
        Effect::Sent(message) => format!("publishes {}", Named(spec, *message)),
    })
}

/// Whether a step is a compensation. Its run is reported as what it compensates.
fn is_compensation(spec: &Resolved, step: StepId) -> bool {
    matches!(spec.step(step).kind, StepKind::Compensation(_))
}

/// What the compensation of a step does, as a phrase.
fn compensates(spec: &Resolved, step: StepId) -> String {
    use crate::resolved::CompensationKind;
    let of = &spec.step(step).name;
    match spec.compensation_of(step).map(|it| &it.kind) {
        Some(CompensationKind::Derived { step, .. } | CompensationKind::Command { step, .. }) => {
            format!("{} compensates {of}", spec.step(*step).name)
        }
        Some(CompensationKind::Nothing) | None => format!("{of} is compensated"),
    }
}

/// The run on one line: which steps acted, what failed, how rows ended, and what
/// is wrong with that. Only what led there is mentioned.
pub(super) fn summary(
    spec: &Resolved,
    trace: &Trace,
    wanted: impl Fn(&TraceStep) -> bool,
    end: &str,
) -> String {
    let mut parts: Vec<String> = Vec::new();
    for trace_step in trace.leading_to(spec, wanted) {
        let mut phrases: Vec<String> =
            trace_step.effects.iter().filter_map(|effect| in_short(spec, trace_step, effect)).collect();
        if phrases.is_empty() && trace_step.service.is_none() {
            phrases.push(cause(spec, trace_step.cause));
        }
        if let (Cause::Deadline(_), false) = (trace_step.cause, phrases.is_empty()) {
            phrases.insert(0, cause(spec, trace_step.cause));
        }
        parts.extend(phrases);
    }
    format!("{}: {end}", parts.join(" → "))
}

/// What an effect contributes to the summary. The status that a step sets shows
/// that it ran, and the reaction to a message that it was published.
fn in_short(spec: &Resolved, trace_step: &TraceStep, effect: &Effect) -> Option<String> {
    let name = |step: &StepId| spec.step(*step).name.to_string();
    let moved = |step: &StepId| spec.step(*step).rows.iter().any(|row| row.to.is_some());
    match effect {
        Effect::Succeeded(step) if moved(step) || is_compensation(spec, *step) => None,
        Effect::Succeeded(step) => Some(name(step)),
        Effect::Closed(step) => Some(format!("{} fails", name(step))),
        Effect::Sent(message) if fails(spec, *message) || branches(spec, *message) => {
            Some(Named(spec, *message).to_string())
        }
        Effect::Row(entity, Some(status)) if !matches!(trace_step.cause, Cause::Begin(_)) => {
            let made = trace_step
                .effects
                .iter()
                .any(|it| matches!(it, Effect::Succeeded(step) if makes(spec, *step, *entity)));
            (!made).then(|| format!("{} {status}", spec.entity(*entity).name))
        }
        Effect::Row(..) | Effect::Sent(_) | Effect::Called(_) => None,
        Effect::Rejected(_)
        | Effect::GaveUp(_)
        | Effect::Passed(_)
        | Effect::Barred(_)
        | Effect::Compensated(_) => in_full(spec, effect),
    }
}

fn makes(spec: &Resolved, step: StepId, entity: crate::resolved::EntityId) -> bool {
    spec.step(step).creates.as_ref().is_some_and(|creation| creation.entity == entity)
}

/// Whether an event has several succeeding variants, so that it matters which.
fn branches(spec: &Resolved, (event, variant): crate::prove::trace::Message) -> bool {
    let event = spec.event(event);
    let good = event.variants().into_iter().filter(|it| it.is_some() && *it != event.failing());
    variant.is_some() && good.count() > 1
}

fn fails(spec: &Resolved, (event, variant): crate::prove::trace::Message) -> bool {
    variant.is_some() && variant == spec.event(event).failing()
}
