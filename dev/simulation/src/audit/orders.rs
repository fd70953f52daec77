//! Whether every order ended exactly once, and the stock is what it must be.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::store::DeadState;
use serde_json::Value;

use super::Evidence;
use super::numbers::identity;
use crate::broker::Logged;
use crate::faults::Place;
use crate::operator::{LATE_PRODUCT, is_external};

/// How often a message is tried before a step is given up.
const TRIES: u32 = 10;

/// What the topics say of one order; each message once, however often it is there.
#[derive(Default)]
struct Story {
    /// Of an external producer there may be several.
    created: Vec<Value>,
    decreased: Vec<Value>,
    delivered: Vec<Value>,
    increased: Vec<Value>,
}

/// One kind of message in a story.
type Chapter = fn(&mut Story) -> &mut Vec<Value>;

pub(super) fn judge(evidence: &Evidence) -> Vec<String> {
    let stories = stories(evidence);
    let mut findings = Vec::new();
    for (order, story) in &stories {
        findings.extend(
            story_of(*order, story, evidence).into_iter().map(|what| format!("order {order} {what}")),
        );
    }
    findings.extend(stock(&stories, evidence));
    findings.extend(answers(evidence));
    for (order, (user, status)) in &evidence.orders {
        if !stories.contains_key(order) {
            findings.push(format!("order {order} of user {user} is {status}, and no message says so"));
        }
    }
    findings
}

fn stories(evidence: &Evidence) -> BTreeMap<i64, Story> {
    let mut stories: BTreeMap<i64, Story> = BTreeMap::new();
    let chapters: [(&str, Chapter); 4] = [
        ("order-created", |story| &mut story.created),
        ("product-decreased", |story| &mut story.decreased),
        ("delivery-created", |story| &mut story.delivered),
        ("increase-product-command", |story| &mut story.increased),
    ];
    for (topic, chapter) in chapters {
        let mut known = BTreeSet::new();
        for (partition, _, message) in evidence.messages(topic) {
            let value: Value = serde_json::from_slice(&message.value).unwrap();
            // An external message has no number: a repetition is recognised by its body.
            let id =
                identity(topic, partition, message).map_or_else(|| value.to_string(), |id| format!("{id:?}"));
            if known.insert(id) {
                let story = stories.entry(value["orderId"].as_i64().unwrap()).or_default();
                chapter(story).push(value);
            }
        }
    }
    stories
}

fn story_of(order: i64, story: &Story, evidence: &Evidence) -> Vec<String> {
    let Story { created, decreased, delivered, increased } = story;
    if created.is_empty() && is_external(order) {
        return external_compensation(story);
    }
    let [no_order, no_stock, no_delivery] =
        ["order", "product", "delivery"].map(|service| evidence.is_broken(service, order));
    let own = created.iter().any(|event| event["userId"] != 0);
    let mut findings = Vec::new();
    let mut times = |what: &str, count: usize, wanted: usize| {
        if count != wanted {
            findings.push(format!("was {what} {count} times, not {wanted}"));
        }
    };
    times("created", if own { created.len() } else { created.len().min(1) }, 1);
    times("answered by product", decreased.len(), usize::from(!no_stock));
    times("answered by delivery", delivered.len(), usize::from(!no_stock && !no_delivery));
    let taken = decreased.iter().any(|event| event["success"] == true);
    let completed = delivered.iter().any(|event| event["success"] == true);
    times("put back", increased.len(), usize::from(taken && !completed && !no_delivery));
    if completed && !taken {
        findings.push("is delivered, and its stock was not taken".into());
    }
    findings.extend(reasons(order, story, evidence));
    let deliveries = evidence.deliveries.values().filter(|row| row.0 == order).count();
    if deliveries != usize::from(completed) {
        findings.push(format!("has {deliveries} deliveries, completed: {completed}"));
    }
    let wanted = match (no_order || delivered.is_empty(), completed) {
        (true, _) => "PENDING",
        (false, true) => "COMPLETED",
        (false, false) => "CANCELLED",
    };
    match evidence.orders.get(&order) {
        Some((_, status)) if status != wanted => findings.push(format!("is {status}, not {wanted}")),
        None if own => findings.push("has no row".into()),
        Some((user, _)) if created.iter().any(|event| event["userId"] != *user) => {
            findings.push(format!("belongs to user {user}, and others were told otherwise"));
        }
        _ => {}
    }
    let step = evidence.steps.get(&order).map_or("missing", String::as_str);
    let step_wanted = match (delivered.is_empty(), completed) {
        (true, _) => "waiting",
        (false, true) => "done",
        (false, false) => "failed",
    };
    if step != step_wanted {
        findings.push(format!("has the delivery step {step}, not {step_wanted}"));
    }
    findings
}

