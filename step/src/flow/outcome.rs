//! What a step does once it runs, fails or is compensated.

use super::perform::{Note, Transition};
use super::state::Compensated;
use super::{Compensation, RowUse};
use crate::{Mode, Undo, saga_failed};

impl Transition<'_> {
    /// A step runs, and its handler decides.
    pub(super) fn decide(&mut self, step: usize) {
        let def = &self.flow.steps[step];
        let ways = def.successes.len();
        match self.choose(ways + usize::from(def.rejects)) {
            way if way < ways => self.succeed(step, way),
            _ => self.reject(step),
        }
    }

    /// A call is answered, or its retries are exhausted and its effect is unknown.
    pub(super) fn answer(&mut self, step: usize) {
        let def = &self.flow.steps[step];
        let ways = def.successes.len();
        let unknown = def.failure.is_some() && def.undo != Compensation::Needless;
        match self.choose(ways + usize::from(def.rejects) + usize::from(unknown)) {
            way if way < ways => self.succeed(step, way),
            way if way == ways && def.rejects => self.reject(step),
            _ => {
                self.notes.push(Note::GaveUp(step));
                self.state.set_unknown(&self.flow.layout, step);
                self.fail(step);
                if def.undo != Compensation::Missing {
                    self.compensate(step);
                }
            }
        }
    }

    fn succeed(&mut self, step: usize, way: usize) {
        let flow = self.flow;
        let def = &flow.steps[step];
        self.notes.push(Note::Succeeded(step, way));
        if self.mode(step) == Mode::Done {
            self.state.set_twice(&flow.layout, step);
        }
        if let Some(entity) = def.creates {
            self.set_row(entity, 0);
        }
        for used in &def.rows {
            if let RowUse::Own { entity, to: Some(to), .. } = used {
                self.set_row(*entity, *to);
            }
        }
        self.set_mode(step, Mode::Done);
        def.successes[way].iter().for_each(|message| self.send(*message));
        if let Some(compensated) = def.compensates {
            self.compensate(compensated);
        }
        if self.state.compensated(&flow.layout, step) == Compensated::Due {
            self.compensate(step);
        }
    }

    fn set_row(&mut self, entity: usize, status: u8) {
        self.notes.push(Note::Row(entity, status));
        self.state.set_row(&self.flow.layout, entity, status);
    }

    fn reject(&mut self, step: usize) {
        self.notes.push(Note::Rejected(step));
        self.fail(step);
    }

    pub(super) fn close(&mut self, step: usize) {
        self.notes.push(Note::Closed(step));
        self.fail(step);
    }

    /// A step fails: it publishes its failure, and compensates what had succeeded.
    fn fail(&mut self, step: usize) {
        let flow = self.flow;
        let def = &flow.steps[step];
        if self.state.compensated(&flow.layout, step) == Compensated::Due {
            self.state.set_compensated(&flow.layout, step, Compensated::Not);
        }
        if let Some(failure) = def.failure {
            self.send(failure);
        }
        for command in &def.commands {
            if self.state.arrived(&flow.layout, step, command.need) {
                self.send(command.message);
            }
        }
        self.set_mode(step, if def.failure.is_some() { Mode::Failed } else { Mode::Dropped });
    }

    pub(super) fn send_owed(&mut self, step: usize, need: usize) {
        let owed = self.flow.steps[step].commands.iter().filter(|command| command.need == need);
        owed.for_each(|command| self.send(command.message));
    }

    /// The failure of the saga reaches the service of a step.
    pub(super) fn saga_failed(&mut self, step: usize) {
        let at = &self.flow.layout;
        if self.state.compensated(at, step) != Compensated::Not {
            return;
        }
        let (mode, undo) = saga_failed(self.mode(step), self.state.any_arrived(at, step));
        match undo {
            Undo::Nothing => {
                if mode == Mode::Barred && self.mode(step) != mode {
                    self.notes.push(Note::Barred(step));
                }
                self.set_mode(step, mode);
            }
            Undo::Fail => self.close(step),
            Undo::Compensate => self.compensate(step),
            Undo::AfterAnswer => self.state.set_compensated(at, step, Compensated::Due),
        }
    }

    fn compensate(&mut self, step: usize) {
        self.notes.push(Note::Compensated(step));
        let at = &self.flow.layout;
        let next = match self.state.compensated(at, step) {
            Compensated::Not | Compensated::Due => Compensated::Once,
            Compensated::Once | Compensated::Twice => Compensated::Twice,
        };
        self.state.set_compensated(at, step, next);
    }

    pub(super) fn send(&mut self, message: usize) {
        self.notes.push(Note::Sent(message));
        let flow = self.flow;
        flow.channels_of[message].iter().for_each(|channel| self.state.send(&flow.layout, *channel));
    }
}
