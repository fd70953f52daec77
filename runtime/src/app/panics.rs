//! Panics, as the log shows them.

use std::panic::{PanicHookInfo, set_hook};
use std::sync::Once;

use tracing::error;

use super::tasks::message;

/// Logs panics instead of printing them: where log lines are collected, a panic is one of them.
pub(super) fn log_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_hook(Box::new(log)));
}

fn log(panic: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let location = panic.location().map(ToString::to_string);
    error!(
        thread = thread.name().unwrap_or("unnamed"),
        location = location.as_deref().unwrap_or("unknown"),
        "panicked: {}",
        message(panic.payload())
    );
}
