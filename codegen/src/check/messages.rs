//! Which messages a step publishes, and which it reads.

use super::resolver::Resolver;
use super::step_draft::StepDraft;
use crate::resolved::*;

/// An event, or one variant of it.
pub(super) type Message = (EventId, Option<VariantIndex>);

/// One message for each variant of an event.
pub(super) fn messages(event: &Event) -> impl Iterator<Item = Message> {
    let id = event.id;
    event.variants().into_iter().map(move |variant| (id, variant))
}

/// What a step may publish.
pub(super) fn sends(resolver: &Resolver<'_>, step: &StepDraft) -> Vec<Message> {
    let mut sent = Vec::new();
    for emission in &step.emissions {
        let event = resolver.event(emission.event);
        match &emission.choice {
            Choice::Fixed(variant) => sent.push((event.id, Some(*variant))),
            Choice::Plain => sent.push((event.id, None)),
            Choice::Source(_) | Choice::Handler => sent.extend(messages(event)),
        }
    }
    let failure = step.failure.as_ref();
    sent.extend(failure.map(|failure| (failure.event, Some(failure.variant))));
    sent.extend(step.commands.iter().map(|it| (it.command, None)));
    sent
}

/// What a step waits for, or is closed by.
pub(super) fn hears(resolver: &Resolver<'_>, step: &StepDraft) -> Vec<Message> {
    let mut heard = needs(resolver, step);
    heard.extend(closes(step).flat_map(|closer| messages_of(resolver, closer)));
    heard
}

/// What a step waits for.
pub(super) fn needs(resolver: &Resolver<'_>, step: &StepDraft) -> Vec<Message> {
    let triggers = step.triggers.iter().map(|it| (it.event, it.variant));
    triggers.flat_map(|(event, variant)| all_of(resolver, event, variant)).collect()
}

/// What stands under `unless` of a step.
pub(super) fn closes(step: &StepDraft) -> impl Iterator<Item = &EventRef> {
    step.closers.iter().filter_map(|closer| match closer {
        Closer::Unless(found) => Some(found),
        Closer::FailedTrigger(..) | Closer::Deadline(..) => None,
    })
}

/// The messages that the file means by an event or a variant.
pub(super) fn messages_of(resolver: &Resolver<'_>, found: &EventRef) -> Vec<Message> {
    all_of(resolver, found.event, found.variant)
}

fn all_of(resolver: &Resolver<'_>, event: EventId, variant: Option<VariantIndex>) -> Vec<Message> {
    match variant {
        Some(_) => vec![(event, variant)],
        None => messages(resolver.event(event)).collect(),
    }
}
