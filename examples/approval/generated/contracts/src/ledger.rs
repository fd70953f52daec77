// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `ledger` keeps, and the decisions it makes.

use saga_runtime::Decimal;
use serde::{Deserialize, Serialize};

pub use crate::events::{PaymentCaptured, PaymentRequested};
pub use saga_runtime::Rejection;

/// A row of `account_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Primary key.
    pub id: i64,
    /// `balance` in JSON, `balance` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub balance: Decimal,
}

/// The decisions of the service `ledger`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `book-entry`, on `PaymentRequested` and `PaymentCaptured`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `EntryBooked.failure`; the row stays as it was.
    fn book_entry(
        &self,
        account: &mut Account,
        payment_requested: &PaymentRequested,
        payment_captured: &PaymentCaptured,
    ) -> Result<(), Rejection>;
}
