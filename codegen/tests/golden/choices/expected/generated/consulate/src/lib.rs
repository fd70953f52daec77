// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `consulate`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use visa_contracts::consulate::{Handlers, IssueVisaOneOf, Letter, Sticker};
use visa_contracts::events::{
    FormSent, FormSentKind, JobConfirmed, PapersChecked, PapersCheckedResult, VisaIssued,
};
use visa_contracts::flow::{FLOW, message, service, step};

/// The service `consulate`.
pub struct ConsulateService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `form-sent`.
    FormSent(FormSent),
    /// From topic `papers-checked`.
    PapersChecked(PapersChecked),
    /// From topic `job-confirmed`.
    JobConfirmed(JobConfirmed),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `letter_tb`.
    pub letter: Table<Letter>,
    /// The rows of `sticker_tb`.
    pub sticker: Table<Sticker>,
    /// What `issue-visa` has seen of each saga.
    pub issue_visa: StepRows<IssueVisaInputs>,
    /// What `write-letter` has seen of each saga.
    pub write_letter: StepRows<WriteLetterInputs>,
}

/// What `issue-visa` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IssueVisaInputs {
    /// `FormSent` or `FormSent.tourist` or `FormSent.student`, once it has arrived.
    pub form_sent: Option<FormSent>,
    /// `PapersChecked`, once it has arrived.
    pub papers_checked: Option<PapersChecked>,
    /// `JobConfirmed.failure`, once it has arrived.
    pub job_confirmed: Option<JobConfirmed>,
}

impl Inputs for IssueVisaInputs {
    const STEP: &'static str = "issue-visa";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.form_sent.is_some(),
            1 => self.papers_checked.is_some(),
            2 => self.form_sent.as_ref().is_some_and(|event| event.kind == FormSentKind::Tourist),
            3 => self.form_sent.as_ref().is_some_and(|event| event.kind == FormSentKind::Student),
            _ => self.job_confirmed.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::FormSent(event) => self.form_sent = Some(event.clone()),
            Input::PapersChecked(event) => self.papers_checked = Some(event.clone()),
            Input::JobConfirmed(event) => self.job_confirmed = Some(event.clone()),
        }
    }
}

impl IssueVisaInputs {
    /// The first that has arrived of the messages the step needs one of.
    fn one_of(&self) -> Option<IssueVisaOneOf<'_>> {
        self.form_sent
            .as_ref()
            .filter(|event| event.kind == FormSentKind::Tourist)
            .map(IssueVisaOneOf::FormSentTourist)
            .or_else(|| {
                self.form_sent
                    .as_ref()
                    .filter(|event| event.kind == FormSentKind::Student)
                    .map(IssueVisaOneOf::FormSentStudent)
            })
            .or_else(|| {
                self.job_confirmed.as_ref().map(IssueVisaOneOf::JobConfirmedFailure)
            })
    }
}

/// What `write-letter` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WriteLetterInputs {
    /// `PapersChecked.missing`, once it has arrived.
    pub papers_checked: Option<PapersChecked>,
    /// `JobConfirmed.failure`, once it has arrived.
    pub job_confirmed: Option<JobConfirmed>,
}

impl Inputs for WriteLetterInputs {
    const STEP: &'static str = "write-letter";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.papers_checked.is_some(),
            _ => self.job_confirmed.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::PapersChecked(event) => self.papers_checked = Some(event.clone()),
            Input::JobConfirmed(event) => self.job_confirmed = Some(event.clone()),
            _ => {}
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.letter, &mut self.sticker]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.issue_visa, &mut self.write_letter]
    }
}

