//! A small service for tests: one step without a row, and no table.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::{Arc, LazyLock, Mutex};

use saga_step::flow::{Flow, Step};
use serde::{Deserialize, Serialize};

use crate::context::RequestContext;
use crate::event::{Event, Undecodable, decode};
use crate::outcome::Refusal;
use crate::rows::{AnyTable, Rows, TableSchema};
use crate::service::{Answer, ContextOf, Halt, Routes, Service};

/// The only message of the saga.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Noted {
    /// The saga instance.
    pub id: String,
}

impl Noted {
    /// The body of the message of an instance.
    pub(crate) fn body(id: &str) -> String {
        serde_json::json!({ "id": id }).to_string()
    }
}

impl Event for Noted {
    type Correlation = String;
    const NAME: &'static str = "Noted";
    const TOPIC: &'static str = "noted";

    fn correlation(&self) -> &String {
        &self.id
    }
}

/// Where a [`Reader`] stands.
pub(crate) trait Post: Send + Sync + 'static {
    /// The service's name.
    const NAME: &'static str = "reader";
    /// The topic that it reads, and the step which that starts.
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[("note", &[Noted::TOPIC])];
}

/// The service `reader`, which notes what is `noted`.
pub(crate) struct Notes;

impl Post for Notes {}

/// Notes the instances it hears of, once each.
pub(crate) struct Reader<P = Notes> {
    /// The instances, in the order in which it heard of them.
    pub seen: Arc<Mutex<Vec<String>>>,
    post: PhantomData<P>,
}

impl<P> Reader<P> {
    pub(crate) fn noting(seen: Arc<Mutex<Vec<String>>>) -> Self {
        Self { seen, post: PhantomData }
    }
}

impl<P> Default for Reader<P> {
    fn default() -> Self {
        Self::noting(Arc::default())
    }
}

static FLOW: LazyLock<Flow> =
    LazyLock::new(|| Flow::new(1, 1, vec![Step::of("note", 0).needs(0)], vec![], vec![]));

#[derive(Default)]
pub(crate) struct NoRows;

impl Rows for NoRows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }
}

impl<P: Post> Service for Reader<P> {
    const SAGA: &'static str = "notes";
    const NAME: &'static str = P::NAME;
    const PORT: u16 = 1;
    const CONSUMES: &'static [&'static str] = P::STEPS[0].1;
    const PUBLISHES: &'static [&'static str] = &[];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = P::STEPS;
    const AT: usize = 0;

    type Input = Noted;
    type Request = Infallible;
    type Rows = NoRows;
    type Correlation = String;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn name_of(_: usize) -> &'static str {
        P::STEPS[0].0
    }

    fn tables() -> Vec<TableSchema> {
        Vec::new()
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(_: &str, body: &[u8]) -> Result<Noted, Undecodable> {
        decode(body)
    }

    fn message(_: &Noted) -> usize {
        0
    }

    fn correlation(input: &Noted) -> &String {
        &input.id
    }

    fn decide(&self, _: usize, cx: &mut ContextOf<'_, Self>) -> Result<usize, Halt> {
        self.seen.lock().expect("no test panics with it").push(cx.correlation.clone());
        Ok(0)
    }

    fn answer(&self, no: &Infallible, _: &mut RequestContext<'_, NoRows>) -> Result<Answer, Refusal> {
        match *no {}
    }
}
