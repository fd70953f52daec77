// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `bank`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Call, CallError, Calling, Event, Failing, Flow, Halt,
    Inputs, Outcome, Refusal, RequestContext, Routes, Service, StepRows, Steps, Table,
    TableSchema, Unanswered, Undecodable,
};
use serde::{Deserialize, Serialize};
use wire_contracts::bank::{Account, Handlers, SendWire, Slip};
use wire_contracts::events::{LimitReserved, WireAsked, WireBooked, WireSent};
use wire_contracts::flow::{FLOW, message, service, step};

/// The service `bank`.
pub struct BankService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Infallible, Answered>;

/// The messages the service reads.
pub enum Input {
    /// From topic `wire-asked`.
    WireAsked(WireAsked),
    /// From topic `limit-reserved`.
    LimitReserved(LimitReserved),
    /// From topic `wire-sent`.
    WireSent(WireSent),
    /// From topic `wire-booked`.
    WireBooked(WireBooked),
}

/// What calls to other systems answer.
pub enum Answered {
    /// The call of `send-wire`.
    SendWire(SendWire),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `account_tb`.
    pub account: Table<Account>,
    /// The rows of `slip_tb`.
    pub slip: Table<Slip>,
    /// What `send-wire` has seen of each saga.
    pub send_wire: StepRows<SendWireInputs>,
}

/// What `send-wire` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SendWireInputs {
    /// `WireAsked`, once it has arrived.
    pub wire_asked: Option<WireAsked>,
    /// `LimitReserved.success`, once it has arrived.
    pub limit_reserved: Option<LimitReserved>,
    /// `WireSent`, once it has published it.
    pub wire_sent: Option<WireSent>,
}

impl Inputs for SendWireInputs {
    const STEP: &'static str = "send-wire";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.wire_asked.is_some(),
            _ => self.limit_reserved.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::WireAsked(event) => self.wire_asked = Some(event.clone()),
            Input::LimitReserved(event) => self.limit_reserved = Some(event.clone()),
            _ => {}
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.account, &mut self.slip]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.send_wire]
    }
}

