// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `invoice` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `invoices`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    /// Primary key.
    pub id: i64,
    /// `amount` in JSON, `amount` in the table.
    pub amount: i64,
    /// The status of the row.
    pub status: InvoiceStatus,
}

/// The statuses of an [`Invoice`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InvoiceStatus {
    /// `SENT`: the first status.
    #[default]
    #[serde(rename = "SENT")]
    Sent,
    /// `PAID`: final; every effect is kept.
    #[serde(rename = "PAID")]
    Paid,
    /// `OVERDUE`: final; every effect is compensated.
    #[serde(rename = "OVERDUE")]
    Overdue,
}

/// The body of `send-invoice`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendInvoice {
    /// `amount` in JSON.
    pub amount: i64,
}

/// The decisions of the service `invoice`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `send-invoice` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn send_invoice(&self, body: &SendInvoice) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
