//! Ctrl-C, SIGTERM and a closed terminal, as a question that loops can ask.
//!
//! The signals are blocked in every thread and one thread waits for them, so
//! that nothing here has to run inside a signal handler. Child processes are
//! not affected: the standard library resets their mask.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};

use crate::failure::{Failure, Result};

static RAISED: AtomicBool = AtomicBool::new(false);

/// How often waiting loops look again. Short enough to feel immediate.
pub const TICK: Duration = Duration::from_millis(50);

/// Signals this close together are one wish: a terminal and the program that
/// runs us may both pass the same Ctrl-C on.
const ONE_PRESS: Duration = Duration::from_millis(500);

/// Starts listening. To be called before any other thread exists, since
/// threads inherit the mask of the one that starts them.
pub fn listen() -> Result<()> {
    let signals = block()?;
    thread::spawn(move || {
        let mut first: Option<Instant> = None;
        while signals.wait().is_ok() {
            RAISED.store(true, Ordering::SeqCst);
            if first.get_or_insert_with(Instant::now).elapsed() > ONE_PRESS {
                // Whoever asks again does not want to wait. The guard process
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
    block().map(drop)
}

/// Whether somebody wants us to stop.
pub fn raised() -> bool {
    RAISED.load(Ordering::SeqCst)
}

/// Fails when somebody wants us to stop.
pub fn check() -> Result<()> {
    if raised() { Err(Failure::new("interrupted")) } else { Ok(()) }
}

fn block() -> Result<SigSet> {
    let signals = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
    signals.thread_block().map_err(|error| Failure::new(format!("cannot block signals: {error}")))?;
    Ok(signals)
}
