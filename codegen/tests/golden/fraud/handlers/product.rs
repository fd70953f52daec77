//! Takes and puts back without a look.

use contracts::events::{FraudChecked, IncreaseProductCommand};
use contracts::product::Product;
use saga_runtime::Rejection;

/// Decides by the stock alone.
pub struct Handlers;

impl contracts::product::Handlers for Handlers {
    fn decrease_product(&self, product: &mut Product, fraud_checked: &FraudChecked) -> Result<(), Rejection> {
        product.quantity -= fraud_checked.quantity;
        Ok(())
    }

    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand) {
        product.quantity += command.quantity;
    }
}
