//! Each transition that is proved of the saga is made in its services.

use courier::CourierService;
use food_contracts::courier::{AnswerOffer, Job, PickUp};
use food_contracts::events::{CourierOffered, MealAccepted, OfferAnswered, OrderPlaced};
use food_contracts::order::{Order, RequestCancel};
use food_contracts::restaurant::Restaurant;
use order::OrderService;
use restaurant::RestaurantService;
use saga_runtime::{Refusal, Rejection};
use saga_semantics::{AnyPlace, Books, Place, Saga, Script};

struct Handlers(Script);

impl food_contracts::order::Handlers for Handlers {
    fn request_cancel(&self, _: &mut Order, _: &RequestCancel) -> Result<(), Refusal> {
        self.0.does("request-cancel");
        Ok(())
    }
}

impl food_contracts::restaurant::Handlers for Handlers {
    fn accept_meal(&self, restaurant: &mut Restaurant, _: &OrderPlaced) -> Result<(), Rejection> {
        restaurant.capacity -= 1;
        self.0.decides("accept-meal")
    }

    fn return_meal(&self, restaurant: &mut Restaurant, _: &OrderPlaced, accepted: &MealAccepted) {
        assert!(accepted.success);
        restaurant.capacity += 1;
        self.0.does("return-meal");
    }
}

impl food_contracts::courier::Handlers for Handlers {
    fn answer_offer(&self, job: &mut Job, offered: &CourierOffered, _: &AnswerOffer) -> Result<(), Refusal> {
        assert_eq!((job.order_id, offered.success), (offered.order_id, true));
        self.0.does("answer-offer");
        Ok(())
    }

    fn pick_up(
        &self,
        job: &mut Job,
        order: &OrderPlaced,
        _: &MealAccepted,
        answered: &OfferAnswered,
        _: &PickUp,
    ) -> Result<(), Refusal> {
        assert_eq!((job.order_id, answered.accepted), (order.order_id, true));
        self.0.does("pick-up");
        Ok(())
    }

    fn offer_courier(&self, _: &OrderPlaced) -> Result<(), Rejection> {
        self.0.decides("offer-courier")
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(OrderService::new(handlers())).any(),
        Place::new(RestaurantService::new(handlers())).any(),
        Place::new(CourierService::new(handlers())).any(),
    ]
}

/// Each meal takes its place in the kitchen, and gives it back once.
fn meals_are_counted_once(books: &Books<'_>) -> Result<(), String> {
    let meals = books.effects("accept-meal");
    let left = books.numbers("restaurant", "restaurant_tb", "capacity");
    let expected = [("1".to_owned(), 3 - meals), ("2".to_owned(), 0)].into();
    if left == expected { Ok(()) } else { Err(format!("{meals} meals are accepted, and {left:?} is left")) }
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../saga.yaml", services).balanced(meals_are_counted_once).agrees();
}
