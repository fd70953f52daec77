//! Lanes on the store in memory, with a service whose messages and requests say what is to go wrong.

mod calls;
mod inbox;
mod refused;
mod relay;
mod requests;
mod sql;
mod timers;

use std::convert::Infallible;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use saga_step::flow::{Flow, Step};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::pace::Bounds;
use super::resources::Resources;
use crate::column::{RowError, RowReader, RowWriter};
use crate::context::{At, Outgoing, RequestContext};
use crate::entity::{ColumnDef, Entity, TableDef};
use crate::event::{Event, Outcome, Undecodable, read_object};
use crate::metrics::Metrics;
use crate::outcome::{Refusal, Rejection};
use crate::record::TopicPartition;
use crate::relay::{Command, RelayHandle};
use crate::rows::{AnySteps, AnyTable, Inputs, Rows, StepRows, Steps, Table, TableSchema};
use crate::service::{Answer, ContextOf, Failing, Halt, Routes, Service};
use crate::store::{MemoryStore, PinnedTopic, Store as _};
use crate::topology::Topology;
use crate::traces::Traces;

const ORIGIN: TopicPartition = TopicPartition { topic: "orders", partition: 0 };

/// A message or a request, and what its handler does.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Order {
    /// The row it changes.
    product: i32,
    /// For how long its handler sleeps, in milliseconds.
    sleep: u64,
    /// The state it writes; only some are allowed.
    state: String,
    /// Its handler gives the row it creates this key.
    gives: Option<i32>,
    /// Its handler gives another key each time: one that is taken, and that was not looked for.
    fickle: bool,
    /// Publishes what cannot be written as JSON.
    unwritable: bool,
    /// In a version that knows no other kinds.
    kind: Kind,
    /// Publishes.
    publish: bool,
    /// Publishes a text of so many bytes.
    large: usize,
    /// Its handler publishes, and refuses it then.
    refused: bool,
    /// Its handler panics.
    panics: bool,
    /// Is one of the two messages that a step waits for, which keeps this word of it. A number is the key of a
    /// row that the step creates.
    half: Option<(bool, String)>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Small,
    Large,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Product {
    id: i32,
    taken: i32,
    state: String,
}

impl Entity for Product {
    type Key = i32;
    const NAME: &'static str = "Product";
    const TABLE: TableDef = TableDef {
        name: "product_tb",
        columns: &[
            ColumnDef::of::<i32>("id"),
            ColumnDef::of::<i32>("taken"),
            ColumnDef::of::<String>("state").one_of(&["", "good"]),
        ],
        allocated: false,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.taken);
        row.put(&self.state);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, taken: row.take()?, state: row.take()? })
    }

    fn seed() -> Vec<Self> {
        (1..=3).map(|id| Self { id, taken: 0, state: String::new() }).collect()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Taken {
    #[serde(serialize_with = "unless_unwritable")]
    unwritable: bool,
    text: String,
}

fn unless_unwritable<S: serde::Serializer>(unwritable: &bool, to: S) -> Result<S::Ok, S::Error> {
    if *unwritable { Err(serde::ser::Error::custom("no JSON")) } else { to.serialize_bool(*unwritable) }
}

impl Event for Taken {
    type Correlation = &'static str;
    const NAME: &'static str = "Taken";
    const TOPIC: &'static str = "taken";
    const READERS: &'static str = "";

    fn correlation(&self) -> &&'static str {
        &"one"
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Paired {
    success: bool,
}

impl Event for Paired {
    type Correlation = &'static str;
    const NAME: &'static str = "Paired";
    const TOPIC: &'static str = "taken";
    const READERS: &'static str = "";

    fn correlation(&self) -> &&'static str {
        &"one"
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Halves {
    first: Option<String>,
    second: Option<String>,
}

impl Inputs for Halves {
    const STEP: &'static str = "pair";

    type Message = Order;

    fn has(&self, need: usize) -> bool {
        if need == 0 { self.first.is_some() } else { self.second.is_some() }
    }

    fn keep(&mut self, _: usize, order: &Order) {
        match order.half.clone() {
            Some((true, word)) => self.first = Some(word),
            Some((false, word)) => self.second = Some(word),
            None => {}
        }
    }
}

#[derive(Default)]
struct Stock {
    products: Table<Product>,
    pairs: StepRows<Halves>,
}

impl Rows for Stock {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.products]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.pairs]
    }
}

/// The places in the flow.
const TAKE: usize = 0;
const PAIR: usize = 1;
const ORDERED: usize = 0;
const FIRST: usize = 1;
const SECOND: usize = 2;
const PAIRED: usize = 3;
const UNPAIRED: usize = 4;

static FLOW: LazyLock<Flow> = LazyLock::new(|| {
    let take = Step::of("take", 0).needs(ORDERED);
    let pair = Step::of("pair", 0).needs(FIRST).needs(SECOND).kept();
    Flow::new(1, 5, vec![take, pair.publishes([PAIRED]).rejects_with(UNPAIRED)], vec![], vec![])
});

struct Shop;

