//! What the service `order` decides.

use order_contracts::order::CreateOrder;
use saga_runtime::Refusal;

/// The decisions of the service `order`.
pub struct Handlers;

impl order_contracts::order::Handlers for Handlers {
    fn create_order(&self, body: &CreateOrder) -> Result<(), Refusal> {
        if body.quantity < 1 {
            return Err(Refusal::invalid("quantity", "must be at least 1"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use order_contracts::order::Handlers as _;

    use super::*;

    fn order(quantity: i32) -> CreateOrder {
        CreateOrder { user_id: 1, product_id: 1, quantity, price: 10_000, address: "Seoul".into() }
    }

    #[test]
    fn an_order_asks_for_at_least_one_piece() {
        assert_eq!(Handlers.create_order(&order(1)), Ok(()));
        assert!(Handlers.create_order(&order(0)).is_err());
        assert!(Handlers.create_order(&order(-1)).is_err());
    }
}
