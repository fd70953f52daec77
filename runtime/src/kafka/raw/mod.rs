//! Calls of librdkafka's C API that the safe API does not have. The only module with `unsafe`.
//!
//! Every pointer that is owned here has a type that frees it once; every pointer into an answer is
//! read before the answer is freed, and what it points at is copied.
#![allow(unsafe_code, reason = "these calls are only in the C API")]

mod admin;
mod headers;
mod mock;

pub(super) use admin::{Answers, Question, ask};
pub(super) use headers::{headers, owned};
pub use mock::MockCluster;
#[cfg(test)]
pub(super) use mock::fail_for_good;
