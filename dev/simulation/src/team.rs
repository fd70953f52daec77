//! What only the team of a saga knows of it: the file says nothing about these.

use std::future::Future;
use std::pin::Pin;

use saga_runtime::store::MemoryStore;

use super::audit::Evidence;
use super::outside::Outside;

/// How an instance began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client asked for it, or an external event of the file began it: the proof is about it.
    Inside,
    /// An external producer published what a request publishes: the service that is asked knows nothing of it.
    Outside,
    /// It is no run of the saga, only a message that nobody in the saga sent. The team judges it.
    Stray,
}

/// A message that a service has not handled.
pub struct Unhandled<'a> {
    /// The service.
    pub service: &'static str,
    /// Its topic.
    pub topic: &'a str,
    /// Its body.
    pub body: &'a serde_json::Value,
}

/// A change by hand to the database of one service.
pub struct Repair {
    /// The service.
    pub service: &'static str,
    /// What is done to its database.
    pub make: fn(MemoryStore) -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// What only the team of a saga knows of it.
pub trait Team: Send + Sync {
    /// An external producer publishes what looks like a message of the saga.
    fn publish(&self, outside: &mut Outside<'_>) {
        let _ = outside;
    }

    /// What an operator may do, once, to have messages handled that could not be before.
    fn repair(&self) -> Option<Repair> {
        None
    }

    /// Whether the message cannot be handled before the repair.
    fn awaits_repair(&self, message: &Unhandled<'_>) -> bool {
        let _ = message;
        false
    }

    /// Whether an operator may drop the message without leaving an instance open.
    fn may_drop(&self, message: &Unhandled<'_>) -> bool {
        let _ = message;
        false
    }

    /// How the instance with this correlation began.
    fn origin(&self, correlation: &str, evidence: &Evidence) -> Origin {
        let _ = (correlation, evidence);
        Origin::Inside
    }

    /// Whether the compensation of a step may give back something else than the step took of the numbers in a
    /// column: a fee is kept, or the column counts how often something was tried.
    fn may_remain(&self, step: &str, column: &str) -> bool {
        let _ = (step, column);
        false
    }

    /// Everything that is wrong with the rows, beyond what the file promises.
    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let _ = evidence;
        Vec::new()
    }
}

/// A saga of which nothing is known but its file.
pub(crate) struct Unknown;

impl Team for Unknown {}
