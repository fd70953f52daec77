//! New messages: admitted, sorted, handled, and committed with their offsets.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{debug, error, warn};

use super::items;
use super::partition::Partition;
use super::{CONFLICT_PAUSE, Lane, MAX_CONFLICTS};
use crate::context::Outgoing;
use crate::lane::locks::Locks;
use crate::lane::pace::Stopwatch;
use crate::lane::transaction::{Committed, Ended, ShardTurn, Work, count};
use crate::metrics::LaneKind;
use crate::outcome::Fault;
use crate::protocol::admission::{Admission, Adoption};
use crate::protocol::batch::{self, Failure, Item, Undecided};
use crate::protocol::numbering::{Cause, Sender, Sequence};
use crate::protocol::parking::{self, Failures, Sorted};
use crate::record::{Record, TopicPartition};
use crate::service::Service;
use crate::store::{FailureInfo, Parked, Queue, Session, ShardId, Store, StoreError, Writes};
use crate::traces::Traces;

/// The next messages of a partition: how many of those that are queued.
type Slice = (TopicPartition, usize);

impl<S: Service, D: Store> Lane<S, D> {
    /// Handles the next messages of all partitions that go on, in one transaction, and parks what cannot
    /// be handled. Returns how many there were.
    pub(super) async fn handle_new(&mut self, now: Instant) -> Result<usize, StoreError> {
        let mut slices = self.gather(now);
        let mut failures = Failures::new();
        let mut conflicts = 0;
        while !slices.is_empty() {
            let mut batch = NewMessages::<S>::sort(&self.partitions, &slices, &failures);
            let session = Self::session(&mut self.session, &self.store).await?;
            let ended = self.resources.transact(session, batch.shards(), &mut batch).await;
            match ended {
                Ended::Committed(committed) => {
                    let messages = batch.messages();
                    let traces = &self.resources.traces;
                    traces.handled::<S>(
                        &batch.items,
                        &committed.spans,
                        &committed.out.notes,
                        committed.began,
                    );
                    self.resources.report(LaneKind::Messages, messages, &committed.out, committed.began);
                    // After a refusal the batches grow again.
                    self.limit.committed(messages, committed.took, self.resources.bounds);
                    let progress = batch.into_progress(committed);
                    self.adopt(progress, now);
                    return Ok(messages);
                }
                Ended::Failed { undecided, broken } => {
                    let Undecided { failures: found, outlasted } = undecided;
                    failures.extend(found.into_iter().map(|it| batch.place(it)));
                    if let Some(handled) = outlasted {
                        self.limit.outlasted(handled);
                        batch.cut(&mut slices, self.limit.get(), &mut failures);
                    }
                    if broken {
                        self.session = None;
                    }
                }
                Ended::Refused(reason) => self.halve(&mut slices, &mut failures, reason)?,
                Ended::Locked(shards) => self.leave_out(&mut slices, &shards),
                Ended::Conflict(reason) if conflicts < MAX_CONFLICTS => {
                    debug!(%reason, "the batch is tried again");
                    conflicts += 1;
                    sleep(CONFLICT_PAUSE * conflicts).await;
                }
                // A conflict that does not end is none: a unique index that the service does not know.
                Ended::Conflict(reason) => {
                    conflicts = 0;
                    self.halve(&mut slices, &mut failures, reason)?;
                }
                Ended::InDoubt { error, .. } | Ended::Lost(error) => {
                    // It may have been too much: a statement has its time as well.
                    let messages = slices.iter().map(|(_, take)| take).sum();
                    self.limit.outlasted(messages);
                    return Err(error);
                }
            }
        }
        Ok(0)
    }

    /// How many messages of which partitions come next: all that are queued, up to the limit,
    /// shared evenly.
    fn gather(&mut self, now: Instant) -> Vec<Slice> {
        let ready = self.partitions.iter_mut();
        let ready: Vec<_> = ready.filter_map(|(at, it)| it.is_ready(now).then_some((at, it))).collect();
        let share = self.limit.get().div_ceil(ready.len().max(1));
        let mut left = self.limit.get();
        let mut slices = Vec::with_capacity(ready.len());
        for (origin, partition) in ready {
            let take = partition.queue.len().min(share).min(left);
            left -= take;
            if take > 0 {
                partition.queue.make_contiguous();
                slices.push((*origin, take));
            }
        }
        slices
    }

