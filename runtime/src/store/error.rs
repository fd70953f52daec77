//! What can go wrong on a database, by what to do next.

use super::ShardId;
use crate::column::Unstorable;

/// A failed operation on the database. What to do next follows from the kind.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another owner has these shards now, or their rows are not as remembered:
    /// nothing was written; take the shards over again.
    #[error("shards {0:?} were taken over by another owner")]
    Fenced(Vec<ShardId>),
    /// The database cannot be reached, or refuses work for now: nothing is known
    /// to be written; open a new session and take over again.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A commit was sent and its answer never came: it may or may not have happened.
    /// Open a new session and take over again; the shard row tells.
    #[error("the outcome of a commit is unknown: {0}")]
    CommitUnknown(String),
    /// The transaction lost against a concurrent one: the same again will work.
    #[error("the transaction conflicts with another one: {0}")]
    Conflict(String),
    /// Another transaction holds a lock that did not come in time: nothing was written; the rest goes on.
    #[error("another transaction holds a lock: {0}")]
    Locked(String),
    /// The database refuses this data, and always will.
    #[error("the database rejects it: {0}")]
    Refused(String),
    /// The database is not one this service may use, or not as it needs it.
    #[error("{0}")]
    Incompatible(String),
}

impl StoreError {
    /// The error of a value that no store takes.
    pub fn unstorable(value: Unstorable) -> Self {
        Self::Refused(value.to_string())
    }
}

/// The result of an operation on the database.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The error of a commit without a transaction, or after a statement of it failed.
/// A transaction happens as a whole or not at all, whatever its owner overlooks.
pub(super) fn nothing_to_commit() -> StoreError {
    StoreError::Refused("there is no transaction to commit, or one of its statements failed".into())
}
