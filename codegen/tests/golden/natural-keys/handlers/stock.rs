//! Takes and puts back without a look.

use shop_contracts::events::{CartOpened, PutStockBackCommand};
use shop_contracts::stock::Item;
use saga_runtime::Rejection;

/// Decides by the stock alone.
pub struct Handlers;

impl shop_contracts::stock::Handlers for Handlers {
    fn take_stock(&self, item: &mut Item, cart_opened: &CartOpened) -> Result<(), Rejection> {
        item.pieces -= cart_opened.pieces;
        Ok(())
    }

    fn put_stock_back(&self, item: &mut Item, command: &PutStockBackCommand) {
        item.pieces += command.pieces;
    }
}
