//! What a message costs the database when there is a backlog: statements and
//! flushes of the log. Counted, not timed, so a slow machine does not matter.
#![expect(clippy::print_stdout, reason = "it prints what it measured")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

use std::time::{Duration, Instant};

use e2e::scenarios::{order, start_delivery, start_order, start_product};
use e2e::{Instance, Message, Pair, Stage, wait_for};
use serde_json::json;

const BACKLOG: i64 = 50_000;
const BOUND: Duration = Duration::from_secs(180);
/// At most so many SQL statements a message.
const STATEMENTS: f64 = 0.05;
/// At most so many flushes of the write-ahead log a message.
const FLUSHES: f64 = 0.01;

#[test]
fn a_backlog_is_worked_off_in_batches() {
    let stage = Stage::new(Pair::Real);
    stage.topics().publish_all(
        "order-created",
        (1..=BACKLOG).map(|id| {
            let mut body = order(1 + id % 3, 1);
            body["orderId"] = json!(id);
            Message { key: Some(id.to_string()), ..Message::plain(&body) }
        }),
    );
    let product = measure(&stage, "product", BACKLOG, || start_product(&stage));
    // It reads OrderCreated and ProductDecreased.
    let delivery = measure(&stage, "delivery", 2 * BACKLOG, || start_delivery(&stage));
    let order = measure(&stage, "order", BACKLOG, || start_order(&stage));
    drop((product, delivery, order));
}

/// Starts a service on its backlog, and counts until it is worked off and published.
fn measure(stage: &Stage, service: &str, messages: i64, start: impl FnOnce() -> Instance) -> Instance {
    stage.reset_counts();
    let begun = Instant::now();
    let instance = start();
    wait_for(&format!("the backlog of {service}"), BOUND, || {
        std::thread::sleep(Duration::from_millis(200));
        (stage.applied(service) == (messages, 0)).then_some(())
    });
    let seconds = begun.elapsed().as_secs_f64();
    let (statements, flushes) = stage.counts(service);
    let (statements, flushes) = (statements as f64 / messages as f64, flushes as f64 / messages as f64);
    println!(
        "{service}: {messages} messages in {seconds:.1} s ({:.0}/s), {statements:.4} statements and \
         {flushes:.4} flushes a message",
        messages as f64 / seconds
    );
    assert!(statements <= STATEMENTS, "{service}: {statements} statements a message");
    assert!(flushes <= FLUSHES, "{service}: {flushes} flushes a message");
    instance
}
