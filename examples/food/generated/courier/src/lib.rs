// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `courier`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::time::Duration;

use food_contracts::courier::{AnswerOffer, Handlers, Job, JobStatus, PickUp};
use food_contracts::events::{
    CancelRequested, CourierOffered, MealAccepted, MealPickedUp, OfferAnswered,
    OrderPlaced,
};
use food_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Method, Outcome,
    Refusal, Rejection, RequestContext, Routes, RowStatus, Service, StepRows, Steps,
    Table, TableSchema, Undecodable,
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
    /// From topic `courier-offered`.
    CourierOffered(CourierOffered),
    /// From topic `order-placed`.
    OrderPlaced(OrderPlaced),
    /// From topic `meal-accepted`.
    MealAccepted(MealAccepted),
    /// From topic `offer-answered`.
    OfferAnswered(OfferAnswered),
    /// From topic `cancel-requested`.
    CancelRequested(CancelRequested),
    /// From topic `meal-picked-up`.
    MealPickedUp(MealPickedUp),
}

/// The requests that write.
pub enum Request {
    /// `POST /jobs/:id/answer`.
    AnswerOffer(i64, AnswerOffer),
    /// `POST /jobs/:id/pick-up`.
    PickUp(i64, PickUp),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `job_tb`.
    pub job: Table<Job>,
    /// What `answer-offer` has seen of each saga.
    pub answer_offer: StepRows<AnswerOfferInputs>,
    /// What `drop-job` has seen of each saga.
    pub drop_job: StepRows<DropJobInputs>,
    /// What `offer-courier` has seen of each saga.
    pub offer_courier: StepRows<OfferCourierInputs>,
    /// What `pick-up` has seen of each saga.
    pub pick_up: StepRows<PickUpInputs>,
}

/// What `answer-offer` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AnswerOfferInputs {
    /// `CourierOffered.success`, once it has arrived.
    pub courier_offered: Option<CourierOffered>,
}

impl Inputs for AnswerOfferInputs {
    const STEP: &'static str = "answer-offer";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.courier_offered.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::CourierOffered(event) = message {
            self.courier_offered = Some(event.clone());
        }
    }
}

/// What `drop-job` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DropJobInputs {
    /// `MealPickedUp.failure`, once it has arrived.
    pub meal_picked_up: Option<MealPickedUp>,
}

impl Inputs for DropJobInputs {
    const STEP: &'static str = "drop-job";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.meal_picked_up.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::MealPickedUp(event) = message {
            self.meal_picked_up = Some(event.clone());
        }
    }
}

/// What `offer-courier` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OfferCourierInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
}

impl Inputs for OfferCourierInputs {
    const STEP: &'static str = "offer-courier";

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

/// What `pick-up` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PickUpInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
    /// `MealAccepted.success`, once it has arrived.
    pub meal_accepted: Option<MealAccepted>,
    /// `OfferAnswered.success`, once it has arrived.
    pub offer_answered: Option<OfferAnswered>,
}

impl Inputs for PickUpInputs {
    const STEP: &'static str = "pick-up";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.order_placed.is_some(),
            1 => self.meal_accepted.is_some(),
            _ => self.offer_answered.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::OrderPlaced(event) => self.order_placed = Some(event.clone()),
            Input::MealAccepted(event) => self.meal_accepted = Some(event.clone()),
            Input::OfferAnswered(event) => self.offer_answered = Some(event.clone()),
            _ => {}
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.job]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.answer_offer, &mut self.drop_job, &mut self.offer_courier, &mut self.pick_up]
    }
}

