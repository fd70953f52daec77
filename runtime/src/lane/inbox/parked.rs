//! Parked messages: tried again, and given up in the end.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use super::partition::{Flow, Partition};
use super::{Lane, items};
use crate::context::{Exhausted, Outgoing};
use crate::lane::transaction::{Committed, Ended, ShardTurn, Work};
use crate::metrics::LaneKind;
use crate::mutation::{self, Mutation};
use crate::outcome::Fault;
use crate::protocol::batch::{self, Failure, Item};
use crate::protocol::numbering::{Cause, Sender};
use crate::protocol::parking::{MAX_ATTEMPTS, backoff, place};
use crate::record::{Record, TopicPartition};
use crate::service::Service;
use crate::store::{Delayed, ParkedHead, Queue, Session, Store, StoreError, Writes};
use crate::traces::Traces;

/// The most parked messages that one transaction tries.
const MAX_RETRIES: usize = 100;

/// The first message of a queue, which is tried again.
pub(super) struct Retry {
    pub origin: TopicPartition,
    /// Its partition's place among the shards of the transaction.
    shard: usize,
    queue: Queue,
    pub verdict: Verdict,
    /// Whether the database refuses to keep it as it is: the barest form of it is given up.
    pub barest: bool,
    /// How often it was tried before.
    attempts: i32,
    /// Whether it asks for a compensation, which is never given up.
    compensates: bool,
    /// The message; none where an operator took it away.
    pub record: Option<Record>,
    /// Whether another one waits behind it.
    more: bool,
    /// Its place among the items of the transaction, if it is handled.
    item: Option<usize>,
}

/// What is to become of a parked message.
pub(super) enum Verdict {
    Handle(Exhausted),
    Delay(Fault),
    GiveUp(Fault),
}

impl Retry {
    fn new(origin: TopicPartition, queue: Queue) -> Self {
        let verdict = Verdict::Handle(Exhausted::None);
        Self {
            origin,
            shard: 0,
            queue,
            verdict,
            barest: false,
            attempts: 0,
            compensates: false,
            record: None,
            more: false,
            item: None,
        }
    }

    /// It failed: it is tried later, or without the step that failed, or given up.
    pub(super) fn fail(&mut self, fault: Fault, step: Option<&'static str>) {
        let compensates = self.compensates && !mutation::active(Mutation::CompensationGivenUp);
        let patient = compensates || self.attempts + 1 < MAX_ATTEMPTS;
        self.verdict = match (&self.verdict, step) {
            (Verdict::Handle(Exhausted::None), _) if patient => Verdict::Delay(fault),
            (Verdict::Handle(Exhausted::None), Some(step)) => Verdict::Handle(Exhausted::Step(step)),
            (Verdict::Handle(Exhausted::None | Exhausted::Step(_)), _) => Verdict::Handle(Exhausted::All),
            _ => Verdict::GiveUp(fault),
        };
    }

    /// Takes what the table has of it.
    fn found(&mut self, head: Option<ParkedHead>) -> Result<(), StoreError> {
        (self.record, self.more, self.item) = (None, false, None);
        let Some(ParkedHead { offset, attempts, record, more }) = head else { return Ok(()) };
        let record = Record::restore(self.origin, offset, record)
            .map_err(|corrupt| StoreError::Incompatible(corrupt.to_string()))?;
        let record = if self.barest { record.barest() } else { record };
        (self.record, self.attempts, self.more) = (Some(record), attempts, more);
        Ok(())
    }

    /// The message to handle, the next among so many; none if it is not handled.
    fn decode<S: Service>(&mut self, service: &S, item: usize) -> Option<Item<'static, S::Input>> {
        let record = self.record.as_ref()?;
        let input = match S::decode(record.origin.topic, record.value()) {
            Ok(input) => input,
            Err(error) => {
                if !self.barest {
                    self.verdict = Verdict::GiveUp(Fault::Undecodable(error.to_string()));
                }
                return None;
            }
        };
        self.compensates = service.compensates(&input);
        let Verdict::Handle(exhausted) = self.verdict else { return None };
        self.item = Some(item);
        let unsequenced = record.number().is_none();
        Some(Item { input, record: Cow::Owned(record.clone()), shard: self.shard, unsequenced, exhausted })
    }

    /// When the next message of its queue is tried, if one is left.
    fn next(&self, now: Instant) -> Option<Instant> {
        match &self.verdict {
            Verdict::Delay(_) => Some(now + backoff(self.attempts + 1)),
            Verdict::Handle(_) | Verdict::GiveUp(_) => self.more.then_some(now),
        }
    }

    /// Tells the log what was committed of it.
    fn report<S: Service>(&self) {
        let Some(record) = &self.record else { return };
        let (service, origin, offset, attempts) = (S::NAME, record.origin, record.offset, self.attempts + 1);
        match &self.verdict {
            Verdict::Handle(Exhausted::None) => {
                info!(service, %origin, offset, attempts, "a parked message is handled")
            }
            Verdict::Handle(_) => error!(service, %origin, offset, attempts,
                "a message exhausted its retries: its step fails, and that is published"),
            Verdict::Delay(fault) if self.compensates && attempts >= MAX_ATTEMPTS => {
                error!(service, %origin, offset, attempts, %fault,
                "a compensation fails, and is retried until it succeeds: see `{service} ops parked`")
            }
            Verdict::Delay(fault) => {
                warn!(service, %origin, offset, attempts, %fault, "a parked message failed again")
            }
            Verdict::GiveUp(fault) => {
                error!(service, %origin, offset, attempts, %fault,
                "a message is given up, and is a DEAD LETTER: see `{service} ops dead`");
                items::report_uncopied::<S>(record, &fault.info(attempts));
            }
        }
    }
}

