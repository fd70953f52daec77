// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `booking`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Method, Outcome, Refusal, RequestContext,
    Routes, RowStatus, Service, Table, TableSchema, Undecodable, Uuid,
};
use trip_contracts::booking::{BookTrip, Handlers, RequestCancel, Trip, TripStatus};
use trip_contracts::events::{CancelRequested, TripPaid, TripRequested};
use trip_contracts::flow::{FLOW, message, service, step};

/// The service `booking`.
pub struct BookingService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `trip-paid`.
    TripPaid(TripPaid),
}

/// The requests that write.
pub enum Request {
    /// `POST /trips`.
    BookTrip(BookTrip),
    /// `POST /trips/:id/cancel`.
    RequestCancel(Uuid, RequestCancel),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `trip_tb`.
    pub trip: Table<Trip>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.trip]
    }
}

impl<H: Handlers> Service for BookingService<H> {
    const SAGA: &'static str = "trip";
    const NAME: &'static str = "booking";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[TripPaid::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[TripRequested::TOPIC, CancelRequested::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("confirm-trip", &[TripPaid::TOPIC]),
        ("cancel-trip", &[TripPaid::TOPIC]),
    ];
    const AT: usize = service::BOOKING;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = Uuid;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Trip>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<BookTrip>(
                "/trips",
                Request::BookTrip,
                r#"{"flight":"flight","hotel":"hotel","car":"car","price":"12.50","card":"card"}"#,
            )
            .write::<RequestCancel>(
                Method::Post,
                "/trips/{id}/cancel",
                |path, body| Ok(Request::RequestCancel(path.key::<Trip>("id")?, body)),
                r#"{}"#,
            )
            .read::<Trip>("/trips/{id}")
            .list::<Trip>("/trips")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            TripPaid::TOPIC => saga_runtime::decode(body).map(Input::TripPaid),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::TripPaid(event) => match Outcome::of(event.success) {
                Outcome::Success => message::TRIP_PAID_SUCCESS,
                Outcome::Failure => message::TRIP_PAID_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::TripPaid(event) => &event.trip_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if matches!(step, step::REQUEST_CANCEL | step::CONFIRM_TRIP | step::CANCEL_TRIP) {
            rows.trip.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::REQUEST_CANCEL | step::CONFIRM_TRIP | step::CANCEL_TRIP, 0) => {
                cx.rows.trip.status(cx.correlation)
            }
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::REQUEST_CANCEL, _) => self.request_cancel(cx),
            (step::CONFIRM_TRIP, Some(Input::TripPaid(event))) => confirm_trip(event, cx),
            (step::CANCEL_TRIP, Some(Input::TripPaid(event))) => cancel_trip(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn asked<'r>(request: &'r Request, _rows: &'r Rows) -> Option<(usize, &'r Uuid)> {
        match request {
            Request::RequestCancel(id, _) => Some((step::REQUEST_CANCEL, id)),
            Request::BookTrip(_) => None,
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::BookTrip(_) => {
                rows.trip.reserve_new();
            }
            Request::RequestCancel(..) => {}
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::BookTrip(body) => self.book_trip(body, cx),
            Request::RequestCancel(id, _) => cx.rows.trip.found(id).and_then(Answer::changed),
        }
    }
}

impl<H: Handlers> BookingService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `book-trip`: creates a `Trip` and publishes `TripRequested`.
    fn book_trip(&self, body: &BookTrip, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.book_trip(body)?;
        let trip = cx.rows.trip.create(|id| Trip {
            id,
            flight: body.flight.clone(),
            hotel: body.hotel.clone(),
            car: body.car.clone(),
            price: body.price,
            status: TripStatus::Pending,
        })?;
        let event = TripRequested {
            trip_id: trip.id,
            flight: body.flight.clone(),
            hotel: body.hotel.clone(),
            car: body.car.clone(),
            price: body.price,
            card: body.card.clone(),
        };
        cx.out.emit("book-trip", &event);
        Answer::created(trip)
    }

    /// `request-cancel`: moves the `Trip` to `CANCELLING` and publishes
    /// `CancelRequested`.
    fn request_cancel(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let Some(Request::RequestCancel(_, body)) = cx.request else {
            return Err(Halt::unexpected("request-cancel"));
        };
        cx.rows.trip.ask::<_, Halt>(cx.correlation, |trip| {
            self.handlers.request_cancel(trip, body)?;
            Ok(())
        })?;
        cx.rows.trip.set_status(cx.correlation, TripStatus::Cancelling);
        cx.out.moved("request-cancel", cx.key, TripStatus::Cancelling);
        let event = CancelRequested { trip_id: *cx.correlation };
        cx.out.emit("request-cancel", &event);
        Ok(0)
    }
}

/// `confirm-trip`: on `TripPaid.success`, moves the `Trip` to `CONFIRMED`.
fn confirm_trip(trip_paid: &TripPaid, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.trip.set_status(&trip_paid.trip_id, TripStatus::Confirmed);
    cx.out.moved("confirm-trip", cx.key, TripStatus::Confirmed);
    Ok(0)
}

/// `cancel-trip`: on `TripPaid.failure`, moves the `Trip` to `CANCELLED`.
fn cancel_trip(trip_paid: &TripPaid, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.trip.set_status(&trip_paid.trip_id, TripStatus::Cancelled);
    cx.out.moved("cancel-trip", cx.key, TripStatus::Cancelled);
    Ok(0)
}
