//! The shared runtime.
