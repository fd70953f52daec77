//! The lane of a service: drains all input partitions it owns, batch by batch,
//! one transaction each.

mod around;
mod part;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use time::OffsetDateTime;
use tokio::time::Instant;
use tracing::{debug, error};

pub(crate) use around::{count, known, load, store, write_notes};
pub use part::Flow;
use part::{Part, shard_name};

use crate::breaks;
use crate::context::Fault;
use crate::core::admit::InputShard;
use crate::core::batch::{self, Stuck};
use crate::core::sequence::{Partitions, Sender, Sequence};
use crate::record::{Record, TopicPartition};
use crate::relay::RelayHandle;
use crate::rows::Rows;
use crate::service::Service;
use crate::store::{Fence, Session, ShardMove, ShardState, Store, StoreError, Token, Writes};
use crate::wire::rfc3339;

/// The most messages one transaction handles.
pub const MAX_BATCH: usize = 2_000;

/// The lane of one service instance.
pub struct Lane<S: Service, D: Store> {
    service: Arc<S>,
    store: D,
    session: Option<D::Session>,
    partitions: Arc<Partitions>,
    relay: RelayHandle,
    parts: BTreeMap<TopicPartition, Part>,
    limit: usize,
    /// Bytes of messages that have left the queues.
    drained: usize,
}

/// What a call of [`Lane::run_batch`] did.
#[derive(Debug, PartialEq, Eq)]
pub enum Ran {
    /// There was nothing to do.
    Idle,
    /// So many messages were committed.
    Committed(usize),
    /// A message could not be handled; its partition waits or stopped.
    Halted,
}

/// How a transaction ended that did not fail.
enum Attempt {
    Committed(usize),
    Stuck(Stuck),
}

impl<S: Service, D: Store> Lane<S, D> {
    /// A lane that owns nothing yet.
    pub fn new(service: Arc<S>, store: D, partitions: Arc<Partitions>, relay: RelayHandle) -> Self {
        Self {
            service,
            store,
            session: None,
            partitions,
            relay,
            parts: BTreeMap::new(),
            limit: MAX_BATCH,
            drained: 0,
        }
    }

    /// Takes partitions over, in addition to those it owns. Returns where to
    /// read those from whose queue does not go on where the database does; `None`
    /// is the beginning.
    ///
    /// # Errors
    /// [`StoreError`]; nothing new is owned then.
    pub async fn take_over(
        &mut self,
        origins: &[TopicPartition],
    ) -> Result<Vec<(TopicPartition, Option<i64>)>, StoreError> {
        let token = Token::random();
        let mut origins = origins.to_vec();
        origins.sort_unstable();
        let names: Vec<String> = origins.iter().map(|origin| shard_name(*origin)).collect();
        let session = Self::session(&mut self.session, &self.store).await?;
        let states = session.take_over(&names, token).await?;
        let mut starts = Vec::with_capacity(states.len());
        for origin in origins {
            let name = shard_name(origin);
            let Some(state) = states.iter().find(|state| state.name == name) else {
                return Err(StoreError::Unsuitable(format!("shard {name} was not created")));
            };
            let owned = self.parts.contains_key(&origin);
            let (part, continues) = self.part(origin, token, state)?;
            if !continues {
                starts.push((origin, (part.input.next_offset >= 0).then_some(part.input.next_offset)));
            }
            self.parts.insert(origin, part);
            if !(owned && breaks::off("reload-worker-only")) {
                self.relay.adopt(state, token);
            }
        }
        Ok(starts)
    }

    /// The partition as `state` was found, and whether the messages already
    /// queued for it continue it.
    fn part(
        &mut self,
        origin: TopicPartition,
        token: Token,
        state: &ShardState,
    ) -> Result<(Part, bool), StoreError> {
        if state.reborn {
            error!(%origin, incarnation = state.incarnation,
                "the database was restored or replaced: messages are numbered anew");
        }
        let input = InputShard::new(origin, token, state)
            .map_err(|garbled| StoreError::Unsuitable(garbled.to_string()))?;
        let (mut queue, fetched) = match self.parts.remove(&origin) {
            Some(part) => (part.queue, Some(part.fetched)),
            None => (VecDeque::new(), None),
        };
        let head = queue.front().map(|record| record.offset).or(fetched);
        let continues = head.is_some_and(|head| head <= input.next_offset);
        if !continues {
            self.drained += queue.drain(..).map(|record| record.size()).sum::<usize>();
        }
        let fetched = fetched.filter(|_| continues).unwrap_or(input.next_offset).max(input.next_offset);
        let sequence = Sequence::new(state, &self.partitions);
        let part = Part { input, sequence, queue, fetched, flow: Flow::Running, held_since: None };
        Ok((part, continues))
    }

