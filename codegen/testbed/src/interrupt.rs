//! Ctrl-C, SIGTERM and a closed terminal, as a question that loops can ask.
//!
//! The signals have handlers. They are not blocked, since children inherit
//! what is blocked, and would be deaf to Ctrl-C; handlers they do not inherit.

use std::mem;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal, killpg};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::failure::{Doing, Failure, Result};

const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// How many parts of this process do not want to be ended in the middle.
static HOLDING: AtomicUsize = AtomicUsize::new(0);
static HANDLED: LazyLock<Handled> = LazyLock::new(Handled::new);

/// What the handlers know.
struct Handled {
    raised: Arc<AtomicBool>,
    /// Whether a signal ends the process at once, as it does by default.
    ends: Arc<AtomicBool>,
}

impl Handled {
    fn new() -> Self {
        let (raised, ends) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        for signal in SIGNALS {
            // Where it cannot be waited with, the default remains.
            if flag::register_conditional_default(signal, ends.clone()).is_ok() {
                let _ = flag::register(signal, raised.clone());
            }
        }
        Self { raised, ends }
    }
}

/// While this lives, a signal does not end the process.
#[derive(Debug)]
pub struct Held(());

/// Begins what is finished or taken back, and never left in between.
pub fn hold() -> Held {
    HOLDING.fetch_add(1, Ordering::SeqCst);
    HANDLED.ends.store(false, Ordering::SeqCst);
    Held(())
}

impl Held {
    /// Whether what was begun is to be taken back.
    pub fn is_interrupted(&self) -> bool {
        raised()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if HOLDING.fetch_sub(1, Ordering::SeqCst) == 1 {
            HANDLED.ends.store(true, Ordering::SeqCst);
        }
    }
}

/// How often waiting loops look again. Short enough to feel immediate.
pub const TICK: Duration = Duration::from_millis(50);

/// Signals this close together are one wish: a terminal and the program that
/// runs us may both pass the same Ctrl-C on.
const ONE_PRESS: Duration = Duration::from_millis(500);

/// Starts listening: from now on the process ends by itself, with what it has started.
///
/// # Errors
/// When the system refuses a handler.
pub fn listen() -> Result<()> {
    let mut signals = Signals::new(SIGNALS).doing(|| "listen for Ctrl-C".to_owned())?;
    mem::forget(hold());
    thread::spawn(move || {
        let mut first: Option<Instant> = None;
        for _ in signals.forever() {
            if first.get_or_insert_with(Instant::now).elapsed() > ONE_PRESS {
                // A second signal means: do not wait. The guard process
                // still stops the servers.
                process::exit(130);
            }
        }
    });
    Ok(())
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
    HANDLED.raised.load(Ordering::SeqCst)
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
