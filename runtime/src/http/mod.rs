//! A service's HTTP: what the spec declares, and the health of the service.
//!
//! Reads go to the database. Writes go through one lane that commits what has
//! come in meanwhile in one transaction.

mod health;
mod server;

pub use health::Health;
pub use server::{Server, serve};
