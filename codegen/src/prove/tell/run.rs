//! A run in words: one line of it, or all of it, moment by moment.

use crate::checked::{CheckedSpec, StepId, StepKind};
use crate::diagnostic::{Happening, RowStatus};
use crate::prove::story::{Cause, Deed, Moment, Named, Story};

/// All of a run.
pub(super) fn happenings(spec: &CheckedSpec, story: &Story) -> Vec<Happening> {
    story.telling().map(|moment| happening(spec, moment)).collect()
}

fn happening(spec: &CheckedSpec, moment: &Moment) -> Happening {
    let service = match (moment.service, moment.cause) {
        (Some(service), _) => spec.service(service).name.to_string(),
        (None, Cause::NeverRequest(_)) => "somebody".to_owned(),
        (None, _) => "outside".to_owned(),
    };
    let deeds: Vec<String> = moment.deeds.iter().filter_map(|deed| deed_in_full(spec, deed)).collect();
    let rows = moment.rows.iter().filter_map(|(entity, status)| {
        let entity = spec.entity(*entity).name.to_string();
        status.as_ref().map(|status| RowStatus { entity, status: status.to_string() })
    });
    Happening {
        service,
        message: cause(spec, moment.cause),
        outcome: if deeds.is_empty() { "waits".to_owned() } else { deeds.join(", ") },
        after: rows.collect(),
    }
}

fn cause(spec: &CheckedSpec, cause: Cause) -> String {
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

fn deed_in_full(spec: &CheckedSpec, deed: &Deed) -> Option<String> {
    let name = |step: &StepId| spec.step(*step).name.to_string();
    Some(match deed {
        Deed::Succeeded(step) if undoes_another(spec, *step) => return None,
        Deed::Succeeded(step) => format!("{} runs", name(step)),
        Deed::Rejected(step) => format!("{} is rejected", name(step)),
        Deed::Called(step) => format!("{} calls", name(step)),
        Deed::GaveUp(step) => format!("{} gives up, and may have had its effect", name(step)),
        Deed::Closed(step) => format!("{} fails without running", name(step)),
        Deed::Passed(step) => format!("{} will not run", name(step)),
        Deed::Barred(step) => format!("{} must not run any more", name(step)),
        Deed::Compensated(step) => undoes(spec, *step),
        Deed::Row(entity, Some(status)) => format!("{} is {status}", spec.entity(*entity).name),
        Deed::Row(_, None) => return None,
        Deed::Sent(message) => format!("publishes {}", Named(spec, *message)),
    })
}

/// Whether a step is a compensation: that it ran is told as what it undoes.
fn undoes_another(spec: &CheckedSpec, step: StepId) -> bool {
    matches!(spec.step(step).kind, StepKind::Compensation(_))
}

/// The compensation of a step, as what it does.
fn undoes(spec: &CheckedSpec, step: StepId) -> String {
    use crate::checked::CompensationKind;
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
pub(super) fn gist(spec: &CheckedSpec, story: &Story, wanted: impl Fn(&Moment) -> bool, end: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for moment in story.leading_to(spec, wanted) {
        let mut said: Vec<String> =
            moment.deeds.iter().filter_map(|deed| in_short(spec, moment, deed)).collect();
        if said.is_empty() && moment.service.is_none() {
            said.push(cause(spec, moment.cause));
        }
        if let (Cause::Deadline(_), false) = (moment.cause, said.is_empty()) {
            said.insert(0, cause(spec, moment.cause));
        }
        parts.extend(said);
    }
    format!("{}: {end}", parts.join(" → "))
}

/// What is worth a word in one line. That a step ran shows in the row it
/// moved, and that a message was sent, in what comes of it.
fn in_short(spec: &CheckedSpec, moment: &Moment, deed: &Deed) -> Option<String> {
    let name = |step: &StepId| spec.step(*step).name.to_string();
    let moved = |step: &StepId| spec.step(*step).rows.iter().any(|row| row.to.is_some());
    match deed {
        Deed::Succeeded(step) if moved(step) || undoes_another(spec, *step) => None,
        Deed::Succeeded(step) => Some(name(step)),
        Deed::Closed(step) => Some(format!("{} fails", name(step))),
        Deed::Sent(message) if fails(spec, *message) || branches(spec, *message) => {
            Some(Named(spec, *message).to_string())
        }
        Deed::Row(entity, Some(status)) if !matches!(moment.cause, Cause::Begin(_)) => {
            let made = moment
                .deeds
                .iter()
                .any(|it| matches!(it, Deed::Succeeded(step) if makes(spec, *step, *entity)));
            (!made).then(|| format!("{} {status}", spec.entity(*entity).name))
        }
        Deed::Row(..) | Deed::Sent(_) | Deed::Called(_) => None,
        Deed::Rejected(_) | Deed::GaveUp(_) | Deed::Passed(_) | Deed::Barred(_) | Deed::Compensated(_) => {
            deed_in_full(spec, deed)
        }
    }
}

fn makes(spec: &CheckedSpec, step: StepId, entity: crate::checked::EntityId) -> bool {
    spec.step(step).creates.as_ref().is_some_and(|creation| creation.entity == entity)
}

/// Whether an event has several ways to go well, so that it matters which.
fn branches(spec: &CheckedSpec, (event, variant): crate::prove::story::Message) -> bool {
    let event = spec.event(event);
    let good = event.variants().into_iter().filter(|it| it.is_some() && *it != event.failing());
    variant.is_some() && good.count() > 1
}

fn fails(spec: &CheckedSpec, (event, variant): crate::prove::story::Message) -> bool {
    variant.is_some() && variant == spec.event(event).failing()
}
