// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `mail` keeps, and the decisions it makes.

pub use crate::events::{EntryBooked, PaymentRequested};
pub use saga_runtime::{Call, CallError, Rejection, Unanswered};

/// The decisions of the service `mail`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `send-receipt`, on `PaymentRequested` and `EntryBooked.success`.
    fn send_receipt(
        &self,
        call: &Call,
        payment_requested: &PaymentRequested,
        entry_booked: &EntryBooked,
    ) -> impl Future<Output = Result<(), CallError>> + Send;
}
