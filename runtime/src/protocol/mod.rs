//! What the runtime decides, without doing it.
//!
//! Which messages are new ([`admission`]), which are parked because they or others of their key have
//! failed ([`parking`]), what the others do to the loaded rows ([`batch`]), and how what they publish is
//! numbered ([`numbering`]). Lanes load before and commit after; the seeded simulation does the same in
//! memory.
//!
//! Nothing here awaits, reads a clock, draws a random number or does I/O: the time, tokens and traces
//! are arguments, and what is to be stored is returned as [`records`]. Given the same arguments, it
//! decides the same.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod admission;
pub mod batch;
pub mod numbering;
pub mod parking;
pub mod records;
