//! The saga `food` as it is simulated: with the team's own handlers, and with customers and couriers who act as they
//! like.

use std::collections::BTreeSet;

use courier::CourierService;
use food_contracts::order::PlaceOrder;
use food_contracts::restaurant::Restaurant;
use order::{OrderService, Request};
use restaurant::RestaurantService;
use saga_simulation::{Draw, Evidence, Hosted, Saga, Team};

/// The saga, with the services in the order of the file.
pub fn saga() -> Saga {
    let services = vec![
        Hosted::new(|_| OrderService::new(order_handlers::Handlers))
            .asked("/orders", "meal", place_order)
            .any(),
        Hosted::new(|_| RestaurantService::new(restaurant_handlers::Handlers)).filled(a_canteen).any(),
        Hosted::new(|_| CourierService::new(courier_handlers::Handlers)).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../saga.yaml"), services).known_by(Kitchens)
}

/// The restaurants: with room for three meals, for none, and for many; and one that does not exist.
const RESTAURANTS: [i64; 6] = [1, 2, CANTEEN, CANTEEN, CANTEEN, 4];
const CANTEEN: i64 = 3;
const ROOM: i32 = 1_000;

fn a_canteen(rows: &mut restaurant::Rows) {
    rows.restaurant.insert(Restaurant { id: CANTEEN, capacity: ROOM }).expect("a new row");
}

/// A meal, which is called by its number.
fn place_order(draw: &mut Draw) -> Request {
    let address = if draw.rng.happens(100) { "the island" } else { "1 Main Street" };
    Request::PlaceOrder(PlaceOrder {
        restaurant_id: *draw.rng.one_of(&RESTAURANTS).expect("some"),
        meal: draw.number.to_string(),
        address: address.to_owned(),
    })
}

/// A kitchen has as much less room as it has accepted meals and not got them back.
struct Kitchens;

impl Team for Kitchens {
    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let mut findings = Vec::new();
        for row in evidence.rows("restaurant", "restaurant_tb") {
            let (restaurant, left) = (row.number("id"), row.number("capacity"));
            let mut first = evidence.first_rows("restaurant", "restaurant_tb");
            let first = first.find(|first| first.number("id") == restaurant);
            let first = first.map_or(ROOM.into(), |first| first.number("capacity"));
            let taken = accepted(evidence, restaurant).len() as i64;
            if left != first - taken {
                findings
                    .push(format!("{taken} meals take room in restaurant {restaurant}, and {left} is left"));
            }
        }
        findings
    }
}

/// The orders whose meals take room in a restaurant: no failure that it knows of has given it back.
fn accepted(evidence: &Evidence, restaurant: i64) -> BTreeSet<&str> {
    let failed = |order: &str| {
        let mut picked_up = evidence.messages("meal-picked-up").filter(|it| it.correlation == order);
        picked_up.any(|it| it.body["success"] == false && !evidence.is_unhandled("restaurant", it))
    };
    let is_there = |order: &str| {
        let mut placed = evidence.messages("order-placed").filter(|it| it.correlation == order);
        placed.any(|it| it.body["restaurantId"] == restaurant)
    };
    let accepted = evidence.messages("meal-accepted").filter(|it| it.body["success"] == true);
    accepted.map(|it| it.correlation.as_str()).filter(|order| is_there(order) && !failed(order)).collect()
}
