//! Takes all lines of an order, or none.

use market_contracts::events::{OrderPlaced, StockTaken};
use market_contracts::stock::{Pick, Product, Shelf, TakeStock};
use saga_runtime::{Rejection, Selection};

/// Takes what is there.
pub struct Handlers;

impl market_contracts::stock::Handlers for Handlers {
    fn take_stock(
        &self,
        products: &mut Selection<Product>,
        shelves: &mut Selection<Shelf>,
        order_placed: &OrderPlaced,
    ) -> Result<TakeStock, Rejection> {
        for line in &order_placed.lines {
            products.get_mut(&line.product_id)?.quantity -= line.quantity;
        }
        if products.iter().any(|product| product.quantity < 0) {
            return Err(Rejection::because("out of stock"));
        }
        let pieces = order_placed.lines.iter().map(|line| line.quantity).sum();
        Ok(TakeStock { pieces, weight: i64::from(pieces) * shelves.len() as i64 })
    }

    fn put_back_stock(
        &self,
        products: &mut Selection<Product>,
        shelves: &mut Selection<Shelf>,
        pick: &mut Pick,
        order_placed: &OrderPlaced,
        _stock_taken: &StockTaken,
    ) {
        for line in &order_placed.lines {
            if let Ok(product) = products.get_mut(&line.product_id) {
                product.quantity += line.quantity;
            }
        }
        shelves.iter_mut().for_each(|shelf| shelf.taken = false);
        pick.pieces = 0;
    }
}
