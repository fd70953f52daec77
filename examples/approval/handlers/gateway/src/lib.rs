//! What the service `gateway` decides. The card tells what the gateway of this example does.

use payment_contracts::gateway::*;

/// The decisions of the service `gateway`.
pub struct Handlers;

impl payment_contracts::gateway::Handlers for Handlers {
    async fn capture_payment(
        &self,
        call: &Call,
        payment: &PaymentRequested,
        _: &ApprovalDecided,
    ) -> Result<CapturePayment, CallError> {
        match payment.card.as_str() {
            "declined" => Err(Rejection::because("card declined").into()),
            _ => Ok(CapturePayment { capture_id: call.key.clone() }),
        }
    }

    async fn refund_payment(
        &self,
        _: &Call,
        _: &PaymentRequested,
        _: &ApprovalDecided,
        _: Option<&PaymentCaptured>,
    ) -> Result<(), Unanswered> {
        Ok(())
    }
}
