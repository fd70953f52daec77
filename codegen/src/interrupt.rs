//! Ctrl-C waits while files are written: what was begun is taken back, or finished, and never left in between.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

/// How many parts of this process are writing.
static HOLDING: AtomicUsize = AtomicUsize::new(0);
static SIGNALS: LazyLock<Signals> = LazyLock::new(Signals::new);

struct Signals {
    raised: Arc<AtomicBool>,
    /// Whether a signal ends the process at once, as it does by default.
    ends: Arc<AtomicBool>,
}

impl Signals {
    fn new() -> Self {
        let (raised, ends) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        #[cfg(unix)]
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP]
        {
            // Where it cannot be waited with, the default remains.
            if signal_hook::flag::register_conditional_default(signal, ends.clone()).is_ok() {
                let _ = signal_hook::flag::register(signal, raised.clone());
            }
        }
        Self { raised, ends }
    }
}

/// While this lives, Ctrl-C does not end the process.
pub(crate) struct Held(());

/// Begins to write.
pub(crate) fn hold() -> Held {
    HOLDING.fetch_add(1, Ordering::SeqCst);
    SIGNALS.ends.store(false, Ordering::SeqCst);
    Held(())
}

impl Held {
    /// Whether what was begun is to be taken back.
    pub(crate) fn is_interrupted(&self) -> bool {
        SIGNALS.raised.load(Ordering::SeqCst)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if HOLDING.fetch_sub(1, Ordering::SeqCst) == 1 {
            // A command that listens ends by itself, with what it has started.
            SIGNALS.ends.store(!saga_testbed::interrupt::is_listening(), Ordering::SeqCst);
        }
    }
}
