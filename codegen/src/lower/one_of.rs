//! The messages that a step needs one of.

use crate::lower::names::Names;
use crate::lower::scope::Scope;
use crate::lower::variants;
use crate::model::{Alternative, Ident, Need, OneOf};
use crate::resolved::{Place, Resolved, Step};

/// The enum of the alternatives; none if there are not several. One alone is like any other message that the
/// step needs.
pub(super) fn lower(
    spec: &Resolved,
    step: &Step,
    needs: &[Need],
    names: &mut Names,
    scope: &mut Scope,
) -> Option<OneOf> {
    step.needs_one().nth(1)?;
    let alternatives = step.needs_one().map(|(index, trigger)| {
        let event = spec.event(trigger.event);
        let variant = trigger.variant.map(|variant| event.variant(variant).name.as_str());
        let shared = step.triggers.iter().filter(|it| it.event == trigger.event).count() > 1;
        Alternative {
            ident: Ident::upper_camel(&format!("{}-{}", event.name, variant.unwrap_or_default())),
            need: needs[index.0].clone(),
            test: trigger.variant.filter(|_| shared).map(|variant| variants::test(event, variant)),
        }
    });
    Some(OneOf {
        ident: names.types.take(Ident::upper_camel(step.name.as_str()).with("OneOf"), "Inputs"),
        binding: scope.take(Ident::snake("one-of"), "_inputs"),
        alternatives: alternatives.collect(),
    })
}

/// Whether a trigger is one of several alternatives, so that it may never come though the step runs.
pub(super) fn is_alternative(step: &Step, place: Place) -> bool {
    place == Place::Any && step.needs_one().nth(1).is_some()
}
