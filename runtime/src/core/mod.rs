//! What the runtime decides, without doing it: no await, no clock, no I/O.
//!
//! Messages are admitted by their numbers ([`admit`]), set aside where they or others
//! of their key have failed ([`aside`]), handled on the loaded rows ([`batch`]), and what
//! they publish is numbered ([`sequence`]). Lanes
//! load before and commit after; the seeded simulation does the same in memory.

pub mod admit;
pub mod aside;
pub mod batch;
pub mod sequence;
