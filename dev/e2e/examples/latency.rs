//! How long an order takes on the embedded default, at a steady rate: from its
//! POST until the service says COMPLETED.
//!
//! `cargo run -p e2e --example latency [ORDERS_PER_SECOND] [SECONDS]`
#![expect(clippy::print_stdout, reason = "it prints what it measured")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement that cannot go on says so and ends"
)]

use std::time::{Duration, Instant};

use e2e::Pair;
use e2e::scenarios::{Saga, order};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u32>().expect("a number"));
    let (rate, seconds) = (arguments.next().unwrap_or(20), arguments.next().unwrap_or(20));
    let saga = Saga::start(Pair::Embedded);
    saga.stage.execute("product", "UPDATE product_tb SET quantity = 1000000");
    let orders = rate * seconds;
    let begun = Instant::now();
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let orders: Vec<_> = (0..orders)
            .map(|n| {
                let saga = &saga;
                scope.spawn(move || {
                    std::thread::sleep((Duration::from_secs(1) / rate * n).saturating_sub(begun.elapsed()));
                    completed_after(saga)
                })
            })
            .collect();
        orders.into_iter().map(|order| order.join().unwrap()).collect()
    });
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{} orders at {rate}/s: p50 {:?}, p99 {:?}, longest {:?}",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

fn completed_after(saga: &Saga) -> Duration {
    let start = Instant::now();
    let posted = saga.order.post("/orders", &[], &order(1, 1));
    let path = posted.location.expect("an order");
    loop {
        if saga.order.get(&path).body["status"] == "COMPLETED" {
            return start.elapsed();
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{path} does not end");
        std::thread::sleep(Duration::from_millis(2));
    }
}
