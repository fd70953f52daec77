//! The lane of messages: drains all input partitions that a service instance owns, batch by batch, one
//! transaction each.

mod items;
mod new;
mod parked;
mod partition;
mod refused;
mod retry;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::activity::Activity;
use super::pace::Limit;
use super::resources::Resources;
use crate::metrics::{LaneKind, Metrics};
use crate::mutation::{self, Mutation};
use crate::protocol::admission::InputShard;
use crate::protocol::numbering::Sequence;
use crate::record::{Record, TopicPartition};
use crate::relay::RelayHandle;
use crate::service::Service;
use crate::store::{Fence, RestoreEvidence, Session, ShardId, ShardState, Store, StoreError, Token};
use crate::topology::Topology;
use crate::traces::Traces;

pub use partition::Flow;
use partition::{Partition, shard_name};

/// The most messages one transaction handles.
pub const MAX_BATCH: usize = 2_000;
/// How often a transaction is tried again after it lost against another one.
const MAX_CONFLICTS: u32 = 10;
/// The wait before it is, the first time.
const CONFLICT_PAUSE: Duration = Duration::from_millis(5);
/// How long a partition whose shard another transaction holds locked is left out.
const LOCKED_OUT: Duration = Duration::from_secs(2);

/// The lane of messages of one service instance: it owns input partitions, and drains them all by one
/// transaction after the other.
///
/// Of each partition it remembers what a take-over found in the tables and what it has committed since:
/// the next offset, the numbers given and seen, the messages held back and the keys parked. It decides
/// on nothing else, so it may decide only as long as that is what the tables say. Whenever it may not be,
/// after [`StoreError::Fenced`], a broken connection or a commit without an answer, the next call is
/// [`Lane::reload`]. A lane that went on with what it remembers would handle messages a second time, or
/// give a number twice that receivers have seen, and they would drop the second message.
///
/// One transaction carries all partitions, because a commit costs more than the messages in it; if the
/// database refuses the data, the batch is halved until the message at fault is alone. A message that
/// cannot be handled is parked in the transaction that moves the offset past it, never skipped.
///
/// See `docs/runtime.md`, "Ownership" and "Locks".
pub struct Lane<S: Service, D: Store> {
    resources: Resources<S>,
    store: D,
    session: Option<D::Session>,
    partitions: BTreeMap<TopicPartition, Partition>,
    /// Topics whose messages run each step once per saga instance, though they have numbers.
    run_once: Vec<&'static str>,
    /// How many messages the next batch may have.
    limit: Limit,
    /// How many parked messages the next transaction may try.
    retries: Limit,
    /// Bytes of messages that have left the queues.
    drained: usize,
    /// The message of each partition that the database refused last even to keep: its offset, and how often.
    refused: BTreeMap<TopicPartition, (i64, u32)>,
}

