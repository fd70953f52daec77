//! What was proved, on a few lines.

use std::fmt::Write as _;

use crate::diagnostic::counted;
use crate::prove::Exploration;
use crate::prove::trace::{Effect, Named, Trace};
use crate::resolved::*;

/// How many states and ends there are, which step is the pivot, which
/// compensations subscribe to a failure, and which step states services store.
pub fn summary(spec: &Resolved, exploration: &Exploration) -> String {
    let mut text = String::new();
    line(&mut text, "explored", &ends(exploration));
    if let Some(step) = pivot(spec, exploration) {
        let step = spec.step(step);
        line(&mut text, "pivot", &format!("{} at {}", step.name, spec.service(step.service).name));
    }
    for service in spec.services() {
        for compensation in derived_compensations(spec, service) {
            line(&mut text, "listens", &compensation);
        }
    }
    for service in spec.services() {
        let stored = stored_steps(spec, exploration, service);
        if !stored.is_empty() {
            line(&mut text, "stores", &format!("{}: the state of {}", service.name, stored.join(", ")));
        }
    }
    text
}

fn line(text: &mut String, topic: &str, detail: &str) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "  {topic:<8} {detail}");
}

fn ends(exploration: &Exploration) -> String {
    let states = counted(exploration.space.states(), "state");
    if exploration.done + exploration.failed == 0 {
        return format!("{states}; no entity has a status that tells how the saga ended");
    }
    let (done, failed) = (counted(exploration.done, "end"), counted(exploration.failed, "end"));
    format!("{states}; the saga is done in {done} and failed in {failed}")
}

/// The pivot: the step that decides how the saga ends. It has run in every end
/// that is done and in none that failed, and it is the first of those.
pub(super) fn pivot(spec: &Resolved, exploration: &Exploration) -> Option<StepId> {
    let model = &exploration.model;
    let end = exploration.a_done_end?;
    let trace = Trace::of(spec, model, &exploration.space, end);
    let ran =
        trace.steps.iter().flat_map(|trace_step| &trace_step.effects).filter_map(|effect| match effect {
            Effect::Succeeded(step) => Some(*step),
            _ => None,
        });
    let decides = |step: &StepId| {
        let place = model.steps.iter().position(|it| it == step);
        place.is_some_and(|place| exploration.decides[place])
    };
    ran.into_iter().find(decides).filter(|_| exploration.failed > 0)
}

/// The compensations of a service that subscribe to the saga's failure.
fn derived_compensations(spec: &Resolved, service: &Service) -> Vec<String> {
    let of = spec.compensations().iter().filter(|it| spec.step(it.of).service == service.id);
    of.filter_map(|it| match &it.kind {
        CompensationKind::Derived { step, failures } => {
            let failures: Vec<String> =
                failures.iter().map(|it| Named(spec, (it.event, it.variant)).to_string()).collect();
            let name = &spec.step(*step).name;
            Some(format!("{}: {} triggers {name}", service.name, failures.join(", ")))
        }
        CompensationKind::Nothing | CompensationKind::Command { .. } => None,
    })
    .collect()
}

/// The steps whose state a service stores in a row.
fn stored_steps(spec: &Resolved, exploration: &Exploration, service: &Service) -> Vec<String> {
    let flow = &exploration.model.flow;
    let steps = flow.steps().iter().zip(&exploration.model.steps);
    let stored = steps.filter(|(step, id)| step.kept && spec.step(**id).service == service.id);
    stored.map(|(_, id)| spec.step(*id).name.to_string()).collect()
}
