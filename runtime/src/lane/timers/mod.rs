//! The lane of what is done by the clock: it closes steps whose deadline has passed, and makes the attempts
//! of calls.

mod again;
mod batch;
mod calls;
mod sql;
mod timer;

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout_at};
use tracing::{debug, error, warn};

use super::activity::Activity;
use super::lease::{LEASE, LocalShard};
use super::pace::Limit;
use super::resources::Resources;
use super::transaction::{Committed, Ended, ShardTurn, count};
use crate::call::Calling;
use crate::metrics::{LaneKind, Metrics};
use crate::mutation::{self, Mutation};
use crate::relay::RelayHandle;
use crate::repeats::Repeats;
use crate::service::Service;
use crate::store::{DueStep, Session as _, ShardId, Store, StoreError};
use crate::topology::Topology;
use crate::traces::Traces;

use again::{blame, halve};
use batch::Timers;
use calls::{Calls, IN_FLIGHT, Said};
use timer::{Came, Timer, Verdict};

/// The most steps and answers that one transaction handles.
const MAX_BATCH: usize = 500;
/// How often the lane looks at least: other instances, and other lanes, set what is due.
const POLL: Duration = Duration::from_millis(500);
/// The wait before it looks again at what it had to leave.
const LEFT: Duration = Duration::from_millis(200);
/// The wait after an error of the database.
const PAUSE: Duration = Duration::from_millis(100);
/// With so many messages not yet on Kafka, nothing more is done.
const MAX_BACKLOG: i64 = 100_000;
/// How long a service that stops waits for the answers to calls in flight. Those that come later are asked
/// for again after its next start, or by another instance.
const GRACE: Duration = Duration::from_secs(5);
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
/// cannot be done with is put off, so neither holds up the others.
///
/// A call starts after a transaction has recorded its attempt, and the time after which that counts as
/// lost; its answer is taken by another transaction. So no transaction waits for a gateway, and a call that
/// dies with its instance is made again by any other, with the same key.
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
    calls: Calls<S>,
    /// Answers that are to be taken.
    answers: Vec<Timer<S>>,
}

