//! External producers of orders and compensations, and a product that is missing at first.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use order_contracts::product::Product;
use saga_runtime::record::TopicPartition;
use saga_runtime::store::{MemoryStore, Session as _, Store as _, Writes};
use saga_runtime::{Column, Entity as _, Table};
use saga_simulation::{Evidence, Faults, Origin, Outside, Repair, Team, Unhandled};
use serde_json::json;

use super::audit;

/// A product that no database has when it is new.
pub(super) const LATE_PRODUCT: i32 = 4;
/// How many pieces of it there are, once it is there.
pub(super) const LATE_STOCK: i32 = 5;
/// Where compensations are asked for.
const COMPENSATIONS: &str = "increase-product-command";
/// The first order that an external compensation is for.
const COMPENSATED: i32 = 1_900_000_000;
/// The first order of an external producer.
const ORDERED: i32 = 2_000_000_000;

/// Several messages of one order in one partition, in order, each with a quantity of its own.
type Series = BTreeMap<i32, Vec<(i32, TopicPartition, i64)>>;

/// What the team of the shipped saga knows.
pub(super) struct Orders;

impl Team for Orders {
    fn publish(&self, outside: &mut Outside<'_>) {
        if outside.rng().happens(400) {
            return compensation(outside);
        }
        let id = ORDERED + outside.count("external order") as i32;
        if outside.rng().happens(300) { series(outside, id) } else { order(outside, id) }
    }

    fn repair(&self) -> Option<Repair> {
        Some(Repair { service: "product", make: add_product })
    }

    fn awaits_repair(&self, message: &Unhandled<'_>) -> bool {
        message.service == "product"
            && message.topic == COMPENSATIONS
            && message.body["productId"] == LATE_PRODUCT
    }

    fn may_drop(&self, message: &Unhandled<'_>) -> bool {
        let order = message.body["orderId"].as_i64();
        message.topic == COMPENSATIONS && order.is_some_and(|order| is_stray(&order.to_string()))
    }

    fn origin(&self, correlation: &str, _: &Evidence) -> Origin {
        match correlation.parse::<i32>() {
            Ok(ORDERED..) => Origin::Outside,
            _ if is_stray(correlation) => Origin::Stray,
            _ => Origin::Inside,
        }
    }

    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        audit::judge(evidence)
    }
}

/// Whether an order is one that an external compensation is for, and nothing else.
pub(super) fn is_stray(order: &str) -> bool {
    order.parse().is_ok_and(|order: i32| (COMPENSATED..COMPENSATED + 1_000).contains(&order))
}

/// An external producer publishes an order, perhaps more than once.
fn order(outside: &mut Outside<'_>, id: i32) {
    let rng = outside.rng();
    let (product, quantity) = (rng.between(1, 4), rng.between(0, 2));
    let address = if rng.happens(200) { "" } else { "Busan" };
    let body = json!({ "orderId": id, "userId": 0, "productId": product, "quantity": quantity, "price": 1,
        "address": address });
    // It echoes the headers of what it has read.
    let echo = [("saga-seq", "1|order/1|1|delivery-created|0|1")];
    let headers = if rng.happens(300) { &echo[..] } else { &[] };
    let times = if rng.happens(400) { 2 } else { 1 };
    for _ in 0..times {
        let to = outside.some_partition("order-created");
        outside.publish(to, &id.to_string(), headers, &body);
    }
}

/// An external producer publishes one order several times with different quantities, in one partition:
/// the first that can be handled counts.
fn series(outside: &mut Outside<'_>, id: i32) {
    let product = outside.rng().between(1, 4);
    let to = outside.some_partition("order-created");
    let mut quantities = vec![1, 2, 3];
    let count = outside.rng().between(2, 3);
    for _ in 0..count {
        let quantity = quantities.remove(outside.rng().below(quantities.len()));
        let body = json!({ "orderId": id, "userId": 0, "productId": product, "quantity": quantity,
            "price": 1, "address": format!("Daegu {quantity}") });
        let offset = outside.publish(to, &id.to_string(), &[], &body);
        outside.memory::<Series>().entry(id).or_default().push((quantity, to, offset));
    }
}

/// An external producer asks for a compensation, perhaps twice, on a product that may not exist.
fn compensation(outside: &mut Outside<'_>) {
    let order = COMPENSATED + outside.count("external compensation") as i32;
    let quantity = outside.rng().between(1, 3);
    let body = json!({ "orderId": order, "productId": LATE_PRODUCT, "quantity": quantity });
    let key = if outside.rng().happens(800) { order.to_string() } else { String::new() };
    let times = if outside.rng().happens(300) { 2 } else { 1 };
    let to = outside.some_partition(COMPENSATIONS);
    for _ in 0..times {
        outside.publish(to, &key, &[], &body);
    }
}

/// Reports a finding when a handler is called with a later message of one key and partition
/// while an earlier one is neither handled nor dead-lettered.
pub(super) fn look_for_overtaking(faults: &Faults, service: &'static str, order: i32, quantity: i32) {
    let before = faults.recall(|series: &Series| {
        let series = series.get(&order).into_iter().flatten();
        series.take_while(|(found, ..)| *found != quantity).copied().collect::<Vec<_>>()
    });
    let mut before = before.into_iter().flatten();
    if let Some((_, at, offset)) = before.find(|(_, at, offset)| !faults.has_given_up(service, *at, *offset))
    {
        faults
            .report(format!("{service} was asked about a later message of order {order} than {at}@{offset}"));
    }
}

/// Adds the product that external compensations are for.
fn add_product(products: MemoryStore) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let found =
            products.find(&Product::TABLE, Column::of([&LATE_PRODUCT])).await.expect("memory answers");
        if found.first().is_some_and(|column| !column.is_empty()) {
            return;
        }
        let mut session = products.session().await.expect("memory answers");
        let mut table = Table::<Product>::default();
        let row = Product { id: LATE_PRODUCT, name: "HomePod".into(), quantity: LATE_STOCK, price: 1 };
        table.insert(row).expect("a new row");
        session.begin(&[]).await.expect("memory answers");
        session.write_table(&table).await.expect("memory answers");
        session.commit(&Writes::default()).await.expect("memory answers");
    })
}
