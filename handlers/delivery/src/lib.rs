//! What the service `delivery` decides.

use order_contracts::events::{OrderCreated, ProductDecreased};
use saga_runtime::Rejection;

/// The decisions of the service `delivery`.
pub struct Handlers;

impl order_contracts::delivery::Handlers for Handlers {
    fn create_delivery(&self, order: &OrderCreated, _product: &ProductDecreased) -> Result<(), Rejection> {
        if order.address.trim().is_empty() {
            return Err(Rejection::because("the address is blank"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use order_contracts::delivery::Handlers as _;

    use super::*;

    fn decide(address: &str) -> Result<(), Rejection> {
        let order = OrderCreated {
            order_id: 7,
            user_id: 1,
            product_id: 1,
            quantity: 1,
            price: 10_000,
            address: address.into(),
        };
        let product = ProductDecreased { order_id: 7, product_id: 1, quantity: 1, success: true };
        Handlers.create_delivery(&order, &product)
    }

    #[test]
    fn a_delivery_needs_an_address() {
        assert_eq!(decide("서울시 강남구"), Ok(()));
        assert!(decide("").is_err());
        assert!(decide("   ").is_err());
    }
}