impl<S: Service, D: Store> Lane<S, D> {
    /// Tries the parked messages that are due, in one transaction. Returns how many there were.
    pub(super) async fn retry_due(&mut self, now: Instant) -> Result<usize, StoreError> {
        let mut retries = self.due(now);
        while !retries.is_empty() {
            let mut batch = ParkedMessages::<S>::of(&self.partitions, &mut retries);
            let session = Self::session(&mut self.session, &self.store).await?;
            let ended = self.resources.transact(session, batch.shards(), &mut batch).await;
            match ended {
                Ended::Committed(committed) => {
                    let traces = &self.resources.traces;
                    traces.handled::<S>(
                        &batch.items,
                        &committed.spans,
                        &committed.out.notes,
                        committed.began,
                    );
                    self.resources.report(
                        LaneKind::Messages,
                        batch.retries.len(),
                        &committed.out,
                        committed.began,
                    );
                    let origins = batch.origins();
                    self.adopt_retries(&origins, &retries, committed, now);
                    return Ok(retries.len());
                }
                // Each failure counts as an attempt. The others may have failed only for the rows that the
                // first one has spoilt, so they are not blamed.
                Ended::Failed(failures) => {
                    if let Some(Failure { item, fault, step }) = failures.into_iter().next()
                        && let Some(retry) = retries.iter_mut().find(|retry| retry.item == Some(item))
                    {
                        retry.fail(fault, step);
                    }
                }
                Ended::Refused(reason) => match retries.as_mut_slice() {
                    [only] => {
                        if let Some(record) = only.record.as_ref().filter(|_| only.is_kept()) {
                            let offset = record.offset;
                            self.count_refusal(only.origin, offset, &reason)?;
                        }
                        only.refuse::<S>(reason)?;
                    }
                    several => {
                        let half = several.len() / 2;
                        retries.truncate(half);
                    }
                },
                Ended::Conflict(reason) => {
                    debug!(%reason, "parked messages are tried once more");
                    if mutation::active(Mutation::ConflictCounted) {
                        retries.iter_mut().for_each(|it| it.fail(Fault::Unstorable(reason.clone()), None));
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

    fn due(&self, now: Instant) -> Vec<Retry> {
        let running = self.partitions.iter().filter(|(_, partition)| partition.flow != Flow::Stopped);
        let due = running.flat_map(|(origin, partition)| {
            let due = partition.parked.iter().filter(|(_, at)| **at <= now);
            due.map(|(queue, _)| Retry::new(*origin, queue.clone()))
        });
        due.take(MAX_RETRIES).collect()
    }
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
}

impl<S: Service> Work<S> for ParkedMessages<'_, S> {
    async fn claim<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        rows: &mut S::Rows,
    ) -> Result<(), StoreError> {
        let queues: Vec<_> = self.retries.iter().map(|retry| (retry.origin, retry.queue.clone())).collect();
        let heads = session.parked_heads(&queues).await?;
        for (retry, head) in self.retries.iter_mut().zip(heads) {
            retry.found(head)?;
            self.items.extend(retry.decode(service, self.items.len()));
        }
        self.fresh = items::claim(service, session, &self.items, rows).await?;
        Ok(())
    }

    fn decide(&mut self, service: &S, rows: &mut S::Rows, out: &mut Outgoing) -> Result<(), Vec<Failure>> {
        batch::apply(service, &self.items, rows, std::mem::take(&mut self.fresh), out)
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
                Verdict::Handle(_) => writes.unparked.push(place(record)),
                Verdict::Delay(fault) => {
                    let (failure, delay) = (fault.info(attempts), backoff(attempts));
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
