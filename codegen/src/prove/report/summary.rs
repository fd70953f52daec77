//! What was proved, in a few lines.

use std::fmt::Write as _;

use crate::diagnostic::counted;
use crate::prove::Exploration;
use crate::prove::trace::{Effect, Named, Trace};
use crate::resolved::*;

/// States and ends, the step that decides, who hears of a failure by itself,
/// and what services remember.
pub fn summary(spec: &Resolved, exploration: &Exploration) -> String {
    let mut text = String::new();
    line(&mut text, "walked", &ends(exploration));
    if let Some(step) = pivot(spec, exploration) {
        let step = spec.step(step);
        line(&mut text, "decides", &format!("{}, at {}", step.name, spec.service(step.service).name));
    }
    for service in spec.services() {
        let heard = hears(spec, service);
        heard.iter().for_each(|heard| line(&mut text, "hears", heard));
    }
    for service in spec.services() {
        let kept = keeps(spec, exploration, service);
        if !kept.is_empty() {
            let stand = if kept.len() == 1 { "stands" } else { "stand" };
            line(&mut text, "keeps", &format!("{}: where {} {stand}", service.name, kept.join(", ")));
        }
    }
    text
}

fn line(text: &mut String, what: &str, said: &str) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "  {what:<8} {said}");
}

fn ends(exploration: &Exploration) -> String {
    let states = counted(exploration.space.states(), "state");
    if exploration.done + exploration.failed == 0 {
        return format!("{states}; no row has a status that says how the saga ended");
    }
    let done = counted(exploration.done, "end");
    format!("{states}; {done} in which all is done, {} in which all is undone", exploration.failed)
}

/// The step that decides how the saga ends: it has run in every end that is
/// done and in none that failed, and runs before all others of that kind.
pub fn pivot(spec: &Resolved, exploration: &Exploration) -> Option<StepId> {
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

/// The compensations of a service that hear of the saga's failure by
/// themselves.
fn hears(spec: &Resolved, service: &Service) -> Vec<String> {
    let of = spec.compensations().iter().filter(|it| spec.step(it.of).service == service.id);
    of.filter_map(|it| match &it.kind {
        CompensationKind::Derived { step, failures } => {
            let failures: Vec<String> =
                failures.iter().map(|it| Named(spec, (it.event, it.variant)).to_string()).collect();
            let name = &spec.step(*step).name;
            Some(format!("{}: {}, for {name}", service.name, failures.join(", ")))
        }
        CompensationKind::Nothing | CompensationKind::Command { .. } => None,
    })
    .collect()
}

/// The steps of a service that have a row.
fn keeps(spec: &Resolved, exploration: &Exploration, service: &Service) -> Vec<String> {
    let flow = &exploration.model.flow;
    let steps = flow.steps().iter().zip(&exploration.model.steps);
    let kept = steps.filter(|(step, id)| step.kept && spec.step(**id).service == service.id);
    kept.map(|(_, id)| spec.step(*id).name.to_string()).collect()
}
