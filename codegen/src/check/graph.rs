//! The graph of steps and events: what is published and not heard, heard and
//! not published.

use std::collections::{HashMap, HashSet};

use super::findings::graph as findings;
use super::messages::{Message, hears, messages, sends};
use super::resolver::Resolver;
use super::step_draft::StepDraft;
use crate::resolved::*;
use crate::source::Span;

pub(super) fn check(resolver: &mut Resolver<'_>) {
    let flow = Flow::of(resolver);
    // What is missing may be in a part that was not understood.
    if resolver.broken_steps.is_empty() && flow.whole {
        nobody_publishes(resolver, &flow);
        nobody_hears(resolver, &flow);
        command_consumers(resolver, &flow);
    }
    no_failed_status(resolver, &flow);
}

/// Who sends and who hears what.
struct Flow {
    published: HashSet<Message>,
    heard: HashSet<Message>,
    /// Whether every reference of every step resolved.
    whole: bool,
}

impl Flow {
    fn of(resolver: &Resolver<'_>) -> Self {
        let mut flow = Self { published: HashSet::new(), heard: HashSet::new(), whole: true };
        for step in &resolver.steps {
            flow.published.extend(sends(resolver, step));
            flow.heard.extend(hears(resolver, step));
        }
        for event in &resolver.events {
            if event.external == External::Publishes {
                flow.published.extend(messages(event));
            }
            if event.external == External::Subscribes {
                flow.heard.extend(messages(event));
            }
        }
        for (step, decl) in resolver.steps.iter().zip(&resolver.decls) {
            let Some(decl) = decl else {
                continue;
            };
            let closers = step.closers.iter().filter(|it| matches!(it, Closer::Unless(_)));
            let found = step.triggers.len() + step.emissions.len() + closers.count();
            let written = decl.on.len() + decl.any.len() + decl.emits.len() + decl.unless.len();
            flow.whole &= found == written;
        }
        let declared = resolver.spec.compensations.len();
        flow.whole &= resolver.compensations.len() == declared;
        flow
    }
}

fn show(resolver: &Resolver<'_>, (event, variant): Message) -> String {
    let event = resolver.event(event);
    match variant {
        None => event.name.to_string(),
        Some(variant) => format!("{}.{}", event.name, event.variant(variant).name),
    }
}

fn nobody_publishes(resolver: &mut Resolver<'_>, flow: &Flow) {
    let mut found = Vec::new();
    for step in &resolver.steps {
        let compensates = matches!(step.kind, StepKind::Compensation(_));
        if compensates {
            continue;
        }
        let triggers = step.triggers.iter().map(|it| (it.event, it.variant, it.span));
        let unless = step.closers.iter().filter_map(|closer| match closer {
            Closer::Unless(it) => Some((it.event, it.variant, it.span)),
            Closer::FailedTrigger(..) | Closer::Deadline(..) => None,
        });
        for (id, variant, span) in triggers.chain(unless) {
            let event = resolver.event(id);
            let published = match variant {
                Some(_) => flow.published.contains(&(id, variant)),
                None => messages(event).any(|message| flow.published.contains(&message)),
            };
            if published || resolver.broken_events.contains(&id) {
                continue;
            }
            let name = show(resolver, (id, variant));
            found.push(findings::never_published(&step.name, &name, span, event.span));
        }
    }
    resolver.out.extend(found);
}

fn nobody_hears(resolver: &mut Resolver<'_>, flow: &Flow) {
    let mut found = Vec::new();
    for event in &resolver.events {
        if event.is_command() {
            continue;
        }
        let sent = messages(event).filter(|message| flow.published.contains(message));
        let unheard: Vec<Message> = sent.filter(|message| !flow.heard.contains(message)).collect();
        let failing = unheard.iter().find(|(_, variant)| variant.is_some() && *variant == event.failing());
        if let Some(failing) = failing {
            let name = show(resolver, *failing);
            let help = handle_failure(resolver, event, &name);
            found.push(findings::unhandled_failure(&name, event.span, help));
        }
        let rest: Vec<Message> = unheard.iter().filter(|it| Some(*it) != failing).copied().collect();
        let whole = messages(event).all(|message| unheard.contains(&message));
        if let (Some(first), false) = (rest.first(), failing.is_some() && whole) {
            let name = if whole { event.name.to_string() } else { show(resolver, *first) };
            found.push(findings::unread(&name, event.span));
        }
        let mentioned = messages(event).any(|it| flow.published.contains(&it) || flow.heard.contains(&it));
        if !mentioned {
            found.push(findings::unused(&event.name, event.span));
        }
    }
    resolver.out.extend(found);
}

