//! The lane of what is done by the clock: it closes steps whose deadline has passed.

mod batch;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};
use tracing::{debug, error, warn};

use super::activity::Activity;
use super::lease::{LEASE, LocalShard};
use super::pace::Limit;
use super::resources::Resources;
use super::transaction::{Committed, Ended, ShardTurn, count};
use crate::metrics::{LaneKind, Metrics};
use crate::mutation::{self, Mutation};
use crate::outcome::Fault;
use crate::protocol::batch::Failure;
use crate::relay::RelayHandle;
use crate::repeats::Repeats;
use crate::service::Service;
use crate::store::{DueStep, Session as _, ShardId, Store, StoreError};
use crate::topology::Topology;
use crate::traces::Traces;

use batch::{Came, Timer, Timers, Verdict};

/// The most steps that one transaction closes.
const MAX_BATCH: usize = 500;
/// How often the lane looks at least: other instances, and other lanes, set what is due.
const POLL: Duration = Duration::from_millis(500);
/// The wait before it looks again at what it had to leave.
const LEFT: Duration = Duration::from_millis(200);
/// The wait after an error of the database.
const PAUSE: Duration = Duration::from_millis(100);
/// With so many messages not yet on Kafka, nothing is closed.
const MAX_BACKLOG: i64 = 100_000;
/// How often a transaction is tried again at once after it lost against another one.
const MAX_CONFLICTS: u32 = 10;
/// The wait before it is, the first time.
const CONFLICT_PAUSE: Duration = Duration::from_millis(5);

/// The lane that acts when the time of a step has come, by the database's clock.
///
/// What is due is a column of the step rows, so it survives restarts, and every instance of the service
/// finds it. The lane looks without locks and then acts in a transaction of its own local shard that locks
/// the step rows and looks again: of two instances that find the same deadline one closes the step, and
/// the other finds it closed. A row that another transaction holds is left for the next look, and one that
/// cannot be closed is put off, so neither holds up the others.
///
/// See `docs/runtime.md`, "Timers".
pub struct TimerLane<S: Service, D: Store> {
    resources: Resources<S>,
    shard: LocalShard<D>,
    /// How many steps the next transaction may close.
    limit: Limit,
    /// How many of those that are due were left at the last look: so many more are asked for at the next.
    left: usize,
    repeats: Repeats,
}

/// What came of one look.
#[derive(Default)]
struct Round {
    done: usize,
    conflicts: u32,
}

impl<S: Service, D: Store> TimerLane<S, D> {
    /// A lane that has no shard yet.
    pub fn new(
        service: Arc<S>,
        store: D,
        topology: Arc<Topology>,
        relay: RelayHandle,
        metrics: Arc<Metrics>,
        traces: Arc<Traces>,
    ) -> Self {
        Self {
            resources: Resources::new(service, topology, relay, metrics, traces),
            shard: LocalShard::new("timer lane", store),
            limit: Limit::new(MAX_BATCH),
            left: 0,
            repeats: Repeats::new(),
        }
    }

    /// Whether a service has steps that need one.
    pub fn is_needed() -> bool {
        S::flow().steps().iter().any(|step| step.service == S::AT && step.deadline)
    }

    /// What it is doing, for others to see.
    pub fn activity(&self) -> Arc<Activity> {
        self.resources.activity.clone()
    }

    /// Wakes it when something is due at once.
    pub fn waker(&self) -> Arc<Notify> {
        self.resources.timers.clone()
    }

    /// Closes what is due until `stop`, then gives its shard up.
    pub async fn run(
        mut self,
        stop: impl Future<Output = ()> + Send,
        mut lost: mpsc::UnboundedReceiver<ShardId>,
    ) {
        let mut stop = pin!(stop);
        let mut renewal = interval(LEASE / 3);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let waker = self.waker();
        let mut next = Instant::now();
        let mut looks = !mutation::active(Mutation::DeadlineInMemory);
        loop {
            mutation::panic_in("timer lane");
            // What is rarely ready comes first: the lease is renewed under any load.
            tokio::select! {
                biased;
                () = &mut stop => break,
                _ = renewal.tick() => self.shard.renew(&mut self.resources).await,
                Some(shard) = lost.recv() => self.shard.lost(shard, &mut self.resources).await,
                () = waker.notified() => (next, looks) = (Instant::now(), true),
                () = sleep_until(next) => {}
            }
            if next <= Instant::now() {
                let wait = if looks { self.act().await } else { POLL };
                next = Instant::now() + wait;
            }
        }
        self.shard.release().await;
    }

    /// Does what is due. Returns after what time to look again.
    async fn act(&mut self) -> Duration {
        match self.look().await {
            Ok(wait) => wait,
            Err(error) => {
                self.shard.recover_from(&error, Instant::now(), &mut self.resources).await;
                PAUSE
            }
        }
    }

