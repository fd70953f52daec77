//! What an operator sees of the running saga.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use e2e::scenarios::{Saga, external_order, order, start_delivery, start_order, start_product};
use e2e::{Instance, Message, Pair, Samples, Stage, wait_for};
use order_contracts::events::{IncreaseProductCommand, OrderCreated};
use order_contracts::product::{Handlers, Product};
use product::ProductService;
use saga_runtime::Rejection;
use serde_json::json;

/// The metrics of `service` once it is at rest: as many messages consumed as there are to consume, and
/// everything acknowledged.
fn at_rest(service: &Instance, consumed: f64) -> Samples {
    wait_for("the service to come to rest", Duration::from_secs(20), || {
        let samples = service.metrics();
        let rests = samples.sum("saga_messages_consumed_total") == Some(consumed)
            && samples.get("saga_outbox_messages") == Some(0.0)
            && samples.sum("saga_consumer_lag_messages") == Some(0.0);
        rests.then_some(samples)
    })
}

fn assert_all(samples: &Samples, expected: &[(&str, f64)]) {
    let differs = |(sample, value): &&(&str, f64)| samples.get(sample) != Some(*value);
    let wrong: Vec<_> =
        expected.iter().filter(differs).map(|(sample, value)| (sample, value, samples.get(sample))).collect();
    assert!(wrong.is_empty(), "expected and found: {wrong:#?}");
}

/// One order of each outcome: what every service has counted is exact.
#[test]
fn the_outcomes_are_counted() {
    let saga = Saga::start(Pair::Embedded);
    let mut blank = order(1, 4);
    blank["address"] = json!("  ");
    for placed in [order(1, 1), order(1, 11), blank, order(99, 1)] {
        saga.end_of(&placed);
    }
    assert_eq!(saga.order.post("/orders", &[], &order(1, 0)).status, 400);
    assert_eq!(saga.order.get("/elsewhere").status, 404);

    let order = at_rest(&saga.order, 4.0);
    assert_all(
        &order,
        &[
            ("saga_build_info{saga=\"order\",service=\"order\",version=\"0.1.0\"}", 1.0),
            ("saga_messages_consumed_total{topic=\"delivery-created\"}", 4.0),
            ("saga_messages_applied_total{topic=\"delivery-created\"}", 4.0),
            ("saga_messages_duplicate_total{topic=\"delivery-created\"}", 0.0),
            ("saga_messages_published_total", 4.0),
            ("saga_deliveries_failed_total", 0.0),
            ("saga_begun_total", 4.0),
            ("saga_ended_total{outcome=\"done\"}", 1.0),
            ("saga_ended_total{outcome=\"failed\"}", 3.0),
            ("saga_take_overs_total", 4.0),
            ("saga_lost_comparisons_total", 0.0),
            ("saga_partitions_stopped", 0.0),
            ("saga_outbox_oldest_age_seconds", 0.0),
            ("saga_batch_messages_sum{lane=\"messages\"}", 4.0),
            ("saga_batch_messages_sum{lane=\"requests\"}", 5.0),
            ("saga_http_requests_total{method=\"POST\",route=\"/orders\",status=\"201\"}", 4.0),
            ("saga_http_requests_total{method=\"POST\",route=\"/orders\",status=\"400\"}", 1.0),
            ("saga_http_requests_total{method=\"other\",route=\"other\",status=\"404\"}", 1.0),
            ("saga_http_request_duration_seconds_count{method=\"POST\",route=\"/orders\"}", 5.0),
        ],
    );
    assert!(order.sum("saga_batch_duration_seconds_sum").unwrap() > 0.0);

    assert_all(
        &at_rest(&saga.product, 5.0),
        &[
            ("saga_messages_applied_total{topic=\"order-created\"}", 4.0),
            ("saga_messages_applied_total{topic=\"increase-product-command\"}", 1.0),
            ("saga_rejections_total{step=\"decrease-product\"}", 2.0),
            ("saga_messages_published_total", 4.0),
            ("saga_begun_total", 0.0),
        ],
    );
    assert_all(
        &at_rest(&saga.delivery, 8.0),
        &[
            ("saga_messages_applied_total{topic=\"order-created\"}", 4.0),
            ("saga_messages_applied_total{topic=\"product-decreased\"}", 4.0),
            ("saga_rejections_total{step=\"create-delivery\"}", 1.0),
            ("saga_messages_published_total", 5.0),
        ],
    );
}

