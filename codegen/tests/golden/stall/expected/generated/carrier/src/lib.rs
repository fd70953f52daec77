// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `carrier`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use stall_contracts::carrier::Handlers;
use stall_contracts::events::{OrderPlaced, OrderShipped, ParcelPacked};
use stall_contracts::flow::{FLOW, message, service, step};

/// The service `carrier`.
pub struct CarrierService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, String>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order-placed`.
    OrderPlaced(OrderPlaced),
    /// From topic `parcel-packed`.
    ParcelPacked(ParcelPacked),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `ship-order` has seen of each saga.
    pub ship_order: StepRows<ShipOrderInputs>,
}

/// What `ship-order` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ShipOrderInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
    /// `ParcelPacked.success`, once it has arrived.
    pub parcel_packed: Option<ParcelPacked>,
}

impl Inputs for ShipOrderInputs {
    const STEP: &'static str = "ship-order";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.order_placed.is_some(),
            _ => self.parcel_packed.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::OrderPlaced(event) => self.order_placed = Some(event.clone()),
            Input::ParcelPacked(event) => self.parcel_packed = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.ship_order]
    }
}

impl<H: Handlers> Service for CarrierService<H> {
    const SAGA: &'static str = "stall";
    const NAME: &'static str = "carrier";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[OrderPlaced::TOPIC, ParcelPacked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[OrderShipped::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("ship-order", &[OrderPlaced::TOPIC, ParcelPacked::TOPIC]),
    ];
    const AT: usize = service::CARRIER;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = String;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        Vec::new()
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderPlaced::TOPIC => saga_runtime::decode(body).map(Input::OrderPlaced),
            ParcelPacked::TOPIC => saga_runtime::decode(body).map(Input::ParcelPacked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderPlaced(_) => message::ORDER_PLACED,
            Input::ParcelPacked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::PARCEL_PACKED_SUCCESS,
                Outcome::Failure => message::PARCEL_PACKED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &String {
        match input {
            Input::OrderPlaced(event) => &event.order_id,
            Input::ParcelPacked(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::SHIP_ORDER => Some(&mut rows.ship_order),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::SHIP_ORDER => self.ship_order(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::SHIP_ORDER => fail_ship_order(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> CarrierService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `ship-order`: everything is there, so publishes `OrderShipped`.
    fn ship_order(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.ship_order.inputs(cx.key);
        let (Some(order_placed), Some(parcel_packed)) = (&inputs.order_placed, &inputs.parcel_packed) else {
            return Err(Halt::unexpected("ship-order"));
        };
        self.handlers.ship_order(order_placed, parcel_packed)?;
        let event = OrderShipped { order_id: order_placed.order_id.clone(), reason: None, success: true };
        cx.out.emit("ship-order", &event);
        Ok(0)
    }
}

/// `ship-order` fails: publishes `OrderShipped.failure`.
fn fail_ship_order(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            OrderShipped {
                order_id: cx.correlation.clone(),
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::ParcelPacked(_))) => {
            OrderShipped {
                order_id: cx.correlation.clone(),
                reason: Some("ParcelPacked.failure".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("ship-order"),
    };
    cx.out.emit("ship-order", &failure);
}
