//! The shared runtime of generated saga services.
//!
//! A service's messages, rows and decisions are generated and hand-written; this
//! crate does what is the same for all of them: it owns input partitions, runs
//! batches in one transaction each, publishes what they decided, and never
//! loses or doubles a message over it.
#![deny(unsafe_code)]

mod app;
mod column;
pub mod context;
mod entity;
mod event;
pub mod http;
pub mod kafka;
pub mod lane;
pub mod metrics;
#[doc(hidden)]
pub mod mutation;
pub mod ops;
pub mod protocol;
pub mod record;
pub mod relay;
mod rows;
mod service;
pub mod store;
pub mod topology;
pub mod traces;
pub mod wire;

pub use app::{Driver, KafkaView, Local, Running, StartError, main};
pub use column::{Cell, Column, ColumnType, RowError, RowReader, RowWriter};
pub use context::{Context, Fault, IdempotencyClaims, Outgoing, Refusal, Rejection};
pub use entity::{ColumnDef, Entity, Key, Lifecycle, Status, TableDef};
pub use event::{Event, Outcome, Undecodable, decode};
pub use http::Routes;
pub use rows::{AnySteps, AnyTable, Inputs, Moved, Rows, StepRow, StepRows, StoredStep, Table};
pub use saga_step::{Effect, Mode, Phase, Verdict};
pub use service::{Answer, Service, topics};
pub use store::TableSchema;
