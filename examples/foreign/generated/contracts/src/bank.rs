// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `bank` keeps, and the decisions it makes.

pub use crate::events::{BankSettled, InvoiceSent};
pub use saga_runtime::Rejection;

/// The decisions of the service `bank`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `settle-invoice`, on `InvoiceSent` and `BankSettled`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `InvoicePaid.failure`.
    fn settle_invoice(&self, invoice_sent: &InvoiceSent, bank_settled: &BankSettled) -> Result<(), Rejection>;
}
