//! The checker's world: the bytes of a state, and a choice for every decision.

use std::convert::Infallible;

use super::perform::{Choose, Note};
use super::state::Compensated;
use super::world::{Answered, Cause, Decided, Found, View, World};
use super::{Compensation, Flow, RowUse, Start, State};
use crate::Mode;

/// One instance of a saga at all services, in an act.
pub(super) struct Instance<'a> {
    pub(super) flow: &'a Flow,
    pub(super) state: &'a mut State,
    pub(super) choices: &'a mut Choose<'a>,
    pub(super) notes: &'a mut Vec<Note>,
}

impl Instance<'_> {
    pub(super) fn choose(&mut self, of: usize) -> usize {
        if of == 1 { 0 } else { (self.choices)(of) }
    }

    pub(super) fn send(&mut self, message: usize) {
        self.notes.push(Note::Sent(message));
        let flow = self.flow;
        flow.channels_of[message].iter().for_each(|channel| self.state.send(&flow.layout, *channel));
    }

    /// A step runs and succeeds: its rows change, and it publishes.
    fn succeed(&mut self, step: usize, way: usize) -> Decided {
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
        def.successes[way].iter().for_each(|message| self.send(*message));
        Decided::Way(way)
    }

    fn set_row(&mut self, entity: usize, status: u8) {
        self.notes.push(Note::Row(entity, status));
        self.state.set_row(&self.flow.layout, entity, status);
    }

    fn reject(&mut self, step: usize) -> Decided {
        self.notes.push(Note::Rejected(step));
        Decided::Rejected
    }
}

impl View for Instance<'_> {
    fn mode(&mut self, step: usize) -> Mode {
        self.state.mode(&self.flow.layout, step)
    }

    fn arrived(&mut self, step: usize, need: usize) -> bool {
        self.state.arrived(&self.flow.layout, step, need)
    }

    /// A row that instances share may or may not be in the status the step needs. A
    /// request is only explored if it is.
    fn row(&mut self, step: usize, used: usize) -> Found {
        let def = &self.flow.steps[step];
        match &def.rows[used] {
            RowUse::Own { entity, .. } => {
                let status = self.state.row(&self.flow.layout, *entity);
                status.map_or(Found::Missing, Found::In)
            }
            RowUse::Shared { .. } if def.start != Start::Messages || self.choose(2) == 0 => Found::Fitting,
            RowUse::Shared { .. } => Found::Unfit,
        }
    }
}

impl World for Instance<'_> {
    type Fault = Infallible;

    /// A step without a row that has run once stays done, whatever happens when it
    /// runs again.
    fn set_mode(&mut self, step: usize, mode: Mode) {
        let def = &self.flow.steps[step];
        if !def.kept && self.mode(step) == Mode::Done {
            return;
        }
        self.state.set_mode(&self.flow.layout, step, mode, |need| def.owes_for(need));
    }

    /// No message is delivered twice.
    fn is_first(&mut self, _: usize) -> bool {
        true
    }

    fn keep(&mut self, step: usize, need: usize) {
        self.state.set_arrived(&self.flow.layout, step, need);
    }

    fn forget(&mut self, step: usize) {
        self.state.clear_arrived(&self.flow.layout, step);
    }

    fn excluded(&mut self, step: usize, alternative: usize) -> bool {
        self.state.excluded(&self.flow.layout, step, alternative)
    }

    fn exclude(&mut self, step: usize, alternative: usize) {
        self.state.set_excluded(&self.flow.layout, step, alternative);
    }

    fn compensated(&mut self, step: usize) -> Compensated {
        self.state.compensated(&self.flow.layout, step)
    }

    fn set_compensated(&mut self, step: usize, to: Compensated) {
        self.state.set_compensated(&self.flow.layout, step, to);
    }

    fn conflict(&mut self, step: usize, used: usize) {
        if let RowUse::Own { entity, .. } = self.flow.steps[step].rows[used] {
            self.state.set_conflict(&self.flow.layout, entity);
        }
    }

    fn decide(&mut self, step: usize) -> Result<Decided, Infallible> {
        let def = &self.flow.steps[step];
        let ways = def.successes.len();
        Ok(match self.choose(ways + usize::from(def.rejects)) {
            way if way < ways => self.succeed(step, way),
            _ => self.reject(step),
        })
    }

    fn answer(&mut self, step: usize) -> Result<Answered, Infallible> {
        let def = &self.flow.steps[step];
        let ways = def.successes.len();
        let unknown = !def.sql && def.failure.is_some() && def.undo != Compensation::Needless;
        Ok(match self.choose(ways + usize::from(def.rejects) + usize::from(unknown)) {
            way if way < ways => Answered::Decided(self.succeed(step, way)),
            way if way == ways && def.rejects => Answered::Decided(self.reject(step)),
            _ => {
                self.state.set_unknown(&self.flow.layout, step);
                Answered::Unknown
            }
        })
    }

    fn fail(&mut self, step: usize, cause: Cause) -> Result<(), Infallible> {
        if !matches!(cause, Cause::Rejected | Cause::Unknown) {
            self.notes.push(Note::Closed(step));
        }
        if let Some(failure) = self.flow.steps[step].failure {
            self.send(failure);
        }
        Ok(())
    }

    fn command(&mut self, step: usize, command: usize) {
        self.send(self.flow.steps[step].commands[command].message);
    }

    fn compensate(&mut self, _: usize) -> Result<(), Infallible> {
        Ok(())
    }

    fn note(&mut self, note: Note) {
        self.notes.push(note);
    }
}