    async fn look(&mut self) -> Result<Duration, StoreError> {
        let Some(held) = &mut self.shard.held else {
            return Err(StoreError::Unavailable("no shard".into()));
        };
        if self.resources.relay.backlog() > MAX_BACKLOG {
            return Ok(LEFT);
        }
        let next = held.session.next_due().await?;
        let (due, most) = match next {
            Some(Duration::ZERO) => {
                let most = self.limit.get() + self.left;
                (held.session.due_steps(count(most)).await?, most)
            }
            _ => (Vec::new(), 0),
        };
        let found = due.len();
        let timers = self.known(due);
        let mut round = Round::default();
        let mut groups = vec![timers];
        while let Some(mut timers) = groups.pop() {
            if timers.len() > self.limit.get() {
                groups.push(timers.split_off(self.limit.get()));
            }
            if !timers.is_empty() {
                groups.extend(self.close(timers, &mut round).await?);
            }
        }
        self.left = found - round.done;
        self.resources.metrics.timers.overdue(self.left);
        self.resources.metrics.lanes.locked(LaneKind::Timers, self.resources.locks.suspected());
        Ok(match next {
            Some(Duration::ZERO) if self.left == 0 || found == most && round.done > 0 => Duration::ZERO,
            Some(Duration::ZERO) => LEFT,
            later => later.map_or(POLL, |later| later.min(POLL)),
        })
    }

    /// Those of the steps that this version knows.
    fn known(&self, due: Vec<DueStep>) -> Vec<Timer<S>> {
        let known = due.into_iter().filter_map(|due| {
            let read = Timer::read(&due);
            if let Err(problem) = &read
                && let Some(repeated) = self.repeats.due(&format!("{}: {problem}", due.step))
            {
                let DueStep { step, correlation, .. } = due;
                error!(
                    service = S::NAME,
                    step,
                    correlation,
                    repeated,
                    "the time of a step has come, and nothing is done: {problem}"
                );
            }
            read.ok()
        });
        known.collect()
    }

    /// One transaction over `timers`. Returns those that are to be tried again at once, in groups, the first
    /// at the end.
    async fn close(
        &mut self,
        mut timers: Vec<Timer<S>>,
        round: &mut Round,
    ) -> Result<Vec<Vec<Timer<S>>>, StoreError> {
        let Some(held) = &mut self.shard.held else {
            return Err(StoreError::Unavailable("no shard".into()));
        };
        let shard = ShardTurn::new(held.fence(), &held.sequence);
        let mut batch = Timers::of(&mut timers);
        match self.resources.transact(&mut held.session, vec![shard], &mut batch).await {
            Ended::Committed(committed) => {
                round.done += timers.iter().filter(|timer| timer.came != Came::Busy).count();
                round.conflicts = 0;
                self.adopt(&timers, committed);
                return Ok(Vec::new());
            }
            Ended::Failed { undecided, broken } => {
                if let Some(handled) = undecided.outlasted {
                    self.limit.outlasted(handled);
                }
                blame(&mut timers, undecided.failures);
                if broken {
                    self.shard.reconnect(&mut self.resources).await;
                }
            }
            Ended::Refused(reason) => return Ok(halve::<S>(timers, reason)),
            Ended::Conflict(reason) => {
                debug!(%reason, "what is due is tried once more");
                round.conflicts += 1;
                if round.conflicts > MAX_CONFLICTS {
                    round.conflicts = 0;
                    return Ok(halve::<S>(timers, reason));
                }
                sleep(CONFLICT_PAUSE * round.conflicts).await;
            }
            Ended::Locked(shards) => {
                if !shards.is_empty() {
                    self.shard.change(&mut self.resources).await;
                }
            }
            // What was committed is no longer due at the next look.
            Ended::InDoubt { error, .. } | Ended::Lost(error) => return Err(error),
        }
        Ok(vec![timers])
    }

    /// Takes over what a committed transaction did, and reports it.
    fn adopt(&mut self, timers: &[Timer<S>], mut committed: Committed) {
        if let (Some(held), Some(sequence)) = (&mut self.shard.held, committed.sequences.pop()) {
            held.sequence = sequence;
        }
        self.limit.committed(timers.len(), committed.took, self.resources.bounds);
        self.resources.report(LaneKind::Timers, timers.len(), &committed.out, committed.began);
        let fired = timers.iter().enumerate().filter(|(_, timer)| timer.came == Came::Fired);
        let fired = fired.map(|(at, timer)| (at, S::name_of(timer.step), timer.key.as_str()));
        for (_, step, _) in fired.clone() {
            self.resources.metrics.timers.fired(step);
        }
        self.resources.traces.fired::<S>(fired, &committed.spans, &committed.out.notes, committed.began);
        timers.iter().for_each(Timer::report);
    }
}

/// Puts off the one that fails, and leaves those that wait for rows which other transactions hold locked.
/// The others may have failed only for the rows that the first one has spoilt.
fn blame<S: Service>(timers: &mut Vec<Timer<S>>, mut failures: Vec<Failure>) {
    // From the end, so that the places of the others stay what they are.
    failures.sort_unstable_by_key(|failure| failure.item);
    let first = failures.iter().position(|failure| !failure.fault.is_patient());
    for (place, Failure { item, fault, .. }) in failures.into_iter().enumerate().rev() {
        if fault.is_patient() {
            timers.remove(item);
        } else if Some(place) == first {
            timers[item].verdict = Verdict::PutOff(fault);
        }
    }
}

/// Halves what the database refuses together, until the one that it refuses is alone.
fn halve<S: Service>(mut timers: Vec<Timer<S>>, reason: String) -> Vec<Vec<Timer<S>>> {
    match timers.as_mut_slice() {
        [only] if matches!(only.verdict, Verdict::Act) => {
            only.verdict = Verdict::PutOff(Fault::Unstorable(reason));
            vec![timers]
        }
        [only] => {
            let (service, step, correlation) = (S::NAME, S::name_of(only.step), &only.key);
            warn!(service, step, correlation, reason, "the database refuses to put off what is due");
            Vec::new()
        }
        _ => {
            let later = timers.split_off(timers.len() / 2);
            vec![later, timers]
        }
    }
}
