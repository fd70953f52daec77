//! Steps whose time has come, in one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};

use saga_step::Mode;
use saga_step::flow::Act;
use tracing::{error, warn};

use crate::context::{Outgoing, Severity};
use crate::lane::locks::Locks;
use crate::lane::pace::Stopwatch;
use crate::lane::transaction::{ShardTurn, Work, count};
use crate::mutation::{self, Mutation};
use crate::outcome::Fault;
use crate::protocol::batch::{Failure, Pace, Undecided, Watch as _, panic_text};
use crate::protocol::numbering::{Cause, Sender};
use crate::protocol::parking::{MAX_ATTEMPTS, delay};
use crate::rows::{Due, Rows as _};
use crate::service::{Service, engine};
use crate::store::{DueStep, Session, StoreError, Writes};
use crate::traces::Traces;

/// A step of a saga instance whose time has come.
pub(super) struct Timer<S: Service> {
    pub step: usize,
    /// The saga instance, as text.
    pub key: String,
    correlation: S::Correlation,
    pub verdict: Verdict,
    pub came: Came,
}

/// What is to become of it.
pub(super) enum Verdict {
    Act,
    /// It failed: its time is moved.
    PutOff(Fault),
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
    /// It is due later. It has failed so often.
    PutOff(i32),
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
        Ok(Self { step, key, correlation, verdict: Verdict::Act, came: Came::Over })
    }

    /// Does what is due, if it still is now that the row is locked.
    fn act(&mut self, service: &S, rows: &mut S::Rows, out: &mut Outgoing) -> Result<(), Fault> {
        self.came = Came::Over;
        let Some(steps) = S::memory(rows, self.step) else { return Ok(()) };
        let row = steps.memory(&self.key);
        if !row.overdue() {
            return Ok(());
        }
        if row.mode() != Mode::Waiting {
            row.set_due(Due::Clear);
            return Ok(());
        }
        if let Verdict::PutOff(fault) = &self.verdict {
            let attempts = row.attempts().saturating_add(1);
            row.set_attempts(attempts);
            row.set_due(Due::After(delay(fault, attempts)));
            self.came = Came::PutOff(attempts);
            return Ok(());
        }
        out.note(S::name_of(self.step), &self.key, Severity::Progress, || "its deadline has passed".into());
        engine::act(service, Act::Deadline(self.step), &self.correlation, rows, out)?;
        self.came = Came::Fired;
        if mutation::active(Mutation::DeadlineTwice)
            && let Some(steps) = S::memory(rows, self.step)
        {
            let row = steps.memory(&self.key);
            row.set_mode(Mode::Waiting);
            row.set_due(Due::After(std::time::Duration::from_secs(1)));
        }
        Ok(())
    }

    /// Tells the log what was committed of it, if that is not what it should be.
    pub(super) fn report(&self) {
        let (Came::PutOff(attempts), Verdict::PutOff(fault)) = (self.came, &self.verdict) else { return };
        let (service, step, correlation) = (S::NAME, S::name_of(self.step), &self.key);
        if attempts >= MAX_ATTEMPTS {
            error!(service, step, correlation, attempts, %fault,
                "a deadline cannot close its step, and is tried until it does");
        } else {
            warn!(service, step, correlation, attempts, %fault, "a deadline cannot close its step yet");
        }
    }
}

/// Steps whose time has come, in one transaction.
pub(super) struct Timers<'t, S: Service>(&'t mut [Timer<S>]);

impl<'t, S: Service> Timers<'t, S> {
    pub(super) fn of(timers: &'t mut [Timer<S>]) -> Self {
        Self(timers)
    }

