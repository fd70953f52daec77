//! Whether every order ended exactly once, and the stock is what it must be.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Evidence;
use super::numbers::identity;

/// What the topics say of one order; each message once, however often it is there.
#[derive(Default)]
struct Story {
    created: Vec<Value>,
    decreased: Vec<Value>,
    delivered: Vec<Value>,
    increased: Vec<Value>,
}

/// One kind of message in a story.
type Chapter = fn(&mut Story) -> &mut Vec<Value>;

pub fn judge(evidence: &Evidence) -> Vec<String> {
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
            findings.push(format!("order {order} of user {user} is {status}, and nobody was told of it"));
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
        let mut known = Vec::new();
        for (partition, message) in evidence.messages(topic) {
            let value: Value = serde_json::from_slice(&message.value).unwrap();
            // A stranger's message is told from its repetition by what it says.
            let id =
                identity(topic, partition, message).map_or_else(|| value.to_string(), |id| format!("{id:?}"));
            if !known.contains(&id) {
                known.push(id);
                let story = stories.entry(value["orderId"].as_i64().unwrap()).or_default();
                chapter(story).push(value);
            }
        }
    }
    stories
}

fn story_of(order: i64, story: &Story, evidence: &Evidence) -> Vec<String> {
    let Story { created, decreased, delivered, increased } = story;
    let mut findings = Vec::new();
    let mut once = |what: &str, count: usize| {
        if count != 1 {
            findings.push(format!("was {what} {count} times"));
        }
    };
    once("created", created.len());
    once("answered by product", decreased.len());
    once("answered by delivery", delivered.len());
    let taken = decreased.iter().any(|event| event["success"] == true);
    let completed = delivered.iter().any(|event| event["success"] == true);
    let put_back = usize::from(taken && !completed);
    if increased.len() != put_back {
        findings.push(format!("should have been put back {put_back} times, and was {}", increased.len()));
    }
    if completed && !taken {
        findings.push("is delivered, and its stock was not taken".into());
    }
    let deliveries = evidence.deliveries.values().filter(|of| **of == order).count();
    if deliveries != usize::from(completed) {
        findings.push(format!("has {deliveries} deliveries, completed: {completed}"));
    }
    let wanted = if completed { "COMPLETED" } else { "CANCELLED" };
    let own = created.iter().any(|event| event["userId"] != 0);
    match evidence.orders.get(&order) {
        Some((_, status)) if status != wanted => findings.push(format!("is {status}, not {wanted}")),
        None if own => findings.push("has no row".into()),
        Some((user, _)) if created.iter().any(|event| event["userId"] != *user) => {
            findings.push(format!("belongs to user {user}, and others were told otherwise"));
        }
        _ => {}
    }
    let step = evidence.steps.get(&order).map_or("missing", String::as_str);
    let step_wanted = if completed { "done" } else { "failed" };
    if step != step_wanted {
        findings.push(format!("has the delivery step {step}, not {step_wanted}"));
    }
    findings
}

fn stock(stories: &BTreeMap<i64, Story>, evidence: &Evidence) -> Vec<String> {
    let mut findings = Vec::new();
    for (product, (initial, now)) in &evidence.stock {
        let completed =
            stories.values().filter(|story| story.delivered.iter().any(|event| event["success"] == true));
        let sold: i64 = completed
            .flat_map(|story| story.created.first())
            .filter(|event| event["productId"] == *product)
            .map(|event| event["quantity"].as_i64().unwrap())
            .sum();
        if *now != initial - sold {
            findings
                .push(format!("of product {product}, {initial} less {sold} sold should be left, not {now}"));
        }
    }
    findings
}

/// Whoever got an answer got the right one, and nobody two orders.
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
