// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `gateway` keeps, and the decisions it makes.

pub use crate::events::{ApprovalDecided, PaymentCaptured, PaymentRequested};
pub use saga_runtime::{Call, CallError, Rejection, Unanswered};

/// The values that `capture-payment` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct CapturePayment {
    /// `captureId` of `PaymentCaptured`.
    pub capture_id: String,
}

/// The decisions of the service `gateway`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `capture-payment`, on `PaymentRequested` and `ApprovalDecided`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `PaymentCaptured.failure`.
    fn capture_payment(
        &self,
        call: &Call,
        payment_requested: &PaymentRequested,
        approval_decided: &ApprovalDecided,
    ) -> impl Future<Output = Result<CapturePayment, CallError>> + Send;

    /// Carries out `refund-payment`, which compensates `capture-payment`.
    fn refund_payment(
        &self,
        call: &Call,
        payment_requested: &PaymentRequested,
        approval_decided: &ApprovalDecided,
        payment_captured: Option<&PaymentCaptured>,
    ) -> impl Future<Output = Result<(), Unanswered>> + Send;
}
