//! What the service `shop` decides.

use stall_contracts::shop::*;

/// The decisions of the service `shop`.
pub struct Handlers;

impl stall_contracts::shop::Handlers for Handlers {
    fn set_price(&self, product: &mut Product, body: &SetPrice) -> Result<(), Refusal> {
        product.price = body.price;
        Ok(())
    }
}
