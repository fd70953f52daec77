//! A service as a process: configuration, start, running, shutdown.

pub(crate) mod config;
mod drive;
mod local;
pub(crate) mod logging;
mod process;
mod running;

pub use drive::Driver;
pub use local::Local;
pub use process::main;
pub use running::{Running, StartError};
