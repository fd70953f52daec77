//! From `saga.yaml` to the services it describes, one stage a module:
//!
//! ```text
//! Spec::parse(&Source) → check(Spec) → CheckedSpec → lower → Model
//!     → emit(&Model) → FileSet → sync::plan(&FileSet, root) → Plan
//! ```
//!
//! Whatever can be wrong with a file is found by the first two stages; from
//! [`checked::CheckedSpec`] on nothing fails but the file system.

pub mod check;
pub mod checked;
pub mod cli;
pub mod diagnostic;
pub mod draw;
mod early;
pub mod emit;
pub mod findings;
pub mod generate;
pub mod header;
pub mod lower;
pub mod model;
pub mod names;
pub mod prove;
pub mod source;
pub mod spec;
pub mod sync;
pub mod unsupported;
pub mod yaml;

pub use findings::findings;
