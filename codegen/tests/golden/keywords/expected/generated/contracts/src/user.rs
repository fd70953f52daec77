// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `user` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{Checked, Order, Select, TableEvent};
pub use saga_runtime::Rejection;

/// A row of `table`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnRow {
    /// Primary key.
    pub id: i32,
    /// `where` in JSON, `where` in the table.
    pub r#where: String,
    /// `select` in JSON, `select` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<i32>,
}

/// A row of `entity_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntityRow {
    /// Primary key.
    pub id: i32,
    /// `userId` in JSON, `user_id` in the table.
    pub user_id: i64,
    /// `type` in JSON, `type` in the table.
    pub r#type: i32,
    /// `as` in JSON, `as` in the table.
    pub r#as: f64,
    /// `by` in JSON, `by` in the table.
    pub by: String,
}

/// The values that `match` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// `as` of `Table`.
    pub r#as: f64,
    /// `ownerID` of `RecordID`.
    pub owner_id: i32,
    /// `x1y2Z3` of `RecordID`.
    pub x1y2_z3: bool,
}

/// The values that `event` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct EventAnswer {
    /// `by` of `Entity`.
    pub by: String,
    /// `self1` of `Step`.
    pub self1: String,
}

/// The values that `into` decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Into {
    /// `where` of `Column`.
    pub r#where: String,
}

/// The decisions of the service `user`.
#[allow(clippy::new_ret_no_self, clippy::wrong_self_convention)]
pub trait Handlers: Send + Sync + 'static {
    /// Decides `match`, on `Order`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `Table.failure`; no row is created.
    fn r#match(&self, order: &Order) -> Result<Match, Rejection>;

    /// Decides `event`, on `Order`, `Table` and `Select`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `Step.failure`; no row is created.
    fn event(&self, order: &Order, table: &TableEvent, select: &Select) -> Result<EventAnswer, Rejection>;

    /// Decides `from-order`, on `Order`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `Checked.failure`.
    fn from_order(&self, order: &Order) -> Result<(), Rejection>;

    /// Decides `into`, on `Checked.failure`.
    fn into_step(&self, checked: &Checked) -> Into;
}
