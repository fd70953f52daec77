//! Lanes: tasks that run one transaction after the other.
//!
//! A service instance has one for the messages of all its input partitions, the [`inbox`], and one for
//! the requests that write. Both work by the same `transaction`; what differs is what it is about.

mod activity;
pub mod inbox;
mod locks;
mod pace;
pub mod requests;
mod resources;
#[cfg(test)]
mod tests;
mod transaction;

pub use activity::{Activity, Look, Phase};
pub use inbox::{Flow, Lane, MAX_BATCH, Ran};
pub use requests::RequestLane;
#[cfg(test)]
pub(crate) use resources::write_note;
