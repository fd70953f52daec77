//! One transaction: what a message, a request, a timer or an answer does to
//! all steps of its service.

use super::instance::Instance;
use super::receivers::{Receiver, Role};
use super::rows::RowsSay;
use super::state::{CAME, Compensated, NEVER};
use super::world::{Cause, World};
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
    /// A step will not run.
    Passed(usize, Passed),
    /// A step that has not run will fail instead of running.
    Barred(usize),
    /// The effect of a step was compensated.
    Compensated(usize),
    /// A row was created or moved: entity, status.
    Row(usize, u8),
    /// A message was published.
    Sent(usize),
}

/// Why a step will not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Passed {
    /// Another branch was taken.
    OtherBranch,
    /// There is no row for it, and there never will be.
    Missing,
    /// The row has the status already that the step would give it.
    Already,
    /// The row is in a status that the step does not accept.
    Guarded,
    /// The row has ended.
    Ended,
    /// The row has ended, and the step would end it the opposite way.
    Conflict,
}

/// An act in progress.
pub(super) struct Transition<'f, W> {
    pub(super) flow: &'f Flow,
    pub(super) world: W,
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
        let world = Instance { flow: self, state, choices: choose, notes };
        let mut transition = Transition { flow: self, world };
        let Ok(()) = transition.perform_anywhere(act);
    }

    /// Performs an act of one service in its world.
    ///
    /// # Errors
    /// [`World::Fault`].
    pub fn perform_in<W: World>(&self, world: W, act: Act) -> Result<(), W::Fault> {
        Transition { flow: self, world }.perform(act)
    }

    /// Whether a step ignores a message, now and later.
    pub(super) fn absorbs(&self, state: &State, Receiver { step, role }: Receiver) -> bool {
        let mode = state.mode(&self.layout, step);
        if !self.steps[step].kept || !mode.is_final() {
            return false;
        }
        match role {
            Role::Failure => mode != Mode::Done || state.compensated(&self.layout, step) >= Compensated::Once,
            Role::All(need) => mode != Mode::Failed || !self.steps[step].owes_for(need),
            Role::Any(alternative) => {
                let def = &self.steps[step];
                mode != Mode::Failed || !def.owes_for(def.all.len() + alternative)
            }
            Role::Closer | Role::Other | Role::OtherAny(_) => true,
        }
    }
}

impl Step {
    /// Whether it sends a command for the success at this index.
    pub(super) fn owes_for(&self, need: usize) -> bool {
        self.commands.iter().any(|command| command.need == need)
    }
}

impl Transition<'_, Instance<'_>> {
    /// An act at a service, or a decision made outside the saga.
    fn perform_anywhere(&mut self, act: Act) -> Result<(), std::convert::Infallible> {
        let flow = self.flow;
        let at = &flow.layout;
        match act {
            Act::Begin(_) => self.world.state.begin(at),
            Act::Receive(channel) => self.world.state.receive(at, channel),
            Act::NeverRequest(step) => self.world.state.set_never(at, step),
            Act::Publish(external) => {
                self.world.state.set_external(at, external, CAME);
                let messages = &flow.external_events[external].messages;
                let which = self.world.choose(messages.len());
                self.world.send(messages[which]);
            }
            Act::NeverPublish(external) => self.world.state.set_external(at, external, NEVER),
            Act::Request(_) | Act::Deadline(_) | Act::Answer(_) => {}
        }
        self.perform(act)
    }
}