impl<H: Handlers> Service for CourierService<H> {
    const SAGA: &'static str = "food";
    const NAME: &'static str = "courier";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[
        CourierOffered::TOPIC,
        OrderPlaced::TOPIC,
        MealAccepted::TOPIC,
        OfferAnswered::TOPIC,
        CancelRequested::TOPIC,
        MealPickedUp::TOPIC,
    ];
    const PUBLISHES: &'static [&'static str] = &[
        OfferAnswered::TOPIC,
        MealPickedUp::TOPIC,
        CourierOffered::TOPIC,
    ];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("answer-offer", &[CourierOffered::TOPIC]),
        (
            "pick-up",
            &[
                OrderPlaced::TOPIC,
                MealAccepted::TOPIC,
                OfferAnswered::TOPIC,
                CancelRequested::TOPIC,
                CourierOffered::TOPIC,
            ],
        ),
        ("offer-courier", &[OrderPlaced::TOPIC]),
        ("drop-job", &[MealPickedUp::TOPIC]),
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
        routes
            .write::<AnswerOffer>(
                Method::Post,
                "/jobs/{id}/answer",
                |path, body| Ok(Request::AnswerOffer(path.key::<Job>("id")?, body)),
                r#"{"accepted":true}"#,
            )
            .write::<PickUp>(
                Method::Post,
                "/jobs/{id}/pick-up",
                |path, body| Ok(Request::PickUp(path.key::<Job>("id")?, body)),
                r#"{}"#,
            )
            .list::<Job>("/jobs")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            CourierOffered::TOPIC => saga_runtime::decode(body).map(Input::CourierOffered),
            OrderPlaced::TOPIC => saga_runtime::decode(body).map(Input::OrderPlaced),
            MealAccepted::TOPIC => saga_runtime::decode(body).map(Input::MealAccepted),
            OfferAnswered::TOPIC => saga_runtime::decode(body).map(Input::OfferAnswered),
            CancelRequested::TOPIC => saga_runtime::decode(body).map(Input::CancelRequested),
            MealPickedUp::TOPIC => saga_runtime::decode(body).map(Input::MealPickedUp),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::CourierOffered(event) => match Outcome::of(event.success) {
                Outcome::Success => message::COURIER_OFFERED_SUCCESS,
                Outcome::Failure => message::COURIER_OFFERED_FAILURE,
            },
            Input::OrderPlaced(_) => message::ORDER_PLACED,
            Input::MealAccepted(event) => match Outcome::of(event.success) {
                Outcome::Success => message::MEAL_ACCEPTED_SUCCESS,
                Outcome::Failure => message::MEAL_ACCEPTED_FAILURE,
            },
            Input::OfferAnswered(event) => match Outcome::of(event.accepted) {
                Outcome::Success => message::OFFER_ANSWERED_SUCCESS,
                Outcome::Failure => message::OFFER_ANSWERED_FAILURE,
            },
            Input::CancelRequested(_) => message::CANCEL_REQUESTED,
            Input::MealPickedUp(event) => match Outcome::of(event.success) {
                Outcome::Success => message::MEAL_PICKED_UP_SUCCESS,
                Outcome::Failure => message::MEAL_PICKED_UP_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::CourierOffered(event) => &event.order_id,
            Input::OrderPlaced(event) => &event.order_id,
            Input::MealAccepted(event) => &event.order_id,
            Input::OfferAnswered(event) => &event.order_id,
            Input::CancelRequested(event) => &event.order_id,
            Input::MealPickedUp(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::ANSWER_OFFER => Some(&mut rows.answer_offer),
            step::PICK_UP => Some(&mut rows.pick_up),
            step::OFFER_COURIER => Some(&mut rows.offer_courier),
            step::DROP_JOB => Some(&mut rows.drop_job),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        match step {
            step::OFFER_COURIER => rows.job.reserve_new(),
            step::DROP_JOB => rows.job.lock_by("order_id", at.correlation),
            _ => {}
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::ANSWER_OFFER, 0) => {
                let Some(Request::AnswerOffer(id, _)) = cx.request else {
                    return None;
                };
                cx.rows.job.status(id)
            }
            (step::PICK_UP, 0) => {
                let Some(Request::PickUp(id, _)) = cx.request else {
                    return None;
                };
                cx.rows.job.status(id)
            }
            (step::DROP_JOB, 0) => cx.rows.job.status(cx.rows.job.find_by("order_id", cx.correlation)?),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::ANSWER_OFFER => self.answer_offer(cx),
            step::PICK_UP => self.pick_up(cx),
            step::OFFER_COURIER => self.offer_courier(cx),
            step::DROP_JOB => drop_job(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::ANSWER_OFFER => fail_answer_offer(cx),
            step::PICK_UP => fail_pick_up(cx),
            step::OFFER_COURIER => fail_offer_courier(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn deadline(step: usize) -> Option<Duration> {
        match step {
            step::ANSWER_OFFER => Some(Duration::from_secs(120)),
            step::PICK_UP => Some(Duration::from_secs(5400)),
            _ => None,
        }
    }

    fn look(request: &Request, rows: &mut Rows) {
        match request {
            Request::AnswerOffer(id, _) | Request::PickUp(id, _) => rows.job.lock(id),
        }
    }

    fn asked<'r>(request: &'r Request, rows: &'r Rows) -> Option<(usize, &'r i64)> {
        match request {
            Request::AnswerOffer(id, _) => Some((step::ANSWER_OFFER, &rows.job.get(id)?.order_id)),
            Request::PickUp(id, _) => Some((step::PICK_UP, &rows.job.get(id)?.order_id)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::AnswerOffer(id, _) => {
                rows.job.lock(id);
            }
            Request::PickUp(id, _) => {
                rows.job.lock(id);
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::AnswerOffer(id, _) => cx.rows.job.found(id).and_then(Answer::changed),
            Request::PickUp(id, _) => cx.rows.job.found(id).and_then(Answer::changed),
        }
    }
}

impl<H: Handlers> CourierService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `answer-offer`: on `CourierOffered.success`, publishes `OfferAnswered`.
    fn answer_offer(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.answer_offer.inputs(cx.key);
        let Some(courier_offered) = &inputs.courier_offered else {
            return Err(Halt::unexpected("answer-offer"));
        };
        let Some(Request::AnswerOffer(id, body)) = cx.request else {
            return Err(Halt::unexpected("answer-offer"));
        };
        cx.rows.job.ask::<_, Halt>(id, |job| {
            self.handlers.answer_offer(job, courier_offered, body)?;
            if !body.accepted {
                return Err(Rejection::because("`accepted` is false").into());
            }
            Ok(())
        })?;
        let event = OfferAnswered { order_id: *cx.correlation, accepted: true };
        cx.out.emit("answer-offer", &event);
        Ok(0)
    }

    /// `pick-up`: everything is there, so moves the `Job` to `PICKED_UP` and publishes
    /// `MealPickedUp.success`.
    fn pick_up(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.pick_up.inputs(cx.key);
        let (Some(order_placed), Some(meal_accepted), Some(offer_answered)) = (
            &inputs.order_placed,
            &inputs.meal_accepted,
            &inputs.offer_answered,
        ) else {
            return Err(Halt::unexpected("pick-up"));
        };
        let Some(Request::PickUp(id, body)) = cx.request else {
            return Err(Halt::unexpected("pick-up"));
        };
        cx.rows.job.ask::<_, Halt>(id, |job| {
            self.handlers.pick_up(job, order_placed, meal_accepted, offer_answered, body)?;
            Ok(())
        })?;
        cx.rows.job.set_status(id, JobStatus::PickedUp);
        cx.out.moved("pick-up", cx.key, JobStatus::PickedUp);
        let event = MealPickedUp { order_id: *cx.correlation, success: true };
        cx.out.emit("pick-up", &event);
        Ok(0)
    }

    /// `offer-courier`: on `OrderPlaced`, creates a `Job` and publishes
    /// `CourierOffered`.
    fn offer_courier(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.offer_courier.inputs(cx.key);
        let Some(order_placed) = &inputs.order_placed else {
            return Err(Halt::unexpected("offer-courier"));
        };
        self.handlers.offer_courier(order_placed)?;
        cx.rows.job.create(|id| Job {
            id,
            order_id: order_placed.order_id,
            address: order_placed.address.clone(),
            status: JobStatus::Open,
        })?;
        let event = CourierOffered { order_id: order_placed.order_id, success: true };
        cx.out.emit("offer-courier", &event);
        Ok(0)
    }
}

/// `drop-job`: on `MealPickedUp.failure`, moves the `Job` to `DROPPED`.
fn drop_job(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.drop_job.inputs(cx.key);
    let Some(meal_picked_up) = &inputs.meal_picked_up else {
        return Err(Halt::unexpected("drop-job"));
    };
    let job_key = cx.rows.job
        .find_by("order_id", &meal_picked_up.order_id)
        .cloned()
        .ok_or_else(Rejection::not_found)?;
    cx.rows.job.set_status(&job_key, JobStatus::Dropped);
    cx.out.moved("drop-job", cx.key, JobStatus::Dropped);
    Ok(0)
}

/// `answer-offer` fails: publishes `OfferAnswered.failure`.
fn fail_answer_offer(cx: &mut Context<'_>) {
    let failure = OfferAnswered { order_id: *cx.correlation, accepted: false };
    cx.out.emit("answer-offer", &failure);
}

/// `pick-up` fails: publishes `MealPickedUp.failure`.
fn fail_pick_up(cx: &mut Context<'_>) {
    let failure = MealPickedUp { order_id: *cx.correlation, success: false };
    cx.out.emit("pick-up", &failure);
}

/// `offer-courier` fails: publishes `CourierOffered.failure`.
fn fail_offer_courier(cx: &mut Context<'_>) {
    let failure = CourierOffered { order_id: *cx.correlation, success: false };
    cx.out.emit("offer-courier", &failure);
}
