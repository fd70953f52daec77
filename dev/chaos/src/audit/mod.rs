//! What must hold of the rows and messages that a run leaves.
//!
//! [`audit`] reads the three databases and all topics once, then checks
//! what it read: nine invariants, each with what it looked at. It shares no
//! code with the runtime, not even the reader of its headers: what the runtime
//! thinks of itself is no evidence. It is meant for a run that is over: every
//! fault has ended, and the services had time to come to rest.

mod check;
mod evidence;
mod invariant;
mod load;
mod report;
mod story;
mod wire;

#[cfg(test)]
mod tests;

use check::check;
use load::load;

pub use invariant::Invariant;
pub use load::Unreadable;
pub use report::{Finding, Report};

/// What an audit reads.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Bootstrap servers of Kafka.
    pub brokers: String,
    /// Each service, and the URL of its PostgreSQL database.
    pub databases: [(String, String); 3],
    /// The orders that were posted.
    pub posted: Vec<Posted>,
    /// The stock before the first order: product and quantity.
    pub stock: Vec<(i64, i64)>,
    /// What the adversary itself published.
    pub injected: Vec<Injected>,
    /// Whether the services kept the rows of their outboxes (`OUTBOX_KEEP`).
    /// Without them, a message is compared with the numbers that were given,
    /// and not with what was stored.
    pub outbox_kept: bool,
}

/// One request for an order. A request that was tried again is listed once, or
/// once for each answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The `Idempotency-Key` it was posted under.
    pub key: String,
    /// Who ordered; unique to this order.
    pub user: i64,
    /// What was ordered.
    pub product: i64,
    /// How many.
    pub quantity: i64,
    /// Where to; blank is refused by delivery.
    pub address: String,
    /// The order's id; `None` when no answer ever came.
    pub answer: Option<i64>,
}

/// A message that the adversary published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injected {
    /// Its topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// What it is.
    pub kind: InjectedKind,
}

/// What the adversary published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InjectedKind {
    /// A message that can be handled: an external producer's, or a copy of one of the services'.
    Sound,
    /// A message that no service can handle.
    Poison,
}

/// Reads everything, and says what does not hold.
///
/// # Errors
/// [`Unreadable`] when a database or Kafka cannot be read, or holds what no
/// service writes.
pub async fn audit(sources: &Sources) -> Result<Report, Unreadable> {
    Ok(check(&load(sources).await?))
}
