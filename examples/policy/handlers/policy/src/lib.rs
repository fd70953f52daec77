//! What the service `policy` decides.

use insurance_contracts::policy::*;
use saga_runtime::Decimal;

/// The decisions of the service `policy`.
pub struct Handlers;

impl insurance_contracts::policy::Handlers for Handlers {
    fn request_policy(&self, body: &RequestPolicy) -> Result<(), Refusal> {
        if body.premium <= Decimal::ZERO {
            return Err(Refusal::invalid("premium", "must be more than 0"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use insurance_contracts::policy::Handlers as _;

    use super::*;

    #[test]
    fn a_premium_is_paid() {
        let premium = |premium| RequestPolicy { premium, ..Default::default() };
        assert_eq!(Handlers.request_policy(&premium(Decimal::ONE)), Ok(()));
        assert!(matches!(Handlers.request_policy(&premium(Decimal::ZERO)), Err(Refusal::Invalid { .. })));
    }
}
