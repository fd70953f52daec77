//! The shared runtime of generated saga services.
//!
//! A service's messages, rows and decisions are generated and hand-written; this
//! crate does what is the same for all of them: it owns input partitions, runs
//! batches in one transaction each, publishes what they decided, and never
//! loses or doubles a message over it.
#![deny(unsafe_code)]

pub mod acts;
mod app;
mod call;
mod column;
mod config;
pub mod context;
mod entity;
#[doc(hidden)]
pub mod entropy;
mod event;
pub mod exact;
mod fit;
#[cfg(test)]
mod fixture;
pub mod http;
pub mod kafka;
pub mod lane;
mod logging;
pub mod metrics;
#[doc(hidden)]
pub mod mutation;
pub mod ops;
mod outcome;
pub mod plan;
pub mod protocol;
pub mod record;
pub mod relay;
mod repeats;
mod rows;
mod service;
mod sql;
pub mod store;
pub mod topology;
pub mod traces;
pub mod wire;

pub use app::{Driver, KafkaView, Local, Running, StartError, main};
pub use call::{Call, CallError, Calling, Unanswered};
pub use column::{Cell, Column, ColumnType, RowError, RowReader, RowWriter, Unstorable};
pub use context::{At, Context, IdempotencyClaims, Outgoing, RequestContext};
pub use entity::{ColumnDef, Entity, Key, Lifecycle, Status, TableDef};
pub use event::{BadJson, Event, Outcome, Undecodable, decode};
pub use exact::literal;
pub use fit::made_by;
pub use jiff::Timestamp;
pub use jiff::civil::Date;
pub use outcome::{Fault, Refusal, Rejection};
pub use rows::{
    AnySteps, AnyTable, ChangedStep, Copies, Due, Inputs, Memory, RowStatus, Rows, Selection, StepRow,
    StepRows, Steps, StoredStep, Table, TableSchema,
};
pub use rust_decimal::Decimal;
pub use saga_step::flow::{self, Flow};
pub use saga_step::{Mode, Phase, Verdict};
pub use service::{Answer, ContextOf, Failing, Halt, Method, PathParams, Routes, Service, topics};
pub use sql::{Database, Query, Sql, SqlError, SqlRow};
pub use uuid::Uuid;
