//! Whether the rows of an instance let a step run.

use super::perform::{Passed, Transition};
use super::world::{Cause, Found, World};
use super::{Flow, RowUse};
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
    Pass(Passed),
    /// Fail.
    Fail(Cause),
}

impl Flow {
    /// The verdict on a row in `status` that a step loads.
    ///
    /// A step that can fail has to publish its outcome, even if the row already
    /// has the status it would set, so the guard gets no target status.
    pub fn verdict(&self, step: usize, used: &RowUse, status: u8) -> Verdict {
        match used {
            RowUse::Own { unguarded: true, .. } => Verdict::Run,
            _ => self.judge(used, status, used.to().filter(|_| self.steps[step].failure.is_none())),
        }
    }

    /// Whether a row in `status` lets a step run that loads it as the `used`th of its rows. A status that
    /// there is not does not.
    pub fn lets_run(&self, step: usize, used: usize, status: u8) -> bool {
        let row = &self.steps[step].rows[used];
        let statuses = match row {
            RowUse::Own { entity, .. } => &self.entities[*entity].statuses,
            RowUse::Shared { statuses, .. } => statuses,
        };
        usize::from(status) < statuses.len() && self.verdict(step, row, status) == Verdict::Run
    }

    /// Whether a row has ended one way, and the step would end it the other.
    fn conflicts(&self, used: &RowUse, status: u8) -> bool {
        let guarded = !matches!(used, RowUse::Own { unguarded: true, .. });
        guarded && self.judge(used, status, used.to()) == Verdict::Conflict
    }

    fn judge(&self, used: &RowUse, status: u8, to: Option<u8>) -> Verdict {
        let (statuses, from) = match used {
            RowUse::Own { entity, from, .. } => (&self.entities[*entity].statuses, from),
            RowUse::Shared { statuses, from, .. } => (statuses, from),
        };
        let phased = |status: u8| (status, statuses[usize::from(status)]);
        guard(phased(status), from.as_deref(), to.map(phased))
    }

    /// The phase of a status.
    pub fn phase(&self, entity: usize, status: u8) -> Phase {
        self.entities[entity].statuses[usize::from(status)]
    }
}

impl RowUse {
    /// The status the row is given.
    pub fn to(&self) -> Option<u8> {
        match self {
            Self::Own { to, .. } | Self::Shared { to, .. } => *to,
        }
    }

    fn is_shared(&self) -> bool {
        matches!(self, Self::Shared { .. })
    }
}

impl<W: World> Transition<'_, W> {
    /// Checks the rows of a step whose other needs have arrived, the instance's
    /// own rows first: while one of them is missing, nothing is decided. Marks a
    /// row that two steps would end in opposite ways.
    pub(super) fn judge_rows(&mut self, step: usize) -> RowsSay {
        let rows = &self.flow.steps[step].rows;
        for shared in [false, true] {
            for (index, used) in rows.iter().enumerate().filter(|(_, it)| it.is_shared() == shared) {
                let said = self.judge_row(step, index, used);
                if said != RowsSay::Run {
                    return said;
                }
            }
        }
        RowsSay::Run
    }

    fn judge_row(&mut self, step: usize, index: usize, used: &RowUse) -> RowsSay {
        let flow = self.flow;
        let status = match self.world.row(step, index) {
            Found::Fitting => return RowsSay::Run,
            Found::Unfit => return self.fail_or_pass(step, index, Passed::Ended),
            Found::Missing => return self.missing(step, index, used),
            Found::In(status) => status,
        };
        if flow.conflicts(used, status) {
            self.world.conflict(step, index);
        }
        match flow.verdict(step, used, status) {
            Verdict::Run => RowsSay::Run,
            Verdict::Already => RowsSay::Pass(Passed::Already),
            Verdict::Guarded => RowsSay::Pass(Passed::Guarded),
            Verdict::Conflict => RowsSay::Pass(Passed::Conflict),
            Verdict::Ended => self.fail_or_pass(step, index, Passed::Ended),
        }
    }

    fn missing(&mut self, step: usize, index: usize, used: &RowUse) -> RowsSay {
        let RowUse::Own { entity, early: true, .. } = used else {
            return self.fail_or_pass(step, index, Passed::Missing);
        };
        let creators = &self.flow.entities[*entity].creators;
        let world = &mut self.world;
        let open = |creator: &usize| {
            let mode = world.mode(*creator);
            !mode.is_final() && mode != Mode::Barred
        };
        if creators.iter().any(open) { RowsSay::Wait } else { RowsSay::Pass(Passed::Missing) }
    }

    fn fail_or_pass(&self, step: usize, row: usize, why: Passed) -> RowsSay {
        match self.flow.steps[step].failure {
            Some(_) => RowsSay::Fail(Cause::Row(row)),
            None => RowsSay::Pass(why),
        }
    }
}