/// An order that makes no progress is open for longer and longer; the other services have no such rows.
#[test]
fn the_age_of_the_oldest_open_order_is_told() {
    const AGE: &str = "saga_open_oldest_age_seconds{table=\"order_tb\"}";
    const BOUND: Duration = Duration::from_secs(20);
    let stage = Stage::new(Pair::Embedded);
    let service = start_order(&stage);
    let age = || service.metrics().get(AGE);
    wait_for("a first look", BOUND, || (age() == Some(0.0)).then_some(()));
    assert_eq!(service.post("/orders", &[], &order(1, 1)).status, 201);
    let before = wait_for("an open order", BOUND, || age().filter(|age| *age > 0.0));
    assert!(before < BOUND.as_secs_f64(), "{before}");
    wait_for("it to grow older", BOUND, || age().filter(|age| *age > before));
    let others = (start_product(&stage), start_delivery(&stage));
    wait_for("its end", BOUND, || (age() == Some(0.0)).then_some(()));
    assert_eq!(others.0.metrics().sum("saga_open_oldest_age_seconds"), None);
}

/// A repeat is dropped, and one that comes before its turn is held: both are counted.
#[test]
fn repeats_and_what_comes_too_early_are_counted() {
    let saga = Saga::start(Pair::Embedded);
    saga.end_of(&order(1, 1));
    let topics = saga.stage.topics();
    let message = topics.read("order-created").remove(0);
    topics.publish("order-created", &message);
    let mut early = message.clone();
    for (_, value) in early.headers.iter_mut().filter(|(name, _)| name == "saga-seq") {
        assert!(value.ends_with("|1"), "{value}");
        *value = format!("{}|9", value.strip_suffix("|1").unwrap());
    }
    topics.publish("order-created", &early);

    let product = at_rest(&saga.product, 3.0);
    let held = format!("saga_held_messages{{topic=\"order-created\",partition=\"{}\"}}", message.partition);
    assert_all(
        &product,
        &[
            ("saga_messages_applied_total{topic=\"order-created\"}", 1.0),
            ("saga_messages_duplicate_total{topic=\"order-created\"}", 1.0),
            (&held, 1.0),
        ],
    );
    assert_eq!(product.sum("saga_held_messages"), Some(1.0));
}

/// The decisions of `product`, which panic while they are broken.
struct Fragile(Arc<AtomicBool>);

impl Handlers for Fragile {
    fn decrease_product(&self, product: &mut Product, order: &OrderCreated) -> Result<(), Rejection> {
        assert!(!self.0.load(Ordering::Relaxed), "the handler is broken");
        product_handlers::Handlers.decrease_product(product, order)
    }

    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand) {
        product_handlers::Handlers.increase_product(product, command);
    }
}

/// Parked messages are counted by reason, until they are applied.
#[test]
fn parked_messages_and_dead_letters_are_counted() {
    let stage = Stage::new(Pair::Embedded);
    let broken = Arc::new(AtomicBool::new(true));
    let product = Instance::start(&stage, ProductService::new(Fragile(broken.clone())));
    // Two messages of one key, and one that is no message at all.
    let garbage = Message { value: "{".into(), ..external_order(8, 1) };
    for message in [external_order(7, 1), external_order(7, 2), garbage] {
        stage.topics().publish("order-created", &message);
    }
    let samples = at_rest(&product, 3.0);
    let parked =
        |reason| format!("saga_messages_parked_total{{topic=\"order-created\",reason=\"{reason}\"}}");
    assert_all(
        &samples,
        &[
            (&parked("panic"), 1.0),
            (&parked("behind"), 1.0),
            ("saga_messages_dead_total{topic=\"order-created\",reason=\"undecodable\"}", 1.0),
            ("saga_messages_applied_total{topic=\"order-created\"}", 0.0),
            ("saga_partitions_stopped", 0.0),
        ],
    );
    assert_eq!(samples.sum("saga_parked_keys"), Some(1.0));

    broken.store(false, Ordering::Relaxed);
    let samples = wait_for("parked messages", Duration::from_secs(20), || {
        let samples = product.metrics();
        (samples.sum("saga_parked_keys") == Some(0.0)).then_some(samples)
    });
    assert_all(
        &samples,
        &[
            ("saga_messages_consumed_total{topic=\"order-created\"}", 3.0),
            ("saga_messages_applied_total{topic=\"order-created\"}", 2.0),
        ],
    );
    // Three new ones, and two that were tried again, if not more often.
    assert!(samples.get("saga_batch_messages_sum{lane=\"messages\"}").unwrap() >= 5.0);
}
