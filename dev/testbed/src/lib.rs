//! A real Apache Kafka and a real PostgreSQL on this machine, for tests and for `cargo xtask up`.
//!
//! [`Infra::start`] gives both: the ones that `KAFKA_BROKERS` and
//! `DATABASE_URL` name, or else fresh ones on free loopback ports in a
//! temporary folder. Those end when the value is dropped, when the process is
//! killed, and by `cargo xtask down`.

mod acls;
pub mod cargo;
mod certificates;
mod database_url;
pub mod failure;
mod guarded;
mod infra;
pub mod interrupt;
mod jars;
mod kafka;
mod port;
mod postgres;
mod process;
pub mod random;
pub mod repo;
mod server;
mod site;
mod tools;
#[expect(clippy::print_stdout, reason = "printing is what commands are for")]
mod up;
mod wire;

pub use acls::Acls;
pub use certificates::Certificates;
pub use database_url::DatabaseUrl;
pub use guarded::Guarded;
pub use infra::{ChildReaper, Infra};
pub use kafka::Kafka;
pub use postgres::{Client, Postgres};
pub use process::Process;
pub use site::{Purpose, guard};
pub use tools::{on_path, openssl, openssl_library, python};
pub use up::{down, up};
