// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `courier`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::time::Duration;

use parcel_contracts::courier::{Handlers, Job, JobStatus, PickUp};
use parcel_contracts::events::{
    CancelRequested, ParcelApproved, ParcelPickedUp, ParcelSent,
};
use parcel_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Method, Outcome,
    Refusal, RequestContext, Routes, RowStatus, Service, StepRows, Steps, Table,
    TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `courier`.
pub struct CourierService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `parcel-sent`.
    ParcelSent(ParcelSent),
    /// From topic `parcel-approved`.
    ParcelApproved(ParcelApproved),
    /// From topic `cancel-requested`.
    CancelRequested(CancelRequested),
    /// From topic `parcel-picked-up`.
    ParcelPickedUp(ParcelPickedUp),
}

/// The requests that write.
pub enum Request {
    /// `POST /jobs/:parcelId/pick-up`.
    PickUp(i64, PickUp),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `job_tb`.
    pub job: Table<Job>,
    /// What `drop-job` has seen of each saga.
    pub drop_job: StepRows<DropJobInputs>,
    /// What `open-job` has seen of each saga.
    pub open_job: StepRows<OpenJobInputs>,
    /// What `pick-up` has seen of each saga.
    pub pick_up: StepRows<PickUpInputs>,
}

/// What `drop-job` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DropJobInputs {
    /// `ParcelPickedUp.failure`, once it has arrived.
    pub parcel_picked_up: Option<ParcelPickedUp>,
}

impl Inputs for DropJobInputs {
    const STEP: &'static str = "drop-job";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.parcel_picked_up.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::ParcelPickedUp(event) = message {
            self.parcel_picked_up = Some(event.clone());
        }
    }
}

/// What `open-job` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OpenJobInputs {
    /// `ParcelSent`, once it has arrived.
    pub parcel_sent: Option<ParcelSent>,
}

impl Inputs for OpenJobInputs {
    const STEP: &'static str = "open-job";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.parcel_sent.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::ParcelSent(event) = message {
            self.parcel_sent = Some(event.clone());
        }
    }
}

/// What `pick-up` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PickUpInputs {
    /// `ParcelSent`, once it has arrived.
    pub parcel_sent: Option<ParcelSent>,
    /// `ParcelApproved.success`, once it has arrived.
    pub parcel_approved: Option<ParcelApproved>,
}

impl Inputs for PickUpInputs {
    const STEP: &'static str = "pick-up";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.parcel_sent.is_some(),
            _ => self.parcel_approved.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::ParcelSent(event) => self.parcel_sent = Some(event.clone()),
            Input::ParcelApproved(event) => self.parcel_approved = Some(event.clone()),
            _ => {}
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.job]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.drop_job, &mut self.open_job, &mut self.pick_up]
    }
}

