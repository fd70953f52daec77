//! Kafka and PostgreSQL go away in the middle of a load, and come back. Ignored in an ordinary
//! `cargo test`, because it takes minutes; `cargo xtask test` runs it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use e2e::scenarios::{order, start_delivery, start_order, start_product};
use e2e::{Instance, Stage, wait_for};
use serde_json::json;
use testbed::repo;
use testbed::{Infra, Purpose};

/// How long each outage lasts; `OUTAGE_SECONDS` says otherwise.
fn outage() -> Duration {
    let seconds = std::env::var("OUTAGE_SECONDS").map(|text| text.parse().expect("a number of seconds"));
    Duration::from_secs(seconds.unwrap_or(30))
}

const BETWEEN: Duration = Duration::from_secs(5);
const STOCK: i64 = 1_000_000;

#[test]
#[ignore = "takes minutes, and starts servers of its own"]
fn an_outage_of_kafka_and_one_of_postgres_lose_nothing() {
    let mut infra = Infra::start(Purpose::Test, &repo::root()).expect("servers");
    let stage = Stage::on(infra.brokers().to_owned(), infra.admin_url());
    let (orders, product, delivery) = (start_order(&stage), start_product(&stage), start_delivery(&stage));
    let second = start_product(&stage);
    stage.execute("product", &format!("UPDATE product_tb SET quantity = {STOCK} WHERE id = 1"));

    let stop = AtomicBool::new(false);
    let accepted = thread::scope(|scope| {
        let load = scope.spawn(|| place_orders(&orders, &stop));
        thread::sleep(BETWEEN);
        let kafka = infra.kafka().expect("it is ours");
        kafka.kill().expect("the broker ends");
        thread::sleep(outage());
        kafka.start().expect("the broker is back");
        thread::sleep(BETWEEN);
        let postgres = infra.postgres().expect("it is ours");
        postgres.kill().expect("the server ends");
        thread::sleep(outage());
        postgres.start().expect("the server is back");
        thread::sleep(BETWEEN);
        stop.store(true, Ordering::Relaxed);
        load.join().expect("the load")
    });
    assert!(accepted > 100, "{accepted} orders are no load");

    let left = || stage.query("order", "SELECT count(*) FROM order_tb WHERE status = 'PENDING'");
    wait_for("every order to end", Duration::from_secs(90), || (left() == 0).then_some(()));
    let count = |status: &str| {
        stage.query("order", &format!("SELECT count(*) FROM order_tb WHERE status = '{status}'"))
    };
    assert_eq!(
        (count("COMPLETED"), count("CANCELLED")),
        (accepted, 0),
        "nothing failed because of an outage"
    );
    let stock = stage.query("product", "SELECT quantity::bigint FROM product_tb WHERE id = 1");
    assert_eq!(stock, STOCK - accepted);
    assert_eq!(stage.query("delivery", "SELECT count(*) FROM delivery_tb"), accepted);
    for (name, instance) in
        [("order", &orders), ("product", &product), ("product", &second), ("delivery", &delivery)]
    {
        assert_eq!(instance.get("/readyz").body["stopped"], json!({}), "{name}");
        for table in ["saga_held", "saga_parked", "saga_dead"] {
            assert_eq!(stage.query(name, &format!("SELECT count(*) FROM {table}")), 0, "{table} of {name}");
        }
    }
}

/// Places orders until told to stop, and each again until it is answered. Returns how many.
fn place_orders(service: &Instance, stop: &AtomicBool) -> i64 {
    let body = order(1, 1).to_string();
    let mut accepted = 0;
    while !stop.load(Ordering::Relaxed) {
        let key = format!("order-{accepted}");
        let begun = Instant::now();
        let answered = || {
            let reply = service.try_post("/orders", &[("idempotency-key", &key)], &body)?;
            assert!([201, 503].contains(&reply.status), "{reply:?}");
            (reply.status == 201).then_some(())
        };
        while answered().is_none() {
            assert!(begun.elapsed() < 3 * outage(), "{key} is not taken");
            thread::sleep(Duration::from_millis(100));
        }
        accepted += 1;
        thread::sleep(Duration::from_millis(20));
    }
    accepted
}
