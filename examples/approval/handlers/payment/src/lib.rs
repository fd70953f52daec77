//! What the service `payment` decides.

use payment_contracts::payment::*;

/// The decisions of the service `payment`.
pub struct Handlers;

impl payment_contracts::payment::Handlers for Handlers {
    fn request_payment(&self, body: &RequestPayment) -> Result<(), Refusal> {
        if body.amount.is_sign_negative() || body.amount.is_zero() {
            return Err(Refusal::invalid("amount", "must be more than 0"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use payment_contracts::payment::Handlers as _;

    use super::*;

    #[test]
    fn a_payment_has_an_amount() {
        let of =
            |amount: &str| RequestPayment { amount: amount.parse().expect("a number"), ..Default::default() };
        assert_eq!(Handlers.request_payment(&of("0.01")), Ok(()));
        assert!(matches!(Handlers.request_payment(&of("0")), Err(Refusal::Invalid { .. })));
    }
}
