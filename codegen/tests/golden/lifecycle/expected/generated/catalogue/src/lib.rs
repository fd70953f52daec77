// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `catalogue`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::catalogue::Price;
use claim_contracts::flow::{FLOW, service};
use saga_runtime::{
    Answer, AnyTable, Flow, Refusal, RequestContext, Routes, Service, Table, TableSchema,
    Undecodable,
};

/// The service `catalogue`.
pub struct CatalogueService;

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `price_tb`.
    pub price: Table<Price>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.price]
    }
}

impl Service for CatalogueService {
    const SAGA: &'static str = "claim";
    const NAME: &'static str = "catalogue";
    const PORT: u16 = 8085;
    const CONSUMES: &'static [&'static str] = &[];
    const PUBLISHES: &'static [&'static str] = &[];
    const AT: usize = service::CATALOGUE;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Infallible;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Price>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.read::<Price>("/prices/{code}")
    }

    fn decode(topic: &str, _body: &[u8]) -> Result<Infallible, Undecodable> {
        Err(Undecodable::Topic(topic.to_owned()))
    }

    fn message(input: &Infallible) -> usize {
        match *input {}
    }

    fn correlation(input: &Infallible) -> &i64 {
        match *input {}
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}
