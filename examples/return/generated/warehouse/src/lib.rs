// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `warehouse`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use return_contracts::events::{GoodsInspected, GoodsInspectedState, ReturnOpened};
use return_contracts::flow::{FLOW, message, service, step};
use return_contracts::warehouse::{Handlers, InspectGoods};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Call, CallError, Calling, Event, Failing, Flow, Halt,
    Inputs, Refusal, RequestContext, Routes, Service, StepRows, Steps, TableSchema,
    Unanswered, Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `warehouse`.
pub struct WarehouseService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Infallible, Answered>;

/// The messages the service reads.
pub enum Input {
    /// From topic `return-opened`.
    ReturnOpened(ReturnOpened),
}

/// What calls to other systems answer.
pub enum Answered {
    /// The call of `inspect-goods`.
    InspectGoods(InspectGoods),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `inspect-goods` has seen of each saga.
    pub inspect_goods: StepRows<InspectGoodsInputs>,
}

/// What `inspect-goods` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InspectGoodsInputs {
    /// `ReturnOpened`, once it has arrived.
    pub return_opened: Option<ReturnOpened>,
}

impl Inputs for InspectGoodsInputs {
    const STEP: &'static str = "inspect-goods";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.return_opened.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::ReturnOpened(event) => self.return_opened = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.inspect_goods]
    }
}

impl<H: Handlers> Service for WarehouseService<H> {
    const SAGA: &'static str = "return";
    const NAME: &'static str = "warehouse";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[ReturnOpened::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[GoodsInspected::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("inspect-goods", &[ReturnOpened::TOPIC]),
    ];
    const AT: usize = service::WAREHOUSE;
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
            ReturnOpened::TOPIC => saga_runtime::decode(body).map(Input::ReturnOpened),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ReturnOpened(_) => message::RETURN_OPENED,
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ReturnOpened(event) => &event.return_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::INSPECT_GOODS => Some(&mut rows.inspect_goods),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::INSPECT_GOODS => match cx.answered {
                Some(Answered::InspectGoods(answer)) => inspect_goods(answer, cx),
                _ => Err(Self::unexpected(step)),
            },
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::INSPECT_GOODS => fail_inspect_goods(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::INSPECT_GOODS => (10, Duration::from_secs(10)),
            _ => (10, Duration::from_secs(10)),
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
            step::INSPECT_GOODS => {
                let inputs = rows.inspect_goods.inputs(key).clone();
                Some(
                    Box::pin(async move {
                        service.call_for_inspect_goods(&call, &inputs).await
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

impl<H: Handlers> WarehouseService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// Calls for `inspect-goods`.
    async fn call_for_inspect_goods(
        &self,
        call: &Call,
        inputs: &InspectGoodsInputs,
    ) -> Result<Answered, CallError> {
        let Some(return_opened) = &inputs.return_opened else {
            return Err(Unanswered::because("its messages are not there").into());
        };
        self.handlers.inspect_goods(call, return_opened).await.map(Answered::InspectGoods)
    }
}

/// `inspect-goods`: on `ReturnOpened`, publishes `GoodsInspected`.
fn inspect_goods(answer: &InspectGoods, cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.inspect_goods.inputs(cx.key);
    let Some(return_opened) = &inputs.return_opened else {
        return Err(Halt::unexpected("inspect-goods"));
    };
    let (way, state) = match answer {
        InspectGoods::Intact => (0, GoodsInspectedState::Intact),
        InspectGoods::Worn => (1, GoodsInspectedState::Worn),
    };
    let event = GoodsInspected {
        return_id: return_opened.return_id,
        order_id: return_opened.order_id,
        amount: return_opened.amount,
        state,
    };
    cx.out.emit("inspect-goods", &event);
    Ok(way)
}

/// `inspect-goods` fails: publishes `GoodsInspected.broken`.
fn fail_inspect_goods(cx: &mut Context<'_>) {
    let inputs = cx.rows.inspect_goods.inputs(cx.key);
    let Some(return_opened) = &inputs.return_opened else {
        return cx.out.unexpected("inspect-goods");
    };
    let failure = GoodsInspected {
        return_id: *cx.correlation,
        order_id: return_opened.order_id,
        amount: return_opened.amount,
        state: GoodsInspectedState::Broken,
    };
    cx.out.emit("inspect-goods", &failure);
}
