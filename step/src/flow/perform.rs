//! One transaction: what a message, a request, a timer or an answer does to
//! all steps of its service.

use super::receivers::{Receiver, Role};
use super::rows::RowsSay;
use super::state::{CAME, Compensated, NEVER};
use super::{Act, Flow, RowUse, Start, State, Step};
use crate::{Arrival, Effect, Mode, arrive};

/// Makes a choice: takes the number of alternatives and returns the index of one.
pub type Choose<'a> = dyn FnMut(usize) -> usize + 'a;

/// Something that happened in an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Note {
    /// A step ran and succeeded, in this way.
    Succeeded(usize, usize),
    /// A step ran and was rejected.
    Rejected(usize),
    /// A call started.
    Called(usize),
    /// The retries of a call were exhausted; whether it took effect is unknown.
    GaveUp(usize),
    /// A step failed without having run.
    Closed(usize),
    /// A step will not run: another branch was taken, or its row is missing or in
    /// the wrong status.
    Passed(usize),
    /// A step that has not run will fail instead of running.
    Barred(usize),
    /// The effect of a step was compensated.
    Compensated(usize),
    /// A row was created or moved: entity, status.
    Row(usize, u8),
    /// A message was published.
    Sent(usize),
}

/// An act in progress.
pub(super) struct Transition<'a> {
    pub(super) flow: &'a Flow,
    pub(super) state: &'a mut State,
    choices: &'a mut Choose<'a>,
    pub(super) notes: &'a mut Vec<Note>,
}

impl Flow {
    /// Performs an act that is [possible](Flow::can). `choose` makes its choices;
    /// everything that happens is added to `notes`.
    pub fn perform<'a>(
        &'a self,
        state: &'a mut State,
        act: Act,
        choose: &'a mut Choose<'a>,
        notes: &'a mut Vec<Note>,
    ) {
        Transition { flow: self, state, choices: choose, notes }.perform(act);
    }

    /// Whether a step ignores a message, now and later.
    pub(super) fn absorbs(&self, state: &State, Receiver { step, role }: Receiver) -> bool {
        let mode = state.mode(&self.layout, step);
        if !self.steps[step].kept || !mode.is_final() {
            return false;
        }
        match role {
            Role::Failure => mode != Mode::Done || state.compensated(&self.layout, step) >= Compensated::Once,
            Role::All(need) => mode != Mode::Failed || !self.steps[step].owes(need),
            Role::Any(alternative) => {
                let def = &self.steps[step];
                mode != Mode::Failed || !def.owes(def.all.len() + alternative)
            }
            Role::Closer | Role::Other | Role::OtherAny(_) => true,
        }
    }
}

impl Step {
    /// Whether it sends a command for the success at this index.
    fn owes(&self, need: usize) -> bool {
        self.commands.iter().any(|command| command.need == need)
    }
}

