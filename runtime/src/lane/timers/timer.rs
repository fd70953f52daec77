//! A step whose time has come, or whose call was answered, and what becomes of it.

use std::sync::Arc;
use std::time::Duration;

use saga_step::Mode;
use saga_step::flow::Compensation;
use tracing::{error, warn};

use super::calls::{Said, lost_after, pause};
use super::sql;
use crate::call::{Call, Calling};
use crate::context::{Outgoing, Severity};
use crate::lane::transaction::Asked;
use crate::mutation::{self, Mutation};
use crate::outcome::{Fault, Rejection};
use crate::protocol::parking::{MAX_ATTEMPTS, delay};
use crate::rows::{Due, Memory};
use crate::service::{Called, Service, engine};
use crate::store::StoreError;
use crate::store::{DueStep, Session};
use crate::wire::Trace;

/// A step of a saga instance whose time has come, or whose call was answered.
pub(super) struct Timer<S: Service> {
    pub step: usize,
    /// The saga instance, as text.
    pub key: String,
    pub correlation: S::Correlation,
    /// Whether a call is due, or the compensation of one.
    pub may_call: bool,
    /// Whether SQL is due, or the compensation of some: it has a transaction of its own.
    pub alone: bool,
    pub verdict: Verdict<S::Answered>,
    pub came: Came,
    /// Whether it is its compensation that is due.
    undoes: bool,
    /// The span of the attempt that has ended: what its answer publishes comes after it.
    pub trace: Option<Trace>,
}

/// What is to become of it.
pub(super) enum Verdict<A> {
    /// What is due is done.
    Act,
    /// This attempt of its call has ended.
    Take { attempt: i32, said: Said<A> },
    /// It failed, as the answer to this attempt if it was one: its time is moved.
    PutOff { fault: Fault, answer: Option<i32> },
}

impl<A> Verdict<A> {
    /// The same step, after it failed.
    pub(super) fn failed(&self, fault: Fault) -> Self {
        let answer = match self {
            Self::Act => None,
            Self::Take { attempt, .. } => Some(*attempt),
            Self::PutOff { answer, .. } => *answer,
        };
        Self::PutOff { fault, answer }
    }
}

/// What has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// Nothing: another transaction is at it.
    Busy,
    /// Nothing is due any more.
    Over,
    /// Its deadline closed it.
    Fired,
    /// This attempt of its call is recorded, and may start.
    Called(i32),
    /// Its call was answered, or compensated.
    Answered,
    /// So many attempts of its call have no answer, so there will be another one.
    Unanswered(i32),
    /// Its call is given up.
    GaveUp,
    /// It is due later. It has failed so often.
    PutOff(i32),
}

/// What a row waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaits {
    Deadline,
    Answer,
    Undo,
    Nothing,
}

impl Awaits {
    fn of<M>(row: &dyn Memory<M>) -> Self {
        match row.mode() {
            Mode::Waiting => Self::Deadline,
            Mode::Running => Self::Answer,
            _ if row.is_to_undo() => Self::Undo,
            _ => Self::Nothing,
        }
    }
}

impl<S: Service> Timer<S> {
    /// Reads what was stored.
    ///
    /// # Errors
    /// What this version cannot make of it.
    pub(super) fn read(due: &DueStep) -> Result<Self, String> {
        let steps = S::flow().steps();
        let mut own = (0..steps.len()).filter(|step| steps[*step].service == S::AT);
        let step = own.find(|step| S::name_of(*step) == due.step);
        let step = step.ok_or("this version has no such step")?;
        let correlation = due.correlation.parse();
        let correlation = correlation.map_err(|_| "its saga instance has no such name in this version")?;
        let key = due.correlation.clone();
        let called = steps[step].calls && due.mode != Mode::Waiting.as_str();
        let (may_call, alone) = (called && !steps[step].sql, called && steps[step].sql);
        let (verdict, came) = (Verdict::Act, Came::Over);
        Ok(Self { step, key, correlation, may_call, alone, verdict, came, undoes: false, trace: None })
    }

