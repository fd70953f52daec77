//! The pure semantics of a saga: no clock, no I/O, no storage, no dependencies.
//!
//! A step waits for the messages it needs, runs once, and from then on absorbs
//! whatever else arrives. A message that makes the step impossible closes it.
//!
//! - [`arrive`] and [`saga_failed`]: what one message does to one step,
//! - [`guard`]: whether a row lets a step run,
//! - [`flow`]: a whole instance of a saga, as one pure transition after the
//!   other, made of the two.
//!
//! The runtime drives its step rows and its rows through the first two, and the
//! checker explores the third, so what is proved is what runs.

#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod flow;
mod guard;
mod mode;

pub use guard::{Phase, Verdict, guard};
pub use mode::{Arrival, Effect, Mode, Undo, UnknownMode, arrive, saga_failed};