impl Transition<'_> {
    pub(super) fn choose(&mut self, of: usize) -> usize {
        if of == 1 { 0 } else { (self.choices)(of) }
    }

    fn perform(&mut self, act: Act) {
        let flow = self.flow;
        let at = &flow.layout;
        match act {
            Act::Begin(step) => {
                self.state.begin(at);
                self.decide(step);
            }
            Act::Receive(channel) => {
                self.state.receive(at, channel);
                flow.channels[channel].receivers.iter().for_each(|receiver| self.receive(*receiver));
            }
            Act::Request(step) => self.start(step),
            Act::NeverRequest(step) => self.state.set_never(at, step),
            Act::Deadline(step) => {
                if arrive(self.mode(step), Arrival::Closer).1 == Effect::Fail {
                    self.close(step);
                }
            }
            Act::Answer(step) => self.answer(step),
            Act::Publish(external) => {
                self.state.set_external(at, external, CAME);
                let messages = &flow.external_events[external].messages;
                let which = self.choose(messages.len());
                self.send(messages[which]);
            }
            Act::NeverPublish(external) => self.state.set_external(at, external, NEVER),
        }
        self.settle(act);
    }

    pub(super) fn mode(&self, step: usize) -> Mode {
        self.state.mode(&self.flow.layout, step)
    }

    /// Sets the mode. A step without a row that has run once stays done, whatever
    /// happens when it runs again.
    pub(super) fn set_mode(&mut self, step: usize, mode: Mode) {
        let def = &self.flow.steps[step];
        if !def.kept && self.mode(step) == Mode::Done {
            return;
        }
        self.state.set_mode(&self.flow.layout, step, mode, |need| def.owes(need));
    }

    /// A message reaches a step.
    fn receive(&mut self, Receiver { step, role }: Receiver) {
        if !self.flow.steps[step].kept && role != Role::Failure {
            return self.receive_without_row(step, role);
        }
        match role {
            Role::Failure => self.saga_failed(step),
            Role::Closer => self.take(step, Arrival::Closer, None),
            Role::Other => self.take(step, Arrival::OtherBranch, None),
            Role::OtherAny(alternative) => self.exclude(step, alternative),
            Role::All(need) => {
                let repeat = self.state.arrived(&self.flow.layout, step, need);
                self.state.set_arrived(&self.flow.layout, step, need);
                self.take_need(step, repeat, need);
            }
            Role::Any(alternative) => {
                let repeat = self.state.alternative_arrived(&self.flow.layout, step, alternative);
                self.state.set_alternative_arrived(&self.flow.layout, step, alternative);
                self.take_need(step, repeat, self.flow.steps[step].all.len() + alternative);
            }
        }
    }

    /// A message reaches a step without a row.
    fn receive_without_row(&mut self, step: usize, role: Role) {
        let at = &self.flow.layout;
        match role {
            Role::Closer => self.close(step),
            Role::All(need) => {
                self.state.set_arrived(at, step, need);
                self.start(step);
            }
            Role::Any(alternative) => {
                self.state.set_alternative_arrived(at, step, alternative);
                self.start(step);
            }
            Role::Other | Role::OtherAny(_) | Role::Failure => {}
        }
        self.state.clear_arrived(at, step);
    }

    fn take_need(&mut self, step: usize, repeat: bool, need: usize) {
        if repeat {
            return self.take(step, Arrival::Repeat, Some(need));
        }
        let person = self.flow.steps[step].start == Start::Person;
        let completes = !person && self.state.complete(&self.flow.layout, step);
        self.take(step, Arrival::Need { completes }, Some(need));
    }

    fn take(&mut self, step: usize, arrival: Arrival, need: Option<usize>) {
        let (mode, effect) = arrive(self.mode(step), arrival);
        match effect {
            Effect::Run => self.start(step),
            Effect::Fail => self.close(step),
            Effect::Late => {
                need.into_iter().for_each(|need| self.send_owed(step, need));
                self.set_mode(step, mode);
            }
            Effect::Wait => {}
            Effect::Absorb => {
                if mode != self.mode(step) {
                    self.notes.push(Note::Passed(step));
                }
                self.set_mode(step, mode);
            }
        }
    }

    /// One alternative is ruled out. If all are, the step took no branch.
    fn exclude(&mut self, step: usize, alternative: usize) {
        let at = &self.flow.layout;
        if self.mode(step).is_final() {
            return;
        }
        self.state.set_excluded(at, step, alternative);
        let gone = |state: &State, it: usize| {
            state.excluded(at, step, it) && !state.alternative_arrived(at, step, it)
        };
        if (0..self.flow.steps[step].any.len()).all(|it| gone(self.state, it)) {
            self.take(step, Arrival::OtherBranch, None);
        }
    }

    /// All needs of a step have arrived; its rows are still to be checked.
    fn start(&mut self, step: usize) {
        match self.judge_rows(step) {
            RowsSay::Wait => {}
            RowsSay::Pass => {
                self.notes.push(Note::Passed(step));
                self.set_mode(step, Mode::Dropped);
            }
            RowsSay::Fail => self.close(step),
            RowsSay::Run if self.flow.steps[step].calls => {
                self.notes.push(Note::Called(step));
                self.set_mode(step, Mode::Running);
            }
            RowsSay::Run => self.decide(step),
        }
    }

    /// Lets steps continue that were only waiting for a row, now that the row exists
    /// or its creator has ended.
    fn settle(&mut self, act: Act) {
        let Some(service) = self.flow.service_of(act) else { return };
        let mut moved = true;
        while moved {
            moved = false;
            for &step in &self.flow.at_service[service] {
                if self.waits_for_row(step) {
                    let before = self.mode(step);
                    self.start(step);
                    moved |= self.mode(step) != before;
                }
            }
        }
    }

    fn waits_for_row(&self, step: usize) -> bool {
        let def = &self.flow.steps[step];
        let early = |used: &RowUse| matches!(used, RowUse::Own { early: true, .. });
        def.start == Start::Messages
            && def.rows.iter().any(early)
            && self.mode(step) == Mode::Waiting
            && self.state.complete(&self.flow.layout, step)
    }
}

impl Flow {
    /// The service at which an act happens; none if it happens outside.
    pub fn service_of(&self, act: Act) -> Option<usize> {
        match act {
            Act::Begin(step) | Act::Request(step) | Act::Deadline(step) | Act::Answer(step) => {
                Some(self.steps[step].service)
            }
            Act::Receive(channel) => Some(self.channels[channel].service),
            Act::NeverRequest(_) | Act::Publish(_) | Act::NeverPublish(_) => None,
        }
    }
}
