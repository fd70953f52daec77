//! A service's HTTP: what the spec declares, and the health of the service.
//!
//! Reads go to the database. Writes go through one lane that commits what has
//! come in meanwhile in one transaction.

mod health;
mod routes;
mod server;

pub use health::Health;
pub use routes::Routes;
pub use server::{Server, serve};
