//! A service as a process: configuration, start, running, shutdown.

mod config;
mod drive;
mod local;
mod logging;
mod process;
mod running;

pub use drive::Driver;
pub use local::Local;
pub use process::main;
pub use running::{Running, StartError};
