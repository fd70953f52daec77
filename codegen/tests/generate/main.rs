//! The generator from a specification to files on disk, and to crates that
//! compile.

mod apis;
#[cfg(unix)]
mod compile;
mod golden;
mod images;
mod manifests;
mod properties;
mod support;
mod sync;
