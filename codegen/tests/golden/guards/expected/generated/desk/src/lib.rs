// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `desk`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use loan_contracts::desk::{AskLoan, Handlers, Loan, LoanStatus};
use loan_contracts::events::{
    DenialFiled, HomeNoted, HomeRated, LoanAsked, LoanDecided, RiskNoted, RiskRated,
};
use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Lifecycle, Outcome,
    Refusal, Routes, Service, Table, TableSchema, Undecodable,
};

/// The service `desk`.
pub struct DeskService<H> {
    handlers: H,
}

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

    type Input = Input;
    type Request = Request;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::RiskRated(event) => claims.claim("note-risk", event.loan_id),
            Input::HomeRated(event) => claims.claim("note-home", event.loan_id),
            Input::LoanDecided(_) => {}
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::RiskRated(event) => rows.loan.lock(&event.loan_id),
            Input::HomeRated(event) => rows.loan.lock(&event.loan_id),
            Input::LoanDecided(event) => rows.loan.lock(&event.loan_id),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::RiskRated(event) => match Outcome::of(event.success) {
                Outcome::Success => self.note_risk(event, cx),
                Outcome::Failure => {
                    close_note_risk(event, cx);
                    self.file_denial(event, cx);
                }
            },
            Input::HomeRated(event) => match Outcome::of(event.success) {
                Outcome::Success => self.note_home(event, cx),
                Outcome::Failure => close_note_home(event, cx),
            },
            Input::LoanDecided(event) => match Outcome::of(event.success) {
                Outcome::Success => grant(event, cx),
                Outcome::Failure => deny(event, cx),
            },
        }
        Ok(())
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::AskLoan(_) => rows.loan.reserve_new(),
        }
    }

    fn answer(&self, request: &Request, cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
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
    fn ask_loan(&self, body: &AskLoan, cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.ask_loan(body)?;
        let loan = cx.rows.loan.create(|id| Loan { id, amount: body.amount, status: LoanStatus::Asked })?;
        let event = LoanAsked { loan_id: loan.id, amount: body.amount };
        cx.out.emit("ask-loan", &event);
        Answer::created(loan)
    }

    /// `note-risk`: on `RiskRated`, moves the `Loan` to `RATED` and publishes
    /// `RiskNoted`.
    fn note_risk(&self, risk_rated: &RiskRated, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("note-risk", risk_rated.loan_id) {
            return;
        }
        let decided = cx.rows.loan.change(&risk_rated.loan_id, |loan| {
            loan.unended()?;
            cx.out.decide("note-risk", || self.handlers.note_risk(loan, risk_rated))?;
            loan.status = LoanStatus::Rated;
            Ok(())
        });
        if let Err(rejection) = &decided {
            cx.out.rejected("note-risk", risk_rated.loan_id, rejection);
        }
        let event = RiskNoted { loan_id: risk_rated.loan_id, success: decided.is_ok() };
        cx.out.emit("note-risk", &event);
    }

    /// `note-home`: on `HomeRated`, moves the `Loan` to `RATED` and publishes
    /// `HomeNoted`.
    fn note_home(&self, home_rated: &HomeRated, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("note-home", home_rated.loan_id) {
            return;
        }
        if cx.rows.loan.is_none_of(&home_rated.loan_id, &[LoanStatus::Asked, LoanStatus::Rated]) {
            return;
        }
        let decided = cx.rows.loan.change(&home_rated.loan_id, |loan| {
            cx.out.decide("note-home", || self.handlers.note_home(loan, home_rated))?;
            loan.status = LoanStatus::Rated;
            Ok(())
        });
        if let Err(rejection) = &decided {
            cx.out.rejected("note-home", home_rated.loan_id, rejection);
        }
        let event = HomeNoted { loan_id: home_rated.loan_id, success: decided.is_ok() };
        cx.out.emit("note-home", &event);
    }

    /// `file-denial`: on `RiskRated.failure`, moves the `Loan` to `DENIED` and
    /// publishes `DenialFiled`.
    fn file_denial(&self, risk_rated: &RiskRated, cx: &mut Context<'_, Rows>) {
        let decided = cx.rows.loan.change(&risk_rated.loan_id, |loan| {
            loan.unended()?;
            cx.out.decide("file-denial", || self.handlers.file_denial(loan, risk_rated))?;
            loan.status = LoanStatus::Denied;
            Ok(())
        });
        if let Err(rejection) = &decided {
            cx.out.rejected("file-denial", risk_rated.loan_id, rejection);
        }
        let event = DenialFiled { loan_id: risk_rated.loan_id, success: decided.is_ok() };
        cx.out.emit("file-denial", &event);
    }
}

/// `grant`: on `LoanDecided.success`, moves the `Loan` to `GRANTED`.
fn grant(loan_decided: &LoanDecided, cx: &mut Context<'_, Rows>) {
    let moved = cx.rows.loan.advance_from(&loan_decided.loan_id, &[LoanStatus::Rated], LoanStatus::Granted);
    cx.out.moved("grant", loan_decided.loan_id, moved, LoanStatus::Granted);
}

/// `deny`: on `LoanDecided.failure`, moves the `Loan` to `DENIED`.
fn deny(loan_decided: &LoanDecided, cx: &mut Context<'_, Rows>) {
    let moved = cx.rows.loan.advance(&loan_decided.loan_id, LoanStatus::Denied);
    cx.out.moved("deny", loan_decided.loan_id, moved, LoanStatus::Denied);
}

/// `RiskRated.failure` closes `note-risk`: publishes `RiskNoted.failure` without
/// asking the handler.
fn close_note_risk(event: &RiskRated, cx: &mut Context<'_, Rows>) {
    if !cx.out.first_run("note-risk", event.loan_id) {
        return;
    }
    let failure = RiskNoted { loan_id: event.loan_id, success: false };
    cx.out.emit("note-risk", &failure);
}

/// `HomeRated.failure` closes `note-home`: publishes `HomeNoted.failure` without
/// asking the handler.
fn close_note_home(event: &HomeRated, cx: &mut Context<'_, Rows>) {
    if !cx.out.first_run("note-home", event.loan_id) {
        return;
    }
    let failure = HomeNoted { loan_id: event.loan_id, success: false };
    cx.out.emit("note-home", &failure);
}
