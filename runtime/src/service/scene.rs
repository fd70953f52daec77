//! The world of a running service: its loaded rows, and its handlers.

use std::time::Duration;

use saga_step::Mode;
use saga_step::flow::{
    Answered, Cause, Compensated, Compensation, Decided, Flow, Found, Note, Passed, Start, Step, View, World,
};

use super::{ContextOf, Service};
use crate::context::{Exhausted, Severity};
use crate::mutation::{self, Mutation};
use crate::outcome::{Fault, Refusal, Rejection};
use crate::rows::{Due, Memory, Steps};

/// What came of asking a step, if it did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// The business says no.
    Rejected(Rejection),
    /// The request that it waited for is refused.
    Refused(Refusal),
    /// It could not be asked.
    Fault(Fault),
}

impl Halt {
    /// That `step` was to run without its messages, or is none of the service's.
    pub fn unexpected(step: &'static str) -> Self {
        Self::Fault(Fault::Unexpected { step })
    }
}

impl From<Rejection> for Halt {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Why a step publishes its failing variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failing {
    /// It was rejected, by its handler or for the sake of its rows. All it needs has arrived.
    Rejected(Rejection),
    /// The message at hand closes it.
    Closed,
    /// Its deadline has passed.
    Deadline,
    /// The saga had failed before it ran.
    SagaFailed,
}

/// What came of the call of a step.
#[derive(Debug)]
pub enum Called<'a, A> {
    /// It was answered.
    Answered(&'a A),
    /// The business says no.
    Rejected(&'a Rejection),
    /// Its retries are exhausted.
    Unknown,
}

/// One act of one instance at one service.
pub(super) struct Scene<'a, S: Service> {
    pub service: &'a S,
    pub flow: &'static Flow,
    pub cx: ContextOf<'a, S>,
    /// Why the step that was asked last said no.
    pub rejection: Option<Rejection>,
    /// What came of the call that the act is about.
    pub called: Option<Called<'a, S::Answered>>,
    /// What a step without a row has of the message at hand.
    pub at_hand: Option<(usize, usize)>,
}

impl<S: Service> Scene<'_, S> {
    fn name(&self, step: usize) -> &'static str {
        S::name_of(step)
    }

    fn memory(&mut self, step: usize) -> Option<&mut dyn Memory<S::Input>> {
        let key = self.cx.key;
        S::memory(self.cx.rows, step).map(|steps: &mut dyn Steps<S::Input>| steps.memory(key))
    }

    fn spent(&self, step: usize) -> bool {
        let exhausted = self.cx.out.exhausted;
        exhausted == Exhausted::All || exhausted == Exhausted::Step(self.name(step))
    }

    /// Asks a step, unless it has failed too often to be asked again.
    fn ask(&mut self, step: usize) -> Result<usize, Halt> {
        let name = self.name(step);
        if self.flow.steps()[step].failure.is_some() && self.spent(step) {
            return Err(Rejection::because("it failed too often").into());
        }
        (self.cx.out.asked, self.cx.out.ran) = (Some(name), Some(name));
        let decided = self.service.decide(step, &mut self.cx);
        self.cx.out.asked = None;
        decided
    }

    /// Takes an answer. If the rows of the step do not let it succeed, what was called has taken effect all
    /// the same: a call is undone, and SQL does not remain.
    fn take_answer(&mut self, step: usize) -> Result<Answered, Fault> {
        let decided = self.decide(step)?;
        let def = &self.flow.steps()[step];
        Ok(match decided {
            Decided::Rejected if def.sql => {
                let why = self.rejection.take().unwrap_or_else(Rejection::not_found);
                return Err(Fault::Sql(why.reason));
            }
            Decided::Rejected if def.failure.is_some() && def.undo != Compensation::Needless => {
                Answered::Unknown
            }
            decided => Answered::Decided(decided),
        })
    }

    fn ignored(&mut self, step: usize, severity: Severity, what: &'static str) {
        let (name, key) = (self.name(step), self.cx.key);
        self.cx.out.note(name, key, severity, || what.to_owned());
    }

    /// Why the row of a step does not let it run.
    fn unfit(&mut self, step: usize, used: usize) -> Rejection {
        match self.service.row(step, used, &mut self.cx) {
            None => Rejection::not_found(),
            Some(status) => Rejection::because(format!("it is {} already", status.name)),
        }
    }
}

