//! How a step stands to the request that it waits for.

use super::state::Layout;
use super::world::{Found, View};
use super::{Flow, RowUse, State};
use crate::{Mode, Verdict};

/// How a step stands to the request that it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The request is all that is missing.
    Ready,
    /// The request has been performed, and the row shows it.
    Already,
    /// Nothing that the step needs has arrived: as far as its service knows, there is no such instance.
    Unheard,
    /// The row that it loads by this use is missing.
    NoRow(usize),
    /// The status of the row that it loads by this use does not let it run.
    Unfit(usize),
    /// The step needs more than the request.
    Early,
    /// The step has run.
    Answered,
    /// The step will not run.
    Closed,
}

impl Flow {
    /// How a step stands to the request that it waits for. Only a step that is [`Standing::Ready`] may be
    /// asked to perform it; a service tells the client otherwise.
    pub fn standing(&self, view: &mut impl View, step: usize) -> Standing {
        let def = &self.steps[step];
        let mode = view.mode(step);
        let needs = def.all.len() + def.any.len();
        if mode == Mode::Waiting && needs > 0 && !(0..needs).any(|need| view.arrived(step, need)) {
            return Standing::Unheard;
        }
        for (used, row) in def.rows.iter().enumerate() {
            match view.row(step, used) {
                Found::Fitting => {}
                Found::Missing => return Standing::NoRow(used),
                Found::Unfit => return Standing::Unfit(used),
                Found::In(status) if mode == Mode::Done && row.to() == Some(status) => {
                    return Standing::Already;
                }
                Found::In(status) => match self.verdict(step, row, status) {
                    Verdict::Run => {}
                    Verdict::Already => return Standing::Already,
                    Verdict::Guarded | Verdict::Ended | Verdict::Conflict => return Standing::Unfit(used),
                },
            }
        }
        match mode {
            Mode::Waiting if self.has_all(view, step) => Standing::Ready,
            Mode::Waiting => Standing::Early,
            Mode::Done | Mode::Running => Standing::Answered,
            Mode::Failed | Mode::Dropped | Mode::Barred => Standing::Closed,
        }
    }

    /// Whether every message that a step needs has arrived.
    pub(super) fn has_all(&self, view: &mut impl View, step: usize) -> bool {
        let (all, any) = (self.steps[step].all.len(), self.steps[step].any.len());
        (any == 0 || (all..all + any).any(|need| view.arrived(step, need)))
            && (0..all).all(|need| view.arrived(step, need))
    }

    /// The same in a state of the proof.
    pub fn standing_in(&self, state: &State, step: usize) -> Standing {
        self.standing(&mut Seen { flow: self, at: &self.layout, state }, step)
    }
}

/// A state of the proof, to be read.
struct Seen<'a> {
    flow: &'a Flow,
    at: &'a Layout,
    state: &'a State,
}

impl View for Seen<'_> {
    fn mode(&mut self, step: usize) -> Mode {
        self.state.mode(self.at, step)
    }

    fn arrived(&mut self, step: usize, need: usize) -> bool {
        self.state.arrived(self.at, step, need)
    }

    fn row(&mut self, step: usize, used: usize) -> Found {
        match self.flow.steps[step].rows[used] {
            RowUse::Shared { .. } => Found::Fitting,
            RowUse::Own { entity, .. } => self.state.row(self.at, entity).map_or(Found::Missing, Found::In),
        }
    }
}
