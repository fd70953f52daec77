//! Which subscription would end a row, and what the saga stops for.

use super::remedies::Remedies;
use crate::prove::trace::{Cause, Effect, Message, Named};
use crate::resolved::*;

impl Remedies<'_> {
    /// An event that a step needs and no step publishes: the saga stops there.
    pub(super) fn missing_event(&self) -> Option<String> {
        let published = |event: EventId, variant: Option<VariantIndex>| {
            self.spec.event(event).external == External::Publishes
                || self.model.flow.steps().iter().flat_map(saga_step::flow::Step::sends).any(|message| {
                    let (sent, of) = self.model.messages[message];
                    sent == event && (variant.is_none() || of == variant)
                })
        };
        let steps = self.spec.steps().iter();
        let mut needs = steps.flat_map(|step| step.needs_all().map(move |(_, trigger)| (step, trigger)));
        let (step, trigger) = needs.find(|(_, trigger)| !published(trigger.event, trigger.variant))?;
        let message = super::quoted(self.spec, (trigger.event, trigger.variant));
        Some(format!(
            "let a step publish {message}, or let `{}` do without it: the saga stops there",
            step.name
        ))
    }

    /// A step that waits for a message at the end of the run, and its missing need.
    pub(super) fn waiting(&self) -> Option<(usize, Option<usize>)> {
        let flow = &self.model.flow;
        let waits = |step: &usize| {
            let kept = flow.steps()[*step].kept && flow.mode(self.state, *step) == saga_step::Mode::Waiting;
            kept && flow.waits(self.state, *step)
        };
        let step = (0..flow.steps().len()).find(waits)?;
        let need = (0..flow.steps()[step].all.len()).find(|need| !flow.has_arrived(self.state, step, *need));
        let any = !flow.steps()[step].any.is_empty() && !flow.took_alternative(self.state, step);
        need.map(|need| (step, Some(need))).or(any.then_some((step, None)))
    }

    /// A message that ends another row in this run: it decides the saga.
    pub(super) fn end_with_another_row(&self, entity: EntityId) -> Option<String> {
        self.trace.steps.iter().rev().find_map(|trace_step| {
            let Cause::Message(message) = trace_step.cause else { return None };
            trace_step.effects.iter().find_map(|effect| {
                let Effect::Row(other, Some(to)) = effect else { return None };
                let status = self.spec.entity(*other).status.as_ref()?;
                let ends = *other != entity && status.is_end(to);
                ends.then(|| self.subscribe(entity, message, status.is_failed(to))).flatten()
            })
        })
    }

    /// A variant that was published in this run, while another variant of the same
    /// event moves the row.
    pub(super) fn other_variant(&self, entity: EntityId) -> Option<String> {
        let moves = |step: &&Step| step.rows.iter().any(|row| row.entity == entity && row.to.is_some());
        let alone = |step: &Step| match step.triggers.as_slice() {
            [only] if only.variant.is_some() => Some((only.event, only.variant)),
            _ => None,
        };
        let taken: Vec<Message> = self.spec.steps().iter().filter(moves).filter_map(alone).collect();
        let left = |message: &Message| {
            !taken.contains(message) && taken.iter().any(|(event, _)| *event == message.0)
        };
        let message = self.sent().rev().find(left)?;
        self.subscribe(entity, message, message.1 == self.spec.event(message.0).failing())
    }

    /// The last message of the run that has an outcome, if no step reads it.
    pub(super) fn unread_message(&self, entity: EntityId) -> Option<String> {
        let last = self.sent().rev().find(|(event, _)| self.spec.event(*event).outcome.is_some())?;
        let event = self.spec.event(last.0);
        let closes = |closer: &Closer| matches!(closer, Closer::Unless(it) if it.event == last.0);
        let read =
            self.spec.steps().iter().any(|step| {
                step.triggers.iter().any(|it| it.event == last.0) || step.closers.iter().any(closes)
            });
        let inside = event.external == External::No;
        (!read && inside).then(|| self.subscribe(entity, last, last.1 == event.failing())).flatten()
    }

    fn subscribe(&self, entity: EntityId, message: Message, fails: bool) -> Option<String> {
        let declared = self.spec.entity(entity);
        let status = declared.status.as_ref()?;
        let to = if fails { status.failed.first() } else { status.done.first() }?;
        let service = &self.spec.service(declared.service).name;
        Some(format!(
            "add a subscription to `{service}`: `on: {}, entity: {}, to: {to}`",
            Named(self.spec, message),
            declared.name
        ))
    }
}
