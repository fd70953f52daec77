//! The relay: publishes what transactions have stored in the outbox.
//!
//! One task serves all shards of a service instance. It is fed from memory right
//! after a commit; the table is read only after a take-over, a failure or an
//! overflow. What Kafka has acknowledged moves the cursor and is deleted.

mod age;
mod backoff;
mod destination;
mod orphans;
mod shard;
mod task;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::store::{Outbox, OutboxRow, ShardId, ShardState, Token};

pub use task::{Hears, Surroundings, run};

/// Sends one message to Kafka. Reports come on the channel it was made with.
pub trait Publish: Send + 'static {
    /// Whether it takes messages at all at present. A client that has ended is replaced by this call.
    fn is_ready(&mut self) -> bool {
        true
    }

    /// Why it takes nothing, if that is not a matter of a moment.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// Whether messages may go to `topic` at present. What may not waits, and messages to other topics
    /// go on.
    fn takes(&self, topic: &str) -> bool {
        let _ = topic;
        true
    }

    /// Hands a message over; `id` comes back in its [`Report`].
    ///
    /// # Errors
    /// [`Full`] when the producer takes no more for now.
    fn publish(&mut self, id: u64, row: &OutboxRow, bytes: &[u8]) -> Result<(), Full>;
}

/// The producer's queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The id it was published under.
    pub id: u64,
    /// What became of it.
    pub delivery: Delivery,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// All in-sync replicas have it.
    Delivered,
    /// It goes again.
    Failed(Cause),
    /// The client it was given to has ended. Of this message and all before it, those without a report get none.
    Gone,
}

/// Why a message was not delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cause {
    /// In words.
    pub reason: String,
    /// The broker does not take this message, or anything for its topic: the same again fails the same way
    /// until someone changes something.
    pub refused: bool,
}

/// A message that Kafka does not take, and that keeps what is behind it from its partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Where it goes.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Its number within its shard.
    pub seq: i64,
    /// Its size.
    pub bytes: usize,
    /// How many messages to the partition wait, this one included.
    pub waiting: usize,
    /// Why Kafka does not take it.
    pub reason: String,
}

impl Stuck {
    /// What is wrong, and which command of `service` shows and skips it.
    pub fn advice(&self, service: &str, shard: ShardId) -> String {
        let Self { topic, partition, seq, bytes, waiting, reason } = self;
        let ShardId(shard) = shard;
        format!(
            "Kafka does not take message {shard}/{seq} ({bytes} bytes) to {topic}[{partition}]: {reason}. {waiting} \
             messages to this partition wait, everything else goes on, and it is tried again every few seconds. To \
             see it: `{service} ops outbox show {shard}/{seq}`; if it can never be sent: `{service} ops outbox skip \
             {shard}/{seq}`"
        )
    }
}

/// What lanes tell the relay.
pub enum Command {
    /// A shard was taken over.
    Adopt {
        /// The shard.
        shard: ShardId,
        /// Its new owner's token.
        token: Token,
        /// Acknowledged up to here.
        cursor: i64,
        /// Committed up to here.
        last_seq: i64,
        /// Who wants to know when it is lost.
        owner: mpsc::UnboundedSender<ShardId>,
    },
    /// A shard was given up.
    Drop(ShardId),
    /// A transaction was committed.
    Feed(Outbox),
    /// Tell when everything is acknowledged and its cursors are stored.
    Flush(oneshot::Sender<()>),
}

/// A lane's connection to the relay.
#[derive(Clone)]
pub struct RelayHandle {
    commands: mpsc::UnboundedSender<Command>,
    owner: mpsc::UnboundedSender<ShardId>,
    backlog: Arc<AtomicI64>,
}

impl RelayHandle {
    /// A handle whose owner hears on `owner` of shards it has lost.
    pub fn new(
        commands: mpsc::UnboundedSender<Command>,
        owner: mpsc::UnboundedSender<ShardId>,
        backlog: Arc<AtomicI64>,
    ) -> Self {
        Self { commands, owner, backlog }
    }

    /// Publishes from now on for a shard that was taken over.
    pub fn adopt(&self, state: &ShardState, token: Token) {
        self.send(Command::Adopt {
            shard: state.id,
            token,
            cursor: state.cursor,
            last_seq: state.last_seq,
            owner: self.owner.clone(),
        });
    }

    /// Publishes no more for a shard.
    pub fn drop_shard(&self, shard: ShardId) {
        self.send(Command::Drop(shard));
    }

    /// Publishes what was committed.
    pub fn feed(&self, outbox: Outbox) {
        if !outbox.rows.is_empty() {
            self.send(Command::Feed(outbox));
        }
    }

    /// How many messages are committed and not acknowledged.
    pub fn backlog(&self) -> i64 {
        self.backlog.load(Ordering::Relaxed)
    }

    /// Waits until everything is acknowledged, at most `bound`. Whether it is.
    pub async fn flush(&self, bound: Duration) -> bool {
        let (done, flushed) = oneshot::channel();
        self.send(Command::Flush(done));
        matches!(tokio::time::timeout(bound, flushed).await, Ok(Ok(())))
    }

    /// The relay ends only with its service, so a command that cannot be sent is not missed.
    fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }
}
