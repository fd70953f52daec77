// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `restaurant`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use food_contracts::events::{MealAccepted, MealPickedUp, OrderPlaced};
use food_contracts::flow::{FLOW, message, service, step};
use food_contracts::restaurant::{Handlers, Restaurant};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Fault, Flow, Halt, Inputs, Outcome,
    Refusal, RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema,
    Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `restaurant`.
pub struct RestaurantService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order-placed`.
    OrderPlaced(OrderPlaced),
    /// From topic `meal-picked-up`.
    MealPickedUp(MealPickedUp),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `restaurant_tb`.
    pub restaurant: Table<Restaurant>,
    /// What `accept-meal` has seen of each saga.
    pub accept_meal: StepRows<AcceptMealInputs>,
}

/// What `accept-meal` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AcceptMealInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
    /// `MealAccepted`, once it has published it.
    pub meal_accepted: Option<MealAccepted>,
}

impl Inputs for AcceptMealInputs {
    const STEP: &'static str = "accept-meal";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.order_placed.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::OrderPlaced(event) = message {
            self.order_placed = Some(event.clone());
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.restaurant]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.accept_meal]
    }
}

impl<H: Handlers> Service for RestaurantService<H> {
    const SAGA: &'static str = "food";
    const NAME: &'static str = "restaurant";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[OrderPlaced::TOPIC, MealPickedUp::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[MealAccepted::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("accept-meal", &[OrderPlaced::TOPIC]),
        ("return-meal", &[MealPickedUp::TOPIC]),
    ];
    const AT: usize = service::RESTAURANT;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Restaurant>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Restaurant>("/restaurants")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderPlaced::TOPIC => saga_runtime::decode(body).map(Input::OrderPlaced),
            MealPickedUp::TOPIC => saga_runtime::decode(body).map(Input::MealPickedUp),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderPlaced(_) => message::ORDER_PLACED,
            Input::MealPickedUp(event) => match Outcome::of(event.success) {
                Outcome::Success => message::MEAL_PICKED_UP_SUCCESS,
                Outcome::Failure => message::MEAL_PICKED_UP_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::OrderPlaced(event) => &event.order_id,
            Input::MealPickedUp(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::ACCEPT_MEAL => Some(&mut rows.accept_meal),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if step == step::ACCEPT_MEAL {
            if let Some(Input::OrderPlaced(order_placed)) = at.input {
                rows.restaurant.lock(&order_placed.restaurant_id);
            } else if let Some(order_placed) = &rows.accept_meal.inputs(at.key).order_placed {
                rows.restaurant.lock(&order_placed.restaurant_id);
            }
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::ACCEPT_MEAL => self.accept_meal(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::ACCEPT_MEAL => fail_accept_meal(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn compensate(&self, step: usize, cx: &mut Context<'_>) -> Result<(), Fault> {
        match step {
            step::ACCEPT_MEAL => self.return_meal(cx),
            _ => Err(Fault::Unexpected { step: Self::name_of(step) }),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> RestaurantService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `accept-meal`: on `OrderPlaced`, changes the `Restaurant` and publishes
    /// `MealAccepted`.
    fn accept_meal(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.accept_meal.inputs(cx.key);
        let Some(order_placed) = &inputs.order_placed else {
            return Err(Halt::unexpected("accept-meal"));
        };
        cx.rows.restaurant.change(
            &order_placed.restaurant_id,
            |restaurant| self.handlers.accept_meal(restaurant, order_placed),
        )?;
        let event = MealAccepted { order_id: order_placed.order_id, success: true };
        cx.out.emit("accept-meal", &event);
        cx.rows.accept_meal.keep(cx.key).meal_accepted = Some(event);
        Ok(0)
    }

    /// `return-meal`: compensates `accept-meal`, as the saga has failed.
    fn return_meal(&self, cx: &mut Context<'_>) -> Result<(), Fault> {
        let inputs = cx.rows.accept_meal.inputs(cx.key);
        let (Some(order_placed), Some(meal_accepted)) = (&inputs.order_placed, &inputs.meal_accepted) else {
            return Err(Fault::Unexpected { step: "accept-meal" });
        };
        cx.rows.restaurant.compensate("return-meal", &order_placed.restaurant_id, |restaurant| {
            self.handlers.return_meal(restaurant, order_placed, meal_accepted);
            Ok(())
        })?;
        cx.out.done("return-meal", cx.key);
        Ok(())
    }
}

/// `accept-meal` fails: publishes `MealAccepted.failure`.
fn fail_accept_meal(cx: &mut Context<'_>) {
    let failure = MealAccepted { order_id: *cx.correlation, success: false };
    cx.out.emit("accept-meal", &failure);
}
