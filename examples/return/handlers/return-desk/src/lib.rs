//! What the service `return-desk` decides.

use return_contracts::return_desk::*;

/// The decisions of the service `return-desk`.
pub struct Handlers;

impl return_contracts::return_desk::Handlers for Handlers {
    fn open_return(&self, body: &OpenReturn) -> Result<(), Refusal> {
        if body.amount <= 0 {
            return Err(Refusal::invalid("amount", "must be more than 0"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use return_contracts::return_desk::Handlers as _;

    use super::*;

    #[test]
    fn there_is_an_amount_to_return() {
        assert!(Handlers.open_return(&OpenReturn { order_id: 1, amount: 5 }).is_ok());
        assert!(Handlers.open_return(&OpenReturn { order_id: 1, amount: 0 }).is_err());
    }
}
