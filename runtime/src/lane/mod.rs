//! The lane of a service: drains all input partitions it owns, batch by batch,
//! one transaction each.

mod around;
mod messages;
mod part;
mod retry;
mod transaction;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;
use tracing::error;

#[cfg(test)]
pub(crate) use around::write_note;
pub(crate) use around::{commit, count, load, store, write_notes};
pub use part::Flow;
use part::{Part, shard_name};

use crate::metrics::Metrics;
use crate::mutation::{self, Mutation};
use crate::protocol::admission::InputShard;
use crate::protocol::numbering::{Partitions, Sequence};
use crate::record::{Record, TopicPartition};
use crate::relay::RelayHandle;
use crate::service::Service;
use crate::store::{Evidence, Fence, Session, ShardState, Store, StoreError, Token};
use crate::topology::Topology;
use crate::traces::Traces;

/// The most messages one transaction handles.
pub const MAX_BATCH: usize = 2_000;

/// The lane of one service instance.
pub struct Lane<S: Service, D: Store> {
    service: Arc<S>,
    store: D,
    session: Option<D::Session>,
    topology: Arc<Topology>,
    /// As the last take-over found them.
    partitions: Arc<Partitions>,
    relay: RelayHandle,
    metrics: Arc<Metrics>,
    /// The last number of each shard it has owned, by its name.
    remembered: BTreeMap<String, i64>,
    traces: Arc<Traces>,
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
    /// So many messages were committed: handled, or set aside.
    Committed(usize),
}

impl<S: Service, D: Store> Lane<S, D> {
    /// A lane that owns nothing yet.
    pub fn new(
        service: Arc<S>,
        store: D,
        topology: Arc<Topology>,
        relay: RelayHandle,
        metrics: Arc<Metrics>,
        traces: Arc<Traces>,
    ) -> Self {
        Self {
            service,
            store,
            session: None,
            partitions: topology.partitions(),
            topology,
            relay,
            metrics,
            remembered: BTreeMap::new(),
            traces,
            parts: BTreeMap::new(),
            limit: MAX_BATCH,
            drained: 0,
        }
    }