/// No step has failed whose handler did not say no, and that was not tried often enough.
fn reasons(order: i64, story: &Story, evidence: &Evidence) -> Vec<String> {
    let failed = |events: &[Value]| events.iter().any(|event| event["success"] == false);
    let taken = story.decreased.iter().any(|event| event["success"] == true);
    let known = |event: &Value| evidence.stock.contains_key(&event["productId"].as_i64().unwrap());
    let mut findings = Vec::new();
    if failed(&story.decreased)
        // The product that comes late may not have been there.
        && story.decreased.iter().all(|event| known(event) && event["productId"] != LATE_PRODUCT)
        && !may_fail(order, [Place::Decrease, Place::Database("product")], evidence)
    {
        findings.push("failed at product for no reason".into());
    }
    if taken
        && failed(&story.delivered)
        && !may_fail(order, [Place::Deliver, Place::Database("delivery")], evidence)
    {
        findings.push("failed at delivery for no reason".into());
    }
    findings
}

fn may_fail(order: i64, places: [Place; 2], evidence: &Evidence) -> bool {
    let cases = places.map(|place| evidence.case(place, order));
    let tries: u32 = cases.iter().flatten().map(|case| case.failed).sum();
    // Other faults of the database may have failed some of the attempts.
    cases.iter().flatten().any(|case| case.rejected) || tries >= TRIES / 2
}

/// An external compensation concerns no service but product.
fn external_compensation(story: &Story) -> Vec<String> {
    let others = story.decreased.len() + story.delivered.len();
    if others == 0 { Vec::new() } else { vec!["exists for a compensation alone, and goes on".into()] }
}

fn stock(stories: &BTreeMap<i64, Story>, evidence: &Evidence) -> Vec<String> {
    let carried_out = carried_out(evidence);
    let quantity = |event: &Value| event["quantity"].as_i64().unwrap();
    let mut findings = Vec::new();
    for (product, (initial, now)) in &evidence.stock {
        let of = |event: &&Value| event["productId"] == *product;
        let taken =
            stories.values().flat_map(|story| &story.decreased).filter(|event| event["success"] == true);
        let taken: i64 = taken.filter(of).map(quantity).sum();
        let back = stories.iter().filter(|(order, _)| carried_out.contains(*order));
        let back: i64 = back.flat_map(|(_, story)| story.increased.first()).filter(of).map(quantity).sum();
        if *now != initial - taken + back {
            findings.push(format!(
                "of product {product}, {initial} less {taken} taken and {back} put back should be left, not {now}"
            ));
        }
    }
    findings
}

/// The orders with a compensation that is neither parked nor dead-lettered.
fn carried_out(evidence: &Evidence) -> BTreeSet<i64> {
    let product = evidence.unapplied.iter().find(|of| of.0 == "product");
    let unapplied: BTreeSet<(&str, i32, i64)> = product
        .into_iter()
        .flat_map(|(_, parked, dead)| {
            let left = dead.iter().filter(|(_, state)| *state != DeadState::Redriven);
            parked.iter().map(|row| &row.place).chain(left.map(|(row, _)| &row.place))
        })
        .map(|place| (place.topic.as_ref(), place.partition, place.offset))
        .collect();
    let topic = "increase-product-command";
    let commands = evidence.messages(topic);
    let handled =
        commands.filter(|(partition, offset, _)| !unapplied.contains(&(topic, *partition, *offset)));
    let order =
        |message: &Logged| serde_json::from_slice::<Value>(&message.value).unwrap()["orderId"].as_i64();
    handled.filter_map(|(.., message)| order(message)).collect()
}

/// Every client that got an answer got the right one, and no client got two orders.
fn answers(evidence: &Evidence) -> Vec<String> {
    let mut findings = Vec::new();
    for request in &evidence.requests {
        let user = i64::from(request.user);
        let rows: Vec<i64> =
            evidence.orders.iter().filter(|(_, row)| row.0 == user).map(|(id, _)| *id).collect();
        if rows.len() > 1 {
            findings.push(format!("user {user} asked once, and has the orders {rows:?}"));
        }
        for answer in &request.answers {
            if answer != &request.answers[0] && request.keyed {
                findings.push(format!("user {user} got two answers: {answer:?}, {:?}", request.answers[0]));
            }
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            if answer.status == 201 && !body["id"].as_i64().is_some_and(|id| rows.contains(&id)) {
                findings.push(format!("user {user} was promised {body}, and has the orders {rows:?}"));
            }
            if answer.status != 201 && !rows.is_empty() {
                findings.push(format!("user {user} was refused, and has the orders {rows:?}"));
            }
        }
    }
    findings
}
