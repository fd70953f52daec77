//! Parked messages: tried again, and given up in the end.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::{Instant, sleep};
use tracing::debug;

use super::partition::{Flow, Partition};
use super::retry::{Retry, Verdict};
use super::{CONFLICT_PAUSE, Lane, MAX_CONFLICTS, items};
use crate::context::Outgoing;
use crate::lane::locks::Locks;
use crate::lane::pace::Stopwatch;
use crate::lane::transaction::{Committed, Ended, ShardTurn, Work};
use crate::metrics::LaneKind;
use crate::mutation::{self, Mutation};
use crate::outcome::Fault;
use crate::protocol::batch::{self, Failure, Item, Undecided};
use crate::protocol::numbering::{Cause, Sender};
use crate::protocol::parking::{MAX_ATTEMPTS, delay, place};
use crate::record::TopicPartition;
use crate::rows::{AnySteps, Rows as _};
use crate::service::Service;
use crate::store::{Delayed, Session, Store, StoreError, Writes};
use crate::traces::Traces;

/// The most parked messages that one transaction tries.
pub(super) const MAX_RETRIES: usize = 100;

impl<S: Service, D: Store> Lane<S, D> {
    /// Tries the parked messages that are due, in one transaction. Returns how many there were.
    pub(super) async fn retry_due(&mut self, now: Instant) -> Result<usize, StoreError> {
        let mut retries = self.due(now);
        let mut conflicts = 0;
        while !retries.is_empty() {
            alone(&mut retries);
            let mut batch = ParkedMessages::<S>::of(&self.partitions, &mut retries);
            let session = Self::session(&mut self.session, &self.store).await?;
            let ended = self.resources.transact(session, batch.shards(), &mut batch).await;
            match ended {
                Ended::Committed(committed) => {
                    let (out, began) = (&committed.out, committed.began);
                    self.resources.traces.handled::<S>(&batch.items, &committed.spans, &out.notes, began);
                    self.resources.report(LaneKind::Messages, batch.retries.len(), out, began);
                    self.retries.committed(batch.items.len(), committed.took, self.resources.bounds);
                    let origins = batch.origins();
                    self.forget_refusals(&retries);
                    self.adopt_retries(&origins, &retries, committed, now);
                    return Ok(retries.len());
                }
                Ended::Failed { undecided, broken } => {
                    if let Some(handled) = undecided.outlasted {
                        self.retries.outlasted(handled);
                        retries.truncate(self.retries.get());
                    }
                    blame::<S>(&mut retries, undecided.failures);
                    if broken {
                        self.session = None;
                    }
                }
                Ended::Refused(reason) => {
                    if let [only] = retries.as_slice()
                        && let Some(record) = only.record.as_ref().filter(|_| only.is_kept())
                    {
                        self.count_refusal(only.origin, record.offset, &reason)?;
                    }
                    halve::<S>(&mut retries, reason)?;
                }
                Ended::Locked(shards) => {
                    self.lock_out(&shards);
                    let (partitions, now) = (&self.partitions, Instant::now());
                    let free = |it: &Retry| partitions.get(&it.origin).is_some_and(|it| !it.is_locked(now));
                    retries.retain(free);
                }
                Ended::Conflict(reason) => {
                    debug!(%reason, "parked messages are tried once more");
                    if mutation::active(Mutation::ConflictCounted) {
                        retries
                            .iter_mut()
                            .for_each(|it| it.fail(Fault::Unstorable(reason.clone()), None, MAX_ATTEMPTS));
                    }
                    conflicts += 1;
                    sleep(CONFLICT_PAUSE * conflicts).await;
                    if conflicts > MAX_CONFLICTS {
                        conflicts = 0;
                        halve::<S>(&mut retries, reason)?;
                    }
                }
                Ended::InDoubt { error, .. } | Ended::Lost(error) => return Err(error),
            }
        }
        Ok(0)
    }

    /// Takes over what a committed transaction did to the partitions, and reports it.
    fn adopt_retries(
        &mut self,
        origins: &[TopicPartition],
        retries: &[Retry],
        Committed { sequences, writes, .. }: Committed,
        now: Instant,
    ) {
        for retry in retries {
            retry.report::<S>();
            let Some(partition) = self.partitions.get_mut(&retry.origin) else { continue };
            if let (Verdict::GiveUp(fault), Some(_)) = (&retry.verdict, &retry.record) {
                partition.metrics.dead(fault.reason());
            }
            match retry.next(now) {
                Some(next) => partition.parked.insert(retry.queue.clone(), next),
                None => partition.parked.remove(&retry.queue),
            };
        }
        for ((origin, sequence), moved) in origins.iter().zip(sequences).zip(&writes.shards) {
            let Some(partition) = self.partitions.get_mut(origin) else { continue };
            partition.sequence = sequence;
            partition.metrics.committed(0, moved.applied, 0);
            partition.update_metrics();
        }
    }

    fn due(&mut self, now: Instant) -> Vec<Retry> {
        let most = self.retries.get();
        let running = self.partitions.iter_mut();
        let running = running.filter_map(|(origin, partition)| {
            (partition.flow != Flow::Stopped && !partition.is_locked(now)).then_some((origin, &*partition))
        });
        let due = running.flat_map(|(origin, partition)| {
            let due = partition.parked.iter().filter(|(_, at)| **at <= now);
            due.map(|(queue, _)| Retry::new(*origin, queue.clone()))
        });
        due.take(most).collect()
    }
}