    async fn session<'a>(
        session: &'a mut Option<D::Session>,
        store: &D,
    ) -> Result<&'a mut D::Session, StoreError> {
        match session {
            Some(session) => Ok(session),
            None => Ok(session.insert(store.session().await?)),
        }
    }

    /// Forgets what it remembers and takes over again what it owns.
    ///
    /// # Errors
    /// [`StoreError`]; call again then.
    pub async fn reload(&mut self) -> Result<Vec<(TopicPartition, Option<i64>)>, StoreError> {
        self.session = None;
        let origins: Vec<TopicPartition> = self.parts.keys().copied().collect();
        self.take_over(&origins).await
    }

    /// Gives partitions up.
    pub fn revoke(&mut self, origins: &[TopicPartition]) {
        for origin in origins {
            if let Some(part) = self.parts.remove(origin) {
                self.drained += part.queue.iter().map(Record::size).sum::<usize>();
                self.relay.drop_shard(part.sequence.shard);
            }
        }
    }

    /// Queues a message before which nothing was left out since offset `from`. One
    /// that does not continue its partition was read before a take-over, and comes again.
    pub fn enqueue(&mut self, from: i64, record: Record) {
        match self.parts.get_mut(&record.origin) {
            Some(part) if part.fetched == from || breaks::off("stale-records") => {
                part.fetched = record.offset + 1;
                part.queue.push_back(record);
            }
            _ => self.drained += record.size(),
        }
    }

    /// How many bytes of messages have left the queues since the last call.
    pub fn take_drained(&mut self) -> usize {
        std::mem::take(&mut self.drained)
    }

    /// Handles the next messages of all partitions that go on, in one transaction.
    ///
    /// # Errors
    /// [`StoreError`]: [`Lane::reload`] before anything else.
    pub async fn run_batch(&mut self, now: Instant) -> Result<Ran, StoreError> {
        let mut slices = self.gather(now);
        let mut halted = false;
        while !slices.is_empty() {
            match self.attempt(&slices).await {
                Ok(Attempt::Committed(messages)) => {
                    self.finish(&slices, messages);
                    return Ok(if halted { Ran::Halted } else { Ran::Committed(messages) });
                }
                Ok(Attempt::Stuck(stuck)) => {
                    self.rollback().await?;
                    halted = true;
                    self.halt(&mut slices, stuck, now);
                }
                Err(StoreError::Refused(reason)) => {
                    self.rollback().await?;
                    if let Some(stuck) = self.halve(&mut slices, reason) {
                        halted = true;
                        self.halt(&mut slices, stuck, now);
                    }
                }
                Err(StoreError::Conflict(reason)) => {
                    debug!(%reason, "the batch is tried again");
                    self.rollback().await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(if halted { Ran::Halted } else { Ran::Idle })
    }

    /// How many messages of which partitions come next: all that wait, up to the limit,
    /// shared evenly.
    fn gather(&self, now: Instant) -> Vec<(TopicPartition, usize)> {
        let ready: Vec<_> = self.parts.iter().filter(|(_, part)| part.is_ready(now)).collect();
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

    /// One transaction over the first messages of some partitions.
    async fn attempt(&mut self, slices: &[(TopicPartition, usize)]) -> Result<Attempt, StoreError> {
        for (origin, _) in slices {
            if let Some(part) = self.parts.get_mut(origin) {
                part.queue.make_contiguous();
            }
        }
        let parts: Vec<&Part> = slices.iter().filter_map(|(origin, _)| self.parts.get(origin)).collect();
        let admissions: Vec<_> = parts
            .iter()
            .zip(slices)
            .map(|(part, (_, take))| part.input.admit(&part.queue.as_slices().0[..*take]))
            .collect();
        let items = match batch::decode::<S>(&admissions) {
            Ok(items) => items,
            Err(stuck) => return Ok(Attempt::Stuck(stuck)),
        };
        let mut rows = S::Rows::default();
        let once = batch::want_steps(&*self.service, &items, &mut rows);

        let fences: Vec<Fence> = parts.iter().map(|part| part.fence()).collect();
        let session = Self::session(&mut self.session, &self.store).await?;
        session.begin(&fences).await?;
        let fresh = if once.is_empty() || breaks::off("headerless-twice") {
            once
        } else {
            session.claim_once(&once).await?
        };
        for steps in rows.steps() {
            session.load_steps(steps).await?;
        }
        for item in &items {
            self.service.want_rows(&item.input, &mut rows);
        }
        load(session, &mut rows).await?;

        let out = match batch::apply(&*self.service, &items, &mut rows, fresh) {
            Ok(out) => out,
            Err(stuck) => return Ok(Attempt::Stuck(stuck)),
        };
        let mut sequences: Vec<Sequence> = parts.iter().map(|part| part.sequence.clone()).collect();
        let time = rfc3339(OffsetDateTime::now_utc());
        let sender = Sender { saga: S::SAGA, service: S::NAME, time: &time };
        let outbox = match batch::number(&out, &items, &mut sequences, sender, &self.partitions) {
            Ok(outbox) => outbox,
            Err(stuck) => return Ok(Attempt::Stuck(stuck)),
        };
        let mut writes = Writes { outbox, ..Writes::default() };
        for ((part, admission), sequence) in parts.iter().zip(&admissions).zip(&sequences) {
            let origin = part.input.origin;
            writes.shards.push(ShardMove {
                shard: sequence.shard,
                next_offset: admission.next_offset,
                last_seq: sequence.last_seq,
                applied: count(admission.inputs.len()),
                dropped: admission.dropped,
            });
            writes.destinations.extend(sequence.changed_since(&part.sequence));
            writes.seen.extend(admission.seen_rows(origin));
            writes.held.extend(admission.held_rows(origin));
            writes.released.extend(admission.released_rows(origin));
            report_outlived(origin, admission.outlived);
        }
        if breaks::off("uncommitted-send") {
            self.relay.feed(writes.outbox.clone());
        }
        store(session, &mut rows).await?;
        breaks::crash_point("before-commit");
        known(session.commit(&writes).await)?;
        breaks::crash_point("after-commit");

        let messages = slices.iter().map(|(_, take)| take).sum();
        let committed: Vec<_> = admissions.iter().map(|admission| admission.committed()).collect();
        drop((items, admissions, parts));
        for (((origin, _), committed), sequence) in slices.iter().zip(committed).zip(sequences) {
            if let Some(part) = self.parts.get_mut(origin) {
                part.input.adopt(committed);
                part.sequence = sequence;
            }
        }
        self.relay.feed(writes.outbox);
        write_notes::<S>(&out.notes);
        Ok(Attempt::Committed(messages))
    }

    fn finish(&mut self, slices: &[(TopicPartition, usize)], messages: usize) {
        for (origin, take) in slices {
            if let Some(part) = self.parts.get_mut(origin) {
                self.drained += part.queue.drain(..take).map(|record| record.size()).sum::<usize>();
                part.flow = Flow::Running;
            }
        }
        // After a refusal the batches grow again.
        self.limit = (self.limit.max(messages) * 2).min(MAX_BATCH);
    }

    async fn rollback(&mut self) -> Result<(), StoreError> {
        match &mut self.session {
            Some(session) => session.rollback().await,
            None => Ok(()),
        }
    }

    /// Ends a partition of the batch before the message it is stuck at.
    fn halt(&mut self, slices: &mut Vec<(TopicPartition, usize)>, stuck: Stuck, now: Instant) {
        let (origin, take) = slices[stuck.part];
        let Some(part) = self.parts.get_mut(&origin) else { return };
        let before = part.queue.iter().take(take).filter(|record| record.offset < stuck.offset).count();
        slices[stuck.part].1 = before;
        if before == 0 {
            slices.remove(stuck.part);
            part.fail(S::NAME, origin, stuck, now);
        }
    }

    /// Halves a batch that the database refuses, until the message it refuses is alone.
    fn halve(&mut self, slices: &mut Vec<(TopicPartition, usize)>, reason: String) -> Option<Stuck> {
        let messages: usize = slices.iter().map(|(_, take)| take).sum();
        if messages == 1 {
            let offset = self.parts.get(&slices[0].0)?.queue.front()?.offset;
            return Some(Stuck { part: 0, offset, fault: Fault::Unstorable(reason) });
        }
        self.limit = messages / 2;
        let mut left = self.limit;
        slices.retain_mut(|(_, take)| {
            *take = (*take).min(left);
            left -= *take;
            *take > 0
        });
        None
    }

    /// The earliest time at which a waiting partition goes on.
    pub fn next_retry(&self) -> Option<Instant> {
        self.parts
            .values()
            .filter_map(|part| match part.flow {
                Flow::Waiting { until, .. } => Some(until),
                Flow::Running | Flow::Stopped(_) => None,
            })
            .min()
    }

    /// The partitions that stopped, and why.
    pub fn stopped(&self) -> impl Iterator<Item = (TopicPartition, &Fault)> {
        self.parts.iter().filter_map(|(origin, part)| match &part.flow {
            Flow::Stopped(fault) => Some((*origin, fault)),
            Flow::Running | Flow::Waiting { .. } => None,
        })
    }

    /// The next offset of each partition it owns, where it has read anything.
    pub fn offsets(&self) -> impl Iterator<Item = (TopicPartition, i64)> {
        self.parts
            .values()
            .map(|part| (part.input.origin, part.input.next_offset))
            .filter(|(_, next)| *next >= 0)
    }

    /// Raises the alarm where messages wait too long for an earlier one.
    pub fn watch_held(&mut self, now: Instant) {
        for part in self.parts.values_mut() {
            part.watch_held(S::NAME, now);
        }
    }

    /// Looks whether the shards are still as remembered. An owner without
    /// messages would not notice that its database was restored.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when they are not: reload.
    pub async fn verify(&mut self) -> Result<(), StoreError> {
        let fences: Vec<Fence> = self.parts.values().map(Part::fence).collect();
        if fences.is_empty() {
            return Ok(());
        }
        let session = Self::session(&mut self.session, &self.store).await?;
        session.begin(&fences).await?;
        session.rollback().await
    }
}

fn report_outlived(origin: TopicPartition, outlived: i64) {
    if outlived > 0 {
        error!(%origin, outlived, "dropped messages of an older life of their source's database");
    }
}