    /// Takes over what a committed transaction did to the partitions.
    fn adopt(&mut self, progress: Vec<Progress>, now: Instant) {
        for it in progress {
            let Some(partition) = self.partitions.get_mut(&it.origin) else { continue };
            self.drained += partition.queue.drain(..it.taken).map(|record| record.size()).sum::<usize>();
            partition.input.adopt(it.admission);
            partition.sequence = it.sequence;
            for (queue, delay) in it.parked {
                partition.parked.entry(queue).or_insert(now + delay);
            }
            partition.update_metrics();
        }
    }

    /// Halves a batch that the database refuses, until the message it refuses is alone: that
    /// one, and what it released, are parked.
    fn halve(
        &mut self,
        slices: &mut Vec<Slice>,
        failures: &mut Failures,
        reason: String,
    ) -> Result<(), StoreError> {
        let messages: usize = slices.iter().map(|(_, take)| take).sum();
        if messages == 1 {
            return self.refuse(slices[0].0, failures, reason);
        }
        self.limit.outlasted(messages);
        shorten(slices, self.limit.get());
        Ok(())
    }

    /// Leaves out the partitions whose shards other transactions hold locked, for a while.
    fn leave_out(&mut self, slices: &mut Vec<Slice>, shards: &[ShardId]) {
        self.lock_out(shards);
        let now = Instant::now();
        slices.retain(|(origin, _)| self.partitions.get(origin).is_some_and(|it| !it.is_locked(now)));
    }
}

/// Leaves the first `most` messages.
fn shorten(slices: &mut Vec<Slice>, most: usize) {
    let mut left = most;
    slices.retain_mut(|(_, take)| {
        *take = (*take).min(left);
        left -= *take;
        *take > 0
    });
}

/// The next messages of some partitions, sorted into what becomes of them.
struct NewMessages<'l, S: Service> {
    shares: Vec<Share<'l>>,
    /// Those to handle, partition by partition.
    items: Vec<Item<'l, S::Input>>,
    /// Those to park, likewise.
    parked: Vec<Parked>,
    /// Which claims of messages without numbers are new.
    fresh: BTreeSet<(&'static str, String)>,
}

/// One partition's share of a batch.
struct Share<'l> {
    partition: &'l Partition,
    /// How many messages of its queue it is about.
    taken: usize,
    admission: Admission<'l>,
    /// How many of them are handled.
    applied: i64,
    /// How many are parked.
    parked: usize,
    dead: Vec<(&'l Record, FailureInfo)>,
}

/// How far a committed transaction has brought a partition.
struct Progress {
    origin: TopicPartition,
    taken: usize,
    admission: Adoption,
    sequence: Sequence,
    parked: Vec<(Queue, Duration)>,
}

impl<'l, S: Service> NewMessages<'l, S> {
    fn sort(
        partitions: &'l BTreeMap<TopicPartition, Partition>,
        slices: &[Slice],
        failures: &Failures,
    ) -> Self {
        let (shares, items, parked) = (Vec::new(), Vec::new(), Vec::new());
        let mut batch = Self { shares, items, parked, fresh: BTreeSet::new() };
        for (origin, taken) in slices {
            let Some(partition) = partitions.get(origin) else { continue };
            let admission = partition.admit(*taken);
            let shard = batch.shares.len();
            let sorted = parking::sort::<S, _>(shard, &admission, &partition.parked, failures);
            let Sorted { mut items, parked, dead } = sorted;
            items.iter_mut().for_each(|item| item.unsequenced |= partition.run_once);
            let (taken, applied) = (*taken, count(items.len()));
            batch.shares.push(Share { partition, taken, admission, applied, parked: parked.len(), dead });
            batch.items.extend(items);
            batch.parked.extend(parked);
        }
        batch
    }

    fn messages(&self) -> usize {
        self.shares.iter().map(|share| share.taken).sum()
    }

