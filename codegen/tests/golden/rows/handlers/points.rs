//! Points per customer.

use market_contracts::events::{OrderPlaced, StockTaken};
use market_contracts::points::Points;

/// Counts points.
pub struct Handlers;

impl market_contracts::points::Handlers for Handlers {
    fn count_points(&self, points: &mut Points, _order_placed: &OrderPlaced, stock_taken: &StockTaken) {
        points.points += stock_taken.weight;
    }
}
