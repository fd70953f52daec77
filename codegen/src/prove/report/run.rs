//! A run in words: one line of it, or all of it, step by step.

use crate::diagnostic::{RowStatus, RunStep};
use crate::prove::trace::{Cause, Effect, Named, Trace, TraceStep};
use crate::resolved::{Resolved, StepId, StepKind};

/// All of a run.
pub(super) fn run_steps(spec: &Resolved, trace: &Trace) -> Vec<RunStep> {
    trace.relevant().map(|trace_step| run_step(spec, trace_step)).collect()
}

fn run_step(spec: &Resolved, trace_step: &TraceStep) -> RunStep {
    let service = match (trace_step.service, trace_step.cause) {
        (Some(service), _) => spec.service(service).name.to_string(),
        (None, Cause::NeverRequest(_)) => "somebody".to_owned(),
        (None, _) => "outside".to_owned(),
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
        Cause::NeverRequest(it) => format!("nobody ever asks for {}", step(it)),
        Cause::Deadline(it) => format!("deadline of {}", step(it)),
        Cause::Answer(it) => format!("answer to {}", step(it)),
        Cause::Outside(event) => spec.event(event).name.to_string(),
        Cause::NeverOutside(event) => format!("{} never comes", spec.event(event).name),
    }
}

fn in_full(spec: &Resolved, effect: &Effect) -> Option<String> {
    let name = |step: &StepId| spec.step(*step).name.to_string();
    Some(match effect {
        Effect::Succeeded(step) if undoes_another(spec, *step) => return None,
        Effect::Succeeded(step) => format!("{} runs", name(step)),
        Effect::Rejected(step) => format!("{} is rejected", name(step)),
        Effect::Called(step) => format!("{} calls", name(step)),
        Effect::GaveUp(step) => format!("{} gives up, and may have had its effect", name(step)),
        Effect::Closed(step) => format!("{} fails without running", name(step)),
        Effect::Passed(step) => format!("{} will not run", name(step)),
        Effect::Barred(step) => format!("{} must not run any more", name(step)),
        Effect::Compensated(step) => undoes(spec, *step),
        Effect::Row(entity, Some(status)) => format!("{} is {status}", spec.entity(*entity).name),
        Effect::Row(_, None) => return None,
        Effect::Sent(message) => format!("publishes {}", Named(spec, *message)),
    })
}

/// Whether a step is a compensation: that it ran is told as what it undoes.
fn undoes_another(spec: &Resolved, step: StepId) -> bool {
    matches!(spec.step(step).kind, StepKind::Compensation(_))
}

/// The compensation of a step, as what it does.
fn undoes(spec: &Resolved, step: StepId) -> String {
    use crate::resolved::CompensationKind;
    let of = &spec.step(step).name;
    match spec.compensation_of(step).map(|it| &it.kind) {
        Some(CompensationKind::Derived { step, .. } | CompensationKind::Command { step, .. }) => {
            format!("{} undoes {of}", spec.step(*step).name)
        }
        Some(CompensationKind::Nothing) | None => format!("{of} is undone"),
    }
}

/// The run in one line: what was done, what failed, how rows ended, and what is
/// wrong with that. Only what led there is told.
pub(super) fn summary(
    spec: &Resolved,
    trace: &Trace,
    wanted: impl Fn(&TraceStep) -> bool,
    end: &str,
) -> String {
    let mut parts: Vec<String> = Vec::new();
    for trace_step in trace.leading_to(spec, wanted) {
        let mut said: Vec<String> =
            trace_step.effects.iter().filter_map(|effect| in_short(spec, trace_step, effect)).collect();
        if said.is_empty() && trace_step.service.is_none() {
            said.push(cause(spec, trace_step.cause));
        }
        if let (Cause::Deadline(_), false) = (trace_step.cause, said.is_empty()) {
            said.insert(0, cause(spec, trace_step.cause));
        }
        parts.extend(said);
    }
    format!("{}: {end}", parts.join(" → "))
}

/// What is worth a word in one line. That a step ran shows in the row it
/// moved, and that a message was sent, in what comes of it.
fn in_short(spec: &Resolved, trace_step: &TraceStep, effect: &Effect) -> Option<String> {
    let name = |step: &StepId| spec.step(*step).name.to_string();
    let moved = |step: &StepId| spec.step(*step).rows.iter().any(|row| row.to.is_some());
    match effect {
        Effect::Succeeded(step) if moved(step) || undoes_another(spec, *step) => None,
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

/// Whether an event has several ways to go well, so that it matters which.
fn branches(spec: &Resolved, (event, variant): crate::prove::trace::Message) -> bool {
    let event = spec.event(event);
    let good = event.variants().into_iter().filter(|it| it.is_some() && *it != event.failing());
    variant.is_some() && good.count() > 1
}

fn fails(spec: &Resolved, (event, variant): crate::prove::trace::Message) -> bool {
    variant.is_some() && variant == spec.event(event).failing()
}
