//! What must hold of the rows and messages of a run.

use std::fmt;

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// What was taken, put back and sold explains the stock.
    Stock,
    /// Every order that was accepted ended once, and with all that belongs to it.
    Orders,
    /// Each step had its effect once.
    Effects,
    /// Outboxes and Kafka hold the same messages.
    Outbox,
    /// Messages of one order and one source are in their order.
    Sequence,
    /// Numbers are without gaps and doubles.
    Numbers,
    /// Each service counted every message that it read.
    Counters,
    /// Nothing waits, and nothing was given up but poison.
    Waiting,
    /// Each service remembers the last message of each source.
    Seen,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Stock => "stock is conserved",
            Self::Orders => "every accepted order ended once",
            Self::Effects => "each step had its effect once",
            Self::Outbox => "outboxes and Kafka hold the same messages",
            Self::Sequence => "messages of a key are in order",
            Self::Numbers => "numbers are gapless",
            Self::Counters => "everything that was read is counted",
            Self::Waiting => "nothing is left waiting",
            Self::Seen => "what was seen is what there was",
        })
    }
}
