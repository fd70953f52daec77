// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `underwriting`: which messages it reads, which rows
//! they touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use insurance_contracts::events::{PolicyAsked, PolicyPriced};
use insurance_contracts::flow::{FLOW, message, service, step};
use insurance_contracts::types::Address;
use insurance_contracts::underwriting::{Handlers, Quote, Tariff};
use saga_runtime::{
    Answer, AnyTable, At, Event, Failing, Flow, Halt, Refusal, RequestContext, Routes,
    Service, Table, TableSchema, Undecodable, Uuid,
};

/// The service `underwriting`.
pub struct UnderwritingService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid>;

/// The messages the service reads.
pub enum Input {
    /// From topic `policy-asked`.
    PolicyAsked(PolicyAsked),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `quote_tb`.
    pub quote: Table<Quote>,
    /// The rows of `tariff_tb`.
    pub tariff: Table<Tariff>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.quote, &mut self.tariff]
    }
}

impl<H: Handlers> Service for UnderwritingService<H> {
    const SAGA: &'static str = "insurance";
    const NAME: &'static str = "underwriting";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[PolicyAsked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[PolicyPriced::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("price-policy", &[PolicyAsked::TOPIC]),
    ];
    const AT: usize = service::UNDERWRITING;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = Uuid;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Quote>(), TableSchema::of::<Tariff>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.read::<Tariff>("/tariffs/{cover}").list::<Tariff>("/tariffs")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            PolicyAsked::TOPIC => saga_runtime::decode(body).map(Input::PolicyAsked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::PolicyAsked(_) => message::POLICY_ASKED,
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::PolicyAsked(event) => &event.policy_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if let (step::PRICE_POLICY, Some(Input::PolicyAsked(policy_asked))) = (step, at.input) {
            rows.tariff.lock(&policy_asked.cover);
            rows.quote.reserve_new();
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::PRICE_POLICY, Some(Input::PolicyAsked(event))) => self.price_policy(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::PRICE_POLICY => fail_price_policy(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> UnderwritingService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `price-policy`: on `PolicyAsked`, changes the `Tariff`, creates a `Quote` and
    /// publishes `PolicyPriced`.
    fn price_policy(&self, policy_asked: &PolicyAsked, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let (answer, quote) = cx.rows.tariff.change(&policy_asked.cover, |tariff| {
            let answer = self.handlers.price_policy(tariff, policy_asked)?;
            let quote = cx.rows.quote.create(|id| Quote {
                id,
                policy_id: policy_asked.policy_id,
                premium: policy_asked.premium,
            })?;
            Ok((answer, quote))
        })?;
        let tariff = cx.rows.tariff.row(&policy_asked.cover)?;
        let event = PolicyPriced {
            policy_id: policy_asked.policy_id,
            quote_id: Some(quote.id),
            rate: tariff.rate,
            since: tariff.since,
            kinds: tariff.kinds.clone(),
            home: tariff.home.clone(),
            discount: tariff.discount,
            priced_at: answer.priced_at,
            street: Some(answer.street.clone()),
            reason: None,
            success: true,
        };
        cx.out.emit("price-policy", &event);
        Ok(0)
    }
}

/// `price-policy` fails: publishes `PolicyPriced.failure`.
fn fail_price_policy(why: &Failing, cx: &mut Context<'_>) {
    let failure = match why {
        Failing::Rejected(rejection) => {
            PolicyPriced {
                policy_id: *cx.correlation,
                quote_id: None,
                rate: saga_runtime::literal("0.00"),
                since: saga_runtime::literal("1970-01-01"),
                kinds: vec![],
                home: Address { street: "none".to_owned(), zip: None },
                discount: Some(saga_runtime::literal("0.5")),
                priced_at: saga_runtime::literal("2026-01-31T12:00:00.5Z"),
                street: None,
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("price-policy"),
    };
    cx.out.emit("price-policy", &failure);
}
