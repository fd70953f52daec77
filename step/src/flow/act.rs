//! The acts that are possible in a state.

use super::state::OPEN;
use super::{Flow, Standing, Start, State};
use crate::Mode;

/// One transaction at one service, or a decision made outside the saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Act {
    /// The request that starts the instance, at this step.
    Begin(usize),
    /// A service handles a message from this channel.
    Receive(usize),
    /// A client sends the request of this step.
    Request(usize),
    /// A client could send the request of this step, and never does.
    NeverRequest(usize),
    /// The deadline of this step passes.
    Deadline(usize),
    /// The call of this step is answered, or its retries are exhausted.
    Answer(usize),
    /// An external producer publishes this event.
    Publish(usize),
    /// An external producer could publish this event, and never does.
    NeverPublish(usize),
}

impl Flow {
    /// Every act of this flow.
    pub fn acts(&self) -> Vec<Act> {
        let mut acts: Vec<Act> = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            match step.start {
                Start::Beginning => acts.push(Act::Begin(index)),
                Start::Person => acts.extend([Act::Request(index), Act::NeverRequest(index)]),
                Start::Messages => {}
            }
            acts.extend(step.deadline.then_some(Act::Deadline(index)));
            acts.extend(step.calls.then_some(Act::Answer(index)));
        }
        acts.extend((0..self.channels.len()).map(Act::Receive));
        for external in 0..self.external_events.len() {
            acts.extend([Act::Publish(external), Act::NeverPublish(external)]);
        }
        acts
    }

    /// Whether an act is possible in a state.
    pub fn can(&self, state: &State, act: Act) -> bool {
        let at = &self.layout;
        match act {
            Act::Begin(_) => !state.begun(at),
            Act::Receive(channel) => state.in_flight(at, channel) > 0,
            Act::Request(step) | Act::NeverRequest(step) => self.waits_for_person(state, step),
            Act::Deadline(step) => state.mode(at, step) == Mode::Waiting && state.any_arrived(at, step),
            Act::Answer(step) => state.mode(at, step) == Mode::Running,
            Act::Publish(external) | Act::NeverPublish(external) => {
                state.begun(at) && state.external(at, external) == OPEN
            }
        }
    }

    /// Whether the request of a step is all that is missing.
    fn waits_for_person(&self, state: &State, step: usize) -> bool {
        let at = &self.layout;
        state.begun(at) && !state.never(at, step) && self.standing_in(state, step) == Standing::Ready
    }

    /// Whether a message in flight can no longer change anything, whatever else
    /// happens: every step it reaches has ended.
    pub fn is_absorbed(&self, state: &State, channel: usize) -> bool {
        self.channels[channel].receivers.iter().all(|receiver| self.absorbs(state, *receiver))
    }
}
