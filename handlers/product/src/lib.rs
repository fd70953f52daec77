//! What the service `product` decides.

use order_contracts::events::{IncreaseProductCommand, OrderCreated};
use order_contracts::product::Product;
use saga_runtime::Rejection;

/// The decisions of the service `product`.
pub struct Handlers;

impl order_contracts::product::Handlers for Handlers {
    fn decrease_product(&self, product: &mut Product, order: &OrderCreated) -> Result<(), Rejection> {
        // The order service refuses such an order, but it is not the only one that publishes.
        if order.quantity < 1 {
            return Err(Rejection::because("the quantity must be at least 1"));
        }
        if product.quantity < order.quantity {
            return Err(Rejection::because(format!("only {} left", product.quantity)));
        }
        product.quantity -= order.quantity;
        Ok(())
    }

    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand) {
        product.quantity = product.quantity.saturating_add(command.quantity);
    }
}

#[cfg(test)]
mod tests {
    use order_contracts::product::Handlers as _;

    use super::*;

    fn product(quantity: i32) -> Product {
        Product { id: 1, name: "MacBook Pro".into(), quantity, price: 2_500_000 }
    }

    fn order(quantity: i32) -> OrderCreated {
        OrderCreated {
            order_id: 7,
            user_id: 1,
            product_id: 1,
            quantity,
            price: 10_000,
            address: "Seoul".into(),
        }
    }

    #[test]
    fn the_stock_is_taken_all_or_nothing() {
        let mut stock = product(3);
        assert_eq!(Handlers.decrease_product(&mut stock, &order(3)), Ok(()));
        assert_eq!(stock.quantity, 0);
        assert!(Handlers.decrease_product(&mut stock, &order(1)).is_err());
        assert_eq!(stock.quantity, 0);
    }

    #[test]
    fn an_order_from_elsewhere_cannot_add_stock() {
        let mut stock = product(3);
        assert!(Handlers.decrease_product(&mut stock, &order(-5)).is_err());
        assert_eq!(stock.quantity, 3);
    }

    #[test]
    fn the_compensation_puts_back_what_was_taken() {
        let mut stock = product(1);
        let command = IncreaseProductCommand { order_id: 7, product_id: 1, quantity: 2 };
        Handlers.increase_product(&mut stock, &command);
        assert_eq!(stock.quantity, 3);
    }
}
