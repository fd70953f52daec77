//! The saga `shop` as it is simulated: the team's own handlers, and products of which there is one for each order.

use order::{OrderService, Request};
use parcel::ParcelService;
use saga_simulation::{Draw, Evidence, Hosted, Message, Row, Saga, Team};
use serde_json::Value;
use shop_contracts::order::PlaceOrder;
use shop_contracts::stock::Product;
use shop_contracts::types::Line;
use stock::StockService;

/// The saga, with the services in the order of the file.
pub fn saga() -> Saga {
    let services = vec![
        Hosted::new(|_| OrderService::new(order_handlers::Handlers))
            .asked_where("/orders", names_its_product, place_order)
            .any(),
        Hosted::new(|_| StockService::new(stock_handlers::Handlers)).filled(more_products).any(),
        Hosted::new(|_| ParcelService::new(parcel_handlers::Handlers)).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../saga.yaml"), services).known_by(Shop)
}

/// A product that is on the lines of the order with this number, and of no other.
fn own(number: i32) -> i64 {
    1_000 + i64::from(number)
}

/// How many of each of these there are.
const OWN: i64 = 5;

fn more_products(rows: &mut stock::Rows) {
    for number in 1..=500 {
        let product = Product { id: own(number), quantity: OWN as i32 };
        rows.product.insert(product).expect("a new row");
    }
}

/// An order of some products of the file, perhaps of one on several lines, perhaps of one that does not exist.
fn place_order(draw: &mut Draw) -> Request {
    let mut lines = vec![Line { product_id: own(draw.number), quantity: 1 + draw.rng.below(2) as i32 }];
    for _ in 0..draw.rng.below(4) {
        let product_id = *draw.rng.one_of(&[1, 1, 1, 2, 2, 99, own(draw.number)]).expect("some");
        lines.push(Line { product_id, quantity: 1 + draw.rng.below(3) as i32 });
    }
    let at = draw.rng.below(lines.len());
    lines.swap(0, at);
    Request::PlaceOrder(PlaceOrder { lines })
}

fn names_its_product(row: &Row, number: i32) -> bool {
    quantity(&lines(row), own(number)) > 0
}

/// Of each product as many are missing as the orders hold whose stock is taken and not put back, and a parcel has the
/// lines of its order.
struct Shop;

impl Team for Shop {
    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let mut findings = Vec::new();
        let held: Vec<&Message> = holding(evidence).collect();
        for row in evidence.rows("stock", "product_tb") {
            let (product, left) = (row.number("id"), row.number("quantity"));
            let mut seeded = evidence.first_rows("stock", "product_tb");
            let seeded = seeded.find(|row| row.number("id") == product);
            let all = seeded.map_or(OWN, |row| row.number("quantity"));
            let taken: i64 = held.iter().map(|order| quantity(&order.body["lines"], product)).sum();
            if left != all - taken {
                findings
                    .push(format!("orders hold {taken} of product {product}, and {left} of {all} are left"));
            }
        }
        for row in evidence.rows("parcel", "parcel_tb") {
            let order = row.number("order_id").to_string();
            if of(evidence, "order-placed", &order).any(|placed| placed.body["lines"] != lines(row)) {
                findings.push(format!("the parcel of order {order} has the lines {}", row.get("lines")));
            }
        }
        findings
    }
}

/// The messages of the orders that hold stock: no failure that the stock knows of has put it back.
fn holding(evidence: &Evidence) -> impl Iterator<Item = &Message> {
    let is_first = |it: &&Message| {
        of(evidence, it.topic, &it.correlation).next().is_some_and(|first| std::ptr::eq(first, *it))
    };
    let took = |order: &str| of(evidence, "stock-taken", order).any(|it| it.body["success"] == true);
    let put_back = |order: &str| {
        let mut failed = of(evidence, "parcel-sent", order).filter(|it| it.body["success"] == false);
        failed.any(|it| !evidence.is_unhandled("stock", it))
    };
    let orders = evidence.messages("order-placed").filter(is_first);
    orders.filter(move |it| took(&it.correlation) && !put_back(&it.correlation))
}

fn of<'e>(evidence: &'e Evidence, topic: &str, order: &str) -> impl Iterator<Item = &'e Message> {
    evidence.messages(topic).filter(move |it| it.correlation == order)
}

/// The lines that a row has.
fn lines(row: &Row) -> Value {
    row.get("lines").as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// How many of a product are on lines.
fn quantity(lines: &Value, product: i64) -> i64 {
    let lines = lines.as_array().into_iter().flatten().filter(|line| line["productId"] == product);
    lines.filter_map(|line| line["quantity"].as_i64()).sum()
}
