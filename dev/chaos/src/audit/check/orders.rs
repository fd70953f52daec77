//! Whether every order that was accepted ended once, with all that belongs to it.

use std::collections::{BTreeMap, HashMap};

use super::super::Posted;
use super::super::evidence::{Evidence, RequestRow, Status};
use super::super::report::Finding;
use super::super::wire::address;
use super::Invariant;
use super::instance::{End, Instance, Instances};

/// The step that waits for several messages.
const STEP: &str = "create-delivery";

pub(super) fn check(evidence: &Evidence, instances: &Instances<'_>) -> Finding {
    let mut finding = Finding::new(Invariant::Orders, "orders and requests");
    answers(evidence, instances, &mut finding);
    let mut modes: HashMap<&str, &str> = HashMap::new();
    for row in evidence.of("delivery").steps.iter().filter(|row| row.step == STEP) {
        modes.insert(&row.correlation, &row.mode);
    }
    for (order, instance) in &instances.all {
        finding.look(1);
        let mode = modes.get(order.to_string().as_str()).copied();
        if let Some(what) = flaw(instance, mode) {
            finding.violated(*order, || format!("order {order} {what}"));
        }
    }
    finding
}

/// Requests, answers and rows belong to each other.
fn answers(evidence: &Evidence, instances: &Instances<'_>, finding: &mut Finding) {
    let posted: HashMap<&str, &Posted> =
        evidence.posted.iter().map(|posted| (posted.key.as_str(), posted)).collect();
    let requests: HashMap<&str, &RequestRow> =
        evidence.requests.iter().map(|request| (request.key.as_str(), request)).collect();
    for posted in &evidence.posted {
        finding.look(1);
        let stored = requests.get(posted.key.as_str()).and_then(|request| accepted(request));
        // Without an answer, it may never have come.
        if posted.answer.is_some() && posted.answer != stored {
            finding.violated(posted.answer, || {
                format!(
                    "{} was answered with order {:?}, and remembered with {stored:?}",
                    posted.key, posted.answer
                )
            });
        }
    }
    let mut owners: BTreeMap<i64, &str> = BTreeMap::new();
    for request in &evidence.requests {
        finding.look(1);
        let Some(order) = accepted(request) else { continue };
        if let Some(other) = owners.insert(order, &request.key) {
            finding.violated(order, || format!("order {order} answers {other} and {}", request.key));
        }
        match posted.get(request.key.as_str()) {
            None => finding.violated(order, || {
                format!("order {order} answers {}, which no customer posted", request.key)
            }),
            Some(posted) => {
                if let Some(what) = misfit(instances.all.get(&order), posted) {
                    finding.violated(order, || format!("order {order} {what}"));
                }
            }
        }
    }
    for order in evidence.orders.keys().filter(|order| !owners.contains_key(order)) {
        finding.violated(*order, || format!("order {order} answers no request"));
    }
}

/// The order that a request became.
fn accepted(request: &RequestRow) -> Option<i64> {
    request.order.filter(|_| request.status == 201)
}

/// What an order has that was not posted.
fn misfit(instance: Option<&Instance<'_>>, posted: &Posted) -> Option<String> {
    let Some((instance, row)) = instance.and_then(|instance| Some((instance, instance.row?))) else {
        return Some("was accepted, and has no row".into());
    };
    if (row.user, row.product, row.quantity) != (posted.user, posted.product, posted.quantity) {
        return Some(format!("is {row:?}, and was posted as {posted:?}"));
    }
    let told = instance.asked.map(|said| said.address);
    let other =
        told.into_iter().chain(instance.deliveries.iter().copied()).any(|to| to != address(&posted.address));
    other.then(|| format!("has another address than {:?}, which was posted", posted.address))
}

/// What is wrong with how an order ended. Those that did not end are for
/// another invariant.
fn flaw(instance: &Instance<'_>, mode: Option<&str>) -> Option<String> {
    if let Some(Status::Unknown(status)) = instance.row.map(|row| &row.status) {
        return Some(format!("is {status}"));
    }
    if !instance.is_wanted() {
        return Some("was announced, and no customer placed it".into());
    }
    let asked = instance.asked.map(|said| (said.product, said.quantity));
    if instance.row.is_some_and(|row| instance.created > 0 && asked != Some((row.product, row.quantity))) {
        return Some("has a row that differs from what was told of it".into());
    }
    if instance.mistaken {
        return Some("asked for something else than was taken or put back".into());
    }
    match instance.end()? {
        End::Completed => completed(instance, mode),
        End::Cancelled => cancelled(instance, mode),
    }
}

fn completed(instance: &Instance<'_>, mode: Option<&str>) -> Option<String> {
    let [to] = instance.deliveries.as_slice() else {
        return Some(format!("is completed, and has {} deliveries", instance.deliveries.len()));
    };
    let wanted = instance.asked.map(|said| said.address);
    let wrong = match () {
        () if wanted.is_some_and(|wanted| wanted != *to) => "is delivered to another address than was told",
        () if instance.taken == 0 => "is completed, and its stock was not taken",
        () if instance.put_back > 0 => "is completed, and its stock was put back",
        () if instance.delivered == 0 => "is completed, and delivery did not say so",
        () if instance.undelivered > 0 => "is completed, and delivery failed it",
        () if mode != Some("done") => return Some(format!("is completed, and its {STEP} is {mode:?}")),
        () => return None,
    };
    Some(wrong.into())
}

fn cancelled(instance: &Instance<'_>, mode: Option<&str>) -> Option<String> {
    let wrong = match () {
        () if !instance.deliveries.is_empty() => "is cancelled, and has a delivery",
        () if instance.taken > 0 && instance.put_back == 0 => "is cancelled, and its stock was not put back",
        () if instance.taken == 0 && instance.put_back > 0 => "had no stock, and some was put back",
        () if instance.undelivered == 0 => "is cancelled, and delivery did not say so",
        () if instance.delivered > 0 => "is cancelled, and delivery accepted it",
        () if mode != Some("failed") => return Some(format!("is cancelled, and its {STEP} is {mode:?}")),
        () => return None,
    };
    Some(wrong.into())
}
