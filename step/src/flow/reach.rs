//! Which step rows an act needs.

use super::receivers::Role;
use super::{Channel, Flow, RowUse};

impl Flow {
    /// The channel that brings a message to a service, if it reads the message.
    pub fn channel(&self, message: usize, service: usize) -> Option<usize> {
        self.channels_of[message].iter().copied().find(|it| self.channels[*it].service == service)
    }

    /// The steps with a row that a message may concern at its service, by index and
    /// each once: those it reaches, those that may wait for a row one of them creates,
    /// and those that may create a row one of them waits for.
    pub fn reach(&self, channel: usize) -> &[usize] {
        &self.channels[channel].reach
    }

    /// The same for an act of one step: a request, a deadline, or an answer.
    pub fn reach_of(&self, step: usize) -> Vec<usize> {
        reach(&self.steps, &self.entities, &[step])
    }

    /// Whether a message does nothing at its service but close steps.
    pub fn closes(&self, channel: usize) -> bool {
        self.channels[channel].receivers.iter().all(|it| it.role == Role::Closer)
    }

    /// Whether a message is to compensate a step.
    pub fn compensates(&self, channel: usize) -> bool {
        let Channel { receivers, .. } = &self.channels[channel];
        receivers.iter().any(|it| it.is_failure() || self.steps[it.step].compensates.is_some())
    }
}

/// The steps with a row that acts of `first` may concern.
pub(super) fn reach(steps: &[super::Step], entities: &[super::Entity], first: &[usize]) -> Vec<usize> {
    let mut reach = first.to_vec();
    let mut at = 0;
    while let Some(step) = reach.get(at).copied() {
        let waits_for = steps[step].rows.iter().filter(|used| used.is_early());
        let creators = waits_for.flat_map(|used| match used {
            RowUse::Own { entity, .. } => entities[*entity].creators.clone(),
            RowUse::Shared { .. } => Vec::new(),
        });
        let creates = steps[step].creates;
        let waiting = steps.iter().enumerate().filter(|(_, it)| {
            let waits = |used: &RowUse| {
                matches!(used, RowUse::Own { entity, early: true, .. } if Some(*entity) == creates)
            };
            it.rows.iter().any(waits)
        });
        let more: Vec<usize> = creators.chain(waiting.map(|(index, _)| index)).collect();
        reach.extend(more.into_iter().filter(|it| steps[*it].service == steps[step].service));
        at += 1;
        // Each once.
        let mut seen = Vec::new();
        reach.retain(|it| {
            !seen.contains(it) && {
                seen.push(*it);
                true
            }
        });
    }
    reach.retain(|it| steps[*it].kept);
    reach.sort_unstable();
    reach
}
