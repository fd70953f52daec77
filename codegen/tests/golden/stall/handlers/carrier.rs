//! What the service `carrier` decides.

use stall_contracts::carrier::*;

/// The decisions of the service `carrier`.
pub struct Handlers;

impl stall_contracts::carrier::Handlers for Handlers {
    fn ship_order(&self, order_placed: &OrderPlaced, _: &ParcelPacked) -> Result<(), Rejection> {
        match order_placed.quantity {
            ..=30 => Ok(()),
            _ => Err(Rejection::because("it is too heavy")),
        }
    }
}