/// What came of one look.
#[derive(Default)]
struct Round {
    done: usize,
    /// How many could not be done, because of the locks of others.
    left: usize,
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
        let calls = Calls::new(IN_FLIGHT, metrics.clone(), traces.clone());
        Self {
            resources: Resources::new(service, topology, relay, metrics, traces),
            shard: LocalShard::new("timer lane", store),
            limit: Limit::new(MAX_BATCH),
            left: 0,
            repeats: Repeats::new(),
            calls,
            answers: Vec::new(),
        }
    }

    /// The lane, with at most so many calls of a step in flight.
    #[must_use]
    pub fn limited(mut self, calls: usize) -> Self {
        self.calls.limit(calls);
        self
    }

    /// Whether a service has steps that need one.
    pub fn is_needed() -> bool {
        S::flow().steps().iter().any(|step| step.service == S::AT && (step.deadline || step.calls))
    }

    /// What it is doing, for others to see.
    pub fn activity(&self) -> Arc<Activity> {
        self.resources.activity.clone()
    }

    /// Wakes it when something is due at once.
    pub fn waker(&self) -> Arc<Notify> {
        self.resources.timers.clone()
    }

    /// Does what is due until `stop`, then gives its shard up.
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
                answers = self.calls.answers() => {
                    self.answers.extend(answers);
                    next = Instant::now();
                }
                () = sleep_until(next) => {}
            }
            if next <= Instant::now() {
                let wait = if looks { self.act().await } else { POLL };
                next = Instant::now() + wait;
            }
        }
        self.finish().await;
        self.shard.release().await;
    }

    /// Takes the answers that still come in time.
    async fn finish(&mut self) {
        let deadline = Instant::now() + GRACE;
        while !self.calls.are_over() {
            let Ok(answers) = timeout_at(deadline, self.calls.answers()).await else { break };
            self.answers.extend(answers);
            if let Err(error) = self.handle(Vec::new()).await {
                warn!(%error, "answers to calls are not taken; they are asked for again");
                break;
            }
        }
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
        let most = self.limit.get() + self.left;
        let due = match next {
            Some(Duration::ZERO) => held.session.due_steps(count(most), &self.calls.full()).await?,
            _ => Vec::new(),
        };
        let found = due.len();
        let timers = self.known(due);
        let known = timers.len();
        let timers = self.with_room(timers);
        let round = self.handle(timers).await?;
        // Without those that wait for room, which the next look does not ask for.
        self.left = found - known + round.left;
        self.resources.metrics.timers.overdue(found - round.done.min(found));
        self.resources.metrics.lanes.locked(LaneKind::Timers, self.resources.locks.suspected());
        Ok(match next {
            Some(Duration::ZERO) if round.done > 0 => Duration::ZERO,
            Some(Duration::ZERO) => LEFT,
            later => later.map_or(POLL, |later| later.min(POLL)),
        })
    }

    /// Does what is due of `timers`, and takes the answers that are there.
    async fn handle(&mut self, timers: Vec<Timer<S>>) -> Result<Round, StoreError> {
        let mut round = Round::default();
        let (alone, timers): (Vec<_>, Vec<_>) = timers.into_iter().partition(|timer| timer.alone);
        let mut groups: Vec<Vec<_>> = alone.into_iter().rev().map(|timer| vec![timer]).collect();
        groups.extend([timers, std::mem::take(&mut self.answers)]);
        while let Some(mut timers) = groups.pop() {
            if timers.len() > self.limit.get() {
                groups.push(timers.split_off(self.limit.get()));
            }
            if !timers.is_empty() {
                match self.transact(timers, &mut round).await {
                    Ok(again) => groups.extend(again),
                    Err(error) => {
                        groups.into_iter().for_each(|timers| self.keep(timers));
                        return Err(error);
                    }
                }
            }
        }
        Ok(round)
    }

    /// Keeps the answers among `timers` for the next look; what else is due is found again.
    fn keep(&mut self, timers: impl IntoIterator<Item = Timer<S>>) {
        let answers =
            timers.into_iter().filter(|timer| matches!(timer.verdict, Verdict::Take { .. }) && !timer.alone);
        self.answers.extend(answers);
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

    /// Without the calls for which there is no room; they stay due.
    fn with_room(&self, timers: Vec<Timer<S>>) -> Vec<Timer<S>> {
        let mut rooms: HashMap<usize, usize> = HashMap::new();
        let mut timers = timers;
        timers.retain(|timer| {
            if !timer.may_call {
                return true;
            }
            let room = rooms.entry(timer.step).or_insert_with(|| self.calls.room(timer.step));
            let fits = *room > 0;
            *room = room.saturating_sub(1);
            fits
        });
        timers
    }

    /// One transaction over `timers`. Returns those that are to be tried again at once, in groups, the first
    /// at the end.
    async fn transact(
        &mut self,
        mut timers: Vec<Timer<S>>,
        round: &mut Round,
    ) -> Result<Vec<Vec<Timer<S>>>, StoreError> {
        let Some(held) = &mut self.shard.held else {
            self.keep(timers);
            return Err(StoreError::Unavailable("no shard".into()));
        };
        let shard = ShardTurn::new(held.fence(), &held.sequence);
        let mut batch = Timers::of(self.resources.service.clone(), &mut timers, self.resources.bounds);
        let ended = self.resources.transact(&mut held.session, vec![shard], &mut batch).await;
        let mut calls = std::mem::take(&mut batch.calls);
        if mutation::active(Mutation::CallWithoutRecord) && !matches!(ended, Ended::Committed(_)) {
            calls.drain(..).for_each(|(_, calling)| drop(tokio::spawn(calling)));
        }
        match ended {
            Ended::Committed(committed) => {
                let busy = timers.iter().filter(|timer| timer.came == Came::Busy).count();
                (round.done, round.left) = (round.done + timers.len() - busy, round.left + busy);
                round.conflicts = 0;
                self.adopt(&timers, committed);
                self.start(timers, calls);
                return Ok(Vec::new());
            }
            Ended::Failed { undecided, broken } => {
                if let Some(handled) = undecided.outlasted {
                    self.limit.outlasted(handled);
                }
                let waiting = blame(&mut timers, undecided.failures);
                round.left += waiting.len();
                self.keep(waiting);
                if broken {
                    self.shard.reconnect(&mut self.resources).await;
                }
            }
            Ended::Refused(reason) => return Ok(halve::<S>(timers, reason, round)),
            Ended::Conflict(reason) => {
                debug!(%reason, "what is due is tried once more");
                round.conflicts += 1;
                if round.conflicts > MAX_CONFLICTS {
                    round.conflicts = 0;
                    return Ok(halve::<S>(timers, reason, round));
                }
                sleep(CONFLICT_PAUSE * round.conflicts).await;
            }
            Ended::Locked(shards) => {
                if !shards.is_empty() {
                    self.shard.change(&mut self.resources).await;
                }
            }
            // What was committed is no longer due at the next look.
            Ended::InDoubt { error, .. } | Ended::Lost(error) => {
                self.keep(timers);
                return Err(error);
            }
        }
        Ok(vec![timers])
    }

    /// Starts the calls that are recorded, and keeps the answers that could not be taken.
    fn start(&mut self, timers: Vec<Timer<S>>, calls: Vec<(usize, Calling<Said<S::Answered>>)>) {
        let mut calls = calls.into_iter().peekable();
        for (at, timer) in timers.into_iter().enumerate() {
            match (timer.came, calls.next_if(|(place, _)| *place == at)) {
                (Came::Called(attempt), Some((_, calling))) => self.calls.start(timer, attempt, calling),
                (Came::Busy, _) => self.keep([timer]),
                _ => {}
            }
        }
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
        for timer in timers.iter().filter(|timer| timer.came == Came::GaveUp) {
            self.resources.metrics.timers.gave_up(S::name_of(timer.step));
        }
        self.resources.traces.fired::<S>(fired, &committed.spans, &committed.out.notes, committed.began);
        timers.iter().for_each(Timer::report);
    }
}
