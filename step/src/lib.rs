//! The pure semantics of a saga: no clock, no I/O, no storage, no dependencies.
//!
//! A step waits for the messages it needs, runs once, and then absorbs every
//! further message. A message that makes the step impossible closes it.
//!
//! - [`arrive`] and [`saga_failed`]: the effect of one message on one step,
//! - [`guard`]: whether the status of a row lets a step run,
//! - [`flow`]: a whole instance of a saga as a sequence of pure transitions,
//!   composed of the two.
//!
//! The runtime applies the first two to step rows and to the rows of entities,
//! and the checker explores the third, so what is proved is what runs.

#![deny(missing_docs, clippy::disallowed_methods, clippy::disallowed_types)]
#![forbid(unsafe_code)]

pub mod flow;
mod guard;
mod mode;

pub use guard::{Phase, Verdict, guard};
pub use mode::{Arrival, Effect, Mode, Undo, UnknownMode, arrive, saga_failed};
