//! What a batch decided, to be counted once it is committed.

use saga_step::Phase;

/// Counts that are true only if their batch is committed. A batch knows few
/// steps, so they are found by looking through them.
#[derive(Debug, Default)]
pub struct Tally {
    pub(crate) rejections: Vec<(&'static str, u64)>,
    pub(crate) begun: u64,
    pub(crate) done: u64,
    pub(crate) failed: u64,
}

impl Tally {
    pub(crate) fn rejected(&mut self, step: &'static str) {
        match self.rejections.iter_mut().find(|(known, _)| *known == step) {
            Some((_, count)) => *count += 1,
            None => self.rejections.push((step, 1)),
        }
    }

    /// A request created a row and published: an instance of the saga begins.
    pub(crate) fn begun(&mut self) {
        self.begun += 1;
    }

    /// A row moved to a status of this phase.
    pub(crate) fn reached(&mut self, phase: Phase) {
        match phase {
            Phase::Open => {}
            Phase::Done => self.done += 1,
            Phase::Failed => self.failed += 1,
        }
    }
}