impl Shop {
    fn take(order: &Order, rows: &mut Stock, out: &mut Outgoing) -> Result<(), Rejection> {
        std::thread::sleep(Duration::from_millis(order.sleep));
        assert!(!order.panics, "a handler of this order panics");
        if order.refused {
            out.emit("take", &Taken { unwritable: false, text: "refused".to_owned() });
            return Err(Rejection::because("not this one"));
        }
        let unseen = (1..=3).find(|id| rows.products.get(id).is_none());
        let given = if order.fickle { unseen } else { order.gives };
        if let Some(id) = given {
            rows.products.insert(Product { id, taken: 0, state: String::new() })?;
            return Ok(());
        }
        rows.products.change(&order.product, |product| {
            product.taken += 1;
            product.state.clone_from(&order.state);
            Ok(())
        })?;
        if order.publish || order.unwritable || order.large > 0 {
            let text = "x".repeat(order.large);
            out.emit("take", &Taken { unwritable: order.unwritable, text });
        }
        Ok(())
    }
}

impl Service for Shop {
    const SAGA: &'static str = "shop";
    const NAME: &'static str = "stock";
    const PORT: u16 = 1;
    const CONSUMES: &'static [&'static str] = &["orders"];
    const PUBLISHES: &'static [&'static str] = &["taken"];
    const AT: usize = 0;

    type Input = Order;
    type Request = Order;
    type Rows = Stock;
    type Correlation = String;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Product>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(_: &str, body: &[u8]) -> Result<Order, Undecodable> {
        read_object(body).map_err(|source| Undecodable::Json { event: "Order", source })
    }

    fn message(order: &Order) -> usize {
        match order.half {
            None => ORDERED,
            Some((true, _)) => FIRST,
            Some((false, _)) => SECOND,
        }
    }

    fn correlation(_: &Order) -> &String {
        static ONE: LazyLock<String> = LazyLock::new(|| "one".to_owned());
        &ONE
    }

    fn memory(rows: &mut Stock, step: usize) -> Option<&mut dyn Steps<Order>> {
        if step == PAIR { Some(&mut rows.pairs) } else { None }
    }

    fn lock(&self, step: usize, at: &At<'_, Order, String>, rows: &mut Stock) {
        if let (TAKE, Some(order)) = (step, at.input) {
            self.lock_for_request(order, rows);
        }
    }

    fn decide(&self, step: usize, cx: &mut ContextOf<'_, Self>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (TAKE, Some(order)) => Self::take(order, cx.rows, cx.out)?,
            (_, input) => {
                let word = input.and_then(|order| order.half.as_ref()).map(|(_, word)| word);
                if let Some(id) = word.and_then(|word| word.parse().ok()) {
                    cx.rows.products.insert(Product { id, taken: 0, state: String::new() })?;
                }
                cx.out.emit("pair", &Paired { success: true });
            }
        }
        Ok(0)
    }

    fn fail(&self, _: usize, _: &Failing, cx: &mut ContextOf<'_, Self>) {
        cx.out.emit("pair", &Paired { success: false });
    }

    fn lock_for_request(&self, order: &Order, rows: &mut Stock) {
        if order.gives.is_none() && !order.fickle {
            rows.products.lock(&order.product);
        }
    }

    fn answer(&self, order: &Order, cx: &mut RequestContext<'_, Stock>) -> Result<Answer, Refusal> {
        Self::take(order, cx.rows, cx.out)?;
        Ok(Answer { status: 201, created: None, body: "{}".to_owned() })
    }
}

/// What a lane of the shop is made of.
struct Rig {
    store: MemoryStore,
    topology: Arc<Topology>,
    relay: RelayHandle,
    metrics: Arc<Metrics>,
    /// What the relay is told.
    commands: mpsc::UnboundedReceiver<Command>,
}

/// Bounds that a test can afford. Handlers sleep for longer than they say when the machine is busy, so a test
/// relies on what must take too long, and not on what should be in time.
const BOUNDS: Bounds = Bounds { batch: Duration::from_millis(100), call: Duration::from_millis(1_500) };

impl Rig {
    async fn new() -> Self {
        let store = MemoryStore::new();
        store.prepare(Shop::SAGA, Shop::NAME, &Shop::tables()).await.expect("tables");
        let pinned = ["orders", "taken", "orders.stock.dlt"];
        let pinned = pinned.map(|topic| PinnedTopic { topic: topic.into(), partitions: 1, id: None });
        store.pin_topics(&pinned).await.expect("topics");
        let topology = Topology::new(Shop::NAME, &["orders", "taken", "orders.stock.dlt"], &pinned);
        let (to_relay, commands) = mpsc::unbounded_channel();
        let (lost, _) = mpsc::unbounded_channel();
        let relay = RelayHandle::new(to_relay, lost, Arc::new(AtomicI64::new(0)));
        let metrics = Arc::new(Metrics::new(Shop::SAGA, Shop::NAME));
        Self { store, topology: Arc::new(topology), relay, metrics, commands }
    }

    fn traces(&self) -> Arc<Traces> {
        Arc::new(Traces::off())
    }

    /// How many of each product are taken.
    async fn taken(&self) -> Vec<i32> {
        let rows = self.store.page(&Product::TABLE, &[], None, 100).await.expect("rows");
        crate::rows::rows_of::<Product>(&rows).expect("products").iter().map(|row| row.taken).collect()
    }

    /// The bodies of what was published since the last call.
    fn published(&mut self) -> String {
        let mut bodies = String::new();
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Feed(outbox) = command {
                bodies += &String::from_utf8_lossy(&outbox.bytes);
            }
        }
        bodies
    }

    /// A sample of the metrics.
    fn sample(&self, name: &str) -> Option<f64> {
        let text = self.metrics.text();
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.rsplit_once(' ')?.1.parse().ok()
    }
}

fn bound(resources: &mut Resources<Shop>) {
    resources.bounds = BOUNDS;
}
