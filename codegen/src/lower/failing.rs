//! What a step publishes when it fails, and what it owes.

use crate::lower::event::what;
use crate::lower::names::Names;
use crate::lower::values::{Bindings, Correlates};
use crate::lower::{event, refused, rust_type, variants};
use crate::model::{FailCase, Fails, Ident, Need, OneOf, Owed, StructValue, Taken, Value, VariantTest, Why};
use crate::resolved::{
    Cause, Closer, CommandEmission, CompensationKind, EventId, FailureCase, FieldSource, Literal, Lookup,
    Resolved, Step, TriggerIndex, VariantIndex,
};

/// The function that publishes that the step failed, if it can.
pub(super) fn fails(
    spec: &Resolved,
    step: &Step,
    (needs, one_of): (&[Need], Option<&OneOf>),
    names: &mut Names,
) -> Option<Fails> {
    let failure = step.failure.as_ref()?;
    let of = spec.event(failure.event);
    let mut cases: Vec<FailCase> = Vec::new();
    for case in &failure.cases {
        let (why, fields) = lower_case(spec, step, (needs, one_of), case);
        let outcome = Some(variants::outcome(of, failure.variant));
        let message = fields.message(of, &case.fields, outcome);
        // A field that says that the step fails rejects it.
        if cases.iter().any(|known| known.whys.contains(&why)) {
            continue;
        }
        match cases.iter_mut().find(|known| known.message == message) {
            Some(known) => known.whys.push(why),
            None => cases.push(FailCase { whys: vec![why], message }),
        }
    }
    for case in &mut cases {
        whole_events(spec, step, &mut case.whys);
    }
    Some(Fails {
        function: names.functions.take(Ident::snake(&format!("fail-{}", step.name)), "_early"),
        publishes: what(spec, failure.event, Some(failure.variant)),
        cases,
    })
}

/// Where all variants that close the step publish the same, which one came does not matter.
fn whole_events(spec: &Resolved, step: &Step, whys: &mut Vec<Why>) {
    let closing: Vec<EventId> = step.closers.iter().filter_map(|closer| closed_by(step, closer)).collect();
    let of = |id: &EventId| event::ident(spec.event(*id));
    for id in &closing {
        let ident = of(id);
        let here = |why: &Why| matches!(why, Why::Closed(event, Some(_)) if *event == ident);
        let all = closing.iter().filter(|other| *other == id).count();
        if whys.iter().filter(|why| here(why)).count() == all {
            whys.retain(|why| !here(why));
            whys.push(Why::Closed(ident, None));
        }
    }
}

/// The event of a message that closes a step.
fn closed_by(step: &Step, closer: &Closer) -> Option<EventId> {
    match closer {
        Closer::FailedTrigger(trigger, _) => Some(step.triggers[trigger.0].event),
        Closer::Unless(closer) => Some(closer.event),
        Closer::Deadline(..) => None,
    }
}

fn lower_case<'a>(
    spec: &'a Resolved,
    step: &'a Step,
    (needs, one_of): (&[Need], Option<&OneOf>),
    case: &FailureCase,
) -> (Why, Bindings<'a>) {
    let triggers = needs.iter().map(|need| need.binding.clone()).collect();
    let mut bindings = Bindings::of(spec, step, triggers, Correlates::Instance);
    bindings.body = step.is_request().then(|| Ident::snake("body"));
    let said = |reason: &str| Some(Value::Literal(Literal::String(reason.to_owned())));
    match case.cause {
        Cause::Rejected | Cause::Chosen => {
            bindings.one_of = one_of.cloned();
            let reason = Ident::snake("reason");
            bindings.reason =
                Some(Value::Field { of: Ident::snake("rejection"), field: reason, taken: Taken::Cloned });
            (Why::Rejected, bindings)
        }
        Cause::SagaFailed => {
            bindings.reason = said("the saga has failed");
            (Why::SagaFailed, bindings)
        }
        Cause::Closed(place) => match &step.closers[place] {
            Closer::FailedTrigger(trigger, variant) => {
                let closer = step.triggers[trigger.0].event;
                let message = binding_of(spec, closer, needs);
                let all = vec![message.clone(); step.triggers.len()];
                bindings.triggers = all;
                bindings.reason = said(&what(spec, closer, Some(*variant)));
                keys_in(&mut bindings, *trigger);
                (
                    Why::Closed(event::ident(spec.event(closer)), test(spec, step, closer, Some(*variant))),
                    bindings,
                )
            }
            Closer::Unless(closer) => {
                let closing = spec.event(closer.event);
                bindings.closer = Some((binding_of(spec, closer.event, needs), closer.event));
                bindings.reason = said(&what(spec, closer.event, closer.variant));
                (Why::Closed(event::ident(closing), test(spec, step, closer.event, closer.variant)), bindings)
            }
            Closer::Deadline(..) => {
                bindings.reason = said("the deadline has passed");
                (Why::Deadline, bindings)
            }
        },
    }
}

/// The test for the variant that closes a step, where others of its event close it as well.
fn test(spec: &Resolved, step: &Step, event: EventId, variant: Option<VariantIndex>) -> Option<VariantTest> {
    let several = step.closers.iter().filter(|it| closed_by(step, it) == Some(event)).count() > 1;
    variant.filter(|_| several).map(|variant| variants::test(spec.event(event), variant))
}

/// The name of the closing message: as that of the need it fails, if there is one.
fn binding_of(spec: &Resolved, closing: EventId, needs: &[Need]) -> Ident {
    let closer = event::ident(spec.event(closing));
    let need = needs.iter().find(|need| need.event == closer);
    need.map_or_else(|| Ident::snake("event"), |need| need.binding.clone())
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
    let triggers = needs.iter().map(|need| need.binding.clone()).collect();
    let bindings = Bindings::of(spec, step, triggers, Correlates::Message(success.binding.clone()));
    let message: StructValue = bindings.message(spec.event(command.command), &command.fields, None);
    Owed {
        function: names.functions.take(Ident::snake(&format!("send-{compensating}")), "_command"),
        compensates: spec.step(compensation.of).name.clone(),
        success: success.clone(),
        command: message,
    }
}
