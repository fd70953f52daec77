//! A step that needs an event to succeed, and has no way to fail if it does not:
//! what its author most likely meant.

use super::findings::steps as findings;
use super::resolver::Resolver;
use crate::resolved::{Event, Trigger, VariantIndex};
use crate::spec::{EventPath, StepDecl};

pub(super) fn report(resolver: &mut Resolver<'_>, decl: &StepDecl, trigger: &Trigger) {
    let event = resolver.event(trigger.event);
    let help = help(resolver, decl, event);
    let found = findings::cannot_fail(&decl.name.value, &event.name, trigger.span, event.span, help);
    resolver.report(found);
}

fn help(resolver: &Resolver<'_>, decl: &StepDecl, event: &Event) -> String {
    let step = &decl.name.value;
    if let Some(emitted) = only_one_variant(resolver, decl) {
        return format!("let `{step}` emit the whole event, `{}`, so that it can fail too", emitted.name);
    }
    let variant = |it: Option<VariantIndex>| it.map_or("success", |it| event.variant(it).name.as_str());
    let good = event.variants().into_iter().flatten().find(|it| Some(*it) != event.failing());
    let (good, failing) = (variant(good), variant(event.failing()));
    let name = &event.name;
    if moves_to_failed(resolver, decl) {
        return format!("write `{name}.{failing}`: the step says what becomes of a failure");
    }
    match is_handled(resolver, decl, event, failing) {
        true => format!("write `{name}.{good}`, or let `{step}` emit an event with an `outcome`"),
        false => format!(
            "let `{step}` emit an event with an `outcome`; or write `{name}.{good}`, and handle `{name}.{failing}` in another step"
        ),
    }
}

/// An event that can fail, of which the step emits the success alone.
fn only_one_variant<'r>(resolver: &'r Resolver<'_>, decl: &StepDecl) -> Option<&'r Event> {
    decl.emits.iter().filter(|path| path.variant.is_some()).find_map(|path| {
        let id = resolver.event_names.get(path.event.value.as_str())?;
        Some(resolver.event(*id)).filter(|event| event.failing().is_some())
    })
}

fn moves_to_failed(resolver: &Resolver<'_>, decl: &StepDecl) -> bool {
    let Some(to) = &decl.to else { return false };
    let loaded = decl
        .rows()
        .flat_map(|used| resolver.entities.iter().filter(|entity| entity.name.as_str() == used.name.value));
    loaded
        .filter_map(|entity| entity.status.as_ref())
        .any(|status| status.failed.iter().any(|failed| failed.as_str() == to.value))
}

/// Whether another step names the failure, or needs the whole event.
fn is_handled(resolver: &Resolver<'_>, decl: &StepDecl, event: &Event, failing: &str) -> bool {
    let names = |path: &EventPath| {
        let variant = path.variant.as_ref();
        path.event.value == event.name.as_str() && variant.is_none_or(|variant| variant.value == failing)
    };
    let steps = resolver.spec.services.iter().flat_map(|service| &service.steps);
    let mut others = steps.filter(|other| other.name.value != decl.name.value);
    others.any(|other| other.on.iter().chain(&other.any).chain(&other.unless).any(names))
}
