//! A slot for each visitor.

use market_contracts::events::{OrderPlaced, SlotTaken};
use market_contracts::slots::{Slot, Visitor};
use saga_runtime::Rejection;

/// Gives slots away.
pub struct Handlers;

impl market_contracts::slots::Handlers for Handlers {
    fn take_slot(
        &self,
        slot: &mut Slot,
        visitor: &mut Visitor,
        order_placed: &OrderPlaced,
    ) -> Result<(), Rejection> {
        if slot.free == 0 {
            return Err(Rejection::because("no slot is free"));
        }
        slot.free -= 1;
        slot.order_id = Some(order_placed.order_id);
        visitor.visits += 1;
        Ok(())
    }

    fn free_slot(
        &self,
        slot: &mut Slot,
        visitor: &mut Visitor,
        _order_placed: &OrderPlaced,
        _slot_taken: &SlotTaken,
    ) {
        slot.free += 1;
        visitor.visits -= 1;
    }
}
