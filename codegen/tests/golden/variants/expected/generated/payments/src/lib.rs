// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `payments`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::time::Duration;

use claim_contracts::events::{
    ClaimAssessed, ClaimAssessedResult, ClaimFiled, ClaimOpened, ClaimOpenedKind,
    ClaimPaid, NoticeSent, NoticeSentChannel, TheftReported,
};
use claim_contracts::flow::{FLOW, message, service, step};
use claim_contracts::payments::{
    BookPaymentOneOf, Branch, Budget, Handlers, PayClaimOneOf, Payment,
};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Fault, Flow, Halt, Inputs, Outcome,
    Refusal, RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema,
    Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `payments`.
pub struct PaymentsService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `claim-opened`.
    ClaimOpened(ClaimOpened),
    /// From topic `notice-sent`.
    NoticeSent(NoticeSent),
    /// From topic `claim-assessed`.
    ClaimAssessed(ClaimAssessed),
    /// From topic `theft-reported`.
    TheftReported(TheftReported),
    /// From topic `claim-filed`.
    ClaimFiled(ClaimFiled),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `branch_tb`.
    pub branch: Table<Branch>,
    /// The rows of `budget_tb`.
    pub budget: Table<Budget>,
    /// The rows of `payment_tb`.
    pub payment: Table<Payment>,
    /// What `book-payment` has seen of each saga.
    pub book_payment: StepRows<BookPaymentInputs>,
    /// What `pay-claim` has seen of each saga.
    pub pay_claim: StepRows<PayClaimInputs>,
}

/// What `book-payment` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BookPaymentInputs {
    /// `ClaimAssessed.covered`, once it has arrived.
    pub claim_assessed: Option<ClaimAssessed>,
    /// `TheftReported.failure`, once it has arrived.
    pub theft_reported: Option<TheftReported>,
}

impl Inputs for BookPaymentInputs {
    const STEP: &'static str = "book-payment";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.claim_assessed.is_some(),
            _ => self.theft_reported.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::ClaimAssessed(event) => self.claim_assessed = Some(event.clone()),
            Input::TheftReported(event) => self.theft_reported = Some(event.clone()),
            _ => {}
        }
    }
}

impl BookPaymentInputs {
    /// The first that has arrived of the messages the step needs one of.
    fn one_of(&self) -> Option<BookPaymentOneOf<'_>> {
        self.claim_assessed.as_ref().map(BookPaymentOneOf::ClaimAssessedCovered).or_else(|| {
            self.theft_reported.as_ref().map(BookPaymentOneOf::TheftReportedFailure)
        })
    }
}

/// What `pay-claim` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PayClaimInputs {
    /// `ClaimOpened` or `ClaimOpened.glass`, once it has arrived.
    pub claim_opened: Option<ClaimOpened>,
    /// `NoticeSent`, once it has arrived.
    pub notice_sent: Option<NoticeSent>,
    /// `ClaimAssessed.covered` or `ClaimAssessed.partly`, once it has arrived.
    pub claim_assessed: Option<ClaimAssessed>,
    /// `TheftReported.failure`, once it has arrived.
    pub theft_reported: Option<TheftReported>,
    /// `ClaimPaid`, once it has published it.
    pub claim_paid: Option<ClaimPaid>,
}

impl Inputs for PayClaimInputs {
    const STEP: &'static str = "pay-claim";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.claim_opened.is_some(),
            1 => self.notice_sent.is_some(),
            2 => self.claim_opened.as_ref().is_some_and(|event| event.kind == ClaimOpenedKind::Glass),
            3 => {
                self.claim_assessed.as_ref().is_some_and(|event| event.result == ClaimAssessedResult::Covered)
            }
            4 => {
                self.claim_assessed.as_ref().is_some_and(|event| event.result == ClaimAssessedResult::Partly)
            }
            _ => self.theft_reported.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::ClaimOpened(event) => self.claim_opened = Some(event.clone()),
            Input::NoticeSent(event) => self.notice_sent = Some(event.clone()),
            Input::ClaimAssessed(event) => self.claim_assessed = Some(event.clone()),
            Input::TheftReported(event) => self.theft_reported = Some(event.clone()),
            _ => {}
        }
    }
}

impl PayClaimInputs {
    /// The first that has arrived of the messages the step needs one of.
    fn one_of(&self) -> Option<PayClaimOneOf<'_>> {
        self.claim_opened
            .as_ref()
            .filter(|event| event.kind == ClaimOpenedKind::Glass)
            .map(PayClaimOneOf::ClaimOpenedGlass)
            .or_else(|| {
                self.claim_assessed
                    .as_ref()
                    .filter(|event| event.result == ClaimAssessedResult::Covered)
                    .map(PayClaimOneOf::ClaimAssessedCovered)
            })
            .or_else(|| {
                self.claim_assessed
                    .as_ref()
                    .filter(|event| event.result == ClaimAssessedResult::Partly)
                    .map(PayClaimOneOf::ClaimAssessedPartly)
            })
            .or_else(|| {
                self.theft_reported.as_ref().map(PayClaimOneOf::TheftReportedFailure)
            })
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.branch, &mut self.budget, &mut self.payment]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.book_payment, &mut self.pay_claim]
    }
}

