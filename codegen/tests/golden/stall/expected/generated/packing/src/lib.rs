// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `packing`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::time::Duration;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Method, Outcome,
    Refusal, Rejection, RequestContext, Routes, RowStatus, Service, StepRows, Steps,
    Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use stall_contracts::events::{OrderPacked, OrderPlaced};
use stall_contracts::flow::{FLOW, message, service, step};
use stall_contracts::packing::{Handlers, PackParcel, Parcel, ParcelStatus};

/// The service `packing`.
pub struct PackingService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, String, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order-placed`.
    OrderPlaced(OrderPlaced),
    /// From topic `order-packed`.
    OrderPacked(OrderPacked),
}

/// The requests that write.
pub enum Request {
    /// `POST /parcels/:id/packers/:packer`.
    PackParcel(i64, String, PackParcel),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `parcel_tb`.
    pub parcel: Table<Parcel>,
    /// What `drop-parcel` has seen of each saga.
    pub drop_parcel: StepRows<DropParcelInputs>,
    /// What `open-parcel` has seen of each saga.
    pub open_parcel: StepRows<OpenParcelInputs>,
    /// What `pack-parcel` has seen of each saga.
    pub pack_parcel: StepRows<PackParcelInputs>,
}

/// What `drop-parcel` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DropParcelInputs {
    /// `OrderPacked.failure`, once it has arrived.
    pub order_packed: Option<OrderPacked>,
}

impl Inputs for DropParcelInputs {
    const STEP: &'static str = "drop-parcel";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.order_packed.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::OrderPacked(event) = message {
            self.order_packed = Some(event.clone());
        }
    }
}

/// What `open-parcel` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OpenParcelInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
}

impl Inputs for OpenParcelInputs {
    const STEP: &'static str = "open-parcel";

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

/// What `pack-parcel` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PackParcelInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
}

impl Inputs for PackParcelInputs {
    const STEP: &'static str = "pack-parcel";

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
        vec![&mut self.parcel]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.drop_parcel, &mut self.open_parcel, &mut self.pack_parcel]
    }
}

impl<H: Handlers> Service for PackingService<H> {
    const SAGA: &'static str = "stall";
    const NAME: &'static str = "packing";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[OrderPlaced::TOPIC, OrderPacked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[OrderPacked::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("pack-parcel", &[OrderPlaced::TOPIC]),
        ("open-parcel", &[OrderPlaced::TOPIC]),
        ("drop-parcel", &[OrderPacked::TOPIC]),
    ];
    const AT: usize = service::PACKING;

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = String;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Parcel>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .write::<PackParcel>(
                Method::Post,
                "/parcels/{id}/packers/{packer}",
                |path, body| Ok(Request::PackParcel(path.key::<Parcel>("id")?, path.value("packer")?, body)),
                r#"{}"#,
            )
            .list::<Parcel>("/parcels")
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

    fn correlation(input: &Input) -> &String {
        match input {
            Input::OrderPlaced(event) => &event.order_id,
            Input::OrderPacked(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::PACK_PARCEL => Some(&mut rows.pack_parcel),
            step::OPEN_PARCEL => Some(&mut rows.open_parcel),
            step::DROP_PARCEL => Some(&mut rows.drop_parcel),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, String>, rows: &mut Rows) {
        match step {
            step::OPEN_PARCEL => rows.parcel.reserve_new(),
            step::DROP_PARCEL => rows.parcel.lock_by("order_id", at.correlation),
            _ => {}
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::PACK_PARCEL, 0) => {
                let Some(Request::PackParcel(id, _, _)) = cx.request else {
                    return None;
                };
                cx.rows.parcel.status(id)
            }
            (step::DROP_PARCEL, 0) => {
                cx.rows.parcel.status(cx.rows.parcel.find_by("order_id", cx.correlation)?)
            }
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::PACK_PARCEL => self.pack_parcel(cx),
            step::OPEN_PARCEL => open_parcel(cx),
            step::DROP_PARCEL => drop_parcel(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::PACK_PARCEL => fail_pack_parcel(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn deadline(step: usize) -> Option<Duration> {
        match step {
            step::PACK_PARCEL => Some(Duration::from_secs(86400)),
            _ => None,
        }
    }

    fn look(request: &Request, rows: &mut Rows) {
        match request {
            Request::PackParcel(id, _, _) => rows.parcel.lock(id),
        }
    }

    fn asked<'r>(request: &'r Request, rows: &'r Rows) -> Option<(usize, &'r String)> {
        match request {
            Request::PackParcel(id, _, _) => Some((step::PACK_PARCEL, &rows.parcel.get(id)?.order_id)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::PackParcel(id, _, _) => {
                rows.parcel.lock(id);
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::PackParcel(id, _, _) => cx.rows.parcel.found(id).and_then(Answer::changed),
        }
    }
}

impl<H: Handlers> PackingService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `pack-parcel`: on `OrderPlaced`, moves the `Parcel` to `CLOSED` and publishes
    /// `OrderPacked.success`.
    fn pack_parcel(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.pack_parcel.inputs(cx.key);
        let Some(order_placed) = &inputs.order_placed else {
            return Err(Halt::unexpected("pack-parcel"));
        };
        let Some(Request::PackParcel(id, packer, body)) = cx.request else {
            return Err(Halt::unexpected("pack-parcel"));
        };
        cx.rows.parcel.ask::<_, Halt>(id, |parcel| {
            self.handlers.pack_parcel(parcel, order_placed, body)?;
            Ok(())
        })?;
        cx.rows.parcel.set_status(id, ParcelStatus::Closed);
        cx.out.moved("pack-parcel", cx.key, ParcelStatus::Closed);
        let event = OrderPacked {
            order_id: cx.correlation.clone(),
            packer: Some(packer.to_owned()),
            reason: body.reason.clone(),
            success: true,
        };
        cx.out.emit("pack-parcel", &event);
        Ok(0)
    }
}

/// `open-parcel`: on `OrderPlaced`, creates a `Parcel`.
fn open_parcel(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.open_parcel.inputs(cx.key);
    let Some(order_placed) = &inputs.order_placed else {
        return Err(Halt::unexpected("open-parcel"));
    };
    cx.rows.parcel
        .create(|id| Parcel { id, order_id: order_placed.order_id.clone(), status: ParcelStatus::Open })?;
    cx.out.done("open-parcel", cx.key);
    Ok(0)
}

/// `drop-parcel`: on `OrderPacked.failure`, moves the `Parcel` to `DROPPED`.
fn drop_parcel(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.drop_parcel.inputs(cx.key);
    let Some(order_packed) = &inputs.order_packed else {
        return Err(Halt::unexpected("drop-parcel"));
    };
    let parcel_key = cx.rows.parcel
        .find_by("order_id", &order_packed.order_id)
        .cloned()
        .ok_or_else(Rejection::not_found)?;
    cx.rows.parcel.set_status(&parcel_key, ParcelStatus::Dropped);
    cx.out.moved("drop-parcel", cx.key, ParcelStatus::Dropped);
    Ok(0)
}

/// `pack-parcel` fails: publishes `OrderPacked.failure`.
fn fail_pack_parcel(cx: &mut Context<'_>) {
    let failure = OrderPacked {
        order_id: cx.correlation.clone(),
        packer: None,
        reason: Some("the deadline has passed".to_owned()),
        success: false,
    };
    cx.out.emit("pack-parcel", &failure);
}