impl<H: Handlers> Service for BankService<H> {
    const SAGA: &'static str = "wire";
    const NAME: &'static str = "bank";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[
        WireAsked::TOPIC,
        LimitReserved::TOPIC,
        WireSent::TOPIC,
        WireBooked::TOPIC,
    ];
    const PUBLISHES: &'static [&'static str] = &[WireSent::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("send-wire", &[WireAsked::TOPIC, LimitReserved::TOPIC]),
        ("file-slip", &[WireSent::TOPIC]),
        ("recall-wire", &[WireBooked::TOPIC]),
    ];
    const AT: usize = service::BANK;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Answered;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Account>(), TableSchema::of::<Slip>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Account>("/accounts").list::<Slip>("/slips")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            WireAsked::TOPIC => saga_runtime::decode(body).map(Input::WireAsked),
            LimitReserved::TOPIC => saga_runtime::decode(body).map(Input::LimitReserved),
            WireSent::TOPIC => saga_runtime::decode(body).map(Input::WireSent),
            WireBooked::TOPIC => saga_runtime::decode(body).map(Input::WireBooked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::WireAsked(_) => message::WIRE_ASKED,
            Input::LimitReserved(event) => match Outcome::of(event.success) {
                Outcome::Success => message::LIMIT_RESERVED_SUCCESS,
                Outcome::Failure => message::LIMIT_RESERVED_FAILURE,
            },
            Input::WireSent(event) => match Outcome::of(event.success) {
                Outcome::Success => message::WIRE_SENT_SUCCESS,
                Outcome::Failure => message::WIRE_SENT_FAILURE,
            },
            Input::WireBooked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::WIRE_BOOKED_SUCCESS,
                Outcome::Failure => message::WIRE_BOOKED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::WireAsked(event) => &event.wire_id,
            Input::LimitReserved(event) => &event.wire_id,
            Input::WireSent(event) => &event.wire_id,
            Input::WireBooked(event) => &event.wire_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::SEND_WIRE => Some(&mut rows.send_wire),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if step == step::SEND_WIRE {
            if let Some(Input::WireAsked(wire_asked)) = at.input {
                rows.account.lock(&wire_asked.account_id);
            } else if let Some(wire_asked) = &rows.send_wire.inputs(at.key).wire_asked {
                rows.account.lock(&wire_asked.account_id);
            }
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::SEND_WIRE, _) => match cx.answered {
                Some(Answered::SendWire(answer)) => send_wire(answer, cx),
                _ => Err(Self::unexpected(step)),
            },
            (step::FILE_SLIP, Some(Input::WireSent(event))) => self.file_slip(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::SEND_WIRE => fail_send_wire(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::SEND_WIRE => (10, Duration::from_secs(10)),
            _ => (10, Duration::from_secs(10)),
        }
    }

    fn compensation_of(step: usize) -> &'static str {
        match step {
            step::SEND_WIRE => "recall-wire",
            _ => Self::name_of(step),
        }
    }

    fn call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Rows,
    ) -> Option<Calling<Result<Answered, CallError>>> {
        let service = Arc::clone(service);
        match step {
            step::SEND_WIRE => {
                let inputs = rows.send_wire.inputs(key).clone();
                let wire_asked = inputs.wire_asked.as_ref()?;
                let account = rows.account.get(&wire_asked.account_id).cloned();
                Some(
                    Box::pin(async move {
                        service.call_for_send_wire(&call, account, &inputs).await
                    }),
                )
            }
            _ => None,
        }
    }

    fn undo_call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Rows,
    ) -> Option<Calling<Result<(), Unanswered>>> {
        let service = Arc::clone(service);
        match step {
            step::SEND_WIRE => {
                let inputs = rows.send_wire.inputs(key).clone();
                let wire_asked = inputs.wire_asked.as_ref()?;
                let account = rows.account.get(&wire_asked.account_id).cloned();
                Some(
                    Box::pin(async move {
                        service.recall_wire(&call, account, &inputs).await
                    }),
                )
            }
            _ => None,
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> BankService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `file-slip`: on `WireSent.success`, creates a `Slip`.
    fn file_slip(&self, wire_sent: &WireSent, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let answer = self.handlers.file_slip(wire_sent);
        cx.rows.slip.insert(Slip { slip: answer.slip, wire_id: wire_sent.wire_id })?;
        cx.out.done("file-slip", cx.key);
        Ok(0)
    }

    /// Calls for `send-wire`.
    async fn call_for_send_wire(
        &self,
        call: &Call,
        account: Option<Account>,
        inputs: &SendWireInputs,
    ) -> Result<Answered, CallError> {
        let (Some(wire_asked), Some(limit_reserved)) = (&inputs.wire_asked, &inputs.limit_reserved) else {
            return Err(Unanswered::because("its messages are not there").into());
        };
        let Some(account) = &account else {
            return Err(Unanswered::because("its `Account` is not there").into());
        };
        self.handlers.send_wire(call, account, wire_asked, limit_reserved).await.map(Answered::SendWire)
    }

    /// `recall-wire`: compensates the call of `send-wire`, which may never have been
    /// answered.
    async fn recall_wire(
        &self,
        call: &Call,
        account: Option<Account>,
        inputs: &SendWireInputs,
    ) -> Result<(), Unanswered> {
        let (Some(wire_asked), Some(limit_reserved)) = (&inputs.wire_asked, &inputs.limit_reserved) else {
            return Err(Unanswered::because("its messages are not there"));
        };
        let Some(account) = &account else {
            return Err(Unanswered::because("its `Account` is not there"));
        };
        self.handlers.recall_wire(call, account, wire_asked, limit_reserved, inputs.wire_sent.as_ref()).await
    }
}

/// `send-wire`: everything is there, so changes the `Account` and publishes
/// `WireSent`.
fn send_wire(answer: &SendWire, cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.send_wire.inputs(cx.key);
    let Some(wire_asked) = &inputs.wire_asked else {
        return Err(Halt::unexpected("send-wire"));
    };
    let answer = cx.rows.account.change(&wire_asked.account_id, |account| {
        account.last = wire_asked.amount;
        Ok(answer)
    })?;
    let account = cx.rows.account.row(&wire_asked.account_id)?;
    let event = WireSent {
        wire_id: wire_asked.wire_id,
        receipt: Some(answer.receipt.clone()),
        owner: Some(account.owner.clone()),
        reason: None,
        success: true,
    };
    cx.out.emit("send-wire", &event);
    cx.rows.send_wire.keep(cx.key).wire_sent = Some(event);
    Ok(0)
}

/// `send-wire` fails: publishes `WireSent.failure`.
fn fail_send_wire(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            WireSent {
                wire_id: *cx.correlation,
                receipt: None,
                owner: None,
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::LimitReserved(limit_reserved))) => {
            WireSent {
                wire_id: *cx.correlation,
                receipt: None,
                owner: None,
                reason: limit_reserved.reason.clone(),
                success: false,
            }
        }
        (Failing::SagaFailed, _) => {
            WireSent {
                wire_id: *cx.correlation,
                receipt: None,
                owner: None,
                reason: Some("the saga has failed".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("send-wire"),
    };
    cx.out.emit("send-wire", &failure);
}
