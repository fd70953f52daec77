//! Packs parcels on a bench.

use market_contracts::events::{OrderPlaced, SlotTaken, StockTaken};
use market_contracts::packing::Bench;
use saga_runtime::Rejection;

/// Packs what was taken.
pub struct Handlers;

impl market_contracts::packing::Handlers for Handlers {
    fn pack_order(
        &self,
        bench: &mut Bench,
        _order_placed: &OrderPlaced,
        stock_taken: &StockTaken,
        _slot_taken: &SlotTaken,
    ) -> Result<(), Rejection> {
        bench.total += stock_taken.weight;
        Ok(())
    }
}
