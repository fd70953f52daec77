//! The adversary of the shipped saga, and of `examples/travel`.
//!
//! It starts the real services, a real Kafka and a real PostgreSQL, breaks
//! them and what is between them at random, and audits what they leave. It
//! knows the services as anybody outside does: by HTTP, by the messages on
//! Kafka and by the rows in the databases.

pub mod audit;
mod databases;
#[expect(clippy::print_stdout, reason = "it tells what happens")]
mod event_log;
mod external_producer;
mod fleet;
mod injector;
mod kind;
mod limits;
mod load;
mod operator;
pub mod options;
mod orders;
mod proxy;
mod recorder;
mod rng;
#[expect(clippy::print_stdout, reason = "it tells what happens")]
pub mod run;
mod saga;
mod schedule;
mod stage;
mod summary;
mod travel;