impl<S: Service> View for Scene<'_, S> {
    fn mode(&mut self, step: usize) -> Mode {
        self.memory(step).map_or(Mode::Waiting, |memory| memory.mode())
    }

    fn arrived(&mut self, step: usize, need: usize) -> bool {
        match self.memory(step) {
            Some(memory) => memory.has(need),
            None => self.at_hand == Some((step, need)),
        }
    }

    /// A step that does more than move rows is asked without its row, if it has no failure to publish: it must
    /// take effect and cannot, which is a fault. So is a compensation without its row. A request is answered.
    fn row(&mut self, step: usize, used: usize) -> Found {
        if self.cx.request.is_some() && mutation::active(Mutation::CancelAfterPivot) {
            return Found::Fitting;
        }
        if let Some(status) = self.service.row(step, used, &mut self.cx) {
            return Found::In(status.place);
        }
        let def = &self.flow.steps()[step];
        let row = &def.rows[used];
        let acts = row.to().is_none() || def.compensates.is_some() || S::must_act(step);
        let must = def.failure.is_none() && acts && def.start != Start::Person;
        if must && !row.is_early() { Found::Fitting } else { Found::Missing }
    }
}

impl<S: Service> World for Scene<'_, S> {
    type Fault = Fault;

    fn set_mode(&mut self, step: usize, mode: Mode) {
        if mode == Mode::Barred && mutation::active(Mutation::BarringOff) {
            return;
        }
        if let Some(memory) = self.memory(step) {
            let before = memory.mode();
            memory.set_mode(mode);
            // What was due has come: its deadline, or an answer.
            let timed = before == Mode::Running || before == Mode::Waiting && S::deadline(step).is_some();
            if timed && before != mode {
                memory.set_due(Due::Clear);
                memory.set_attempts(0);
            }
            if mode == Mode::Running && before != mode {
                memory.set_attempts(0);
                memory.set_due(Due::After(Duration::ZERO));
                self.cx.out.due_now = true;
            }
        }
    }

    fn is_first(&mut self, step: usize) -> bool {
        let (name, key) = (self.name(step), self.cx.key);
        self.cx.out.first_run(name, key)
    }

    fn keep(&mut self, step: usize, need: usize) {
        let input = self.cx.input;
        let deadline = S::deadline(step);
        let Step { all, any, .. } = &self.flow.steps()[step];
        let needs = all.len() + any.len();
        match (self.memory(step), input) {
            (Some(memory), Some(input)) => {
                let waits = |memory: &dyn Memory<S::Input>| {
                    memory.mode() == Mode::Waiting && !(0..needs).any(|need| memory.has(need))
                };
                // The first message starts the time of the step.
                let deadline = deadline.filter(|_| waits(memory));
                memory.keep(need, input);
                if let Some(deadline) = deadline {
                    memory.set_due(Due::After(deadline));
                    self.cx.out.due_now |= deadline.is_zero() || mutation::active(Mutation::DeadlineInMemory);
                }
            }
            _ => self.at_hand = Some((step, need)),
        }
    }

    fn forget(&mut self, _: usize) {
        self.at_hand = None;
    }

    fn excluded(&mut self, step: usize, alternative: usize) -> bool {
        self.memory(step).is_some_and(|memory| memory.is_ruled_out(alternative))
    }

    fn exclude(&mut self, step: usize, alternative: usize) {
        if let Some(memory) = self.memory(step) {
            memory.rule_out(alternative);
        }
    }

    fn compensated(&mut self, step: usize) -> Compensated {
        self.memory(step).map_or(Compensated::Not, |memory| memory.compensated())
    }

    fn set_compensated(&mut self, step: usize, to: Compensated) {
        if let Some(memory) = self.memory(step) {
            memory.set_compensated(to);
        }
    }

    fn conflict(&mut self, step: usize, _: usize) {
        self.ignored(step, Severity::Alarm, "its row has ended the other way");
    }

    fn decide(&mut self, step: usize) -> Result<Decided, Fault> {
        match self.ask(step) {
            Ok(way) => Ok(Decided::Way(way)),
            Err(Halt::Fault(fault)) => Err(fault),
            Err(Halt::Refused(refusal)) => Err(Fault::Refused(refusal)),
            Err(Halt::Rejected(rejection)) => {
                self.cx.out.rejected(self.name(step), self.cx.key, &rejection);
                self.rejection = Some(rejection);
                Ok(Decided::Rejected)
            }
        }
    }

    fn answer(&mut self, step: usize) -> Result<Answered, Fault> {
        match self.called.take() {
            Some(Called::Answered(answer)) => {
                self.cx.answered = Some(answer);
                self.take_answer(step)
            }
            Some(Called::Rejected(rejection)) => {
                self.cx.out.rejected(self.name(step), self.cx.key, rejection);
                self.rejection = Some(rejection.clone());
                Ok(Answered::Decided(Decided::Rejected))
            }
            Some(Called::Unknown) | None if mutation::active(Mutation::UnknownIsSuccess) => {
                Ok(Answered::Decided(Decided::Way(0)))
            }
            Some(Called::Unknown) | None => Ok(Answered::Unknown),
        }
    }

    fn fail(&mut self, step: usize, cause: Cause) -> Result<(), Fault> {
        let why = match cause {
            Cause::Rejected => Failing::Rejected(self.rejection.take().unwrap_or_else(Rejection::not_found)),
            Cause::Row(used) => {
                let rejection = self.unfit(step, used);
                self.cx.out.rejected(self.name(step), self.cx.key, &rejection);
                Failing::Rejected(rejection)
            }
            Cause::Closer => Failing::Closed,
            Cause::Deadline => Failing::Deadline,
            Cause::SagaFailed => Failing::SagaFailed,
            Cause::Unknown => {
                let never = || Rejection::because("the call was never answered");
                Failing::Rejected(self.rejection.take().unwrap_or_else(never))
            }
        };
        if self.flow.steps()[step].failure.is_some() {
            self.service.fail(step, &why, &mut self.cx);
            return Ok(());
        }
        match why {
            Failing::Rejected(rejection) => Err(Fault::Rejected(rejection)),
            Failing::Closed | Failing::Deadline | Failing::SagaFailed => Ok(()),
        }
    }

    fn command(&mut self, step: usize, command: usize) {
        self.service.command(step, command, &mut self.cx);
    }

    /// A call is compensated by a call, after this transaction.
    fn compensate(&mut self, step: usize) -> Result<(), Fault> {
        let is_unknown = self.cx.input.is_none() && self.cx.answered.is_none();
        if is_unknown && mutation::active(Mutation::UnknownNotUndone) {
            return Ok(());
        }
        if self.flow.steps()[step].calls
            && let Some(memory) = self.memory(step)
        {
            memory.set_to_undo(true);
            memory.set_attempts(0);
            memory.set_due(Due::After(Duration::ZERO));
            self.cx.out.due_now = true;
            return Ok(());
        }
        self.service.compensate(step, &mut self.cx)
    }

    fn note(&mut self, note: Note) {
        let Note::Passed(step, why) = note else { return };
        let (severity, what) = match why {
            Passed::OtherBranch => return,
            Passed::Missing => (Severity::Ignored, "there is no row for it"),
            Passed::Already => (Severity::Ignored, "its row is in that status already"),
            Passed::Guarded => (Severity::Ignored, "its row is not in a status it moves from"),
            Passed::Ended => (Severity::Ignored, "its row has ended"),
            Passed::Conflict => return,
        };
        self.ignored(step, severity, what);
    }
}
