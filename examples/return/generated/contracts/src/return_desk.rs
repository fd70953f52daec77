// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `return-desk` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `return_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Return {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i64,
    /// `amount` in JSON, `amount` in the table.
    pub amount: i64,
    /// The status of the row.
    pub status: ReturnStatus,
}

/// The statuses of a [`Return`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReturnStatus {
    /// `OPEN`: the first status.
    #[default]
    #[serde(rename = "OPEN")]
    Open,
    /// `CLOSED`: final; every effect is kept.
    #[serde(rename = "CLOSED")]
    Closed,
    /// `REFUSED`: final; every effect is compensated.
    #[serde(rename = "REFUSED")]
    Refused,
}

/// The body of `open-return`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenReturn {
    /// `orderId` in JSON.
    pub order_id: i64,
    /// `amount` in JSON.
    pub amount: i64,
}

/// The decisions of the service `return-desk`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `open-return` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn open_return(&self, body: &OpenReturn) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