    /// Leaves those alone whose step rows another transaction holds, and locks the rows of the others. To
    /// wait for them would be of no use: the other transaction is likely to be at the same deadline.
    async fn lock_steps<C: Session>(
        &mut self,
        session: &mut C,
        rows: &mut S::Rows,
    ) -> Result<(), StoreError> {
        let mut wanted = S::Rows::default();
        for timer in &*self.0 {
            engine::lock_steps_of::<S>(timer.step, &timer.key, &mut wanted);
        }
        let mut busy = Vec::new();
        for steps in wanted.steps() {
            if !steps.wanted().is_empty() {
                let step = steps.step();
                busy.extend(session.locked_steps(steps).await?.into_iter().map(|key| (step, key)));
            }
        }
        for timer in &mut *self.0 {
            let waits = !busy.is_empty() && {
                let mut own = S::Rows::default();
                engine::lock_steps_of::<S>(timer.step, &timer.key, &mut own);
                let is_busy = |step, key: &str| busy.iter().any(|(of, held)| *of == step && held == key);
                own.steps().iter().any(|it| it.wanted().iter().any(|key| is_busy(it.step(), key)))
            };
            timer.came = if waits { Came::Busy } else { Came::Over };
            if !waits {
                engine::lock_steps_of::<S>(timer.step, &timer.key, rows);
            }
        }
        for steps in rows.steps() {
            session.load_steps(steps).await?;
        }
        Ok(())
    }
}

impl<S: Service> Work<S> for Timers<'_, S> {
    async fn blocked<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        locks: &mut Locks,
    ) -> Result<Vec<Failure>, StoreError> {
        let mut rows = S::Rows::default();
        self.lock_steps(session, &mut rows).await?;
        let timers = &*self.0;
        let want = |item: usize, rows: &mut S::Rows| {
            let Timer { step, key, correlation, .. } = &timers[item];
            engine::lock_rows_of(service, *step, correlation, key, rows);
        };
        locks.blocked(session, &mut rows, timers.len(), want).await
    }

    async fn claim<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        rows: &mut S::Rows,
    ) -> Result<(), StoreError> {
        self.lock_steps(session, rows).await?;
        for timer in self.0.iter().filter(|timer| timer.came != Came::Busy) {
            engine::lock_rows_of(service, timer.step, &timer.correlation, &timer.key, rows);
        }
        Ok(())
    }

    fn decide(
        &mut self,
        service: &S,
        rows: &mut S::Rows,
        out: &mut Outgoing,
        watch: &mut Stopwatch,
    ) -> Result<(), Undecided> {
        let timers = self.0.len();
        for (at, timer) in self.0.iter_mut().enumerate().filter(|(_, timer)| timer.came != Came::Busy) {
            (out.cause, out.ran) = (at, None);
            // The rows are thrown away after a panic, so nothing half-done is seen.
            let acted = catch_unwind(AssertUnwindSafe(|| timer.act(service, rows, out)));
            let acted = acted.unwrap_or_else(|panic| Err(Fault::Panic(panic_text(panic.as_ref()))));
            let step = out.asked.take();
            let mut fault = acted.err().or_else(|| out.fault.take());
            match watch.handled(out.ran) {
                Pace::TooSlow(slow) => fault = fault.or(Some(slow)),
                Pace::Outlasted if at + 1 < timers && fault.is_none() => {
                    return Err(Undecided { failures: Vec::new(), outlasted: Some(at + 1) });
                }
                Pace::Outlasted | Pace::InTime => {}
            }
            if let Some(fault) = fault {
                return Err(Undecided { failures: vec![Failure { item: at, fault, step }], outlasted: None });
            }
        }
        Ok(())
    }

    fn cause(&self, _: usize, traces: &Traces) -> Cause<'_> {
        Cause { shard: 0, id: None, trace: traces.follow(None) }
    }

    fn write(
        &mut self,
        shards: &mut [ShardTurn<'_>],
        _: &mut Writes,
        _: Sender<'_>,
    ) -> Result<(), StoreError> {
        for shard in shards {
            shard.applied = count(self.0.iter().filter(|timer| timer.came == Came::Fired).count());
        }
        Ok(())
    }
}
