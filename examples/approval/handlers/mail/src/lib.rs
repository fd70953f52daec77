//! What the service `mail` decides.

use payment_contracts::mail::*;

/// The decisions of the service `mail`.
pub struct Handlers;

impl payment_contracts::mail::Handlers for Handlers {
    async fn send_receipt(
        &self,
        call: &Call,
        payment: &PaymentRequested,
        _: &EntryBooked,
    ) -> Result<(), CallError> {
        // A real service hands `call.key` to its provider, which then sends one mail however often it is asked.
        let _ = (&call.key, &payment.email);
        Ok(())
    }
}
