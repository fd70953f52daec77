//! A service as a process: start, running, shutdown.

mod drive;
mod history;
#[expect(clippy::print_stdout, reason = "it prints where the saga is reached")]
mod local;
mod maintenance;
mod panics;
mod patience;
mod process;
mod running;
mod stops;
mod tasks;
mod watchdog;

pub use drive::{Driver, KafkaView};
pub use local::Local;
pub use process::main;
pub use running::{Running, StartError};
