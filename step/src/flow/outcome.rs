//! What a step does once it runs, fails or is compensated.

use super::Compensation;
use super::perform::{Note, Transition};
use super::state::Compensated;
use super::world::{Answered, Cause, Decided, World};
use crate::{Mode, Undo, saga_failed};

impl<W: World> Transition<'_, W> {
    /// A step runs, and its handler decides.
    pub(super) fn decide(&mut self, step: usize) -> Result<(), W::Fault> {
        let decided = self.world.decide(step)?;
        self.decided(step, decided)
    }

    /// A call is answered, or its retries are exhausted and its effect is unknown.
    pub(super) fn answer(&mut self, step: usize) -> Result<(), W::Fault> {
        match self.world.answer(step)? {
            Answered::Decided(decided) => self.decided(step, decided),
            Answered::Unknown => {
                self.world.note(Note::GaveUp(step));
                self.fail(step, Cause::Unknown)?;
                if self.flow.steps[step].undo != Compensation::Missing {
                    self.compensate(step)?;
                }
                Ok(())
            }
        }
    }

    fn decided(&mut self, step: usize, decided: Decided) -> Result<(), W::Fault> {
        match decided {
            Decided::Way(_) => self.succeeded(step),
            Decided::Rejected => self.fail(step, Cause::Rejected),
        }
    }

    fn succeeded(&mut self, step: usize) -> Result<(), W::Fault> {
        self.world.set_mode(step, Mode::Done);
        if let Some(compensated) = self.flow.steps[step].compensates {
            self.mark_compensated(compensated);
        }
        if self.world.compensated(step) == Compensated::Due {
            self.compensate(step)?;
        }
        Ok(())
    }

    /// A step fails: it publishes its failure, and compensates what had succeeded.
    pub(super) fn fail(&mut self, step: usize, cause: Cause) -> Result<(), W::Fault> {
        let flow = self.flow;
        let def = &flow.steps[step];
        if self.world.compensated(step) == Compensated::Due {
            self.world.set_compensated(step, Compensated::Not);
        }
        self.world.fail(step, cause)?;
        for (index, command) in def.commands.iter().enumerate() {
            if self.world.arrived(step, command.need) {
                self.world.command(step, index);
            }
        }
        self.world.set_mode(step, if def.failure.is_some() { Mode::Failed } else { Mode::Dropped });
        Ok(())
    }

    pub(super) fn send_owed(&mut self, step: usize, need: usize) {
        for (index, command) in self.flow.steps[step].commands.iter().enumerate() {
            if command.need == need {
                self.world.command(step, index);
            }
        }
    }

    /// The failure of the saga reaches the service of a step.
    pub(super) fn saga_failed(&mut self, step: usize) -> Result<(), W::Fault> {
        if self.world.compensated(step) != Compensated::Not {
            return Ok(());
        }
        let before = self.world.mode(step);
        let (mode, undo) = saga_failed(before, self.any_arrived(step));
        match undo {
            Undo::Nothing => {
                if mode == Mode::Barred && before != mode {
                    self.world.note(Note::Barred(step));
                }
                self.world.set_mode(step, mode);
            }
            Undo::Fail => self.fail(step, Cause::SagaFailed)?,
            Undo::Compensate => self.compensate(step)?,
            Undo::AfterAnswer => self.world.set_compensated(step, Compensated::Due),
        }
        Ok(())
    }

    fn compensate(&mut self, step: usize) -> Result<(), W::Fault> {
        self.world.compensate(step)?;
        self.mark_compensated(step);
        Ok(())
    }

    fn mark_compensated(&mut self, step: usize) {
        self.world.note(Note::Compensated(step));
        let next = match self.world.compensated(step) {
            Compensated::Not | Compensated::Due => Compensated::Once,
            Compensated::Once | Compensated::Twice => Compensated::Twice,
        };
        self.world.set_compensated(step, next);
    }
}
