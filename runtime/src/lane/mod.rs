//! Lanes: tasks that run one transaction after the other.
//!
//! A service instance has one for the messages of all its input partitions, the [`inbox`], one for the
//! requests that write, and one for what is done by the clock, if it has such steps. All work by the same
//! `transaction`; what differs is what it is about.

mod activity;
mod given;
pub mod inbox;
mod lease;
mod locks;
mod pace;
pub mod requests;
mod resources;
#[cfg(test)]
mod tests;
mod timers;
mod transaction;
mod turn;

pub use activity::{Activity, Look, Phase};
pub use inbox::{Flow, Lane, MAX_BATCH, Ran};
pub use requests::RequestLane;
#[cfg(test)]
pub(crate) use resources::write_note;
pub use timers::TimerLane;
