//! New messages: admitted, sorted, handled, and committed with their offsets.

use tokio::time::Instant;
use tracing::{debug, error, warn};

use super::around::{commit, count, store, write_notes};
use super::part::Part;
use super::transaction::{Handled, handle};
use super::{Lane, MAX_BATCH};
use crate::context::Fault;
use crate::metrics::LaneKind;
use crate::mutation::{self, Mutation};
use crate::protocol::admission::Admission;
use crate::protocol::batch::Failure;
use crate::protocol::parking::{self, Failures, Sorted};
use crate::record::TopicPartition;
use crate::service::Service;
use crate::store::{Fence, Parked, Session, ShardMove, Store, StoreError, Writes};

/// How a transaction ended that the database did not refuse.
enum Attempt {
    /// So many messages are handled or set aside.
    Committed(usize),
    /// These have to be set aside; nothing is written.
    Failed(Failures),
}

/// The next messages of a partition: how many of those that wait.
type Slice = (TopicPartition, usize);

impl<S: Service, D: Store> Lane<S, D> {
    /// Handles the next messages of all partitions that go on, in one transaction, and sets
    /// aside what cannot be handled. Returns how many there were.
    pub(super) async fn handle_next(&mut self, now: Instant) -> Result<usize, StoreError> {
        let mut slices = self.gather();
        let mut failures = Failures::new();
        while !slices.is_empty() {
            match self.attempt(&slices, &failures, now).await {
                Ok(Attempt::Committed(messages)) => {
                    self.finish(&slices, messages);
                    return Ok(messages);
                }
                Ok(Attempt::Failed(found)) => {
                    self.rollback().await?;
                    failures.extend(found);
                }
                Err(StoreError::Refused(reason)) => {
                    self.rollback().await?;
                    self.halve(&mut slices, &mut failures, reason)?;
                }
                Err(StoreError::Conflict(reason)) => {
                    debug!(%reason, "the batch is tried again");
                    self.rollback().await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(0)
    }

    /// How many messages of which partitions come next: all that wait, up to the limit,
    /// shared evenly.
    fn gather(&self) -> Vec<Slice> {
        let ready: Vec<_> = self.parts.iter().filter(|(_, part)| part.is_ready()).collect();
        let share = self.limit.div_ceil(ready.len().max(1));
        let mut left = self.limit;
        let mut slices = Vec::with_capacity(ready.len());
        for (origin, part) in ready {
            let take = part.queue.len().min(share).min(left);
            left -= take;
            if take > 0 {
                slices.push((*origin, take));
            }
        }
        slices
    }

    fn finish(&mut self, slices: &[Slice], messages: usize) {
        for (origin, take) in slices {
            if let Some(part) = self.parts.get_mut(origin) {
                self.drained += part.queue.drain(..take).map(|record| record.size()).sum::<usize>();
            }
        }
        // After a refusal the batches grow again.
        self.limit = (self.limit.max(messages) * 2).min(MAX_BATCH);
    }

    /// One transaction over the first messages of some partitions, but for those in `failures`.
    async fn attempt(
        &mut self,
        slices: &[Slice],
        failures: &Failures,
        now: Instant,
    ) -> Result<Attempt, StoreError> {
        let began = std::time::Instant::now();
        for (origin, _) in slices {
            if let Some(part) = self.parts.get_mut(origin) {
                part.queue.make_contiguous();
            }
        }
        let parts: Vec<&Part> = slices.iter().filter_map(|(origin, _)| self.parts.get(origin)).collect();
        let admissions: Vec<Admission<'_>> = parts
            .iter()
            .zip(slices)
            .map(|(part, (_, take))| part.input.admit(&part.queue.as_slices().0[..*take]))
            .collect();
        let waiting: Vec<_> = parts.iter().map(|part| &part.parked).collect();
        let Sorted { items, parked, dead } = parking::sort::<S, _>(&admissions, &waiting, failures);

        let fences: Vec<Fence> = parts.iter().map(|part| part.fence()).collect();
        let session = Self::session(&mut self.session, &self.store).await?;
        session.begin(&fences).await?;
        let mut rows = S::Rows::default();
        let (service, traces) = (&*self.service, &*self.traces);
        let handled = handle(service, session, &parts, &items, &mut rows, &self.partitions, traces).await?;
        let mut handled = match handled {
            Ok(handled) => handled,
            Err(failed) => {
                let failure = |Failure { item, fault, .. }| {
                    let record = items[item].record;
                    ((record.origin, record.offset), fault)
                };
                return Ok(Attempt::Failed(failed.into_iter().map(failure).collect()));
            }
        };
        let copies = dead.iter().map(|(part, record, trouble)| (*part, *record, trouble));
        handled.publish_copies(copies, S::NAME, &self.partitions)?;
        let Handled { out, outbox, sequences, traces: spans } = handled;
        let (owners, parked): (Vec<usize>, Vec<Parked>) = parked.into_iter().unzip();
        let letters = dead.iter().filter(|_| !mutation::active(Mutation::DeadDropped));
        let letters = letters.map(|(_, record, trouble)| parking::dead_letter(record, trouble)).collect();
        let mut writes = Writes { outbox, parked, dead: letters, ..Writes::default() };
        for (at, (part, admission)) in parts.iter().zip(&admissions).enumerate() {
            let origin = part.input.origin;
            writes.shards.push(ShardMove {
                shard: part.input.shard,
                next_offset: admission.next_offset,
                last_seq: sequences[at].last_seq,
                applied: count(items.iter().filter(|item| item.part == at).count()),
                dropped: admission.dropped,
            });
            writes.destinations.extend(sequences[at].changed_since(&part.sequence));
            writes.seen.extend(admission.seen_rows(origin));
            writes.held.extend(admission.held_rows(origin));
            writes.released.extend(admission.released_rows(origin));
            report_outlived(origin, admission.outlived);
        }
        if mutation::active(Mutation::UncommittedSend) {
            self.relay.feed(writes.outbox.clone());
        }
        store(session, &mut rows).await?;
        commit(session, &writes).await?;

        traces.handled::<S>(&items, &spans, &out.notes, began);
        for (((part, (_, take)), admission), moved) in
            parts.iter().zip(slices).zip(&admissions).zip(&writes.shards)
        {
            part.metrics.committed(*take, moved.applied, admission.dropped);
        }
        dead.iter().for_each(|(part, _, trouble)| parts[*part].metrics.dead(trouble.reason));
        let committed: Vec<_> = admissions.iter().map(Admission::committed).collect();
        drop((items, admissions, parts));
        for (((origin, _), committed), sequence) in slices.iter().zip(committed).zip(sequences) {
            if let Some(part) = self.parts.get_mut(origin) {
                part.input.adopt(committed);
                part.sequence = sequence;
            }
        }
        report_aside::<S>(&writes);
        for (owner, Parked { queue, delay, trouble, .. }) in owners.into_iter().zip(writes.parked) {
            if let Some(part) = self.parts.get_mut(&slices[owner].0) {
                part.metrics.parked(trouble.reason);
                part.parked.entry(queue).or_insert(now + delay);
            }
        }
        slices.iter().filter_map(|(origin, _)| self.parts.get(origin)).for_each(Part::tell_metrics);
        self.relay.feed(writes.outbox);
        write_notes::<S>(&out.notes);
        let messages = slices.iter().map(|(_, take)| take).sum();
        self.metrics.lanes.batch(LaneKind::Messages, messages, began, &out.tally);
        Ok(Attempt::Committed(messages))
    }

    /// Halves a batch that the database refuses, until the message it refuses is alone: that
    /// one, and what it released, are set aside.
    fn halve(
        &mut self,
        slices: &mut Vec<Slice>,
        failures: &mut Failures,
        reason: String,
    ) -> Result<(), StoreError> {
        let messages: usize = slices.iter().map(|(_, take)| take).sum();
        if messages == 1 {
            let before = failures.len();
            if let Some(part) = self.parts.get(&slices[0].0) {
                let first = &part.queue.as_slices().0[..1];
                for admitted in part.input.admit(first).inputs {
                    let at = (admitted.record.origin, admitted.record.offset);
                    failures.entry(at).or_insert_with(|| Fault::Unstorable(reason.clone()));
                }
            }
            if failures.len() == before {
                let what = "the database refuses even to set a message aside";
                return Err(StoreError::Unavailable(format!("{what}: {reason}")));
            }
            return Ok(());
        }
        self.limit = messages / 2;
        let mut left = self.limit;
        slices.retain_mut(|(_, take)| {
            *take = (*take).min(left);
            left -= *take;
            *take > 0
        });
        Ok(())
    }
}

/// Tells the log of what was set aside and given up, once that is committed.
fn report_aside<S: Service>(writes: &Writes) {
    for row in writes.parked.iter().filter(|row| row.trouble.attempts > 0) {
        let (place, error) = (&row.place, &row.trouble.error);
        warn!(service = S::NAME, topic = %place.topic, partition = place.partition, offset = place.offset,
            %error, "a message failed, and is set aside with what has its key; it is tried again");
    }
    for row in &writes.dead {
        let (place, error) = (&row.place, &row.trouble.error);
        error!(service = S::NAME, topic = %place.topic, partition = place.partition, offset = place.offset,
            %error, "a message cannot be read, and is a DEAD LETTER: see `{} ops dead`", S::NAME);
    }
}

fn report_outlived(origin: TopicPartition, outlived: i64) {
    if outlived > 0 {
        error!(%origin, outlived, "dropped messages of an older life of their source's database");
    }
}
