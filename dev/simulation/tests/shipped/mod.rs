//! The shipped saga: its services, who asks them, and what its team knows.

mod audit;
mod team;

use delivery::DeliveryService;
use order::{OrderService, Request};
use order_contracts::events::{IncreaseProductCommand, OrderCreated, ProductDecreased};
use order_contracts::order::CreateOrder;
use order_contracts::product::Product;
use product::ProductService;
use saga_runtime::Rejection;
use saga_simulation::{Draw, Faults, Hosted, Saga};

use team::Orders;

pub(crate) fn saga() -> Saga {
    let order = Hosted::new(|_| OrderService::new(order_handlers::Handlers));
    let product = |faults: &Faults| ProductService::new(Watched(product_handlers::Handlers, faults.clone()));
    let delivery =
        |faults: &Faults| DeliveryService::new(Watched(delivery_handlers::Handlers, faults.clone()));
    let services = vec![
        order.asked("/orders", "user_id", create_order).any(),
        Hosted::new(product).any(),
        Hosted::new(delivery).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../saga.yaml"), services).known_by(Orders)
}

fn create_order(draw: &mut Draw) -> Request {
    let product_id = *draw.rng.one_of(&[1, 1, 1, 2, 3, 3, 99]).expect("some");
    // Mostly little, so that there is enough for several.
    let quantity = *draw.rng.one_of(&[1, 1, 1, 1, 2, 2, 3, 5, 0]).expect("some");
    let address = if draw.rng.happens(200) { " " } else { "Seoul" };
    Request::CreateOrder(CreateOrder {
        user_id: draw.number,
        product_id,
        quantity,
        price: 10,
        address: address.into(),
    })
}

/// The shipped handlers, watched for messages that overtake others.
struct Watched<H>(H, Faults);

impl order_contracts::product::Handlers for Watched<product_handlers::Handlers> {
    fn decrease_product(&self, product: &mut Product, order: &OrderCreated) -> Result<(), Rejection> {
        team::look_for_overtaking(&self.1, "product", order.order_id, order.quantity);
        self.0.decrease_product(product, order)
    }

    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand) {
        self.0.increase_product(product, command);
    }
}

impl order_contracts::delivery::Handlers for Watched<delivery_handlers::Handlers> {
    fn create_delivery(&self, order: &OrderCreated, product: &ProductDecreased) -> Result<(), Rejection> {
        team::look_for_overtaking(&self.1, "delivery", order.order_id, order.quantity);
        self.0.create_delivery(order, product)
    }
}