/// What a call of [`Lane::run_batch`] did.
#[derive(Debug, PartialEq, Eq)]
pub enum Ran {
    /// There was nothing to do.
    Idle,
    /// So many messages were committed: handled, or parked.
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
            resources: Resources::new(service, topology, relay, metrics, traces),
            store,
            session: None,
            partitions: BTreeMap::new(),
            run_once: Vec::new(),
            limit: Limit::new(MAX_BATCH),
            retries: Limit::new(parked::MAX_RETRIES),
            drained: 0,
            refused: BTreeMap::new(),
        }
    }

    /// The lane, for which messages of `topics` run each step once per saga instance: they trigger steps
    /// that had another trigger before, and may have acted on it.
    #[must_use]
    pub fn running_once(mut self, topics: Vec<&'static str>) -> Self {
        self.run_once = topics;
        self
    }

    /// The lane, which wakes the lane of timers by `waker` when something is due at once.
    #[must_use]
    pub fn waking(mut self, waker: Arc<Notify>) -> Self {
        self.resources.timers = waker;
        self
    }

    #[cfg(test)]
    pub(super) fn resources(&mut self) -> &mut Resources<S> {
        &mut self.resources
    }

    /// Takes partitions over, in addition to those it owns. Returns where to
    /// read those from whose queue does not go on where the database does; `None`
    /// is the beginning. `committed` are the next offsets that were committed to Kafka.
    ///
    /// # Errors
    /// [`StoreError`]; nothing new is owned then.
    pub async fn take_over(
        &mut self,
        origins: &[TopicPartition],
        committed: &BTreeMap<TopicPartition, i64>,
    ) -> Result<Vec<(TopicPartition, Option<i64>)>, StoreError> {
        let token = Token::random();
        let mut origins = origins.to_vec();
        origins.sort_unstable();
        let names: Vec<String> = origins.iter().map(|origin| shard_name(*origin)).collect();
        self.remember_numbers();
        let evidence = RestoreEvidence {
            remembered: self.resources.remembered.clone(),
            committed_offsets: committed.iter().map(|(origin, next)| (shard_name(*origin), *next)).collect(),
        };
        let session = Self::session(&mut self.session, &self.store).await?;
        let states = session.take_over(&names, token, &evidence).await?;
        self.resources.read_topics(session).await?;
        self.resources.metrics.lanes.took_over(states.len());
        let mut starts = Vec::with_capacity(states.len());
        for origin in origins {
            let name = shard_name(origin);
            let Some(state) = states.iter().find(|state| state.name == name) else {
                return Err(StoreError::Incompatible(format!("shard {name} was not created")));
            };
            self.resources.took_over(state);
            let owned = self.partitions.contains_key(&origin);
            let (partition, continues) = self.partition(origin, token, state)?;
            if !continues {
                let next = partition.input.next_offset;
                starts.push((origin, (next >= 0).then_some(next)));
            }
            self.partitions.insert(origin, partition);
            if !(owned && mutation::active(Mutation::ReloadWorkerOnly)) {
                self.resources.relay.adopt(state, token);
            }
        }
        Ok(starts)
    }

    /// The partition as `state` was found, and whether the messages already
    /// queued for it continue it.
    fn partition(
        &mut self,
        origin: TopicPartition,
        token: Token,
        state: &ShardState,
    ) -> Result<(Partition, bool), StoreError> {
        let input = InputShard::new(origin, token, state)
            .map_err(|corrupt| StoreError::Incompatible(corrupt.to_string()))?
            .with_prefix(self.resources.topology.prefix());
        let (mut queue, fetched) = match self.partitions.remove(&origin) {
            Some(partition) => (partition.queue, Some(partition.fetched)),
            None => (VecDeque::new(), None),
        };
        let head = queue.front().map(|record| record.offset).or(fetched);
        let continues = head.is_some_and(|head| head <= input.next_offset);
        if !continues {
            self.drained += queue.drain(..).map(|record| record.size()).sum::<usize>();
        }
        let fetched = fetched.filter(|_| continues).unwrap_or(input.next_offset).max(input.next_offset);
        let sequence = Sequence::new(state, &self.resources.partition_counts);
        let now = Instant::now();
        let parked = state.parked.iter().filter(|_| !mutation::active(Mutation::ParkedInMemory));
        let parked = parked.map(|parked| (parked.queue.clone(), now + parked.due_in)).collect();
        let metrics = self.resources.metrics.inputs.owned(origin);
        let flow = Flow::Running;
        let run_once = self.run_once.contains(&origin.topic);
        let partition = Partition {
            input,
            sequence,
            parked,
            queue,
            fetched,
            flow,
            held_since: None,
            run_once,
            locked_until: None,
            metrics,
        };
        partition.update_metrics();
        Ok((partition, continues))
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
        committed: &BTreeMap<TopicPartition, i64>,
    ) -> Result<Vec<(TopicPartition, Option<i64>)>, StoreError> {
        self.session = None;
        let origins: Vec<TopicPartition> = self.owned().collect();
        self.take_over(&origins, committed).await
    }

    /// What it is doing, for others to see.
    pub fn activity(&self) -> Arc<Activity> {
        self.resources.activity.clone()
    }

    /// Whether messages are queued that wait for nothing but this lane, or for a lock on their shard.
    pub fn has_work(&self) -> bool {
        self.partitions.values().any(Partition::has_work)
    }

    /// The partitions it owns.
    pub fn owned(&self) -> impl Iterator<Item = TopicPartition> {
        self.partitions.keys().copied()
    }

    /// Takes no new message of a partition any more, until it is taken over again, or [`Lane::let_on`].
    pub fn bar(&mut self, origin: TopicPartition, flow: Flow) {
        if let Some(partition) = self.partitions.get_mut(&origin) {
            self.drained += partition.queue.drain(..).map(|record| record.size()).sum::<usize>();
            partition.fetched = i64::MAX;
            partition.flow = flow;
        }
    }

    /// Lets a partition go on where it stands; `None` is the beginning.
    pub fn let_on(&mut self, origin: TopicPartition) -> Option<(TopicPartition, Option<i64>)> {
        let partition = self.partitions.get_mut(&origin)?;
        let next = partition.input.next_offset;
        (partition.fetched, partition.flow) = (next, Flow::Running);
        Some((origin, (next >= 0).then_some(next)))
    }

    /// The partitions in which too many keys are parked, and how many.
    pub fn overflowing(&self) -> impl Iterator<Item = (TopicPartition, usize)> {
        self.partitions.iter().filter_map(|(origin, partition)| Some((*origin, partition.overflow()?)))
    }

    /// The partitions that read nothing new because of that, and need not stand still any more.
    pub fn roomy(&self) -> impl Iterator<Item = TopicPartition> {
        self.partitions.iter().filter(|(_, partition)| partition.has_room_again()).map(|(origin, _)| *origin)
    }

    /// The partitions in which too much waits for an earlier message: how many messages, and bytes.
    pub fn crowded(&self) -> impl Iterator<Item = (TopicPartition, usize, usize)> {
        self.partitions.iter().filter_map(|(origin, partition)| {
            let (messages, bytes) = partition.input.crowd()?;
            Some((*origin, messages, bytes))
        })
    }

    fn remember_numbers(&mut self) {
        for (origin, partition) in &self.partitions {
            self.resources.remembered.insert(shard_name(*origin), partition.sequence.last_seq);
        }
    }

    /// Gives partitions up.
    pub fn revoke(&mut self, origins: &[TopicPartition]) {
        for origin in origins {
            if let Some(partition) = self.partitions.remove(origin) {
                self.resources.remembered.insert(shard_name(*origin), partition.sequence.last_seq);
                self.drained += partition.queue.iter().map(Record::size).sum::<usize>();
                self.resources.relay.drop_shard(partition.sequence.shard);
                self.resources.metrics.inputs.revoked(*origin);
            }
        }
    }

    /// Queues a message before which nothing was left out since offset `from`. One
    /// that does not continue its partition was read before a take-over, and comes again.
    pub fn enqueue(&mut self, from: i64, record: Record) {
        match self.partitions.get_mut(&record.origin) {
            Some(partition) if partition.fetched == from || mutation::active(Mutation::StaleRecords) => {
                partition.fetched = record.offset + 1;
                partition.queue.push_back(record);
            }
            _ => self.drained += record.size(),
        }
    }

    /// How many bytes of messages have left the queues since the last call.
    pub fn take_drained(&mut self) -> usize {
        std::mem::take(&mut self.drained)
    }

    /// Tries the parked messages that are due, and handles the next messages of all partitions
    /// that go on, in a transaction each.
    ///
    /// # Errors
    /// [`StoreError`]: [`Lane::reload`] before anything else.
    pub async fn run_batch(&mut self, now: Instant) -> Result<Ran, StoreError> {
        let tried = self.retry_due(now).await?;
        let handled = self.handle_new(now).await?;
        self.resources.metrics.lanes.locked(LaneKind::Messages, self.resources.locks.suspected());
        Ok(if tried + handled > 0 { Ran::Committed(tried + handled) } else { Ran::Idle })
    }

    /// The earliest time at which a parked message is due, or a partition whose shard was locked.
    pub fn next_retry(&self) -> Option<Instant> {
        let now = Instant::now();
        let tried = self.partitions.values().filter(|partition| partition.flow != Flow::Stopped);
        let due = tried.filter_map(|partition| {
            let parked = partition.parked.values().min().copied();
            let waits = partition
                .locked_until
                .filter(|until| *until > now && (parked.is_some() || !partition.queue.is_empty()));
            // While its shard is locked, nothing of it is tried.
            waits.max(parked)
        });
        due.min()
    }

    /// Leaves the partitions of these shards out for a while: another transaction holds them locked.
    fn lock_out(&mut self, shards: &[ShardId]) {
        let until = Instant::now() + LOCKED_OUT;
        for partition in self.partitions.values_mut() {
            if shards.contains(&partition.input.shard) {
                partition.locked_until = Some(until);
            }
        }
    }

    /// Where the consumer goes on in each partition that takes messages; `None` is the beginning.
    pub fn positions(&self) -> impl Iterator<Item = (TopicPartition, Option<i64>)> {
        let takes = self.partitions.iter().filter(|(_, partition)| partition.flow == Flow::Running);
        takes.map(|(origin, partition)| (*origin, (partition.fetched >= 0).then_some(partition.fetched)))
    }

    /// The next offset of each partition it owns, where it has read anything.
    pub fn offsets(&self) -> impl Iterator<Item = (TopicPartition, i64)> {
        self.partitions
            .values()
            .map(|partition| (partition.input.origin, partition.input.next_offset))
            .filter(|(_, next)| *next >= 0)
    }

    /// Raises the alarm where messages wait too long for an earlier one.
    pub fn watch_held(&mut self, now: Instant) {
        for partition in self.partitions.values_mut() {
            partition.watch_held(S::NAME, now);
        }
    }

    /// Asks the database something, on a connection that works or on a new one.
    ///
    /// # Errors
    /// [`StoreError`] when it does not answer.
    pub async fn ask(&mut self) -> Result<(), StoreError> {
        let session = Self::session(&mut self.session, &self.store).await?;
        let answer = session.topics().await;
        if answer.is_err() {
            self.session = None;
        }
        answer.map(drop)
    }

    /// Looks whether the shards are still as remembered. An owner without
    /// messages would not notice that its database was restored.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when they are not: reload.
    pub async fn verify(&mut self) -> Result<(), StoreError> {
        let fences: Vec<Fence> = self.partitions.values().map(Partition::fence).collect();
        if fences.is_empty() {
            return Ok(());
        }
        let session = Self::session(&mut self.session, &self.store).await?;
        match session.begin(&fences).await {
            // What the transaction that holds a row has changed shows once it is committed.
            Err(StoreError::Locked(_)) | Ok(()) => session.rollback().await,
            Err(error) => Err(error),
        }
    }
}
