//! Ctrl-C, SIGTERM and a closed terminal, as a question that loops can ask.
//!
//! The signals have handlers. They are not blocked, since children inherit
//! what is blocked, and would be deaf to Ctrl-C; handlers they do not inherit.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal, killpg};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::failure::{Doing, Failure, Result};

const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

static LISTENING: AtomicBool = AtomicBool::new(false);
static RAISED: AtomicBool = AtomicBool::new(false);

/// How often waiting loops look again. Short enough to feel immediate.
pub const TICK: Duration = Duration::from_millis(50);

/// Signals this close together are one wish: a terminal and the program that
/// runs us may both pass the same Ctrl-C on.
const ONE_PRESS: Duration = Duration::from_millis(500);

/// Starts listening.
pub fn listen() -> Result<()> {
    let mut signals = Signals::new(SIGNALS).doing(|| "listen for Ctrl-C".to_owned())?;
    LISTENING.store(true, Ordering::SeqCst);
    thread::spawn(move || {
        let mut first: Option<Instant> = None;
        for _ in signals.forever() {
            RAISED.store(true, Ordering::SeqCst);
            if first.get_or_insert_with(Instant::now).elapsed() > ONE_PRESS {
                // A second signal means: do not wait. The guard process
                // still stops the servers.
                process::exit(130);
            }
        }
    });
    Ok(())
}

/// Whether somebody listens, so that a signal must not end the process.
pub fn is_listening() -> bool {
    LISTENING.load(Ordering::SeqCst)
}

/// Makes this process deaf to those signals, for the guard, which has to
/// outlive everybody else.
pub fn ignore() -> Result<()> {
    for signal in SIGNALS {
        // The flag is never read: what counts is that there is a handler.
        flag::register(signal, Arc::default()).doing(|| "ignore Ctrl-C".to_owned())?;
    }
    Ok(())
}

/// Tells a child what we were told.
pub fn pass_on(pid: u32) {
    if let Ok(pid) = i32::try_from(pid) {
        // An error means that it has ended.
        let _ = signal::kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
}

/// Tells a child that leads a process group what we were told, and all that it has started.
pub fn pass_on_to_group(pid: u32) {
    if let Ok(pid) = i32::try_from(pid) {
        // An error means that they have ended.
        let _ = killpg(Pid::from_raw(pid), Signal::SIGTERM);
    }
}

/// Whether an interruption was requested.
pub fn raised() -> bool {
    RAISED.load(Ordering::SeqCst)
}

/// Fails if an interruption was requested.
pub fn check() -> Result<()> {
    if raised() { Err(Failure::new("interrupted")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn children_are_not_deaf() {
        ignore().expect("handlers are set");
        let status = Command::new("sh").args(["-c", "kill -INT $$; exit 0"]).status().expect("it runs");
        assert!(!status.success(), "it has not noticed the signal");
    }
}
