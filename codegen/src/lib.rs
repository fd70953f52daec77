//! From `saga.yaml` to the services it describes, one stage a module:
//!
//! ```text
//! Spec::parse → check → Resolved → prove → Proved → accept → Accepted
//!     → lower → Model → emit → FileSet → sync::plan → Plan
//! ```
//!
//! [`pipeline`] puts them together. Anything that can be wrong with a file is
//! found before [`accepted::Accepted`] exists; after that, only the file system
//! can fail.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod accepted;
pub mod check;
#[expect(
    clippy::disallowed_methods,
    reason = "a terminal has an environment, and watching a file takes time"
)]
pub mod cli;
pub mod diagnostic;
pub mod draw;
pub mod emit;
pub mod files;
pub mod init;
pub mod lower;
pub mod model;
pub mod names;
pub mod pipeline;
pub mod prove;
pub mod resolved;
pub mod source;
pub mod spec;
pub mod sync;
pub mod unasked;
pub mod workspace;
pub mod yaml;
