// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `slots` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

use crate::types::Level;

pub use crate::events::{OrderPlaced, SlotTaken};
pub use saga_runtime::Rejection;

/// A row of `slot_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slot {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<i64>,
    /// `free` in JSON, `free` in the table.
    pub free: i32,
}

/// A row of `visitor_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Visitor {
    /// Primary key.
    pub customer_id: String,
    /// `visits` in JSON, `visits` in the table.
    pub visits: i32,
    /// `level` in JSON, `level` in the table.
    pub level: Level,
    /// `last` in JSON, `last` in the table.
    pub last: i32,
}

/// The decisions of the service `slots`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `take-slot`, on `OrderPlaced`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `SlotTaken.failure`; the rows stay as they were.
    fn take_slot(
        &self,
        slot: &mut Slot,
        visitor: &mut Visitor,
        order_placed: &OrderPlaced,
    ) -> Result<(), Rejection>;

    /// Carries out `free-slot`, which compensates `take-slot`.
    fn free_slot(
        &self,
        slot: &mut Slot,
        visitor: &mut Visitor,
        order_placed: &OrderPlaced,
        slot_taken: &SlotTaken,
    );
}
