//! The generator from a specification to files on disk, and to crates that
//! compile.

#[cfg(unix)]
mod compile;
mod golden;
mod properties;
mod support;
mod sync;