    fn row<'r>(&self, rows: &'r mut S::Rows) -> Result<&'r mut dyn Memory<S::Input>, Fault> {
        let steps = S::memory(rows, self.step);
        let steps = steps.ok_or(Fault::Unexpected { step: S::name_of(self.step) })?;
        Ok(steps.memory(&self.key))
    }

    /// Does what is due, if it still is now that the row is locked. Returns the call to start after the
    /// commit, if it is one.
    pub(super) fn act(
        &mut self,
        service: &Arc<S>,
        rows: &mut S::Rows,
        out: &mut Outgoing,
    ) -> Result<Option<Calling<Said<S::Answered>>>, Fault> {
        self.came = Came::Over;
        let row = self.row(rows)?;
        let (awaits, attempts) = (Awaits::of(&*row), row.attempts());
        self.undoes = awaits == Awaits::Undo;
        match &self.verdict {
            Verdict::Take { .. } => return self.take(awaits, service, rows, out).map(|()| None),
            Verdict::PutOff { fault, answer } => {
                if row.overdue() || answer.is_some_and(|attempt| attempt == attempts) {
                    let attempts = attempts.saturating_add(1);
                    row.set_due(Due::After(delay(fault, attempts)));
                    row.set_attempts(attempts);
                    self.came = Came::PutOff(attempts);
                }
                return Ok(None);
            }
            Verdict::Act if !row.overdue() => return Ok(None),
            Verdict::Act => {}
        }
        match awaits {
            Awaits::Deadline => self.fire(service, rows, out)?,
            Awaits::Answer if self.is_spent(attempts) => self.give_up(service, rows, out)?,
            // It was asked in this transaction already, unless it was not due then.
            Awaits::Answer | Awaits::Undo if self.alone => {}
            Awaits::Answer | Awaits::Undo => return self.call(awaits, service, rows).map(Some),
            Awaits::Nothing => row.set_due(Due::Clear),
        }
        Ok(None)
    }

    fn fire(&mut self, service: &Arc<S>, rows: &mut S::Rows, out: &mut Outgoing) -> Result<(), Fault> {
        out.note(S::name_of(self.step), &self.key, Severity::Progress, || "its deadline has passed".into());
        engine::deadline(&**service, self.step, &self.correlation, rows, out)?;
        self.came = Came::Fired;
        if mutation::active(Mutation::DeadlineTwice) {
            let row = self.row(rows)?;
            row.set_mode(Mode::Waiting);
            row.set_due(Due::After(Duration::from_secs(1)));
        }
        Ok(())
    }

    /// Whether so many attempts are all that its call gets. One that may have taken effect for good, or
    /// whose step cannot fail, is never given up.
    fn is_spent(&self, attempts: i32) -> bool {
        let step = &S::flow().steps()[self.step];
        let (tries, _) = S::retries(self.step);
        let ends = step.failure.is_some() && (step.sql || step.undo != Compensation::Needless);
        ends && u32::try_from(attempts).unwrap_or(0) >= tries
    }

    fn give_up(&mut self, service: &Arc<S>, rows: &mut S::Rows, out: &mut Outgoing) -> Result<(), Fault> {
        let spent = Rejection::because("it failed too often");
        // SQL that was not committed took no effect.
        let called = if self.alone { Called::Rejected(&spent) } else { Called::Unknown };
        engine::answer(&**service, self.step, called, &self.correlation, rows, out)?;
        self.came = Came::GaveUp;
        Ok(())
    }

    /// Records the next attempt, and prepares it. If nothing is heard of it, it counts as lost.
    fn call(
        &mut self,
        awaits: Awaits,
        service: &Arc<S>,
        rows: &mut S::Rows,
    ) -> Result<Calling<Said<S::Answered>>, Fault> {
        let name = S::name_of(self.step);
        let row = self.row(rows)?;
        let attempt = row.attempts().saturating_add(1);
        row.set_attempts(attempt);
        row.set_due(Due::After(lost_after(S::retries(self.step).1)));
        let mut call = Call::of(S::SAGA, name, &self.key, attempt.unsigned_abs());
        if mutation::active(Mutation::KeyChanges) {
            call.key += &attempt.to_string();
        }
        let unexpected = Fault::Unexpected { step: name };
        let calling: Calling<Said<S::Answered>> = if awaits == Awaits::Undo {
            let calling = S::undo_call(service, self.step, call, &self.key, rows).ok_or(unexpected)?;
            Box::pin(async { calling.await.into() })
        } else {
            let calling = S::call(service, self.step, call, &self.key, rows).ok_or(unexpected)?;
            Box::pin(async { calling.await.into() })
        };
        self.came = Came::Called(attempt);
        Ok(calling)
    }

    /// Asks its SQL, if that is due.
    ///
    /// # Errors
    /// [`StoreError`] when it is no fault of the handler.
    pub(super) async fn ask<C: Session>(
        &mut self,
        service: &Arc<S>,
        session: &mut C,
        rows: &mut S::Rows,
        limit: Duration,
    ) -> Result<Asked, StoreError> {
        // What was answered in a transaction that was not committed is undone.
        if matches!(&self.verdict, Verdict::Take { said: Said::Answered(_) | Said::Undone, .. }) {
            self.verdict = Verdict::Act;
        }
        let Ok(row) = self.row(rows) else { return Ok(Asked::Nothing) };
        let (awaits, attempt) = (Awaits::of(&*row), row.attempts().saturating_add(1));
        let due = row.overdue() && matches!(self.verdict, Verdict::Act);
        let (step, name, key) = (self.step, S::name_of(self.step), self.key.as_str());
        let limit = limit.min(S::retries(step).1);
        let said = match awaits {
            Awaits::Answer if due && !self.is_spent(attempt - 1) => {
                let prepare = |sql| S::sql(service, step, sql, key, rows);
                match sql::ask(session, name, limit, prepare).await? {
                    sql::Asked::Answered(answer) => Ok(Said::Answered(answer)),
                    sql::Asked::Rejected(rejection) => Ok(Said::Rejected(rejection)),
                    sql::Asked::Failed(fault) => Err(fault),
                }
            }
            Awaits::Undo if due => {
                let prepare = |sql| S::undo_sql(service, step, sql, key, rows);
                match sql::ask(session, name, limit, prepare).await? {
                    sql::Asked::Answered(()) => Ok(Said::Undone),
                    // A compensation cannot say no.
                    sql::Asked::Rejected(rejection) => Err(Fault::Sql(rejection.reason)),
                    sql::Asked::Failed(fault) => Err(fault),
                }
            }
            _ => return Ok(Asked::Nothing),
        };
        let remains = matches!(said, Ok(Said::Answered(_) | Said::Undone));
        self.verdict = match said {
            Ok(said) => Verdict::Take { attempt, said },
            Err(fault) => Verdict::PutOff { fault, answer: None },
        };
        Ok(if remains { Asked::Answered } else { Asked::Again })
    }

    /// Takes what came of an attempt.
    fn take(
        &mut self,
        awaits: Awaits,
        service: &Arc<S>,
        rows: &mut S::Rows,
        out: &mut Outgoing,
    ) -> Result<(), Fault> {
        let Verdict::Take { attempt, said } = &self.verdict else { return Ok(()) };
        let (step, name, key) = (self.step, S::name_of(self.step), &self.key);
        let called = match (awaits, said) {
            (Awaits::Answer, Said::Answered(answer)) => Called::Answered(answer),
            (Awaits::Answer, Said::Rejected(rejection)) => Called::Rejected(rejection),
            (Awaits::Undo, Said::Undone) => {
                let row = self.row(rows)?;
                row.set_to_undo(false);
                row.set_due(Due::Clear);
                let what = || format!("done: {name} is compensated");
                out.note(S::compensation_of(step), key, Severity::Progress, what);
                self.came = Came::Answered;
                return Ok(());
            }
            (Awaits::Answer | Awaits::Undo, Said::Unanswered(_)) => {
                let attempt = *attempt;
                let row = self.row(rows)?;
                // Another instance took this attempt for lost, and has made the next one.
                if row.attempts() != attempt {
                    return Ok(());
                }
                if awaits == Awaits::Answer && self.is_spent(attempt) {
                    return self.give_up(service, rows, out);
                }
                row.set_due(Due::After(pause(attempt)));
                self.came = Came::Unanswered(attempt);
                return Ok(());
            }
            // Another instance has the answer already.
            _ => {
                out.note(name, key, Severity::Ignored, || "its call was answered already".into());
                return Ok(());
            }
        };
        engine::answer(&**service, step, called, &self.correlation, rows, out)?;
        self.came = Came::Answered;
        Ok(())
    }

    /// Tells the log what was committed of it, if that is not what it should be.
    pub(super) fn report(&self) {
        let (service, correlation) = (S::NAME, &self.key);
        let (own, tries) = (S::name_of(self.step), S::retries(self.step).0);
        let step = if self.undoes { S::compensation_of(self.step) } else { own };
        let compensates = self.undoes.then_some(own);
        match (self.came, &self.verdict) {
            (Came::PutOff(attempts), Verdict::PutOff { fault, .. })
                if self.alone && !self.undoes && self.is_spent(attempts) =>
            {
                error!(service, step, correlation, attempts, %fault, "SQL failed for the last time");
            }
            (Came::PutOff(attempts), Verdict::PutOff { fault, .. }) if attempts >= MAX_ATTEMPTS => {
                error!(service, step, compensates, correlation, attempts, %fault,
                    "a step cannot do what is due, and tries until it can");
            }
            (Came::PutOff(attempts), Verdict::PutOff { fault, .. }) => {
                warn!(service, step, compensates, correlation, attempts, %fault,
                    "a step cannot do yet what is due");
            }
            (Came::Unanswered(attempts), Verdict::Take { said: Said::Unanswered(why), .. }) => {
                if attempts.unsigned_abs() >= tries {
                    error!(
                        service,
                        step,
                        compensates,
                        correlation,
                        attempts,
                        why,
                        "a call is not answered, and is tried until it is"
                    );
                } else {
                    warn!(
                        service,
                        step, compensates, correlation, attempts, why, "a call is not answered yet"
                    );
                }
            }
            (Came::GaveUp, _) if self.alone => {
                error!(service, step, correlation, "SQL exhausted its retries, and its step fails");
            }
            (Came::GaveUp, verdict) => {
                let why = match verdict {
                    Verdict::Take { said: Said::Unanswered(why), .. } => why,
                    _ => "its last attempt was lost: nothing was heard of it in time",
                };
                error!(
                    service,
                    step,
                    correlation,
                    why,
                    "a call exhausted its retries: it may have taken effect, and its step fails"
                );
            }
            _ => {}
        }
    }
}
