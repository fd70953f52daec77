// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `packing`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::time::Duration;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Fault, Flow, Halt, Inputs, Method,
    Outcome, Refusal, RequestContext, Routes, RowStatus, Service, StepRows, Steps, Table,
    TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use stall_contracts::events::{OrderPlaced, OrderShipped, ParcelPacked};
use stall_contracts::flow::{FLOW, message, service, step};
use stall_contracts::packing::{Handlers, PackParcel, Parcel};

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
    /// From topic `order-shipped`.
    OrderShipped(OrderShipped),
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
    /// What `pack-parcel` has seen of each saga.
    pub pack_parcel: StepRows<PackParcelInputs>,
}

/// What `pack-parcel` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PackParcelInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
    /// `ParcelPacked`, once it has published it.
    pub parcel_packed: Option<ParcelPacked>,
    /// The key of the row it worked on.
    pub parcel_key: Option<i64>,
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
        vec![&mut self.pack_parcel]
    }
}

impl<H: Handlers> Service for PackingService<H> {
    const SAGA: &'static str = "stall";
    const NAME: &'static str = "packing";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[OrderPlaced::TOPIC, OrderShipped::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ParcelPacked::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("pack-parcel", &[OrderPlaced::TOPIC]),
        ("open-parcel", &[OrderPlaced::TOPIC]),
        ("unpack-parcel", &[OrderShipped::TOPIC]),
    ];
    const AT: usize = service::PACKING;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

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
            OrderShipped::TOPIC => saga_runtime::decode(body).map(Input::OrderShipped),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderPlaced(_) => message::ORDER_PLACED,
            Input::OrderShipped(event) => match Outcome::of(event.success) {
                Outcome::Success => message::ORDER_SHIPPED_SUCCESS,
                Outcome::Failure => message::ORDER_SHIPPED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &String {
        match input {
            Input::OrderPlaced(event) => &event.order_id,
            Input::OrderShipped(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::PACK_PARCEL => Some(&mut rows.pack_parcel),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, String>, rows: &mut Rows) {
        match step {
            step::PACK_PARCEL => {
                if let Some(parcel_key) = &rows.pack_parcel.inputs(at.key).parcel_key {
                    rows.parcel.lock(parcel_key);
                }
            }
            step::OPEN_PARCEL => rows.parcel.reserve_new(),
            _ => {}
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::PACK_PARCEL, 0) => {
                let Some(Request::PackParcel(id, _, _)) = cx.request else {
                    return None;
                };
                cx.rows.parcel.existing(id)
            }
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::PACK_PARCEL, _) => self.pack_parcel(cx),
            (step::OPEN_PARCEL, Some(Input::OrderPlaced(event))) => open_parcel(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::PACK_PARCEL => fail_pack_parcel(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn compensate(&self, step: usize, cx: &mut Context<'_>) -> Result<(), Fault> {
        match step {
            step::PACK_PARCEL => self.unpack_parcel(cx),
            _ => Err(Fault::Unexpected { step: Self::name_of(step) }),
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

    /// `pack-parcel`: on `OrderPlaced`, publishes `ParcelPacked.success`.
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
        let event = ParcelPacked {
            order_id: cx.correlation.clone(),
            packer: Some(packer.to_owned()),
            success: true,
        };
        cx.out.emit("pack-parcel", &event);
        cx.rows.pack_parcel.keep(cx.key).parcel_packed = Some(event);
        cx.rows.pack_parcel.keep(cx.key).parcel_key = Some(*id);
        Ok(0)
    }

    /// `unpack-parcel`: compensates `pack-parcel`, as the saga has failed.
    fn unpack_parcel(&self, cx: &mut Context<'_>) -> Result<(), Fault> {
        let inputs = cx.rows.pack_parcel.inputs(cx.key);
        let (Some(order_placed), Some(parcel_packed), Some(parcel_key)) = (
            &inputs.order_placed,
            &inputs.parcel_packed,
            &inputs.parcel_key,
        ) else {
            return Err(Fault::Unexpected { step: "pack-parcel" });
        };
        cx.rows.parcel.compensate("unpack-parcel", parcel_key, |parcel| {
            self.handlers.unpack_parcel(parcel, order_placed, parcel_packed);
            Ok(())
        })?;
        cx.out.done("unpack-parcel", cx.key);
        Ok(())
    }
}

/// `open-parcel`: on `OrderPlaced`, creates a `Parcel`.
fn open_parcel(order_placed: &OrderPlaced, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.parcel.create(|id| Parcel { id, order_id: order_placed.order_id.clone() })?;
    cx.out.done("open-parcel", cx.key);
    Ok(0)
}

/// `pack-parcel` fails: publishes `ParcelPacked.failure`.
fn fail_pack_parcel(cx: &mut Context<'_>) {
    let failure = ParcelPacked { order_id: cx.correlation.clone(), packer: None, success: false };
    cx.out.emit("pack-parcel", &failure);
}
