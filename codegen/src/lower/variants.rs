//! What decides which variant of an event a step publishes.

use crate::lower::refused;
use crate::lower::scope::Scope;
use crate::lower::values::Bindings;
use crate::model::{AnswerType, Chosen, Ident, RustType, Value, VariantCase, VariantTest, Variants};
use crate::resolved::{Choice, Emission, Event, Literal, Resolved, Step, TypeShape, VariantIndex, WireValue};

/// The value of the field that tells the variants apart.
pub(super) fn outcome(event: &Event, variant: VariantIndex) -> Value {
    match event.outcome_type() {
        Some(of) => Value::Variant(Ident::declared(&of), ident(event, variant)),
        None => Value::Literal(Literal::Bool(event.variant(variant).wire == WireValue::Bool(true))),
    }
}

/// The test that a message is this variant.
pub(super) fn test(event: &Event, variant: VariantIndex) -> VariantTest {
    let field = event.outcome.as_ref().map(|outcome| Ident::snake(outcome.field.as_str()));
    let Some(field) = field else { refused("variant of an event without an outcome") };
    VariantTest { field, value: outcome(event, variant) }
}

/// The variant of the enum of an event's variants.
pub(super) fn ident(event: &Event, variant: VariantIndex) -> Ident {
    Ident::upper_camel(&event.variant(variant).name)
}

/// The variants that do not fail, in the order in which the flow counts the ways to succeed.
pub(super) fn good(event: &Event) -> impl Iterator<Item = VariantIndex> {
    event.variants().into_iter().flatten().filter(|variant| Some(*variant) != event.failing())
}

/// The emission whose variant is still to be chosen, if there is one, and its event.
pub(super) fn open<'s>(spec: &'s Resolved, step: &'s Step) -> Option<(&'s Emission, &'s Event)> {
    let open = |emission: &&Emission| matches!(emission.choice, Choice::Handler | Choice::Source(_));
    let emission = step.emissions.iter().find(open)?;
    Some((emission, spec.event(emission.event)))
}

/// Whether the handler chooses one of several variants, rather than say yes or no.
pub(super) fn handler_chooses<'s>(spec: &'s Resolved, step: &'s Step) -> Option<&'s Event> {
    let (emission, event) = open(spec, step)?;
    let by_handler = emission.choice == Choice::Handler;
    (by_handler && event.outcome_type().is_some()).then_some(event)
}

/// What decides, if anything is left to decide in generated code.
pub(super) fn chosen(
    bindings: &Bindings<'_>,
    answer: Option<&AnswerType>,
    scope: &mut Scope,
) -> Option<Chosen> {
    let (emission, event) = open(bindings.spec, bindings.step)?;
    let declared = event.outcome.as_ref()?;
    let name = declared.field.to_string();
    let Some(of) = event.outcome_type().map(|of| Ident::declared(&of)) else {
        let Choice::Source(source) = &emission.choice else { return None };
        return Some(Chosen::Boolean {
            value: bindings.source(source, &RustType::Bool),
            name,
            fails: event.failing() == Some(VariantIndex::SUCCESS),
        });
    };
    let outcome = scope.take(Ident::snake(&name), "_chosen");
    let (field, from, cases) = match &emission.choice {
        Choice::Source(source) => {
            let (value, ty) = bindings.typed(source, &RustType::Enum(of.clone()));
            let RustType::Enum(from) = ty else { refused("outcome from a field of this type") };
            let cases = values(bindings.spec, &from, event);
            (Some((value, name)), from, cases.iter().map(|(value, it)| case(event, value, *it)).collect())
        }
        _ => {
            let Some(answer) = answer else { refused("variant that nothing chooses") };
            let cases = good(event).map(|it| case(event, &event.variant(it).name, it)).collect();
            (None, answer.ident.clone(), cases)
        }
    };
    Some(Chosen::Variants(Variants { field, from, of, outcome, cases }))
}

/// The values that a field of this enum may have, each with the variant of that name.
fn values(spec: &Resolved, from: &Ident, event: &Event) -> Vec<(String, VariantIndex)> {
    let declared = spec.types().iter().find(|def| Ident::declared(&def.name) == *from);
    let has = |name: &str| match declared.map(|def| &def.shape) {
        Some(TypeShape::Enum(values)) => values.iter().any(|value| value.as_str() == name),
        // The enum of the event's own variants.
        Some(TypeShape::Record(_)) | None => true,
    };
    let variants = event.variants().into_iter().flatten();
    let named = variants.map(|variant| (event.variant(variant).name.clone(), variant));
    named.filter(|(name, _)| has(name)).collect()
}

fn case(event: &Event, value: &str, variant: VariantIndex) -> VariantCase {
    let way = good(event).position(|it| it == variant);
    VariantCase {
        from: Ident::upper_camel(value),
        value: value.to_owned(),
        to: way.map(|way| (way, ident(event, variant))),
    }
}

/// The value of the field that tells the variants of what is published apart.
pub(super) fn published(event: &Event, choice: &Choice, chosen: Option<&Chosen>) -> Option<Value> {
    match (choice, chosen) {
        (Choice::Plain, _) => None,
        (Choice::Fixed(variant), _) => Some(outcome(event, *variant)),
        (Choice::Handler | Choice::Source(_), Some(Chosen::Variants(variants))) => {
            Some(Value::Binding(variants.outcome.clone()))
        }
        // Where a boolean says that it fails, it does.
        (Choice::Handler | Choice::Source(_), _) => good(event).next().map(|good| outcome(event, good)),
    }
}
