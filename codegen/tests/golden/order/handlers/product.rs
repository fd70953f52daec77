//! Takes and puts back without a look.

use order_contracts::events::{IncreaseProductCommand, OrderCreated};
use order_contracts::product::Product;
use saga_runtime::Rejection;

/// Decides by the stock alone.
pub struct Handlers;

impl order_contracts::product::Handlers for Handlers {
    fn decrease_product(&self, product: &mut Product, order_created: &OrderCreated) -> Result<(), Rejection> {
        product.quantity -= order_created.quantity;
        Ok(())
    }

    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand) {
        product.quantity += command.quantity;
    }
}
