//! What a transition works on.

use super::{Compensated, Note};
use crate::Mode;

/// How one instance stands at one service.
///
/// Steps are indices of [`Flow::steps`](super::Flow::steps). Needs are indices of
/// [`Step::all`](super::Step::all), and then of [`Step::any`](super::Step::any).
pub trait View {
    /// The mode of a step.
    fn mode(&mut self, step: usize) -> Mode;

    /// Whether a message that the step needs has arrived.
    fn arrived(&mut self, step: usize, need: usize) -> bool;

    /// The row that a step loads by this use of its [`rows`](super::Step::rows).
    fn row(&mut self, step: usize, used: usize) -> Found;
}

/// What the steps of one instance at one service remember, what their rows say,
/// and what they decide and publish.
///
/// A transition asks and changes nothing else. The checker's world is a few bytes
/// and a choice wherever a handler would decide; the runtime's is the loaded rows,
/// the handlers, and the messages of a transaction. Both perform the same
/// transition, so what is proved is what runs.
///
/// Steps are indices of [`Flow::steps`](super::Flow::steps). Needs are indices of
/// [`Step::all`](super::Step::all), and then of [`Step::any`](super::Step::any).
pub trait World: View {
    /// Why a transition cannot be completed. Everything it did is then discarded.
    type Fault;

    /// Sets the mode of a step.
    fn set_mode(&mut self, step: usize, mode: Mode);

    /// Whether the message at hand is the first to reach a step that has no row to
    /// remember it by.
    fn is_first(&mut self, step: usize) -> bool;

    /// Keeps the message at hand, which the step needs.
    fn keep(&mut self, step: usize, need: usize);

    /// Forgets which messages have arrived: the step has no row that keeps them.
    fn forget(&mut self, step: usize);

    /// Whether an alternative of the step is ruled out.
    fn excluded(&mut self, step: usize, alternative: usize) -> bool;

    /// Rules an alternative of the step out.
    fn exclude(&mut self, step: usize, alternative: usize);

    /// Whether the effect of a step has been compensated.
    fn compensated(&mut self, step: usize) -> Compensated;

    /// Records how far the compensation of a step is.
    fn set_compensated(&mut self, step: usize, to: Compensated);

    /// Reports that the step would end this row in the opposite way to how it has
    /// ended.
    fn conflict(&mut self, step: usize, used: usize);

    /// Asks the step, which changes its rows and publishes what a success does.
    ///
    /// # Errors
    /// [`World::Fault`].
    fn decide(&mut self, step: usize) -> Result<Decided, Self::Fault>;

    /// Takes the answer to the call of a step, which changes its rows and publishes
    /// what a success does.
    ///
    /// # Errors
    /// [`World::Fault`].
    fn answer(&mut self, step: usize) -> Result<Answered, Self::Fault>;

    /// Publishes that the step failed, without asking it.
    ///
    /// # Errors
    /// [`World::Fault`], for a step that cannot fail.
    fn fail(&mut self, step: usize, cause: Cause) -> Result<(), Self::Fault>;

    /// Sends the compensating command at this index of
    /// [`Step::commands`](super::Step::commands).
    fn command(&mut self, step: usize, command: usize);

    /// Compensates the effect of a step.
    ///
    /// # Errors
    /// [`World::Fault`].
    fn compensate(&mut self, step: usize) -> Result<(), Self::Fault>;

    /// Reports what happened.
    fn note(&mut self, note: Note);
}

/// A row that a step loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// There is none.
    Missing,
    /// A row in this status.
    In(u8),
    /// Whatever row there is, its status lets the step run.
    Fitting,
    /// Whatever row there is, its status does not let the step run.
    Unfit,
}

/// What a step decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It succeeded, in the way at this index of
    /// [`Step::successes`](super::Step::successes).
    Way(usize),
    /// It was rejected.
    Rejected,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// It was answered.
    Decided(Decided),
    /// Its retries are exhausted, and it may have taken effect.
    Unknown,
}

/// Why a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// It was rejected.
    Rejected,
    /// The row that it loads by this use is missing, or in a status that does not
    /// let it run.
    Row(usize),
    /// The message at hand closes it.
    Closer,
    /// Its deadline has passed.
    Deadline,
    /// The saga had failed before it ran.
    SagaFailed,
    /// Its call was never answered.
    Unknown,
}
