//! A test build can switch one mechanism off, to show that a test sees it.
//!
//! With the feature `break`, the variable `SAGA_BREAK` names a known bug of
//! hand-written sagas, and the mechanism that prevents it is off. Without the
//! feature nothing of this is compiled in.

/// Whether the mechanism that prevents `bug` is switched off.
#[cfg(feature = "break")]
pub fn off(bug: &str) -> bool {
    use std::sync::OnceLock;
    static BUG: OnceLock<Option<String>> = OnceLock::new();
    BUG.get_or_init(|| std::env::var("SAGA_BREAK").ok()).as_deref() == Some(bug)
}

/// Whether the mechanism that prevents a bug is switched off: never, in this build.
#[cfg(not(feature = "break"))]
pub const fn off(_bug: &str) -> bool {
    false
}
