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
    let event = |event: &Event| (event.name.to_string(), (format!("the event `{}`", event.name), event.span));
    let events: HashMap<String, (String, Span)> = resolver.events.iter().map(event).collect();
    for index in 0..resolver.services.len() {
        let mut first: HashMap<String, (String, Span)> = HashMap::new();
        for Generated { name, what, span } in generated(resolver, ServiceId(index)) {
            match events.get(&name).or_else(|| first.get(&name)) {
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
