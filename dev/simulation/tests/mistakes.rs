//! Handlers with mistakes of the kinds that teams make: each is noticed within few seeds, and told so that who has
//! not seen the simulation before knows where to look.

use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use delivery::DeliveryService;
use order::{OrderService, Request};
use order_contracts::events::{IncreaseProductCommand, OrderCreated};
use order_contracts::order::CreateOrder;
use order_contracts::product::{Handlers, Product};
use product::ProductService;
use saga_runtime::Rejection;
use saga_simulation::{Draw, Evidence, Hosted, Saga, Team, live};

/// Handlers of `product` that decide as the shipped ones do, but for one thing.
struct Mistaken {
    take: fn(&mut Product, &OrderCreated) -> Result<(), Rejection>,
    give_back: fn(&mut Product, &IncreaseProductCommand),
}

impl Handlers for Mistaken {
    fn decrease_product(&self, product: &mut Product, order: &OrderCreated) -> Result<(), Rejection> {
        (self.take)(product, order)
    }

    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand) {
        (self.give_back)(product, command);
    }
}

const RIGHT: Mistaken = Mistaken { take, give_back };

fn take(product: &mut Product, order: &OrderCreated) -> Result<(), Rejection> {
    product_handlers::Handlers.decrease_product(product, order)
}

fn give_back(product: &mut Product, command: &IncreaseProductCommand) {
    product_handlers::Handlers.increase_product(product, command);
}

/// Every third order is rejected, whichever it is.
const COUNTS: Mistaken = Mistaken {
    take: |product, order| {
        static ASKED: AtomicI32 = AtomicI32::new(0);
        match ASKED.fetch_add(1, Ordering::Relaxed) % 3 {
            0 => Err(Rejection::because("every third is too many")),
            _ => take(product, order),
        }
    },
    ..RIGHT
};

const PANICS: Mistaken = Mistaken {
    take: |product, order| {
        let shares = ["0", "1/1", "1/2", "1/3"];
        assert!(!shares[usize::try_from(order.quantity).unwrap_or_default()].is_empty());
        take(product, order)
    },
    ..RIGHT
};

/// Closed on every second day. Not a moment from one second to the next shows it.
const READS_THE_CLOCK: Mistaken = Mistaken {
    take: |product, order| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        match now.as_secs() / 86_400 % 2 {
            0 => Err(Rejection::because("closed today")),
            _ => take(product, order),
        }
    },
    ..RIGHT
};

const GIVES_BACK_TOO_MUCH: Mistaken =
    Mistaken { give_back: |product, command| product.quantity += command.quantity + 1, ..RIGHT };

const GIVES_NOTHING_BACK: Mistaken = Mistaken { give_back: |_, _| {}, ..RIGHT };

const OVERSELLS: Mistaken = Mistaken {
    take: |product, order| {
        product.quantity -= order.quantity;
        Ok(())
    },
    ..RIGHT
};

/// What the team of `docs/own-saga.md` adds.
struct Stock;

impl Team for Stock {
    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let rows = evidence.rows("product", "product_tb");
        let sold = rows.filter(|row| row.number("quantity") < 0);
        sold.map(|row| format!("product {} is oversold", row.get("id"))).collect()
    }
}

/// The shipped saga with a mistake. Nobody from outside takes part, and no database is repaired.
macro_rules! mistaken {
    ($handlers:expr) => {{
        let services = vec![
            Hosted::new(|_| OrderService::new(order_handlers::Handlers))
                .asked("/orders", "user_id", create_order)
                .any(),
            Hosted::new(|_| ProductService::new($handlers)).any(),
            Hosted::new(|_| DeliveryService::new(delivery_handlers::Handlers)).any(),
        ];
        Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../saga.yaml"), services).known_by(Stock)
    }};
}

/// Mostly few pieces, so that there is enough for several orders.
fn create_order(draw: &mut Draw) -> Request {
    let product_id = *draw.rng.one_of(&[1, 1, 2, 3]).expect("some");
    let quantity = *draw.rng.one_of(&[1, 1, 1, 2, 3, 5]).expect("some");
    let address = if draw.rng.happens(300) { " " } else { "Seoul" }.to_owned();
    Request::CreateOrder(CreateOrder { user_id: draw.number, product_id, quantity, price: 10, address })
}

/// What the simulation of a saga says when it fails.
fn told(saga: Saga) -> String {
    // Nothing else in this process reads it meanwhile: the tests of this file wait for one another.
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| live(saga, "mistaken")));
    let panic = told.expect_err("it was not noticed");
    let told = panic.downcast_ref::<String>().cloned().expect("a text");
    eprintln!("{told}\n");
    told
}

fn expect(saga: Saga, parts: &[&str]) {
    let told = told(saga);
    for part in parts {
        assert!(told.contains(part), "it does not say `{part}`");
    }
}

#[test]
fn the_same_handlers_without_a_mistake_are_well() {
    live(mistaken!(RIGHT), "right");
}

#[test]
fn a_handler_that_counts_is_not_deterministic() {
    expect(
        mistaken!(COUNTS),
        &[
            "the handler of decrease-product of instance ",
            " in product is not deterministic: asked again with the same rows and messages, it says",
            "rejected (every third is too many)",
            "the story of instance ",
        ],
    );
}

#[test]
fn a_handler_that_panics_is_named_with_its_line() {
    expect(
        mistaken!(PANICS),
        &[
            ": the handler of decrease-product in product panics: index out of bounds: the len is 4 but the index is 5, at ",
            "tests/mistakes.rs:",
            "order publishes OrderCreated {",
            "\"quantity\":5",
        ],
    );
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[test]
fn a_handler_that_reads_the_clock_is_seen_doing_so() {
    expect(
        mistaken!(READS_THE_CLOCK),
        &[
            " in product reads the clock: asked again with the same rows and messages at another time, it says",
            "rejected (closed today)",
        ],
    );
}

#[test]
fn a_compensation_that_gives_back_too_much_is_reckoned_up() {
    expect(
        mistaken!(GIVES_BACK_TOO_MUCH),
        &[
            ": what the compensation of decrease-product gives back is not what decrease-product took: quantity of ",
            " in product_tb was changed by -",
            ", and then by ",
            "Team::may_remain",
            "product decides increase-product: success; quantity of ",
        ],
    );
}

#[test]
fn a_compensation_that_gives_nothing_back_is_reckoned_up() {
    expect(
        mistaken!(GIVES_NOTHING_BACK),
        &[" in product_tb was changed by -", ", and that was never undone"],
    );
}

#[test]
fn what_the_team_counts_on_is_told_with_the_instances_that_broke_it() {
    expect(
        mistaken!(OVERSELLS),
        &[
            " is oversold",
            "the story of ",
            " in product_tb:\n",
            ": product decides decrease-product: success; quantity of ",
            " → -",
        ],
    );
}
