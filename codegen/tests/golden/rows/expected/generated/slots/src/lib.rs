// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `slots`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use market_contracts::events::{OrderPacked, OrderPlaced, SlotTaken};
use market_contracts::flow::{FLOW, message, service, step};
use market_contracts::slots::{Handlers, Slot, Visitor};
use market_contracts::types::Level;
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Fault, Flow, Halt, Inputs, Outcome,
    Refusal, RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema,
    Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `slots`.
pub struct SlotsService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order-placed`.
    OrderPlaced(OrderPlaced),
    /// From topic `order-packed`.
    OrderPacked(OrderPacked),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `slot_tb`.
    pub slot: Table<Slot>,
    /// The rows of `visitor_tb`.
    pub visitor: Table<Visitor>,
    /// What `take-slot` has seen of each saga.
    pub take_slot: StepRows<TakeSlotInputs>,
}

/// What `take-slot` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TakeSlotInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
    /// `SlotTaken`, once it has published it.
    pub slot_taken: Option<SlotTaken>,
}

impl Inputs for TakeSlotInputs {
    const STEP: &'static str = "take-slot";

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
        vec![&mut self.slot, &mut self.visitor]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.take_slot]
    }
}

impl<H: Handlers> Service for SlotsService<H> {
    const SAGA: &'static str = "market";
    const NAME: &'static str = "slots";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[OrderPlaced::TOPIC, OrderPacked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[SlotTaken::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("take-slot", &[OrderPlaced::TOPIC]),
        ("free-slot", &[OrderPacked::TOPIC]),
    ];
    const AT: usize = service::SLOTS;
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
        vec![TableSchema::of::<Slot>(), TableSchema::of::<Visitor>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderPlaced::TOPIC => saga_runtime::decode(body).map(Input::OrderPlaced),
            OrderPacked::TOPIC => saga_runtime::decode(body).map(Input::OrderPacked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderPlaced(_) => message::ORDER_PLACED,
            Input::OrderPacked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::ORDER_PACKED_SUCCESS,
                Outcome::Failure => message::ORDER_PACKED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::OrderPlaced(event) => &event.order_id,
            Input::OrderPacked(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::TAKE_SLOT => Some(&mut rows.take_slot),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if step == step::TAKE_SLOT {
            if let Some(Input::OrderPlaced(order_placed)) = at.input {
                rows.slot.lock(&order_placed.slot_id);
                rows.visitor.lock(&order_placed.customer_id);
            } else if let Some(order_placed) = &rows.take_slot.inputs(at.key).order_placed {
                rows.slot.lock(&order_placed.slot_id);
                rows.visitor.lock(&order_placed.customer_id);
            }
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::TAKE_SLOT => self.take_slot(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::TAKE_SLOT => fail_take_slot(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn compensate(&self, step: usize, cx: &mut Context<'_>) -> Result<(), Fault> {
        match step {
            step::TAKE_SLOT => self.free_slot(cx),
            _ => Err(Fault::Unexpected { step: Self::name_of(step) }),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> SlotsService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `take-slot`: on `OrderPlaced`, changes the `Slot`, changes or creates the
    /// `Visitor` and publishes `SlotTaken`.
    fn take_slot(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.take_slot.inputs(cx.key);
        let Some(order_placed) = &inputs.order_placed else {
            return Err(Halt::unexpected("take-slot"));
        };
        cx.rows.slot.change(&order_placed.slot_id, |slot| {
            let initial = Visitor {
                customer_id: order_placed.customer_id.clone(),
                visits: 0,
                level: Level::Basic,
                last: slot.free,
            };
            cx.rows.visitor.change_or_create(&order_placed.customer_id, || initial, |visitor| {
                self.handlers.take_slot(slot, visitor, order_placed)?;
                visitor.level = Level::Basic;
                visitor.last = slot.free;
                Ok(())
            })
        })?;
        let event = SlotTaken { order_id: order_placed.order_id, reason: None, success: true };
        cx.out.emit("take-slot", &event);
        cx.rows.take_slot.keep(cx.key).slot_taken = Some(event);
        Ok(0)
    }

    /// `free-slot`: compensates `take-slot`, as the saga has failed.
    fn free_slot(&self, cx: &mut Context<'_>) -> Result<(), Fault> {
        let inputs = cx.rows.take_slot.inputs(cx.key);
        let (Some(order_placed), Some(slot_taken)) = (&inputs.order_placed, &inputs.slot_taken) else {
            return Err(Fault::Unexpected { step: "take-slot" });
        };
        cx.rows.slot.compensate("free-slot", &order_placed.slot_id, |slot| {
            cx.rows.visitor.compensate("free-slot", &order_placed.customer_id, |visitor| {
                self.handlers.free_slot(slot, visitor, order_placed, slot_taken);
                Ok(())
            })
        })?;
        cx.out.done("free-slot", cx.key);
        Ok(())
    }
}

/// `take-slot` fails: publishes `SlotTaken.failure`.
fn fail_take_slot(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            SlotTaken { order_id: *cx.correlation, reason: Some(rejection.reason.clone()), success: false }
        }
        (Failing::SagaFailed, _) => {
            SlotTaken {
                order_id: *cx.correlation,
                reason: Some("the saga has failed".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("take-slot"),
    };
    cx.out.emit("take-slot", &failure);
}
