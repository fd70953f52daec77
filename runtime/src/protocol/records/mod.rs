//! What the protocol stores, as values: shards, messages, answers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use uuid::Uuid;

mod parked;

pub use parked::{DeadLetter, Delayed, Parked, ParkedHead, ParkedQueue, Place, Queue};

/// The number of a shard: one serial sequence of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(pub i32);

/// The random token that says who owns a shard; compared for equality only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(pub Uuid);

impl Token {
    /// Stands in the row of a shard whose next offset an operator has changed; no instance owns it. Until
    /// it is taken over, the offset that was committed to Kafka before says nothing.
    pub(crate) const MOVED_BY_HAND: Self = Self(Uuid::from_u128(0x6d6f_7665_6420_4279_9048_616e_6453_6167));
}

/// What an owner remembers of its shard, and a transaction of it compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// The shard.
    pub shard: ShardId,
    /// Its owner.
    pub token: Token,
    /// The next offset to read; 0 for a local shard.
    pub next_offset: i64,
    /// The number of the last message it published.
    pub last_seq: i64,
}

/// A shard as it was found at take-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardState {
    /// Its owner before this take-over; none if it was given up, or is new.
    pub previous_owner: Option<Token>,
    /// Its number.
    pub id: ShardId,
    /// Its name: `in:<topic>:<partition>` or `local:<n>`.
    pub name: String,
    /// The next offset to read; 0 for a local shard. Negative: none was ever read.
    pub next_offset: i64,
    /// The number of the last message it published.
    pub last_seq: i64,
    /// All messages up to this number are acknowledged by Kafka.
    pub cursor: i64,
    /// Which life of the database the numbers belong to.
    pub incarnation: i64,
    /// Why this take-over began a new incarnation, if it did: the database was restored or replaced.
    pub new_incarnation: Option<NewIncarnation>,
    /// The last number sent to each destination in this incarnation.
    pub destinations: Vec<Destination>,
    /// The last number seen from each source; input shards only.
    pub seen: Vec<Seen>,
    /// The messages that wait for an earlier one; input shards only.
    pub held: Vec<Held>,
    /// The keys whose messages are parked; input shards only.
    pub parked: Vec<ParkedQueue>,
}

/// What speaks for a restore of the database, beside its identity: what others remember of its
/// shards, by their names. A snapshot of a disk brings the identity back as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoreEvidence {
    /// The last number of each shard whose commit this process has seen confirmed.
    pub remembered: BTreeMap<String, i64>,
    /// The next offset of each input shard that was committed to Kafka, always after its transaction.
    pub committed_offsets: BTreeMap<String, i64>,
}

/// Why a shard's numbers begin again from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewIncarnation {
    /// The row was written in another database, or on another timeline of it.
    OtherDatabase,
    /// This process has given a higher number than the row knows of.
    Remembered {
        /// The number.
        last_seq: i64,
    },
    /// A higher next offset than the row knows of was committed to Kafka.
    CommittedOffset {
        /// The offset.
        next_offset: i64,
    },
}

impl std::fmt::Display for NewIncarnation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NewIncarnation::OtherDatabase => f.write_str("its rows were written in another database"),
            NewIncarnation::Remembered { last_seq } => {
                write!(f, "message {last_seq} was committed, and the database does not have it")
            }
            NewIncarnation::CommittedOffset { next_offset } => write!(
                f,
                "offset {next_offset} was committed to Kafka, and the database is behind it (or an operator moved \
                 the group's offset, which has no other effect)"
            ),
        }
    }
}

/// How far one shard has numbered its messages to one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The sending shard.
    pub shard: ShardId,
    /// Destination topic.
    pub topic: Cow<'static, str>,
    /// Destination partition.
    pub partition: i32,
    /// The last number given.
    pub last_dseq: i64,
}

/// How far one source has been seen in one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The topic read.
    pub topic: Cow<'static, str>,
    /// The partition read.
    pub partition: i32,
    /// `<service>/<shard>` of the sender.
    pub source: String,
    /// The sender's incarnation.
    pub incarnation: i64,
    /// The last number applied.
    pub last_dseq: i64,
    /// Whether the numbers are known from the first on, so that a jump is a gap.
    pub anchored: bool,
}

