//! Calls to systems outside the saga, as generated code and handlers see them.

use std::future::Future;
use std::pin::Pin;

use sha2::{Digest as _, Sha256};
use uuid::Builder;

use crate::outcome::Rejection;

/// One attempt of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The idempotency key: the same in every attempt, after every crash, and for the compensation of the
    /// call. Hand it to the system that is called, so that it acts once.
    pub key: String,
    /// Which attempt it is, from 1.
    pub attempt: u32,
}

impl Call {
    /// The attempt of a step for a saga instance.
    ///
    /// The key is a UUID computed from their names: it needs no memory, so nothing can lose it, and every
    /// system takes it as it is.
    pub(crate) fn of(saga: &str, step: &str, correlation: &str, attempt: u32) -> Self {
        let mut hash = Sha256::new();
        for name in [saga, step, correlation] {
            hash.update(name.len().to_be_bytes());
            hash.update(name);
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Self { key: Builder::from_custom_bytes(bytes).into_uuid().to_string(), attempt }
    }
}

/// Why a call brought no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// It was answered: the business says no, and nothing happened.
    Rejected(Rejection),
    /// It is not known whether anything happened. The call is tried again with the same key, and given up
    /// as unknown in the end.
    Unanswered(Unanswered),
}

impl From<Rejection> for CallError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Unanswered> for CallError {
    fn from(unanswered: Unanswered) -> Self {
        Self::Unanswered(unanswered)
    }
}

/// It is not known whether a call took effect, for this reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered(pub String);

impl Unanswered {
    /// Because of an error of whatever was used to call.
    pub fn because(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// A call that has been prepared. Nothing happens before it is awaited.
pub type Calling<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_depends_on_the_instance_and_the_step_and_not_on_the_attempt() {
        let key = |saga, step, correlation, attempt| Call::of(saga, step, correlation, attempt).key;
        assert_eq!(key("trip", "charge", "7", 1), key("trip", "charge", "7", 9));
        let others = [("trip", "charge", "8"), ("trip", "refund", "7"), ("tri", "pcharge", "7")];
        for (saga, step, correlation) in others {
            assert_ne!(key("trip", "charge", "7", 1), key(saga, step, correlation, 1));
        }
        // Stored by systems that were called: it must never change.
        assert_eq!(key("trip", "charge", "7", 1).len(), 36);
    }
}
