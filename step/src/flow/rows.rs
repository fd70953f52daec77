//! Whether the rows of an instance let a step run.

use super::perform::Transition;
use super::{Flow, RowUse, Start, State};
use crate::{Mode, Phase, Verdict, guard};

/// What the rows of a step make it do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowsSay {
    /// Run.
    Run,
    /// Wait for a row that may still be created.
    Wait,
    /// Publish nothing: there is no row and never will be, or the message does not
    /// apply to its status.
    Pass,
    /// Fail.
    Fail,
}

impl Flow {
    /// Whether the rows let a request run; otherwise the response is 404 or 409, and
    /// nothing happens.
    pub(super) fn rows_allow(&self, state: &State, step: usize) -> bool {
        self.steps[step].rows.iter().all(|used| match used {
            RowUse::Shared => true,
            RowUse::Own { .. } => self.verdict(state, step, used) == Some(Verdict::Run),
        })
    }

    /// The verdict on an instance's own row; none if there is no such row.
    ///
    /// A step that can fail has to publish its outcome, even if the row already
    /// has the status it would set, so the guard gets no target status.
    fn verdict(&self, state: &State, step: usize, used: &RowUse) -> Option<Verdict> {
        let RowUse::Own { to, unguarded, .. } = used else { return Some(Verdict::Run) };
        let to = to.filter(|_| self.steps[step].failure.is_none());
        let verdict = self.judge(state, used, to)?;
        Some(if *unguarded { Verdict::Run } else { verdict })
    }

    /// Whether a row has ended one way, and the step would end it the other.
    fn conflicts(&self, state: &State, used: &RowUse) -> bool {
        let RowUse::Own { to, unguarded: false, .. } = used else { return false };
        self.judge(state, used, *to) == Some(Verdict::Conflict)
    }

    fn judge(&self, state: &State, used: &RowUse, to: Option<u8>) -> Option<Verdict> {
        let RowUse::Own { entity, from, .. } = used else { return None };
        let phased = |status: u8| (status, self.phase(*entity, status));
        let status = state.row(&self.layout, *entity)?;
        Some(guard(phased(status), from.as_deref(), to.map(phased)))
    }

    /// The phase of a status.
    pub fn phase(&self, entity: usize, status: u8) -> Phase {
        self.entities[entity].statuses[usize::from(status)]
    }
}

impl Transition<'_> {
    /// Checks the rows of a step whose other needs have arrived, the instance's
    /// own rows first: while one of them is missing, nothing is decided. Marks a
    /// row that two steps would end in opposite ways.
    pub(super) fn judge_rows(&mut self, step: usize) -> RowsSay {
        let flow = self.flow;
        let rows = &flow.steps[step].rows;
        let is_shared = |used: &&RowUse| matches!(used, RowUse::Shared);
        for used in rows.iter().filter(|it| !is_shared(it)).chain(rows.iter().filter(is_shared)) {
            let said = match used {
                RowUse::Shared => self.judge_shared(step),
                RowUse::Own { entity, early, .. } => {
                    if flow.conflicts(self.state, used) {
                        self.state.set_conflict(&flow.layout, *entity);
                    }
                    match flow.verdict(self.state, step, used) {
                        None => self.missing(step, *entity, *early),
                        Some(Verdict::Run) => RowsSay::Run,
                        Some(Verdict::Already | Verdict::Guarded | Verdict::Conflict) => RowsSay::Pass,
                        Some(Verdict::Ended) => self.fail_or_pass(step),
                    }
                }
            };
            if said != RowsSay::Run {
                return said;
            }
        }
        RowsSay::Run
    }

    /// A shared row may or may not be in the status the step needs, since other
    /// instances change it. A request is only explored if it is.
    fn judge_shared(&mut self, step: usize) -> RowsSay {
        let asked = self.flow.steps[step].start != Start::Messages;
        match asked || self.choose(2) == 0 {
            true => RowsSay::Run,
            false => self.fail_or_pass(step),
        }
    }

    fn missing(&self, step: usize, entity: usize, early: bool) -> RowsSay {
        let flow = self.flow;
        let creators = &flow.entities[entity].creators;
        let open = |creator: &usize| {
            let mode = self.state.mode(&flow.layout, *creator);
            !mode.is_final() && mode != Mode::Barred
        };
        match early {
            true if creators.iter().any(open) => RowsSay::Wait,
            true => RowsSay::Pass,
            false => self.fail_or_pass(step),
        }
    }

    fn fail_or_pass(&self, step: usize) -> RowsSay {
        match self.flow.steps[step].failure {
            Some(_) => RowsSay::Fail,
            None => RowsSay::Pass,
        }
    }
}
