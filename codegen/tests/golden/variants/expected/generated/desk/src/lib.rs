// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `desk`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::desk::{Claim, ClaimStatus, Handlers, OpenClaim};
use claim_contracts::events::{
    ClaimFiled, ClaimOpened, ClaimOpenedKind, NoticeSent, NoticeSentChannel,
};
use claim_contracts::flow::{FLOW, message, service, step};
use claim_contracts::types::Channel;
use saga_runtime::{
    Answer, AnyTable, At, Event, Failing, Flow, Halt, Outcome, Refusal, Rejection,
    RequestContext, Routes, RowStatus, Service, Table, TableSchema, Undecodable,
};

/// The service `desk`.
pub struct DeskService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `claim-opened`.
    ClaimOpened(ClaimOpened),
    /// From topic `claim-filed`.
    ClaimFiled(ClaimFiled),
}

/// The requests that write.
pub enum Request {
    /// `POST /claims`.
    OpenClaim(OpenClaim),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `claim_tb`.
    pub claim: Table<Claim>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.claim]
    }
}

impl<H: Handlers> Service for DeskService<H> {
    const SAGA: &'static str = "claim";
    const NAME: &'static str = "desk";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[ClaimOpened::TOPIC, ClaimFiled::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ClaimOpened::TOPIC, NoticeSent::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("send-notice", &[ClaimOpened::TOPIC]),
        ("close-claim", &[ClaimFiled::TOPIC]),
        ("refuse-claim", &[ClaimFiled::TOPIC]),
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
        vec![TableSchema::of::<Claim>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.create::<OpenClaim>(
            "/claims",
            Request::OpenClaim,
            r#"{"amount":1,"channel":"post","place":"place","kind":"glass"}"#,
        )
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            ClaimOpened::TOPIC => saga_runtime::decode(body).map(Input::ClaimOpened),
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
            Input::ClaimFiled(event) => match Outcome::of(event.success) {
                Outcome::Success => message::CLAIM_FILED_SUCCESS,
                Outcome::Failure => message::CLAIM_FILED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ClaimOpened(event) => &event.claim_id,
            Input::ClaimFiled(event) => &event.claim_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::CLOSE_CLAIM | step::REFUSE_CLAIM) {
            rows.claim.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::CLOSE_CLAIM | step::REFUSE_CLAIM, 0) => cx.rows.claim.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::SEND_NOTICE, Some(Input::ClaimOpened(event))) => send_notice(event, cx),
            (step::CLOSE_CLAIM, Some(Input::ClaimFiled(event))) => close_claim(event, cx),
            (step::REFUSE_CLAIM, Some(Input::ClaimFiled(event))) => refuse_claim(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::SEND_NOTICE => fail_send_notice(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::OpenClaim(_) => {
                rows.claim.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::OpenClaim(body) => self.open_claim(body, cx),
        }
    }
}

impl<H: Handlers> DeskService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `open-claim`: creates a `Claim` and publishes `ClaimOpened`.
    fn open_claim(&self, body: &OpenClaim, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.open_claim(body)?;
        let claim = cx.rows.claim.create(|id| Claim { id, amount: body.amount, status: ClaimStatus::Open })?;
        let event = ClaimOpened {
            claim_id: claim.id,
            amount: body.amount,
            channel: body.channel,
            place: body.place.clone(),
            kind: body.kind,
        };
        cx.out.emit("open-claim", &event);
        Answer::created(claim)
    }
}

/// `send-notice`: on `ClaimOpened`, publishes `NoticeSent`.
fn send_notice(claim_opened: &ClaimOpened, cx: &mut Context<'_>) -> Result<usize, Halt> {
    let (way, channel) = match claim_opened.channel {
        Channel::Mail => (0, NoticeSentChannel::Mail),
        Channel::Fax => return Err(Rejection::because("`channel` is fax").into()),
        Channel::Post => (1, NoticeSentChannel::Post),
    };
    let event = NoticeSent { claim_id: claim_opened.claim_id, reason: None, channel };
    cx.out.emit("send-notice", &event);
    Ok(way)
}

/// `close-claim`: on `ClaimFiled.success`, moves the `Claim` to `PAID`.
fn close_claim(claim_filed: &ClaimFiled, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.claim.set_status(&claim_filed.claim_id, ClaimStatus::Paid);
    cx.out.moved("close-claim", cx.key, ClaimStatus::Paid);
    Ok(0)
}

/// `refuse-claim`: on `ClaimFiled.failure`, moves the `Claim` to `REFUSED`.
fn refuse_claim(claim_filed: &ClaimFiled, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.claim.set_status(&claim_filed.claim_id, ClaimStatus::Refused);
    cx.out.moved("refuse-claim", cx.key, ClaimStatus::Refused);
    Ok(0)
}

/// `send-notice` fails: publishes `NoticeSent.fax`.
fn fail_send_notice(why: &Failing, cx: &mut Context<'_>) {
    let failure = match why {
        Failing::Rejected(rejection) => {
            NoticeSent {
                claim_id: *cx.correlation,
                reason: Some(rejection.reason.clone()),
                channel: NoticeSentChannel::Fax,
            }
        }
        _ => return cx.out.unexpected("send-notice"),
    };
    cx.out.emit("send-notice", &failure);
}