    /// Takes partitions over, in addition to those it owns. Returns where to
    /// read those from whose queue does not go on where the database does; `None`
    /// is the beginning. `told` are the next offsets that Kafka was told.
    ///
    /// # Errors
    /// [`StoreError`]; nothing new is owned then.
    pub async fn take_over(
        &mut self,
        origins: &[TopicPartition],
        told: &BTreeMap<TopicPartition, i64>,
    ) -> Result<Vec<(TopicPartition, Option<i64>)>, StoreError> {
        let token = Token::random();
        let mut origins = origins.to_vec();
        origins.sort_unstable();
        let names: Vec<String> = origins.iter().map(|origin| shard_name(*origin)).collect();
        self.remember_numbers();
        let evidence = Evidence {
            remembered: self.remembered.clone(),
            told: told.iter().map(|(origin, next)| (shard_name(*origin), *next)).collect(),
        };
        let session = Self::session(&mut self.session, &self.store).await?;
        let states = session.take_over(&names, token, &evidence).await?;
        // Asked after the take-over: whoever accepts a change of a topic ends every ownership.
        self.topology.pin(&session.topics().await?);
        self.partitions = self.topology.partitions();
        self.metrics.lanes.took_over(states.len());
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
            self.remembered.insert(name, state.last_seq);
            if !(owned && mutation::active(Mutation::ReloadWorkerOnly)) {
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
        if let Some(reason) = state.reborn {
            error!(service = S::NAME, %origin, incarnation = state.incarnation, %reason,
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
        let now = Instant::now();
        let parked = state.parked.iter().filter(|_| !mutation::active(Mutation::ParkedInMemory));
        let parked = parked.map(|parked| (parked.queue.clone(), now + parked.due_in)).collect();
        let metrics = self.metrics.inputs.owned(origin);
        let flow = Flow::Running;
        let part = Part { input, sequence, parked, queue, fetched, flow, held_since: None, metrics };
        part.tell_metrics();
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
    pub async fn reload(
        &mut self,
        told: &BTreeMap<TopicPartition, i64>,
    ) -> Result<Vec<(TopicPartition, Option<i64>)>, StoreError> {
        self.session = None;
        let origins: Vec<TopicPartition> = self.owned().collect();
        self.take_over(&origins, told).await
    }

    /// The partitions it owns.
    pub fn owned(&self) -> impl Iterator<Item = TopicPartition> {
        self.parts.keys().copied()
    }

    /// Takes no new message of a partition any more, until it is taken over again, or [`Lane::let_on`].
    pub fn bar(&mut self, origin: TopicPartition, flow: Flow) {
        if let Some(part) = self.parts.get_mut(&origin) {
            self.drained += part.queue.drain(..).map(|record| record.size()).sum::<usize>();
            part.fetched = i64::MAX;
            part.flow = flow;
        }
    }

    /// Lets a partition go on where it stands; `None` is the beginning.
    pub fn let_on(&mut self, origin: TopicPartition) -> Option<(TopicPartition, Option<i64>)> {
        let part = self.parts.get_mut(&origin)?;
        let next = part.input.next_offset;
        (part.fetched, part.flow) = (next, Flow::Running);
        Some((origin, (next >= 0).then_some(next)))
    }

    /// The partitions in which too many keys are set aside, and how many.
    pub fn overflowing(&self) -> impl Iterator<Item = (TopicPartition, usize)> {
        self.parts.iter().filter_map(|(origin, part)| Some((*origin, part.overflow()?)))
    }

    /// The partitions that read nothing new because of that, and need not stand still any more.
    pub fn roomy(&self) -> impl Iterator<Item = TopicPartition> {
        self.parts.iter().filter(|(_, part)| part.has_room_again()).map(|(origin, _)| *origin)
    }

    /// The partitions in which too much waits for an earlier message: how many messages, and bytes.
    pub fn crowded(&self) -> impl Iterator<Item = (TopicPartition, usize, usize)> {
        self.parts.iter().filter_map(|(origin, part)| {
            let (messages, bytes) = part.input.crowd()?;
            Some((*origin, messages, bytes))
        })
    }

    fn remember_numbers(&mut self) {
        for (origin, part) in &self.parts {
            self.remembered.insert(shard_name(*origin), part.sequence.last_seq);
        }
    }

    /// Gives partitions up.
    pub fn revoke(&mut self, origins: &[TopicPartition]) {
        for origin in origins {
            if let Some(part) = self.parts.remove(origin) {
                self.remembered.insert(shard_name(*origin), part.sequence.last_seq);
                self.drained += part.queue.iter().map(Record::size).sum::<usize>();
                self.relay.drop_shard(part.sequence.shard);
                self.metrics.inputs.revoked(*origin);
            }
        }
    }

    /// Queues a message before which nothing was left out since offset `from`. One
    /// that does not continue its partition was read before a take-over, and comes again.
    pub fn enqueue(&mut self, from: i64, record: Record) {
        match self.parts.get_mut(&record.origin) {
            Some(part) if part.fetched == from || mutation::active(Mutation::StaleRecords) => {
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

    /// Tries what was set aside and is due, and handles the next messages of all partitions
    /// that go on, in a transaction each.
    ///
    /// # Errors
    /// [`StoreError`]: [`Lane::reload`] before anything else.
    pub async fn run_batch(&mut self, now: Instant) -> Result<Ran, StoreError> {
        let tried = self.retry_due(now).await?;
        let handled = self.handle_next(now).await?;
        Ok(if tried + handled > 0 { Ran::Committed(tried + handled) } else { Ran::Idle })
    }

    async fn rollback(&mut self) -> Result<(), StoreError> {
        match &mut self.session {
            Some(session) => session.rollback().await,
            None => Ok(()),
        }
    }

    /// The earliest time at which a message that was set aside is due.
    pub fn next_retry(&self) -> Option<Instant> {
        let tried = self.parts.values().filter(|part| part.flow != Flow::Stopped);
        tried.flat_map(|part| part.parked.values()).min().copied()
    }

    /// Where the consumer goes on in each partition that takes messages; `None` is the beginning.
    pub fn positions(&self) -> impl Iterator<Item = (TopicPartition, Option<i64>)> {
        let takes = self.parts.iter().filter(|(_, part)| part.flow == Flow::Running);
        takes.map(|(origin, part)| (*origin, (part.fetched >= 0).then_some(part.fetched)))
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