/// Each failure counts as an attempt. The others may have failed only for the rows that the first one has
/// spoilt, so they are not blamed, unless they wait for locks, which was found before anything was decided.
fn blame<S: Service>(retries: &mut [Retry], failures: Vec<Failure>) {
    for (place, Failure { item, fault, step }) in failures.into_iter().enumerate() {
        if place > 0 && !fault.is_patient() {
            continue;
        }
        if let Some(retry) = retries.iter_mut().find(|retry| retry.item == Some(item)) {
            retry.fail(fault, step, step.and_then(S::tries_of).unwrap_or(MAX_ATTEMPTS));
        }
    }
}

/// A message of which nothing is kept is tried alone: the step rows of others keep theirs.
fn alone(retries: &mut Vec<Retry>) {
    if let Some(bare) = retries.iter().position(|retry| matches!(retry.verdict, Verdict::Bare)) {
        retries.swap(0, bare);
        retries.truncate(1);
    }
}

/// Halves a transaction that the database refuses, until the message it refuses is alone.
fn halve<S: Service>(retries: &mut Vec<Retry>, reason: String) -> Result<(), StoreError> {
    match retries.as_mut_slice() {
        [only] => only.refuse::<S>(reason)?,
        several => {
            let half = several.len() / 2;
            retries.truncate(half);
        }
    }
    Ok(())
}

/// The first messages of some queues, in one transaction.
struct ParkedMessages<'l, S: Service> {
    partitions: Vec<&'l Partition>,
    retries: &'l mut [Retry],
    /// Those to handle.
    items: Vec<Item<'static, S::Input>>,
    /// Which claims of messages without numbers are new.
    fresh: BTreeSet<(&'static str, String)>,
}

impl<'l, S: Service> ParkedMessages<'l, S> {
    /// `retries` are ordered by their partitions.
    fn of(owned: &'l BTreeMap<TopicPartition, Partition>, retries: &'l mut [Retry]) -> Self {
        let mut partitions: Vec<&Partition> = Vec::new();
        for retry in &mut *retries {
            let Some(partition) = owned.get(&retry.origin) else { continue };
            if partitions.last().is_none_or(|last| last.input.origin != retry.origin) {
                partitions.push(partition);
            }
            retry.shard = partitions.len() - 1;
        }
        Self { partitions, retries, items: Vec::new(), fresh: BTreeSet::new() }
    }

    fn origins(&self) -> Vec<TopicPartition> {
        self.partitions.iter().map(|partition| partition.input.origin).collect()
    }

    fn shards(&self) -> Vec<ShardTurn<'l>> {
        self.partitions.iter().map(|partition| partition.turn()).collect()
    }

    /// Reads the first message of each queue.
    async fn read<C: Session>(&mut self, service: &S, session: &mut C) -> Result<(), StoreError> {
        let queues: Vec<_> = self.retries.iter().map(|retry| (retry.origin, retry.queue.clone())).collect();
        let heads = session.parked_heads(&queues).await?;
        self.items.clear();
        for (retry, head) in self.retries.iter_mut().zip(heads) {
            retry.found(head)?;
            let prefix = self.partitions.get(retry.shard).map_or("", |partition| partition.input.prefix());
            let mut item = retry.decode(service, prefix, self.items.len());
            if let (Some(item), Some(partition)) = (&mut item, self.partitions.get(retry.shard)) {
                item.unsequenced |= partition.run_once;
            }
            self.items.extend(item);
        }
        Ok(())
    }
}

impl<S: Service> Work<S> for ParkedMessages<'_, S> {
    async fn blocked<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        locks: &mut Locks,
    ) -> Result<Vec<Failure>, StoreError> {
        self.read(service, session).await?;
        items::blocked(service, session, &self.items, locks).await
    }

    async fn claim<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        rows: &mut S::Rows,
    ) -> Result<(), StoreError> {
        self.read(service, session).await?;
        self.fresh = items::claim(service, session, &self.items, rows).await?;
        Ok(())
    }

    fn decide(
        &mut self,
        service: &S,
        rows: &mut S::Rows,
        out: &mut Outgoing,
        watch: &mut Stopwatch,
    ) -> Result<(), Undecided> {
        batch::apply(service, &self.items, rows, std::mem::take(&mut self.fresh), out, watch)?;
        if let [Retry { verdict: Verdict::Bare, item: Some(item), .. }] = self.retries {
            let unfinished = |waits, steps: &mut dyn AnySteps| steps.keep_no_inputs() || waits;
            if rows.steps().into_iter().fold(false, unfinished) {
                let failures = vec![Failure { item: *item, fault: Fault::Unfinished, step: None }];
                return Err(Undecided { failures, outlasted: None });
            }
        }
        Ok(())
    }

    fn cause(&self, item: usize, traces: &Traces) -> Cause<'_> {
        items::cause(&self.items[item], traces)
    }

    fn write(
        &mut self,
        shards: &mut [ShardTurn<'_>],
        writes: &mut Writes,
        sender: Sender<'_>,
    ) -> Result<(), StoreError> {
        for item in &self.items {
            shards[item.shard].applied += 1;
        }
        for retry in &*self.retries {
            let (Some(record), attempts) = (&retry.record, retry.attempts + 1) else { continue };
            match &retry.verdict {
                Verdict::Handle(_) | Verdict::Bare => writes.unparked.push(place(record)),
                Verdict::Delay(fault) => {
                    let (failure, delay) = (fault.info(attempts), delay(fault, attempts));
                    writes.delayed.push(Delayed { place: place(record), failure, delay });
                }
                Verdict::GiveUp(fault) => {
                    shards[retry.shard].give_up(record, &fault.info(attempts), writes, sender)?;
                    writes.unparked.push(place(record));
                }
            }
        }
        Ok(())
    }
}
