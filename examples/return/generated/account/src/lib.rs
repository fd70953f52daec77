// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `account`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use return_contracts::account::Handlers;
use return_contracts::events::{GoodsInspected, GoodsInspectedState, MoneyReturned};
use return_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Call, CallError, Calling, Event, Failing, Flow, Halt,
    Inputs, Outcome, Refusal, RequestContext, Routes, Service, StepRows, Steps,
    TableSchema, Unanswered, Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `account`.
pub struct AccountService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Infallible, Answered>;

/// The messages the service reads.
pub enum Input {
    /// From topic `goods-inspected`.
    GoodsInspected(GoodsInspected),
    /// From topic `money-returned`.
    MoneyReturned(MoneyReturned),
}

/// What calls to other systems answer.
pub enum Answered {
    /// The call of `return-money`.
    ReturnMoney,
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `return-money` has seen of each saga.
    pub return_money: StepRows<ReturnMoneyInputs>,
}

/// What `return-money` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReturnMoneyInputs {
    /// `GoodsInspected`, once it has arrived.
    pub goods_inspected: Option<GoodsInspected>,
    /// `MoneyReturned`, once it has published it.
    pub money_returned: Option<MoneyReturned>,
}

impl Inputs for ReturnMoneyInputs {
    const STEP: &'static str = "return-money";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.goods_inspected.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::GoodsInspected(event) = message {
            self.goods_inspected = Some(event.clone());
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.return_money]
    }
}

impl<H: Handlers> Service for AccountService<H> {
    const SAGA: &'static str = "return";
    const NAME: &'static str = "account";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[GoodsInspected::TOPIC, MoneyReturned::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[MoneyReturned::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("return-money", &[GoodsInspected::TOPIC]),
        ("take-money-back", &[MoneyReturned::TOPIC]),
    ];
    const AT: usize = service::ACCOUNT;
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
        Vec::new()
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            GoodsInspected::TOPIC => saga_runtime::decode(body).map(Input::GoodsInspected),
            MoneyReturned::TOPIC => saga_runtime::decode(body).map(Input::MoneyReturned),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::GoodsInspected(event) => match event.state {
                GoodsInspectedState::Intact => message::GOODS_INSPECTED_INTACT,
                GoodsInspectedState::Worn => message::GOODS_INSPECTED_WORN,
                GoodsInspectedState::Broken => message::GOODS_INSPECTED_BROKEN,
            },
            Input::MoneyReturned(event) => match Outcome::of(event.success) {
                Outcome::Success => message::MONEY_RETURNED_SUCCESS,
                Outcome::Failure => message::MONEY_RETURNED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::GoodsInspected(event) => &event.return_id,
            Input::MoneyReturned(event) => &event.return_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::RETURN_MONEY => Some(&mut rows.return_money),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::RETURN_MONEY => return_money(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::RETURN_MONEY => fail_return_money(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::RETURN_MONEY => (10, Duration::from_secs(10)),
            _ => (10, Duration::from_secs(10)),
        }
    }

    fn compensation_of(step: usize) -> &'static str {
        match step {
            step::RETURN_MONEY => "take-money-back",
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
            step::RETURN_MONEY => {
                let inputs = rows.return_money.inputs(key).clone();
                Some(
                    Box::pin(async move {
                        service.call_for_return_money(&call, &inputs).await
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
            step::RETURN_MONEY => {
                let inputs = rows.return_money.inputs(key).clone();
                Some(
                    Box::pin(async move {
                        service.take_money_back(&call, &inputs).await
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

impl<H: Handlers> AccountService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// Calls for `return-money`.
    async fn call_for_return_money(
        &self,
        call: &Call,
        inputs: &ReturnMoneyInputs,
    ) -> Result<Answered, CallError> {
        let Some(goods_inspected) = &inputs.goods_inspected else {
            return Err(Unanswered::because("its messages are not there").into());
        };
        self.handlers.return_money(call, goods_inspected).await.map(|()| Answered::ReturnMoney)
    }

    /// `take-money-back`: compensates the call of `return-money`, which may never have
    /// been answered.
    async fn take_money_back(&self, call: &Call, inputs: &ReturnMoneyInputs) -> Result<(), Unanswered> {
        let Some(goods_inspected) = &inputs.goods_inspected else {
            return Err(Unanswered::because("its messages are not there"));
        };
        self.handlers.take_money_back(call, goods_inspected, inputs.money_returned.as_ref()).await
    }
}

/// `return-money`: on `GoodsInspected`, publishes `MoneyReturned`.
fn return_money(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.return_money.inputs(cx.key);
    let Some(goods_inspected) = &inputs.goods_inspected else {
        return Err(Halt::unexpected("return-money"));
    };
    let event = MoneyReturned { return_id: goods_inspected.return_id, success: true };
    cx.out.emit("return-money", &event);
    cx.rows.return_money.keep(cx.key).money_returned = Some(event);
    Ok(0)
}

/// `return-money` fails: publishes `MoneyReturned.failure`.
fn fail_return_money(cx: &mut Context<'_>) {
    let failure = MoneyReturned { return_id: *cx.correlation, success: false };
    cx.out.emit("return-money", &failure);
}