/// Which step should handle a failure: the one that waits for the success and could
/// fail, or one beside that which ends a row on the success.
fn handle_failure(resolver: &Resolver<'_>, event: &Event, failure: &str) -> Vec<String> {
    let waits = |step: &&StepDraft| {
        step.needs_all()
            .any(|(_, it)| it.event == event.id && it.variant.is_some() && it.variant != event.failing())
    };
    let fails = |step: &&StepDraft| step.emissions.iter().any(|it| super::steps::fails_by(resolver, it));
    let waiting: Vec<&StepDraft> = resolver.steps.iter().filter(waits).collect();
    let could_fail: Vec<&&StepDraft> = waiting.iter().filter(|step| fails(step)).collect();
    if !could_fail.is_empty() {
        let each = could_fail.iter().map(|step| {
            format!("let `{}` need the whole event, `{}`, so that it fails too", step.name, event.name)
        });
        return each.collect();
    }
    let ends: Vec<String> = waiting.iter().filter_map(|step| failed_move(resolver, step, failure)).collect();
    match ends.is_empty() {
        true => vec![format!(
            "add a step that handles the failure, `on: {failure}`, or let a step that can fail need `{}`",
            event.name
        )],
        false => ends,
    }
}

/// The subscription that ends a row as failed, if a step ends it as done.
fn failed_move(resolver: &Resolver<'_>, step: &StepDraft, failure: &str) -> Option<String> {
    let alone = step.triggers.len() == 1;
    let row = step.rows.iter().find(|row| {
        let status = resolver.entity(row.entity).status.as_ref();
        row.to.as_ref().zip(status).is_some_and(|(to, status)| status.done.contains(to))
    })?;
    let entity = resolver.entity(row.entity);
    let failed = entity.status.as_ref()?.failed.first().filter(|_| alone)?;
    let service = &resolver.services[step.service.0].name;
    Some(format!("add a subscription to `{service}`: `on: {failure}, entity: {}, to: {failed}`", entity.name))
}

fn command_consumers(resolver: &mut Resolver<'_>, flow: &Flow) {
    let mut found = Vec::new();
    let mut readers: HashMap<EventId, Vec<&StepDraft>> = HashMap::new();
    for step in &resolver.steps {
        let heard: HashSet<EventId> = hears(resolver, step).into_iter().map(|(event, _)| event).collect();
        heard.into_iter().for_each(|event| readers.entry(event).or_default().push(step));
    }
    for event in resolver.events.iter().filter(|event| event.is_command()) {
        let consumers = readers.remove(&event.id).unwrap_or_default();
        let outside = event.external == External::Subscribes;
        if consumers.len() + usize::from(outside) == 1 {
            continue;
        }
        let sent = messages(event).any(|it| flow.published.contains(&it));
        let consumers: Vec<Span> = consumers.iter().map(|step| step.span).collect();
        found.push(findings::command_consumers(&event.name, event.span, &consumers, outside, sent));
    }
    resolver.out.extend(found);
}

fn no_failed_status(resolver: &mut Resolver<'_>, flow: &Flow) {
    let failed = |entity: &Entity| entity.status.as_ref().is_some_and(|it| !it.failed.is_empty());
    let unread = !resolver.broken_entities.is_empty();
    if unread || resolver.entities.iter().any(failed) {
        return;
    }
    let fails = |event: &&Event| {
        let failing = event.failing();
        failing.is_some() && flow.published.contains(&(event.id, failing))
    };
    let Some(event) = resolver.events.iter().find(fails) else {
        return;
    };
    let (name, span) = (event.name.clone(), event.span);
    resolver.report(findings::no_failed_status(&name, span));
}
