//! Ctrl-C while files are written: it leaves a mark, and what was begun is finished or taken back first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Why a command ended that was interrupted.
pub(crate) const INTERRUPTED: &str = "interrupted";

/// From where it is made on, Ctrl-C and SIGTERM no longer end the process.
pub(crate) struct PutOff(Arc<AtomicBool>);

impl PutOff {
    /// Puts them off. Where the system does not let us, they end the process as before.
    pub(crate) fn new() -> Self {
        let came = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let _ = flag::register(signal, Arc::clone(&came));
        }
        Self(came)
    }

    /// What was put off, if it came.
    ///
    /// # Errors
    /// [`INTERRUPTED`].
    pub(crate) fn heeded(&self) -> Result<(), String> {
        if self.0.load(Ordering::Relaxed) { Err(INTERRUPTED.to_owned()) } else { Ok(()) }
    }
}
