//! What the service `fraud` decides.

use order_contracts::fraud::*;

/// The decisions of the service `fraud`.
pub struct Handlers;

impl order_contracts::fraud::Handlers for Handlers {
    fn check_fraud(&self, order: &OrderCreated) -> Result<(), Rejection> {
        if order.price > 10_000_000 {
            return Err(Rejection::because("too much for one order"));
        }
        Ok(())
    }
}
