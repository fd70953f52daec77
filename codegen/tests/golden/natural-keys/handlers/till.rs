//! Counts what was sold.

use shop_contracts::events::{CartClosed, CartOpened, StockTaken};
use shop_contracts::till::{CloseCart, CountDay};
use saga_runtime::Rejection;

/// Multiplies.
pub struct Handlers;

impl shop_contracts::till::Handlers for Handlers {
    fn close_cart(&self, cart_opened: &CartOpened, stock_taken: &StockTaken) -> Result<CloseCart, Rejection> {
        Ok(CloseCart { total: stock_taken.price * i64::from(cart_opened.pieces), number: 1 })
    }

    fn count_day(&self, _cart_closed: &CartClosed) -> CountDay {
        CountDay { number: 1 }
    }
}
