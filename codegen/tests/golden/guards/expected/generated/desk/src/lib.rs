// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `desk`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use loan_contracts::desk::{AskLoan, Handlers, Loan, LoanStatus};
use loan_contracts::events::{
    DenialFiled, HomeNoted, HomeRated, LoanAsked, LoanDecided, RiskNoted, RiskRated,
};
use loan_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnyTable, At, Event, Failing, Flow, Halt, Outcome, Refusal, RequestContext,
    Routes, RowStatus, Service, Table, TableSchema, Undecodable,
};

/// The service `desk`.
pub struct DeskService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `risk-rated`.
    RiskRated(RiskRated),
    /// From topic `home-rated`.
    HomeRated(HomeRated),
    /// From topic `loan-decided`.
    LoanDecided(LoanDecided),
}

/// The requests that write.
pub enum Request {
    /// `POST /loans`.
    AskLoan(AskLoan),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `loan_tb`.
    pub loan: Table<Loan>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.loan]
    }
}

impl<H: Handlers> Service for DeskService<H> {
    const SAGA: &'static str = "loan";
    const NAME: &'static str = "desk";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[RiskRated::TOPIC, HomeRated::TOPIC, LoanDecided::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[
        LoanAsked::TOPIC,
        RiskNoted::TOPIC,
        HomeNoted::TOPIC,
        DenialFiled::TOPIC,
    ];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("note-risk", &[RiskRated::TOPIC]),
        ("note-home", &[HomeRated::TOPIC]),
        ("grant", &[LoanDecided::TOPIC]),
        ("deny", &[LoanDecided::TOPIC]),
        ("file-denial", &[RiskRated::TOPIC]),
    ];
    const AT: usize = service::DESK;
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
        vec![TableSchema::of::<Loan>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.create::<AskLoan>("/loans", Request::AskLoan, r#"{"amount":1}"#)
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            RiskRated::TOPIC => saga_runtime::decode(body).map(Input::RiskRated),
            HomeRated::TOPIC => saga_runtime::decode(body).map(Input::HomeRated),
            LoanDecided::TOPIC => saga_runtime::decode(body).map(Input::LoanDecided),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::RiskRated(event) => match Outcome::of(event.success) {
                Outcome::Success => message::RISK_RATED_SUCCESS,
                Outcome::Failure => message::RISK_RATED_FAILURE,
            },
            Input::HomeRated(event) => match Outcome::of(event.success) {
                Outcome::Success => message::HOME_RATED_SUCCESS,
                Outcome::Failure => message::HOME_RATED_FAILURE,
            },
            Input::LoanDecided(event) => match Outcome::of(event.success) {
                Outcome::Success => message::LOAN_DECIDED_SUCCESS,
                Outcome::Failure => message::LOAN_DECIDED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::RiskRated(event) => &event.loan_id,
            Input::HomeRated(event) => &event.loan_id,
            Input::LoanDecided(event) => &event.loan_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::NOTE_RISK | step::NOTE_HOME | step::GRANT | step::DENY | step::FILE_DENIAL) {
            rows.loan.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (
                step::NOTE_RISK
                | step::NOTE_HOME
                | step::GRANT
                | step::DENY
                | step::FILE_DENIAL,
                0,
            ) => cx.rows.loan.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::NOTE_RISK, Some(Input::RiskRated(event))) => self.note_risk(event, cx),
            (step::NOTE_HOME, Some(Input::HomeRated(event))) => self.note_home(event, cx),
            (step::GRANT, Some(Input::LoanDecided(event))) => grant(event, cx),
            (step::DENY, Some(Input::LoanDecided(event))) => deny(event, cx),
            (step::FILE_DENIAL, Some(Input::RiskRated(event))) => self.file_denial(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::NOTE_RISK => fail_note_risk(cx),
            step::NOTE_HOME => fail_note_home(cx),
            step::FILE_DENIAL => fail_file_denial(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::AskLoan(_) => {
                rows.loan.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::AskLoan(body) => self.ask_loan(body, cx),
        }
    }
}

impl<H: Handlers> DeskService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `ask-loan`: creates a `Loan` and publishes `LoanAsked`.
    fn ask_loan(&self, body: &AskLoan, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.ask_loan(body)?;
        let loan = cx.rows.loan.create(|id| Loan { id, amount: body.amount, status: LoanStatus::Asked })?;
        let event = LoanAsked { loan_id: loan.id, amount: body.amount };
        cx.out.emit("ask-loan", &event);
        Answer::created(loan)
    }

    /// `note-risk`: on `RiskRated`, moves the `Loan` to `RATED` and publishes
    /// `RiskNoted`.
    fn note_risk(&self, risk_rated: &RiskRated, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.loan.change(&risk_rated.loan_id, |loan| self.handlers.note_risk(loan, risk_rated))?;
        cx.rows.loan.set_status(&risk_rated.loan_id, LoanStatus::Rated);
        cx.out.moved("note-risk", cx.key, LoanStatus::Rated);
        let event = RiskNoted { loan_id: risk_rated.loan_id, success: true };
        cx.out.emit("note-risk", &event);
        Ok(0)
    }

    /// `note-home`: on `HomeRated`, moves the `Loan` to `RATED` and publishes
    /// `HomeNoted`.
    fn note_home(&self, home_rated: &HomeRated, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.loan.change(&home_rated.loan_id, |loan| self.handlers.note_home(loan, home_rated))?;
        cx.rows.loan.set_status(&home_rated.loan_id, LoanStatus::Rated);
        cx.out.moved("note-home", cx.key, LoanStatus::Rated);
        let event = HomeNoted { loan_id: home_rated.loan_id, success: true };
        cx.out.emit("note-home", &event);
        Ok(0)
    }

    /// `file-denial`: on `RiskRated.failure`, moves the `Loan` to `DENIED` and
    /// publishes `DenialFiled`.
    fn file_denial(&self, risk_rated: &RiskRated, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.loan.change(&risk_rated.loan_id, |loan| self.handlers.file_denial(loan, risk_rated))?;
        cx.rows.loan.set_status(&risk_rated.loan_id, LoanStatus::Denied);
        cx.out.moved("file-denial", cx.key, LoanStatus::Denied);
        let event = DenialFiled { loan_id: risk_rated.loan_id, success: true };
        cx.out.emit("file-denial", &event);
        Ok(0)
    }
}

/// `grant`: on `LoanDecided.success`, moves the `Loan` to `GRANTED`.
fn grant(loan_decided: &LoanDecided, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.loan.set_status(&loan_decided.loan_id, LoanStatus::Granted);
    cx.out.moved("grant", cx.key, LoanStatus::Granted);
    Ok(0)
}

/// `deny`: on `LoanDecided.failure`, moves the `Loan` to `DENIED`.
fn deny(loan_decided: &LoanDecided, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.loan.set_status(&loan_decided.loan_id, LoanStatus::Denied);
    cx.out.moved("deny", cx.key, LoanStatus::Denied);
    Ok(0)
}

/// `note-risk` fails: publishes `RiskNoted.failure`.
fn fail_note_risk(cx: &mut Context<'_>) {
    let failure = RiskNoted { loan_id: *cx.correlation, success: false };
    cx.out.emit("note-risk", &failure);
}

/// `note-home` fails: publishes `HomeNoted.failure`.
fn fail_note_home(cx: &mut Context<'_>) {
    let failure = HomeNoted { loan_id: *cx.correlation, success: false };
    cx.out.emit("note-home", &failure);
}

/// `file-denial` fails: publishes `DenialFiled.failure`.
fn fail_file_denial(cx: &mut Context<'_>) {
    let failure = DenialFiled { loan_id: *cx.correlation, success: false };
    cx.out.emit("file-denial", &failure);
}