impl<H: Handlers> Service for ConsulateService<H> {
    const SAGA: &'static str = "visa";
    const NAME: &'static str = "consulate";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[FormSent::TOPIC, PapersChecked::TOPIC, JobConfirmed::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[VisaIssued::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("issue-visa", &[FormSent::TOPIC, PapersChecked::TOPIC, JobConfirmed::TOPIC]),
        ("write-letter", &[PapersChecked::TOPIC, JobConfirmed::TOPIC]),
    ];
    const AT: usize = service::CONSULATE;
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
        vec![TableSchema::of::<Letter>(), TableSchema::of::<Sticker>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            FormSent::TOPIC => saga_runtime::decode(body).map(Input::FormSent),
            PapersChecked::TOPIC => saga_runtime::decode(body).map(Input::PapersChecked),
            JobConfirmed::TOPIC => saga_runtime::decode(body).map(Input::JobConfirmed),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::FormSent(event) => match event.kind {
                FormSentKind::Tourist => message::FORM_SENT_TOURIST,
                FormSentKind::Worker => message::FORM_SENT_WORKER,
                FormSentKind::Student => message::FORM_SENT_STUDENT,
            },
            Input::PapersChecked(event) => match event.result {
                PapersCheckedResult::Complete => message::PAPERS_CHECKED_COMPLETE,
                PapersCheckedResult::Forged => message::PAPERS_CHECKED_FORGED,
                PapersCheckedResult::Missing => message::PAPERS_CHECKED_MISSING,
            },
            Input::JobConfirmed(event) => match Outcome::of(event.doubtful) {
                Outcome::Success => message::JOB_CONFIRMED_SUCCESS,
                Outcome::Failure => message::JOB_CONFIRMED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::FormSent(event) => &event.visa_id,
            Input::PapersChecked(event) => &event.visa_id,
            Input::JobConfirmed(event) => &event.visa_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::ISSUE_VISA => Some(&mut rows.issue_visa),
            step::WRITE_LETTER => Some(&mut rows.write_letter),
            _ => None,
        }
    }

    fn lock(&self, step: usize, _at: &At<'_, Input, i64>, rows: &mut Rows) {
        match step {
            step::ISSUE_VISA => rows.sticker.reserve_new(),
            step::WRITE_LETTER => rows.letter.reserve_new(),
            _ => {}
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::ISSUE_VISA => self.issue_visa(cx),
            step::WRITE_LETTER => write_letter(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::ISSUE_VISA => fail_issue_visa(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> ConsulateService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `issue-visa`: everything is there, so creates a `Sticker` and publishes
    /// `VisaIssued`.
    fn issue_visa(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.issue_visa.inputs(cx.key);
        let (Some(form_sent), Some(papers_checked), Some(one_of)) = (
            &inputs.form_sent,
            &inputs.papers_checked,
            inputs.one_of(),
        ) else {
            return Err(Halt::unexpected("issue-visa"));
        };
        self.handlers.issue_visa(form_sent, papers_checked, one_of)?;
        cx.rows.sticker.create(|id| Sticker { id, visa_id: form_sent.visa_id })?;
        let event = VisaIssued { visa_id: form_sent.visa_id, reason: None, success: true };
        cx.out.emit("issue-visa", &event);
        Ok(0)
    }
}

/// `write-letter`: everything is there, so creates a `Letter`.
fn write_letter(cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.letter.create(|id| Letter { id, visa_id: *cx.correlation })?;
    cx.out.done("write-letter", cx.key);
    Ok(0)
}

/// `issue-visa` fails: publishes `VisaIssued.failure`.
fn fail_issue_visa(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            VisaIssued { visa_id: *cx.correlation, reason: Some(rejection.reason.clone()), success: false }
        }
        (Failing::Closed, Some(Input::PapersChecked(_))) => {
            VisaIssued {
                visa_id: *cx.correlation,
                reason: Some("PapersChecked.forged".to_owned()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::JobConfirmed(_))) => {
            VisaIssued {
                visa_id: *cx.correlation,
                reason: Some("JobConfirmed.success".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("issue-visa"),
    };
    cx.out.emit("issue-visa", &failure);
}