impl<H: Handlers> Service for PaymentsService<H> {
    const SAGA: &'static str = "claim";
    const NAME: &'static str = "payments";
    const PORT: u16 = 8085;
    const CONSUMES: &'static [&'static str] = &[
        ClaimOpened::TOPIC,
        NoticeSent::TOPIC,
        ClaimAssessed::TOPIC,
        TheftReported::TOPIC,
        ClaimFiled::TOPIC,
    ];
    const PUBLISHES: &'static [&'static str] = &[ClaimPaid::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("pay-claim", &[ClaimOpened::TOPIC, NoticeSent::TOPIC, ClaimAssessed::TOPIC, TheftReported::TOPIC]),
        ("book-payment", &[ClaimAssessed::TOPIC, TheftReported::TOPIC]),
        ("return-budget", &[ClaimFiled::TOPIC]),
    ];
    const AT: usize = service::PAYMENTS;
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
        vec![TableSchema::of::<Branch>(), TableSchema::of::<Budget>(), TableSchema::of::<Payment>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            ClaimOpened::TOPIC => saga_runtime::decode(body).map(Input::ClaimOpened),
            NoticeSent::TOPIC => saga_runtime::decode(body).map(Input::NoticeSent),
            ClaimAssessed::TOPIC => saga_runtime::decode(body).map(Input::ClaimAssessed),
            TheftReported::TOPIC => saga_runtime::decode(body).map(Input::TheftReported),
            ClaimFiled::TOPIC => saga_runtime::decode(body).map(Input::ClaimFiled),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ClaimOpened(event) => match event.kind {
                ClaimOpenedKind::Glass => message::CLAIM_OPENED_GLASS,
                ClaimOpenedKind::Theft => message::CLAIM_OPENED_THEFT,
                ClaimOpenedKind::Fire => message::CLAIM_OPENED_FIRE,
            },
            Input::NoticeSent(event) => match event.channel {
                NoticeSentChannel::Mail => message::NOTICE_SENT_MAIL,
                NoticeSentChannel::Fax => message::NOTICE_SENT_FAX,
                NoticeSentChannel::Post => message::NOTICE_SENT_POST,
            },
            Input::ClaimAssessed(event) => match event.result {
                ClaimAssessedResult::Covered => message::CLAIM_ASSESSED_COVERED,
                ClaimAssessedResult::Refused => message::CLAIM_ASSESSED_REFUSED,
                ClaimAssessedResult::Partly => message::CLAIM_ASSESSED_PARTLY,
                ClaimAssessedResult::Unclear => message::CLAIM_ASSESSED_UNCLEAR,
            },
            Input::TheftReported(event) => match Outcome::of(event.doubtful) {
                Outcome::Success => message::THEFT_REPORTED_SUCCESS,
                Outcome::Failure => message::THEFT_REPORTED_FAILURE,
            },
            Input::ClaimFiled(event) => match Outcome::of(event.success) {
                Outcome::Success => message::CLAIM_FILED_SUCCESS,
                Outcome::Failure => message::CLAIM_FILED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ClaimOpened(event) => &event.claim_id,
            Input::NoticeSent(event) => &event.claim_id,
            Input::ClaimAssessed(event) => &event.claim_id,
            Input::TheftReported(event) => &event.claim_id,
            Input::ClaimFiled(event) => &event.claim_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::PAY_CLAIM => Some(&mut rows.pay_claim),
            step::BOOK_PAYMENT => Some(&mut rows.book_payment),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        match step {
            step::PAY_CLAIM => {
                if let Some(Input::ClaimOpened(claim_opened)) = at.input {
                    rows.budget.lock(&claim_opened.place);
                } else if let Some(claim_opened) = &rows.pay_claim.inputs(at.key).claim_opened {
                    rows.budget.lock(&claim_opened.place);
                }
            }
            step::BOOK_PAYMENT => {
                if let Some(Input::ClaimAssessed(claim_assessed)) = at.input {
                    rows.branch.lock(&claim_assessed.branch_id);
                } else if let Some(claim_assessed) = &rows.book_payment.inputs(at.key).claim_assessed {
                    rows.branch.lock(&claim_assessed.branch_id);
                }
                if let Some(Input::TheftReported(theft_reported)) = at.input {
                    rows.branch.lock(&theft_reported.branch_id);
                } else if let Some(theft_reported) = &rows.book_payment.inputs(at.key).theft_reported {
                    rows.branch.lock(&theft_reported.branch_id);
                }
                rows.payment.reserve_new();
            }
            _ => {}
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::PAY_CLAIM => self.pay_claim(cx),
            step::BOOK_PAYMENT => self.book_payment(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::PAY_CLAIM => fail_pay_claim(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn compensate(&self, step: usize, cx: &mut Context<'_>) -> Result<(), Fault> {
        match step {
            step::PAY_CLAIM => self.return_budget(cx),
            _ => Err(Fault::Unexpected { step: Self::name_of(step) }),
        }
    }

    fn deadline(step: usize) -> Option<Duration> {
        match step {
            step::PAY_CLAIM => Some(Duration::from_secs(259200)),
            _ => None,
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> PaymentsService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `pay-claim`: everything is there, so changes the `Budget` and publishes
    /// `ClaimPaid`.
    fn pay_claim(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.pay_claim.inputs(cx.key);
        let (Some(claim_opened), Some(notice_sent), Some(one_of)) = (
            &inputs.claim_opened,
            &inputs.notice_sent,
            inputs.one_of(),
        ) else {
            return Err(Halt::unexpected("pay-claim"));
        };
        cx.rows.budget.change(&claim_opened.place, |budget| {
            self.handlers.pay_claim(budget, claim_opened, notice_sent, one_of)
        })?;
        let event = ClaimPaid { claim_id: claim_opened.claim_id, reason: None, success: true };
        cx.out.emit("pay-claim", &event);
        cx.rows.pay_claim.keep(cx.key).claim_paid = Some(event);
        Ok(0)
    }

    /// `book-payment`: everything is there, so changes the `Branch` and creates a
    /// `Payment`.
    fn book_payment(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.book_payment.inputs(cx.key);
        let Some(one_of) = inputs.one_of() else {
            return Err(Halt::unexpected("book-payment"));
        };
        cx.rows.branch.change(
            match one_of {
                BookPaymentOneOf::ClaimAssessedCovered(it) => &it.branch_id,
                BookPaymentOneOf::TheftReportedFailure(it) => &it.branch_id,
            },
            |branch| {
                self.handlers.book_payment(branch, one_of);
                cx.rows.payment.create(|id| Payment {
                    id,
                    claim_id: *cx.correlation,
                    payout: match one_of {
                        BookPaymentOneOf::ClaimAssessedCovered(it) => it.payout(),
                        BookPaymentOneOf::TheftReportedFailure(it) => it.payout,
                    },
                })
            },
        )?;
        cx.out.done("book-payment", cx.key);
        Ok(0)
    }

    /// `return-budget`: compensates `pay-claim`, as the saga has failed.
    fn return_budget(&self, cx: &mut Context<'_>) -> Result<(), Fault> {
        let inputs = cx.rows.pay_claim.inputs(cx.key);
        let (Some(claim_opened), Some(notice_sent), Some(one_of), Some(claim_paid)) = (
            &inputs.claim_opened,
            &inputs.notice_sent,
            inputs.one_of(),
            &inputs.claim_paid,
        ) else {
            return Err(Fault::Unexpected { step: "pay-claim" });
        };
        cx.rows.budget.compensate("return-budget", &claim_opened.place, |budget| {
            self.handlers.return_budget(budget, claim_opened, notice_sent, one_of, claim_paid);
            Ok(())
        })?;
        cx.out.done("return-budget", cx.key);
        Ok(())
    }
}

/// `pay-claim` fails: publishes `ClaimPaid.failure`.
fn fail_pay_claim(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            ClaimPaid { claim_id: *cx.correlation, reason: Some(rejection.reason.clone()), success: false }
        }
        (Failing::Closed, Some(Input::NoticeSent(notice_sent))) => {
            ClaimPaid { claim_id: *cx.correlation, reason: notice_sent.reason.clone(), success: false }
        }
        (
            Failing::Closed,
            Some(Input::ClaimAssessed(ClaimAssessed { result: ClaimAssessedResult::Refused, .. })),
        ) => {
            ClaimPaid {
                claim_id: *cx.correlation,
                reason: Some("ClaimAssessed.refused".to_owned()),
                success: false,
            }
        }
        (
            Failing::Closed,
            Some(Input::ClaimAssessed(ClaimAssessed { result: ClaimAssessedResult::Unclear, .. })),
        ) => {
            ClaimPaid {
                claim_id: *cx.correlation,
                reason: Some("ClaimAssessed.unclear".to_owned()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::TheftReported(theft_reported))) => {
            ClaimPaid { claim_id: *cx.correlation, reason: theft_reported.reason.clone(), success: false }
        }
        (Failing::Deadline, _) => {
            ClaimPaid {
                claim_id: *cx.correlation,
                reason: Some("the deadline has passed".to_owned()),
                success: false,
            }
        }
        (Failing::SagaFailed, _) => {
            ClaimPaid {
                claim_id: *cx.correlation,
                reason: Some("the saga has failed".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("pay-claim"),
    };
    cx.out.emit("pay-claim", &failure);
}