impl<W: World> Transition<'_, W> {
    fn perform(&mut self, act: Act) -> Result<(), W::Fault> {
        match act {
            Act::Begin(step) => self.decide(step)?,
            Act::Receive(channel) => {
                for receiver in &self.flow.channels[channel].receivers {
                    self.receive(*receiver)?;
                }
            }
            Act::Request(step) => self.start(step)?,
            Act::Deadline(step) => {
                if arrive(self.world.mode(step), Arrival::Closer).1 == Effect::Fail {
                    self.fail(step, Cause::Deadline)?;
                }
            }
            Act::Answer(step) => self.answer(step)?,
            Act::NeverRequest(_) | Act::Publish(_) | Act::NeverPublish(_) => {}
        }
        self.settle(act)
    }

    /// A message reaches a step.
    fn receive(&mut self, Receiver { step, role }: Receiver) -> Result<(), W::Fault> {
        if !self.flow.steps[step].kept && role != Role::Failure {
            return self.receive_without_row(step, role);
        }
        match role {
            Role::Failure => self.saga_failed(step),
            Role::Closer => self.take(step, Arrival::Closer, None),
            Role::Other => self.take(step, Arrival::OtherBranch, None),
            Role::OtherAny(alternative) => self.exclude(step, alternative),
            Role::All(need) => self.take_need(step, need),
            Role::Any(alternative) => self.take_need(step, self.flow.steps[step].all.len() + alternative),
        }
    }

    /// A message reaches a step without a row.
    fn receive_without_row(&mut self, step: usize, role: Role) -> Result<(), W::Fault> {
        if matches!(role, Role::Other | Role::OtherAny(_) | Role::Failure) || !self.world.is_first(step) {
            return Ok(());
        }
        match role {
            Role::All(need) => {
                self.world.keep(step, need);
                self.start(step)?;
            }
            Role::Any(alternative) => {
                self.world.keep(step, self.flow.steps[step].all.len() + alternative);
                self.start(step)?;
            }
            _ => self.fail(step, Cause::Closer)?,
        }
        self.world.forget(step);
        Ok(())
    }

    fn take_need(&mut self, step: usize, need: usize) -> Result<(), W::Fault> {
        let repeat = self.world.arrived(step, need);
        self.world.keep(step, need);
        if repeat {
            return self.take(step, Arrival::Repeat, Some(need));
        }
        let person = self.flow.steps[step].start == Start::Person;
        let completes = !person && self.flow.has_all(&mut self.world, step);
        self.take(step, Arrival::Need { completes }, Some(need))
    }

    fn take(&mut self, step: usize, arrival: Arrival, need: Option<usize>) -> Result<(), W::Fault> {
        let before = self.world.mode(step);
        let (mode, effect) = arrive(before, arrival);
        match effect {
            Effect::Run => self.start(step)?,
            Effect::Fail => {
                let closes = matches!(arrival, Arrival::Closer);
                self.fail(step, if closes { Cause::Closer } else { Cause::SagaFailed })?;
            }
            Effect::Late => {
                need.into_iter().for_each(|need| self.send_owed(step, need));
                self.world.set_mode(step, mode);
            }
            Effect::Wait => {}
            Effect::Absorb => {
                if mode != before {
                    self.world.note(Note::Passed(step, Passed::OtherBranch));
                }
                self.world.set_mode(step, mode);
            }
        }
        Ok(())
    }

    /// One alternative is ruled out. If all are, the step took no branch.
    fn exclude(&mut self, step: usize, alternative: usize) -> Result<(), W::Fault> {
        if self.world.mode(step).is_final() {
            return Ok(());
        }
        self.world.exclude(step, alternative);
        let def = &self.flow.steps[step];
        let world = &mut self.world;
        if (0..def.any.len()).all(|it| world.excluded(step, it) && !world.arrived(step, def.all.len() + it)) {
            self.take(step, Arrival::OtherBranch, None)?;
        }
        Ok(())
    }

    /// All needs of a step have arrived; its rows are still to be checked.
    fn start(&mut self, step: usize) -> Result<(), W::Fault> {
        match self.judge_rows(step) {
            RowsSay::Wait => Ok(()),
            RowsSay::Pass(why) => {
                self.world.note(Note::Passed(step, why));
                self.world.set_mode(step, Mode::Dropped);
                Ok(())
            }
            RowsSay::Fail(cause) => self.fail(step, cause),
            RowsSay::Run if self.flow.steps[step].calls => {
                self.world.note(Note::Called(step));
                self.world.set_mode(step, Mode::Running);
                Ok(())
            }
            RowsSay::Run => self.decide(step),
        }
    }

    /// Lets steps continue that were only waiting for a row, now that the row exists
    /// or its creator has ended.
    fn settle(&mut self, act: Act) -> Result<(), W::Fault> {
        let Some(service) = self.flow.service_of(act) else { return Ok(()) };
        let mut moved = true;
        while moved {
            moved = false;
            for &step in &self.flow.early_at[service] {
                if self.waits_for_row(step) {
                    let before = self.world.mode(step);
                    self.start(step)?;
                    moved |= self.world.mode(step) != before;
                }
            }
        }
        Ok(())
    }

    fn waits_for_row(&mut self, step: usize) -> bool {
        self.flow.steps[step].start == Start::Messages
            && self.world.mode(step) == Mode::Waiting
            && self.flow.has_all(&mut self.world, step)
    }

    /// Whether anything the step needs has arrived.
    pub(super) fn any_arrived(&mut self, step: usize) -> bool {
        let def = &self.flow.steps[step];
        (0..def.all.len() + def.any.len()).any(|need| self.world.arrived(step, need))
    }
}

impl RowUse {
    /// Whether the step may run before the row exists, and then waits for it.
    pub fn is_early(&self) -> bool {
        matches!(self, Self::Own { early: true, .. })
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
