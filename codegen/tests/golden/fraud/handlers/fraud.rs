//! Trusts everybody.

use order_contracts::events::OrderCreated;
use saga_runtime::Rejection;

/// Finds no fraud.
pub struct Handlers;

impl order_contracts::fraud::Handlers for Handlers {
    fn check_fraud(&self, _order_created: &OrderCreated) -> Result<(), Rejection> {
        Ok(())
    }
}
