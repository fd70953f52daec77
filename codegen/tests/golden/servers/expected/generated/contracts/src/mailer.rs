// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `mailer` keeps, and the decisions it makes.

pub use crate::events::TicketOpened;
pub use saga_runtime::{Call, CallError, Rejection, Unanswered};

/// The decisions of the service `mailer`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `send-answer`, on `TicketOpened`.
    fn send_answer(
        &self,
        call: &Call,
        ticket_opened: &TicketOpened,
    ) -> impl Future<Output = Result<(), CallError>> + Send;
}
