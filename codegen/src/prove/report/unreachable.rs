//! Steps, compensations and statuses that no run reaches.

use saga_step::flow::{Need, Note};

use crate::diagnostic::{Code, Diagnostic};
use crate::names::EntityName;
use crate::prove::Exploration;
use crate::resolved::{CompensationKind, EntityId, Resolved, Step, StepId, StepKind, Trigger};

/// Everything that the file declares and no run reaches.
pub fn unreachable(spec: &Resolved, exploration: &Exploration) -> Vec<Diagnostic> {
    let model = &exploration.model;
    let mut found = Vec::new();
    for (place, id) in model.steps.iter().enumerate() {
        let step = spec.step(*id);
        let ways = model.flow.steps()[place].successes.len();
        let ran = (0..ways).any(|way| exploration.reached.has(Note::Succeeded(place, way)));
        let closed = exploration.reached.has(Note::Closed(place));
        if !ran && !closed {
            found.push(never_runs(spec, step));
        }
        found.extend(unused_compensation(spec, exploration, place, step, ran));
        found.extend(unusable_alternatives(exploration, place, step));
    }
    found.extend(unreached_statuses(spec, exploration));
    found
}

fn never_runs(spec: &Resolved, step: &Step) -> Diagnostic {
    let message = format!("`{}` can never run", step.name);
    let found = Diagnostic::warning(Code::NeverHappens, step.span, message);
    if let Some((earlier, entity)) = overtaken(spec, step) {
        return found
            .label(format!("`{}` comes first, and ends the row", earlier.name))
            .also(earlier.span, "a message reaches the steps of a service in file order")
            .help(format!(
                "move `{}` above `{}`: a step does not work on a `{entity}` that has ended",
                step.name, earlier.name
            ));
    }
    let by_command = matches!(step.kind, StepKind::Compensation(_));
    found
        .label(if by_command { "its command is never sent" } else { "no run reaches it" })
        .help("remove it, or let a step publish what it needs")
}

/// The step that the same message reaches before, and that ends the row which this
/// one would work on.
fn overtaken<'s>(spec: &'s Resolved, step: &Step) -> Option<(&'s Step, &'s EntityName)> {
    let earlier = spec.steps_of(step.service).take_while(|other| other.id != step.id);
    earlier.into_iter().find_map(|other| {
        let reaches = |ours: &Trigger| {
            other.triggers.iter().any(|it| it.event == ours.event && it.variant == ours.variant)
        };
        let used = step.rows.iter().find(|used| used.guard.is_some() && ends(spec, other, used.entity))?;
        step.triggers.iter().any(reaches).then(|| (other, &spec.entity(used.entity).name))
    })
}

fn ends(spec: &Resolved, step: &Step, entity: EntityId) -> bool {
    let status = spec.entity(entity).status.as_ref();
    let to = step.rows.iter().filter(|row| row.entity == entity).find_map(|row| row.to.as_ref());
    status.zip(to).is_some_and(|(status, to)| status.is_end(to))
}

/// Alternatives that close the step, so that it never runs on them.
fn unusable_alternatives(exploration: &Exploration, place: usize, step: &Step) -> Vec<Diagnostic> {
    let def = &exploration.model.flow.steps()[place];
    let closes = |need: &Need| need.accepts.iter().all(|message| def.closers.contains(message));
    let closing = step.needs_one().zip(&def.any).filter(|(_, need)| closes(need));
    let found = closing.map(|((_, trigger), _)| {
        let message = format!("`{}` never runs on this event: the event closes it", step.name);
        Diagnostic::warning(Code::NeverHappens, trigger.span, message)
            .label("also named under `unless`")
            .help("name the variant you mean under `unless`, or remove it from `any`")
    });
    found.collect()
}

fn unused_compensation(
    spec: &Resolved,
    exploration: &Exploration,
    place: usize,
    step: &Step,
    ran: bool,
) -> Option<Diagnostic> {
    let compensation = spec.compensation_of(step.id)?;
    let CompensationKind::Derived { step: undo, .. } = compensation.kind else { return None };
    let undone = exploration.reached.has(Note::Compensated(place));
    let name = &spec.step(undo).name;
    let message = format!("`{name}` can never run");
    (ran && !undone).then(|| {
        Diagnostic::warning(Code::NeverHappens, compensation.span, message)
            .label(format!("every run in which `{}` acts succeeds", step.name))
            .help(format!("remove it, or write `{}: none`", step.name))
    })
}

fn unreached_statuses(spec: &Resolved, exploration: &Exploration) -> Vec<Diagnostic> {
    let model = &exploration.model;
    let mut found = Vec::new();
    for (place, id) in model.entities.iter().enumerate() {
        let entity = spec.entity(*id);
        let Some(status) = &entity.status else { continue };
        for (at, value) in status.all().enumerate().skip(1) {
            let reached = u8::try_from(at).is_ok_and(|at| exploration.reached.has(Note::Row(place, at)));
            let by_hand = spec.compensations().iter().any(|it| creates_by(spec, it.of, *id));
            if !reached && !by_hand {
                let message = format!("no `{}` is ever `{value}`", entity.name);
                found.push(
                    Diagnostic::warning(Code::NeverHappens, status.span, message)
                        .label("no run reaches this status")
                        .help(format!(
                            "remove it, or let a step move the row there: `entity: {}, to: {value}`",
                            entity.name
                        )),
                );
            }
        }
    }
    found
}

/// A compensation's handler may set the status of the row its step created.
fn creates_by(spec: &Resolved, step: StepId, entity: EntityId) -> bool {
    spec.step(step).creates.as_ref().is_some_and(|creation| creation.entity == entity)
}
