//! The mode of one step, and what one message does to it.

use std::fmt;
use std::str::FromStr;

/// The mode of one step in one instance of a saga.
///
/// A step that no message has reached yet has no row; it counts as
/// [`Mode::Waiting`] with nothing arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// Some of the messages it needs are still missing.
    #[default]
    Waiting,
    /// Its call to an external system has not been answered yet.
    Running,
    /// It ran and succeeded.
    Done,
    /// It was rejected, or closed before it ran.
    Failed,
    /// Another branch was taken: it never runs, and publishes nothing.
    Dropped,
    /// The saga failed before any message reached it: it will fail instead of
    /// running.
    Barred,
}

impl Mode {
    /// Every mode, in the order of their discriminants.
    pub const ALL: [Mode; 6] =
        [Mode::Waiting, Mode::Running, Mode::Done, Mode::Failed, Mode::Dropped, Mode::Barred];

    /// Whether no message can make the step run any more.
    pub fn is_final(self) -> bool {
        matches!(self, Mode::Done | Mode::Failed | Mode::Dropped)
    }

    /// The name of this mode in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Waiting => "waiting",
            Mode::Running => "running",
            Mode::Done => "done",
            Mode::Failed => "failed",
            Mode::Dropped => "dropped",
            Mode::Barred => "barred",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A mode in the database that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownMode(pub String);

impl fmt::Display for UnknownMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown step state `{}`", self.0)
    }
}

impl std::error::Error for UnknownMode {}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        let known = Mode::ALL.into_iter().find(|mode| mode.as_str() == text);
        known.ok_or_else(|| UnknownMode(text.to_owned()))
    }
}

/// What a message means to a step it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arrival {
    /// A message the step needs, seen for the first time.
    Need {
        /// Whether, with it, everything the step needs has arrived.
        completes: bool,
    },
    /// A message the step needs that has arrived before.
    Repeat,
    /// A message that closes the step.
    Closer,
    /// A message that shows the saga took another branch.
    OtherBranch,
}

/// What the step does about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Keep the message and wait for the others.
    Wait,
    /// Everything has arrived: call the handler, then [`Mode::Done`] or
    /// [`Mode::Failed`].
    Run,
    /// Publish the failing variant, once, without calling the handler.
    Fail,
    /// A late success: the step has failed, and something it needed succeeds
    /// afterwards. Keep the message, and compensate the step that published it.
    Late,
    /// Do nothing: the outcome of the step is settled.
    Absorb,
}

/// One transition: the effect of `arrival` on a step in `mode`.
///
/// After [`Effect::Run`] the handler decides the mode; after [`Effect::Fail`] it
/// is [`Mode::Failed`]; every other effect keeps the mode, except that
/// [`Arrival::OtherBranch`] drops a waiting step.
pub fn arrive(mode: Mode, arrival: Arrival) -> (Mode, Effect) {
    match (mode, arrival) {
        (Mode::Waiting, Arrival::Need { completes: true }) => (Mode::Waiting, Effect::Run),
        (Mode::Waiting, Arrival::Need { completes: false }) => (Mode::Waiting, Effect::Wait),
        (Mode::Waiting, Arrival::Closer) => (Mode::Failed, Effect::Fail),
        (Mode::Waiting | Mode::Barred, Arrival::OtherBranch) => (Mode::Dropped, Effect::Absorb),
        (Mode::Barred, Arrival::Need { .. } | Arrival::Closer) => (Mode::Failed, Effect::Fail),
        (Mode::Failed, Arrival::Need { .. }) => (Mode::Failed, Effect::Late),
        (mode, _) => (mode, Effect::Absorb),
    }
}

/// What a step whose effect has a compensation does when the saga fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Undo {
    /// Do nothing: it had no effect, and will have none.
    Nothing,
    /// Publish the failing variant: the step will not run any more.
    Fail,
    /// Compensate, with the messages the step received.
    Compensate,
    /// Compensate when the call is answered, if it succeeded.
    AfterAnswer,
}

/// One transition: the failure of the saga reaches a step with a compensation.
/// `waits` says whether anything the step needs has arrived.
pub fn saga_failed(mode: Mode, waits: bool) -> (Mode, Undo) {
    match mode {
        Mode::Waiting if waits => (Mode::Failed, Undo::Fail),
        Mode::Waiting => (Mode::Barred, Undo::Nothing),
        Mode::Running => (Mode::Running, Undo::AfterAnswer),
        Mode::Done => (Mode::Done, Undo::Compensate),
        Mode::Failed | Mode::Dropped | Mode::Barred => (mode, Undo::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_runs_when_its_last_need_arrives() {
        let waiting = arrive(Mode::Waiting, Arrival::Need { completes: false });
        assert_eq!(waiting, (Mode::Waiting, Effect::Wait));
        let complete = arrive(Mode::Waiting, Arrival::Need { completes: true });
        assert_eq!(complete, (Mode::Waiting, Effect::Run));
    }

    #[test]
    fn a_closer_fails_a_waiting_step_once() {
        assert_eq!(arrive(Mode::Waiting, Arrival::Closer), (Mode::Failed, Effect::Fail));
        assert_eq!(arrive(Mode::Failed, Arrival::Closer), (Mode::Failed, Effect::Absorb));
        assert_eq!(arrive(Mode::Done, Arrival::Closer), (Mode::Done, Effect::Absorb));
    }

    #[test]
    fn a_success_after_the_failure_is_late_and_a_repeat_is_not() {
        let need = Arrival::Need { completes: true };
        assert_eq!(arrive(Mode::Failed, need), (Mode::Failed, Effect::Late));
        assert_eq!(arrive(Mode::Failed, Arrival::Repeat), (Mode::Failed, Effect::Absorb));
    }

    #[test]
    fn a_dropped_step_stays_silent() {
        assert_eq!(arrive(Mode::Waiting, Arrival::OtherBranch), (Mode::Dropped, Effect::Absorb));
        let closer = arrive(Mode::Dropped, Arrival::Closer);
        assert_eq!(closer, (Mode::Dropped, Effect::Absorb));
    }

    #[test]
    fn a_running_call_is_never_closed() {
        let closer = arrive(Mode::Running, Arrival::Closer);
        assert_eq!(closer, (Mode::Running, Effect::Absorb));
        assert_eq!(saga_failed(Mode::Running, true), (Mode::Running, Undo::AfterAnswer));
    }

    #[test]
    fn a_step_that_comes_after_the_failure_fails_instead_of_running() {
        let (barred, undo) = saga_failed(Mode::Waiting, false);
        assert_eq!((barred, undo), (Mode::Barred, Undo::Nothing));
        let late = arrive(barred, Arrival::Need { completes: true });
        assert_eq!(late, (Mode::Failed, Effect::Fail));
    }

    #[test]
    fn modes_survive_storage() {
        for mode in Mode::ALL {
            assert_eq!(mode.as_str().parse(), Ok(mode));
        }
        assert!("asleep".parse::<Mode>().is_err());
    }
}
