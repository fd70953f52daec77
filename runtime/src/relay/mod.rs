//! The relay: publishes what transactions have stored in the outbox.
//!
//! One task serves all shards of a service instance. It is fed from memory right
//! after a commit; the table is read only after a take-over, a failure or an
//! overflow. What Kafka has acknowledged moves the cursor and is deleted.

mod age;
mod backoff;
mod shard;
mod task;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::store::{Outbox, OutboxRow, ShardId, ShardState, Token};

pub use task::run;

/// Sends one message to Kafka. Reports come on the channel it was made with.
pub trait Publish: Send + 'static {
    /// Whether messages may go to `topic` at present. What may not waits, and so does what its shard
    /// has committed after it.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The id it was published under.
    pub id: u64,
    /// Whether all in-sync replicas have it.
    pub delivered: bool,
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
