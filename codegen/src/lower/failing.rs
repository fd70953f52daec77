//! What a step does when it fails without having run, and what it owes.

use crate::lower::event::what;
use crate::lower::names::Names;
use crate::lower::values::{Bindings, correlation_of};
use crate::lower::{event, refused, run, rust_type};
use crate::model::{Closing, Ident, Need, Owed, Value};
use crate::resolved::{
    Cause, Closer, CommandEmission, CompensationKind, FieldSource, Lookup, Resolved, Step, TriggerIndex,
};

/// The functions that fail the step, one for each message that closes it.
pub(super) fn closings(spec: &Resolved, step: &Step, names: &mut Names) -> Vec<Closing> {
    let many = step.closers.len() > 1;
    let places = step.closers.iter().enumerate();
    places.map(|(place, closer)| closing(spec, step, (place, closer), many, names)).collect()
}

fn closing(spec: &Resolved, step: &Step, at: (usize, &Closer), many: bool, names: &mut Names) -> Closing {
    let (place, Closer::FailedTrigger(trigger, variant)) = at else { refused("such way to close a step") };
    let Some(failure) = &step.failure else { refused("step that closes without a failing variant") };
    let closer = spec.event(step.triggers[trigger.0].event);
    let message = Ident::snake("event");
    let what_came = what(spec, closer.id, Some(*variant));
    let mut bindings = Bindings {
        spec,
        step,
        triggers: vec![message.clone(); step.triggers.len()],
        correlates: Some(message.clone()),
        body: None,
        rows: Vec::new(),
        created: None,
        answer: None,
        reason: Some(Value::Literal(crate::resolved::Literal::String(what_came.clone()))),
    };
    keys_in(&mut bindings, *trigger);
    let case = failure.cases.iter().find(|case| case.cause == Cause::Closed(place));
    let Some(case) = case else { refused("closer without a failing variant") };
    let of = spec.event(failure.event);
    let suffix = if many { format!("-on-{}", closer.name) } else { String::new() };
    let function = Ident::snake(&format!("close-{}{suffix}", step.name));
    Closing {
        function: names.functions.take(function, "_early"),
        event: event::ident(closer),
        what: what_came,
        correlation: correlation_of(spec, &message),
        publishes: what(spec, failure.event, Some(failure.variant)),
        failure: bindings.message(of, &case.fields, Some(run::outcome(of, failure.variant))),
    }
}

/// The keys that the closing message itself says.
fn keys_in(bindings: &mut Bindings<'_>, closing: TriggerIndex) {
    for used in &bindings.step.rows {
        if let Lookup::Key(source) = &used.lookup
            && said_by(source, closing)
        {
            let ty = rust_type(bindings.spec.entity(used.entity).key_type());
            let key = bindings.source(source, &ty);
            bindings.rows.push((used.entity, Ident::snake("row"), key));
        }
    }
}

fn said_by(source: &FieldSource, closing: TriggerIndex) -> bool {
    match source {
        FieldSource::Trigger(trigger, _) => *trigger == closing,
        FieldSource::Literal(_) | FieldSource::Correlation => true,
        _ => false,
    }
}

/// The compensations the step sends when it fails.
pub(super) fn owed(spec: &Resolved, step: &Step, needs: &[Need], names: &mut Names) -> Vec<Owed> {
    step.commands.iter().map(|command| one_owed(spec, step, command, needs, names)).collect()
}

fn one_owed(
    spec: &Resolved,
    step: &Step,
    command: &CommandEmission,
    needs: &[Need],
    names: &mut Names,
) -> Owed {
    let compensation = spec.compensation(command.compensation);
    let compensating = match &compensation.kind {
        CompensationKind::Command { step, .. } | CompensationKind::Derived { step, .. } => {
            spec.step(*step).name.clone()
        }
        CompensationKind::Nothing => refused("command of a step that is not compensated"),
    };
    let success = &needs[command.success.0];
    let bindings = Bindings {
        spec,
        step,
        triggers: needs.iter().map(|need| need.binding.clone()).collect(),
        correlates: Some(success.binding.clone()),
        body: None,
        rows: Vec::new(),
        created: None,
        answer: None,
        reason: None,
    };
    let message = bindings.message(spec.event(command.command), &command.fields, None);
    Owed {
        function: names.functions.take(Ident::snake(&format!("send-{compensating}")), "_command"),
        compensates: spec.step(compensation.of).name.clone(),
        success: success.clone(),
        command: message,
    }
}
