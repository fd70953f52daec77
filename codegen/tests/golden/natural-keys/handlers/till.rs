//! Counts what was sold.

use contracts::events::{CartClosed, CartOpened, StockTaken};
use contracts::till::{CloseCart, CountDay};
use saga_runtime::Rejection;

/// Multiplies.
pub struct Handlers;

impl contracts::till::Handlers for Handlers {
    fn close_cart(&self, cart_opened: &CartOpened, stock_taken: &StockTaken) -> Result<CloseCart, Rejection> {
        Ok(CloseCart { total: stock_taken.price * i64::from(cart_opened.pieces), number: 1 })
    }

    fn count_day(&self, _cart_closed: &CartClosed) -> CountDay {
        CountDay { number: 1 }
    }
}