impl<H: Handlers> Service for CourierService<H> {
    const SAGA: &'static str = "parcel";
    const NAME: &'static str = "courier";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[
        ParcelSent::TOPIC,
        ParcelApproved::TOPIC,
        CancelRequested::TOPIC,
        ParcelPickedUp::TOPIC,
    ];
    const PUBLISHES: &'static [&'static str] = &[ParcelPickedUp::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("pick-up", &[ParcelSent::TOPIC, ParcelApproved::TOPIC, CancelRequested::TOPIC]),
        ("open-job", &[ParcelSent::TOPIC]),
        ("drop-job", &[ParcelPickedUp::TOPIC]),
    ];
    const AT: usize = service::COURIER;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Job>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.write::<PickUp>(
            Method::Post,
            "/jobs/{parcelId}/pick-up",
            |path, body| Ok(Request::PickUp(path.key::<Job>("parcelId")?, body)),
            r#"{}"#,
        )
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            ParcelSent::TOPIC => saga_runtime::decode(body).map(Input::ParcelSent),
            ParcelApproved::TOPIC => saga_runtime::decode(body).map(Input::ParcelApproved),
            CancelRequested::TOPIC => saga_runtime::decode(body).map(Input::CancelRequested),
            ParcelPickedUp::TOPIC => saga_runtime::decode(body).map(Input::ParcelPickedUp),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ParcelSent(_) => message::PARCEL_SENT,
            Input::ParcelApproved(event) => match Outcome::of(event.approved) {
                Outcome::Success => message::PARCEL_APPROVED_SUCCESS,
                Outcome::Failure => message::PARCEL_APPROVED_FAILURE,
            },
            Input::CancelRequested(_) => message::CANCEL_REQUESTED,
            Input::ParcelPickedUp(event) => match Outcome::of(event.success) {
                Outcome::Success => message::PARCEL_PICKED_UP_SUCCESS,
                Outcome::Failure => message::PARCEL_PICKED_UP_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ParcelSent(event) => &event.parcel_id,
            Input::ParcelApproved(event) => &event.parcel_id,
            Input::CancelRequested(event) => &event.parcel_id,
            Input::ParcelPickedUp(event) => &event.parcel_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::PICK_UP => Some(&mut rows.pick_up),
            step::OPEN_JOB => Some(&mut rows.open_job),
            step::DROP_JOB => Some(&mut rows.drop_job),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::PICK_UP | step::OPEN_JOB | step::DROP_JOB) {
            rows.job.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::PICK_UP | step::DROP_JOB, 0) => cx.rows.job.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::PICK_UP => self.pick_up(cx),
            step::OPEN_JOB => open_job(cx),
            step::DROP_JOB => drop_job(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::PICK_UP => fail_pick_up(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn deadline(step: usize) -> Option<Duration> {
        match step {
            step::PICK_UP => Some(Duration::from_secs(5400)),
            _ => None,
        }
    }

    fn asked<'r>(request: &'r Request, _rows: &'r Rows) -> Option<(usize, &'r i64)> {
        match request {
            Request::PickUp(parcel_id, _) => Some((step::PICK_UP, parcel_id)),
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::PickUp(parcel_id, _) => cx.rows.job.found(parcel_id).and_then(Answer::changed),
        }
    }
}

impl<H: Handlers> CourierService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `pick-up`: everything is there, so moves the `Job` to `PICKED_UP` and publishes
    /// `ParcelPickedUp.success`.
    fn pick_up(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.pick_up.inputs(cx.key);
        let (Some(parcel_sent), Some(parcel_approved)) = (&inputs.parcel_sent, &inputs.parcel_approved) else {
            return Err(Halt::unexpected("pick-up"));
        };
        let Some(Request::PickUp(_, body)) = cx.request else {
            return Err(Halt::unexpected("pick-up"));
        };
        cx.rows.job.ask::<_, Halt>(cx.correlation, |job| {
            self.handlers.pick_up(job, parcel_sent, parcel_approved, body)?;
            Ok(())
        })?;
        cx.rows.job.set_status(cx.correlation, JobStatus::PickedUp);
        cx.out.moved("pick-up", cx.key, JobStatus::PickedUp);
        let event = ParcelPickedUp {
            parcel_id: *cx.correlation,
            courier: body.courier.clone(),
            success: true,
        };
        cx.out.emit("pick-up", &event);
        Ok(0)
    }
}

/// `open-job`: on `ParcelSent`, creates a `Job`.
fn open_job(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.open_job.inputs(cx.key);
    let Some(parcel_sent) = &inputs.parcel_sent else {
        return Err(Halt::unexpected("open-job"));
    };
    cx.rows.job.insert(Job {
        parcel_id: parcel_sent.parcel_id,
        weight: parcel_sent.weight,
        courier: None,
        status: JobStatus::Open,
    })?;
    cx.out.done("open-job", cx.key);
    Ok(0)
}

/// `drop-job`: on `ParcelPickedUp.failure`, moves the `Job` to `DROPPED`.
fn drop_job(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.drop_job.inputs(cx.key);
    let Some(parcel_picked_up) = &inputs.parcel_picked_up else {
        return Err(Halt::unexpected("drop-job"));
    };
    cx.rows.job.set_status(&parcel_picked_up.parcel_id, JobStatus::Dropped);
    cx.out.moved("drop-job", cx.key, JobStatus::Dropped);
    Ok(0)
}

/// `pick-up` fails: publishes `ParcelPickedUp.failure`.
fn fail_pick_up(cx: &mut Context<'_>) {
    let failure = ParcelPickedUp { parcel_id: *cx.correlation, courier: None, success: false };
    cx.out.emit("pick-up", &failure);
}
