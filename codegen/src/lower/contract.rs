//! The methods of a service's `Handlers` trait.

use crate::lower::event::what;
use crate::lower::one_of;
use crate::lower::step::Lowered;
use crate::model::{About, Decision, Rejected, RequestStep, RowAt};
use crate::resolved::{CompensationKind, Decision as DecidedBy, Resolved, StepKind, Trigger};

pub(super) fn of_request(spec: &Resolved, request: &RequestStep) -> Decision {
    let declared = spec.steps().iter().find(|step| step.name == request.name);
    let required = declared.is_some_and(|step| step.decision == DecidedBy::Required);
    Decision { step: request.name.clone(), ask: request.ask.clone(), about: About::Request { required } }
}

pub(super) fn of_step(spec: &Resolved, lowered: &Lowered) -> Option<Decision> {
    let step = &lowered.step;
    let ask = step.run.ask.clone()?;
    let declared = spec.step(lowered.id);
    let about = match declared.kind {
        StepKind::Compensation(id) => {
            let compensation = spec.compensation(id);
            debug_assert!(matches!(compensation.kind, CompensationKind::Command { .. }));
            About::Compensation(spec.step(compensation.of).name.clone())
        }
        StepKind::Request => About::Request { required: declared.decision == DecidedBy::Required },
        StepKind::Subscription => {
            let alternative = |trigger: &&Trigger| one_of::is_alternative(declared, trigger.place);
            let triggers = declared.triggers.iter().filter(|it| !alternative(it));
            let any = declared.triggers.iter().filter(alternative);
            About::Step {
                on: triggers.map(|trigger| what(spec, trigger.event, trigger.variant)).collect(),
                any: any.map(|trigger| what(spec, trigger.event, trigger.variant)).collect(),
                rejection: rejected(spec, lowered),
            }
        }
    };
    Some(Decision { step: step.name.clone(), ask, about })
}

/// What the team decides about the compensation of a step.
pub(super) fn of_undo(lowered: &Lowered) -> Option<Decision> {
    let undo = lowered.step.undo.as_ref()?;
    let about = About::Compensation(lowered.step.name.clone());
    Some(Decision { step: undo.name.clone(), ask: undo.ask.clone(), about })
}

fn rejected(spec: &Resolved, lowered: &Lowered) -> Option<Rejected> {
    let run = &lowered.step.run;
    let failure = spec.step(lowered.id).failure.as_ref()?;
    Some(Rejected {
        publishes: what(spec, failure.event, Some(failure.variant)),
        keeps_row: !run.changes.is_empty(),
        keeps_rows: run.changes.len() > 1 || run.changes.iter().any(RowAt::is_many),
        creates_no_row: run.creates.is_some(),
    })
}
