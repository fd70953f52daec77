//! Each transition that is proved of the saga is made in its services.

use order::{OrderService, Request};
use parcel::ParcelService;
use saga_runtime::{Rejection, Selection};
use saga_semantics::{AnyPlace, Books, Place, Saga, Script};
use shop_contracts::events::{OrderPlaced, StockTaken};
use shop_contracts::order::PlaceOrder;
use shop_contracts::stock::Product;
use shop_contracts::types::Line;
use stock::StockService;

struct Handlers(Script);

impl shop_contracts::order::Handlers for Handlers {}

impl shop_contracts::stock::Handlers for Handlers {
    fn take_stock(&self, products: &mut Selection<Product>, order: &OrderPlaced) -> Result<(), Rejection> {
        // Even if it says no then: nothing of it may be left.
        for line in &order.lines {
            products.get_mut(&line.product_id)?.quantity -= line.quantity;
        }
        self.0.decides("take-stock")
    }

    fn put_back_stock(&self, products: &mut Selection<Product>, order: &OrderPlaced, _: &StockTaken) {
        for line in &order.lines {
            products.get_mut(&line.product_id).expect("it was taken").quantity += line.quantity;
        }
        self.0.does("put-back-stock");
    }
}

impl shop_contracts::parcel::Handlers for Handlers {
    fn send_parcel(&self, _: &OrderPlaced, _: &StockTaken) -> Result<(), Rejection> {
        self.0.decides("send-parcel")
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(OrderService::new(handlers())).asked(request).any(),
        Place::new(StockService::new(handlers())).any(),
        Place::new(ParcelService::new(handlers())).any(),
    ]
}

/// A product is on two lines.
fn request(_: usize) -> Request {
    let lines = [2, 1, 2].map(|product_id| Line { product_id, quantity: 1 });
    Request::PlaceOrder(PlaceOrder { lines: lines.into() })
}

/// Each effect changes each product once.
fn stock_is_taken_once(books: &Books<'_>) -> Result<(), String> {
    let taken = books.effects("take-stock");
    let left = books.numbers("stock", "product_tb", "quantity");
    let expected = [("1".to_owned(), 10 - taken), ("2".to_owned(), 3 - 2 * taken)].into();
    if left == expected { Ok(()) } else { Err(format!("stock is taken {taken} times, and {left:?} is left")) }
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../saga.yaml", services).balanced(stock_is_taken_once).agrees();
}
