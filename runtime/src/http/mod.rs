//! A service's HTTP: what the spec declares, and the health of the service.
//!
//! Reads go to the database. Writes go through one lane that commits what has
//! come in meanwhile in one transaction.

mod connections;
mod content;
mod cors;
mod descriptors;
mod edge;
mod endpoint;
mod health;
mod key;
mod params;
mod query;
mod reader;
mod serve;
mod server;
mod stream;
mod writer;

pub use endpoint::Endpoint;
pub use health::Health;
pub use serve::serve;
pub use server::Server;

#[cfg(test)]
mod tests;
