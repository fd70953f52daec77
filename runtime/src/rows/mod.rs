//! The part of the database that one batch works on, in memory.
//!
//! A service names the rows its messages may touch, the store loads them with
//! one statement a table, the steps read and change them here, and what changed
//! goes back with one statement a table.

mod asked;
mod change;
mod copies;
mod lookup;
mod schema;
mod selection;
mod steps;
mod table;

pub use copies::Copies;
pub use schema::TableSchema;
pub use selection::Selection;
pub use steps::{AnySteps, ChangedStep, Due, Inputs, Memory, StepRow, StepRows, Steps, StoredStep};
pub use table::{AnyTable, RowStatus, Table};
pub(crate) use table::{columns_of, name_by, names_of, rows_of};

/// All rows a batch of one service works on; generated.
pub trait Rows: Default + Send + Sync {
    /// The entity tables, ordered by table name: the order of their locks.
    fn tables(&mut self) -> Vec<&mut dyn AnyTable>;

    /// The step rows, ordered by step name: the order of their locks.
    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        Vec::new()
    }
}
