//! A service as a process: configuration, start, running, shutdown.

pub(crate) mod config;
mod drive;
mod local;
pub(crate) mod logging;
mod maintenance;
mod process;
mod running;
mod stops;

pub use drive::{Driver, KafkaView};
pub use local::Local;
pub use process::main;
pub use running::{Running, StartError};
