//! What becomes of an order is counted.

use market_contracts::events::OrderPacked;
use market_contracts::order::{Ledger, Order};

/// Counts what was refused.
pub struct Handlers;

impl market_contracts::order::Handlers for Handlers {
    fn refuse_order(&self, order: &mut Order, ledger: &mut Ledger, _order_packed: &OrderPacked) {
        order.parcel_id = None;
        ledger.orders += 1;
    }
}