/// A message that waits for an earlier one of its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The topic read.
    pub topic: Cow<'static, str>,
    /// The partition read.
    pub partition: i32,
    /// `<service>/<shard>` of the sender.
    pub source: String,
    /// The sender's incarnation.
    pub incarnation: i64,
    /// Its number.
    pub dseq: i64,
    /// Its offset.
    pub offset: i64,
    /// The message, as the runtime wrote it.
    pub record: Vec<u8>,
}

/// Messages to publish, stored in the transaction that caused them. Keys,
/// headers and values are ranges of one buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outbox {
    /// All keys, headers and values.
    pub bytes: Vec<u8>,
    /// The messages, in the order of their numbers within each shard.
    pub rows: Vec<OutboxRow>,
}

/// One message of an [`Outbox`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// The sending shard.
    pub shard: ShardId,
    /// Its number within the shard: gapless from 1.
    pub seq: i64,
    /// Destination topic.
    pub topic: Cow<'static, str>,
    /// Destination partition.
    pub partition: i32,
    /// The shard's incarnation.
    pub incarnation: i64,
    /// Its number within shard, incarnation, topic and partition: gapless from 1.
    pub dseq: i64,
    /// The correlation as text; of a dead letter's copy, the key it had.
    pub key: Range<usize>,
    /// UTF-8: the headers, as the runtime wrote them.
    pub headers: Range<usize>,
    /// The body.
    pub value: Range<usize>,
}

/// What one transaction leaves in the protocol's tables.
#[derive(Debug, Clone, Default)]
pub struct Writes {
    /// How each shard of the transaction moves on.
    pub shards: Vec<ShardMove>,
    /// New numbers of destinations.
    pub destinations: Vec<Destination>,
    /// New numbers of sources.
    pub seen: Vec<Seen>,
    /// Messages to hold back.
    pub held: Vec<Held>,
    /// Messages that are no longer held back; `record` is ignored.
    pub released: Vec<Held>,
    /// Messages to park, in the order in which they are to be handled.
    pub parked: Vec<Parked>,
    /// Parked messages that failed again.
    pub delayed: Vec<Delayed>,
    /// Messages that are no longer parked.
    pub unparked: Vec<Place>,
    /// Messages that are given up.
    pub dead: Vec<DeadLetter>,
    /// What is published.
    pub outbox: Outbox,
    /// Answers of requests with an idempotency key.
    pub answers: Vec<(RequestKey, StoredAnswer)>,
}

impl Writes {
    /// Whether anything is parked, tried again, or given up.
    pub(crate) fn changes_parked(&self) -> bool {
        let Self { parked, delayed, unparked, dead, .. } = self;
        !(parked.is_empty() && delayed.is_empty() && unparked.is_empty() && dead.is_empty())
    }
}

/// How a shard moves on in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardMove {
    /// The shard.
    pub shard: ShardId,
    /// The new next offset; 0 for a local shard.
    pub next_offset: i64,
    /// The new last number.
    pub last_seq: i64,
    /// How many messages were applied.
    pub applied: i64,
    /// How many messages were dropped as duplicates.
    pub dropped: i64,
}

/// Identifies a repeated request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey {
    /// Method and path.
    pub route: String,
    /// The caller's `Idempotency-Key`.
    pub idem_key: String,
}

/// The answer of an earlier request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// A hash of the request's path and body: the same key with another of them is an error.
    pub fingerprint: String,
    /// HTTP status.
    pub status: u16,
    /// `Location`, or empty.
    pub location: String,
    /// The body.
    pub body: String,
}

/// An acknowledged prefix of a shard's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorMove {
    /// The shard.
    pub shard: ShardId,
    /// Its owner.
    pub token: Token,
    /// The old cursor: all rows up to it are deleted already.
    pub from: i64,
    /// The new cursor.
    pub to: i64,
}

/// A topic as it was when the service first saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedTopic {
    /// Name.
    pub topic: String,
    /// Number of partitions.
    pub partitions: i32,
    /// Kafka's id of it: another one after it was deleted and created again. `None` when it is not known.
    pub id: Option<Uuid>,
}

/// An input shard with messages that are not acknowledged yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpublished {
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Option<Token>,
    /// Acknowledged up to here.
    pub cursor: i64,
    /// Committed up to here.
    pub last_seq: i64,
}
