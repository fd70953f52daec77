//! Messages that are parked or given up, as values.

use std::borrow::Cow;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::outcome::FailureInfo;

/// What keeps the parked messages of one partition in order: their
/// key. A message without one stands alone, by its offset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Queue {
    /// The key, or the SHA-256 of a long one: no index takes more than a few kilobytes.
    pub key: Vec<u8>,
    /// The offset, where the key is empty; otherwise 0.
    pub alone: i64,
}

impl Queue {
    /// The longest key that is kept as it is, in bytes.
    const LONGEST: usize = 255;

    /// Where the message with this key and offset belongs.
    pub fn of(key: &[u8], offset: i64) -> Self {
        let alone = if key.is_empty() { offset } else { 0 };
        let key = if key.len() > Self::LONGEST { Sha256::digest(key).to_vec() } else { key.to_vec() };
        Self { key, alone }
    }
}

/// A queue of parked messages, as it was found at take-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedQueue {
    /// The topic read.
    pub topic: Cow<'static, str>,
    /// The partition read.
    pub partition: i32,
    /// The queue.
    pub queue: Queue,
    /// How long until its first message is tried.
    pub due_in: Duration,
}

/// The first message of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedHead {
    /// Its offset.
    pub offset: i64,
    /// How often it was tried.
    pub attempts: i32,
    /// The message, as the runtime wrote it.
    pub record: Vec<u8>,
    /// Whether another one waits behind it.
    pub more: bool,
}

/// Where a message was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The topic.
    pub topic: Cow<'static, str>,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// A message that is parked: it failed, or an earlier one of its key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Where it was read.
    pub place: Place,
    /// Its queue.
    pub queue: Queue,
    /// Why.
    pub failure: FailureInfo,
    /// How long until it is tried, once it is the first of its queue.
    pub delay: Duration,
    /// The message, as the runtime wrote it.
    pub record: Vec<u8>,
}

/// A message that is given up until an operator decides what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Where it was read.
    pub place: Place,
    /// Its queue.
    pub queue: Queue,
    /// Why.
    pub failure: FailureInfo,
    /// The message, as the runtime wrote it.
    pub record: Vec<u8>,
}

/// A parked message that has failed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delayed {
    /// Where it was read.
    pub place: Place,
    /// Why.
    pub failure: FailureInfo,
    /// How long until it is tried again.
    pub delay: Duration,
}
