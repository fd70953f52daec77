//! Steps whose time has come, and answers to calls, in one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::calls::Said;
use super::timer::{Came, Timer};
use crate::call::Calling;
use crate::context::Outgoing;
use crate::lane::locks::Locks;
use crate::lane::pace::{Bounds, Stopwatch};
use crate::lane::transaction::{Asked, ShardTurn, Work, count};
use crate::outcome::Fault;
use crate::protocol::batch::{Failure, Pace, Undecided, Watch as _, panic_text};
use crate::protocol::numbering::{Cause, Sender};
use crate::rows::Rows as _;
use crate::service::{Service, engine};
use crate::store::{Session, StoreError, Writes};
use crate::traces::Traces;

/// Steps whose time has come, and answers, in one transaction.
pub(super) struct Timers<'t, S: Service> {
    service: Arc<S>,
    timers: &'t mut [Timer<S>],
    bounds: Bounds,
    /// The calls to start after the commit, by the places of their steps.
    pub calls: Vec<(usize, Calling<Said<S::Answered>>)>,
}

impl<'t, S: Service> Timers<'t, S> {
    pub(super) fn of(service: Arc<S>, timers: &'t mut [Timer<S>], bounds: Bounds) -> Self {
        Self { service, timers, bounds, calls: Vec::new() }
    }

    /// Leaves those alone whose step rows another transaction holds, and locks the rows of the others. To
    /// wait for them would be of no use: the other transaction is likely to be at the same deadline.
    async fn lock_steps<C: Session>(
        &mut self,
        session: &mut C,
        rows: &mut S::Rows,
    ) -> Result<(), StoreError> {
        let mut wanted = S::Rows::default();
        for timer in &*self.timers {
            engine::lock_steps_of::<S>(timer.step, &timer.key, &mut wanted);
        }
        let mut busy = Vec::new();
        for steps in wanted.steps() {
            if !steps.wanted().is_empty() {
                let step = steps.step();
                busy.extend(session.locked_steps(steps).await?.into_iter().map(|key| (step, key)));
            }
        }
        for timer in &mut *self.timers {
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
        let timers = &*self.timers;
        let want = |item: usize, rows: &mut S::Rows| {
            let Timer { step, key, correlation, .. } = &timers[item];
            engine::lock_rows_of(service, *step, correlation, key, rows);
        };
        locks.blocked(session, &mut rows, timers.len(), want).await
    }

    /// SQL is due alone: what it reads is then what all before it have committed.
    async fn ask<C: Session>(&mut self, session: &mut C, rows: &mut S::Rows) -> Result<Asked, StoreError> {
        match &mut *self.timers {
            [only] if only.alone && only.came != Came::Busy => {
                only.ask(&self.service, session, rows, self.bounds.call).await
            }
            _ => Ok(Asked::Nothing),
        }
    }

    async fn claim<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        rows: &mut S::Rows,
    ) -> Result<(), StoreError> {
        self.lock_steps(session, rows).await?;
        for timer in self.timers.iter().filter(|timer| timer.came != Came::Busy) {
            engine::lock_rows_of(service, timer.step, &timer.correlation, &timer.key, rows);
        }
        Ok(())
    }

    fn decide(
        &mut self,
        _: &S,
        rows: &mut S::Rows,
        out: &mut Outgoing,
        watch: &mut Stopwatch,
    ) -> Result<(), Undecided> {
        let timers = self.timers.len();
        for (at, timer) in self.timers.iter_mut().enumerate().filter(|(_, timer)| timer.came != Came::Busy) {
            (out.cause, out.ran) = (at, None);
            // The rows are thrown away after a panic, so nothing half-done is seen.
            let acted = catch_unwind(AssertUnwindSafe(|| timer.act(&self.service, rows, out)));
            let acted = acted.unwrap_or_else(|panic| Err(Fault::Panic(panic_text(panic.as_ref()))));
            let step = out.asked.take();
            let mut fault = match acted {
                Ok(call) => {
                    self.calls.extend(call.map(|call| (at, call)));
                    out.fault.take()
                }
                Err(fault) => Some(fault),
            };
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

    fn cause(&self, at: usize, traces: &Traces) -> Cause<'_> {
        let call = self.timers[at].trace.map(|trace| trace.to_string());
        Cause { shard: 0, id: None, trace: traces.follow(call.as_deref()) }
    }

    fn write(
        &mut self,
        shards: &mut [ShardTurn<'_>],
        _: &mut Writes,
        _: Sender<'_>,
    ) -> Result<(), StoreError> {
        let acted = |timer: &&Timer<S>| matches!(timer.came, Came::Fired | Came::Answered | Came::GaveUp);
        for shard in shards {
            shard.applied = count(self.timers.iter().filter(acted).count());
        }
        Ok(())
    }
}