    fn shards(&self) -> Vec<ShardTurn<'l>> {
        self.shares.iter().map(|share| share.partition.turn()).collect()
    }

    fn place(&self, Failure { item, fault, .. }: Failure) -> ((TopicPartition, i64), Fault) {
        let record = &self.items[item].record;
        ((record.origin, record.offset), fault)
    }

    /// Leaves the first `most` messages, for there was no time for all. Of those that a single message
    /// released, the later ones are parked, and come when there is time.
    fn cut(&self, slices: &mut Vec<Slice>, most: usize, failures: &mut Failures) {
        if self.messages() == 1 {
            for item in self.items.iter().skip(most) {
                failures.entry((item.record.origin, item.record.offset)).or_insert(Fault::NoTime);
            }
        }
        shorten(slices, most);
    }

    /// Reports what was committed, and lets the partitions go.
    fn into_progress(self, Committed { sequences, writes, .. }: Committed) -> Vec<Progress> {
        let mut parked = writes.parked.into_iter();
        let shares = self.shares.into_iter().zip(sequences);
        let progress = shares.map(|(share, sequence)| {
            let Share { partition, taken, admission, applied, .. } = share;
            partition.metrics.committed(taken, applied, admission.dropped);
            report_stale(partition.input.origin, admission.stale);
            report_skipped(partition.input.origin, admission.skipped);
            let parked = parked.by_ref().take(share.parked).map(|row| {
                report_parked::<S>(&row);
                partition.metrics.parked(row.failure.reason);
                (row.queue, row.delay)
            });
            let parked = parked.collect();
            for (record, failure) in &share.dead {
                report_dead::<S>(record, failure);
                partition.metrics.dead(failure.reason);
            }
            Progress {
                origin: partition.input.origin,
                taken,
                admission: admission.adoption(),
                sequence,
                parked,
            }
        });
        progress.collect()
    }
}

impl<S: Service> Work<S> for NewMessages<'_, S> {
    async fn blocked<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        locks: &mut Locks,
    ) -> Result<Vec<Failure>, StoreError> {
        items::blocked(service, session, &self.items, locks).await
    }

    async fn claim<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        rows: &mut S::Rows,
    ) -> Result<(), StoreError> {
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
        batch::apply(service, &self.items, rows, std::mem::take(&mut self.fresh), out, watch)
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
        writes.parked = std::mem::take(&mut self.parked);
        for (share, shard) in self.shares.iter().zip(shards) {
            let (origin, admission) = (share.partition.input.origin, &share.admission);
            shard.next_offset = admission.next_offset;
            (shard.applied, shard.dropped) = (share.applied, admission.dropped);
            writes.seen.extend(admission.seen_rows(origin));
            writes.held.extend(admission.held_rows(origin));
            writes.released.extend(admission.released_rows(origin));
            for (record, failure) in &share.dead {
                shard.give_up(record, failure, writes, sender)?;
            }
        }
        Ok(())
    }
}

/// Reports a message that failed; one that waits behind it is no news.
fn report_parked<S: Service>(row: &Parked) {
    let Parked { place, failure, .. } = row;
    if failure.attempts > 0 {
        warn!(service = S::NAME, topic = %place.topic, partition = place.partition, offset = place.offset,
            error = %failure.error, "a message failed, and is parked with the later ones of its key; it will be retried");
    }
}

fn report_dead<S: Service>(record: &Record, failure: &FailureInfo) {
    let TopicPartition { topic, partition } = record.origin;
    error!(service = S::NAME, topic, partition, offset = record.offset, reason = failure.reason,
        error = %failure.error,
        "a message cannot be handled, and is a DEAD LETTER: see `{} ops dead`", S::NAME);
}

fn report_stale(origin: TopicPartition, stale: i64) {
    if stale > 0 {
        error!(%origin, stale, "dropped messages of an earlier incarnation of their source's database");
    }
}

fn report_skipped(origin: TopicPartition, skipped: i64) {
    if skipped > 0 {
        warn!(%origin, skipped, "an operator of the sending service skipped messages that could not be sent");
    }
}
