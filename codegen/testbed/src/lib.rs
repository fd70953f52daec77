//! A real Apache Kafka and a real PostgreSQL on this machine, for `cargo saga up` and for tests.
//!
//! [`Infra::start`] gives both: the ones that `KAFKA_BROKERS` and
//! `DATABASE_URL` name, or else fresh ones on free loopback ports in a
//! temporary folder. Those end when the value is dropped, when the process is
//! killed, and by `cargo saga down`.

mod database_url;
mod doors;
pub mod failure;
mod infra;
pub mod interrupt;
mod jars;
mod kafka;
mod port;
mod postgres;
mod process;
pub mod random;
mod run;
mod server;
mod site;
pub mod tools;
#[expect(clippy::print_stdout, reason = "printing is what commands are for")]
mod up;
mod wire;

pub use database_url::DatabaseUrl;
pub use doors::{BrokerDoors, DatabaseDoors, Doors, Plain};
pub use infra::{ChildReaper, Infra};
pub use kafka::Kafka;
pub use port::free_port;
pub use postgres::{Client, Postgres};
pub use process::Process;
pub use site::{Purpose, create_folder, guard};
pub use up::{Service, down, up};
