//! Takes and puts back without a look.

use order_contracts::events::{FraudChecked, IncreaseProductCommand};
use order_contracts::product::Product;
use saga_runtime::Rejection;

/// Decides by the stock alone.
pub struct Handlers;

impl order_contracts::product::Handlers for Handlers {
    fn decrease_product(&self, product: &mut Product, fraud_checked: &FraudChecked) -> Result<(), Rejection> {
        product.quantity -= fraud_checked.quantity;
        Ok(())
    }

    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand) {
        product.quantity += command.quantity;
    }
}
