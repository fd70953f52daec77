//! What the team of the shipped saga counts on, beyond the ends of orders: stock is neither lost nor made up,
//! and an order belongs to the user who sent it.

use std::collections::{BTreeMap, BTreeSet};

use saga_simulation::{Evidence, Message};

use super::team::{LATE_PRODUCT, LATE_STOCK, is_stray};

pub(super) fn judge(evidence: &Evidence) -> Vec<String> {
    let mut findings = stock(evidence);
    findings.extend(owners(evidence));
    let strays = ["product-decreased", "delivery-created"].into_iter().flat_map(|it| evidence.messages(it));
    let strays: BTreeSet<&str> = strays.map(|it| it.correlation.as_str()).filter(|it| is_stray(it)).collect();
    findings.extend(
        strays.into_iter().map(|order| format!("order {order} is for a compensation alone, and goes on")),
    );
    findings
}

/// What is left of each product is what there was, less what was taken, and what was put back.
fn stock(evidence: &Evidence) -> Vec<String> {
    let mut expected: BTreeMap<i64, i64> = BTreeMap::new();
    for product in evidence.first_rows("product", "product_tb") {
        expected.insert(product.number("id"), product.number("quantity"));
    }
    if evidence.is_repaired {
        expected.insert(LATE_PRODUCT.into(), LATE_STOCK.into());
    }
    let mut seen = BTreeSet::new();
    for message in evidence.messages("product-decreased").filter(|message| message.body["success"] == true) {
        if seen.insert(&message.id) {
            *expected.entry(number(message, "productId")).or_default() -= number(message, "quantity");
        }
    }
    let mut seen = BTreeSet::new();
    let commands = evidence.messages("increase-product-command");
    for command in commands.filter(|command| !evidence.is_unhandled("product", command)) {
        if seen.insert(&command.correlation) {
            *expected.entry(number(command, "productId")).or_default() += number(command, "quantity");
        }
    }
    let left = evidence.rows("product", "product_tb").map(|row| (row.number("id"), row.number("quantity")));
    let wrong = left.filter(|(product, now)| expected.get(product) != Some(now));
    wrong
        .map(|(product, now)| {
            format!("of product {product}, {:?} should be left, not {now}", expected.get(&product))
        })
        .collect()
}

fn owners(evidence: &Evidence) -> Vec<String> {
    let users: BTreeMap<i64, i64> =
        evidence.rows("order", "order_tb").map(|row| (row.number("id"), row.number("user_id"))).collect();
    let created = evidence.messages("order-created");
    let wrong = created.filter(|message| {
        users.get(&number(message, "orderId")).is_some_and(|user| *user != number(message, "userId"))
    });
    wrong
        .map(|message| format!("order {} is not of the user that others know", message.correlation))
        .collect()
}

fn number(message: &Message, field: &str) -> i64 {
    message.body[field].as_i64().expect("a number")
}
