//! Names that are two in the file and would be one in the generated code.

use std::collections::HashMap;

use super::findings::names as findings;
use super::resolver::Resolver;
use crate::names::upper_camel;
use crate::resolved::*;
use crate::source::Span;

/// A type that generated code has for something in the file.
struct Generated {
    name: String,
    what: String,
    span: Span,
}

pub(super) fn check(resolver: &mut Resolver<'_>) {
    let shared = shared(resolver);
    for index in 0..resolver.services.len() {
        let mut first: HashMap<String, (String, Span)> = HashMap::new();
        for Generated { name, what, span } in generated(resolver, ServiceId(index)) {
            match shared.get(&name).or_else(|| first.get(&name)) {
                Some((other, _)) if *other == what => {}
                Some((other, place)) => {
                    let found = findings::conflict((&what, span), (other, *place), &name);
                    resolver.report(found);
                }
                None => _ = first.insert(name, (what, span)),
            }
        }
    }
}

/// The types that all services share: of events and their outcomes, and those under `types`.
fn shared(resolver: &mut Resolver<'_>) -> HashMap<String, (String, Span)> {
    let event = |event: &Event| (event.name.to_string(), (format!("the event `{}`", event.name), event.span));
    let declared = |def: &TypeDef| (def.name.to_string(), (format!("the type `{}`", def.name), def.span));
    // That an event and a type have one name was said where they are declared.
    let types = resolver.types.iter().map(declared);
    let mut shared: HashMap<String, (String, Span)> =
        types.chain(resolver.events.iter().map(event)).collect();
    for index in 0..resolver.events.len() {
        let event = &resolver.events[index];
        let (Some(name), Some(outcome)) = (event.outcome_type(), &event.outcome) else { continue };
        let (name, what) = (name.to_string(), format!("the outcome of `{}`", event.name));
        let span = outcome.span;
        match shared.get(&name) {
            Some((other, place)) => {
                let found = findings::conflict((&what, span), (other, *place), &name);
                resolver.report(found);
            }
            None => _ = shared.insert(name, (what, span)),
        }
    }
    shared
}

fn generated(resolver: &Resolver<'_>, service: ServiceId) -> Vec<Generated> {
    let mut all = Vec::new();
    let mut add = |name: String, what: String, span| all.push(Generated { name, what, span });
    let service = &resolver.services[service.0];
    let name = upper_camel(service.name.as_str());
    add(format!("{name}Service"), format!("the service `{}`", service.name), service.span);
    for id in &service.entities {
        let entity = resolver.entity(*id);
        add(entity.name.to_string(), format!("the entity `{}`", entity.name), entity.span);
        if let Some(status) = &entity.status {
            add(format!("{}Status", entity.name), format!("the status of `{}`", entity.name), status.span);
        }
    }
    for id in &service.steps {
        let step = &resolver.steps[id.0];
        let name = upper_camel(step.name.as_str());
        if step.is_request() && step.reads.is_none() {
            add(name, format!("the body of `{}`", step.name), step.span);
        } else if step.triggers.len() > 1 {
            add(format!("{name}Inputs"), format!("the inputs of `{}`", step.name), step.span);
        }
    }
    all
}
