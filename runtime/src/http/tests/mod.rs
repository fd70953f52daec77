//! A service with one entity on the store in memory, and clients that send it bytes.

mod changes;
mod clients;
mod fuzz;
mod pages;
mod requests;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use saga_step::Phase;
use saga_step::flow::{Flow, Step};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::connections::Patience;
use super::serve::serve_patiently;
use super::{Endpoint, Health, Server};
use crate::column::{RowError, RowReader, RowWriter};
use crate::config::{AllowedOrigins, Reader};
use crate::context::RequestContext;
use crate::entity::{ColumnDef, Entity, TableDef};
use crate::event::Undecodable;
use crate::lane::RequestLane;
use crate::metrics::Metrics;
use crate::outcome::Refusal;
use crate::relay::RelayHandle;
use crate::rows::{AnyTable, Rows, Table, TableSchema};
use crate::service::{Answer, Method, Routes, Service};
use crate::store::{MemoryStore, Store as _};
use crate::topology::Topology;
use crate::traces::Traces;
use jiff::Timestamp;
use rust_decimal::Decimal;

/// A client that waits longer for an answer waits without end.
const HANG: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Cart {
    id: String,
    pieces: i32,
    weight: f64,
}

impl Entity for Cart {
    type Key = String;
    const NAME: &'static str = "Cart";
    const TABLE: TableDef = TableDef {
        name: "cart_tb",
        columns: &[
            ColumnDef::of::<String>("id"),
            ColumnDef::of::<i32>("pieces"),
            ColumnDef::of::<f64>("weight"),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.pieces);
        row.put(&self.weight);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, pieces: row.take()?, weight: row.take()? })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OpenCart {
    id: String,
    pieces: i32,
    weight: f64,
    note: Option<String>,
    #[serde(with = "crate::exact", default)]
    price: Option<Decimal>,
    #[serde(default)]
    lines: Vec<Line>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    count: i32,
    #[serde(with = "crate::exact", default)]
    until: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct FillCart {
    pieces: i32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Nothing {}

enum Request {
    Open(OpenCart),
    /// Has so many pieces in a cart that is not closed.
    Fill(String, FillCart),
    /// Closes a cart: it has no pieces from then on.
    Close(String),
    /// Has no row.
    Ring(i32),
}

#[derive(Default)]
struct Carts {
    cart: Table<Cart>,
}

impl Rows for Carts {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.cart]
    }
}

struct Shop;

impl Service for Shop {
    const SAGA: &'static str = "shop";
    const NAME: &'static str = "shop";
    const PORT: u16 = 1;
    const OPENAPI: Option<&'static str> = Some(r#"{"openapi":"3.1.0"}"#);
    const CONSUMES: &'static [&'static str] = &[];
    const PUBLISHES: &'static [&'static str] = &[];
    const AT: usize = 0;

    type Input = Infallible;
    type Request = Request;
    type Rows = Carts;
    type Correlation = String;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        static FLOW: LazyLock<Flow> = LazyLock::new(|| {
            let open = Step::of("open-cart", 0).begins().creates(0);
            Flow::new(1, 0, vec![open], vec![saga_step::flow::Entity::of([Phase::Open], [0])], vec![])
        });
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Cart>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .write::<Nothing>(
                Method::Delete,
                "/carts/{cart}",
                |path, _| Ok(Request::Close(path.key::<Cart>("cart")?)),
                "{}",
            )
            .write::<FillCart>(
                Method::Put,
                "/carts/{id}/pieces",
                |path, body| Ok(Request::Fill(path.key::<Cart>("id")?, body)),
                "{}",
            )
            .write::<Nothing>(
                Method::Post,
                "/bells/{number}",
                |path, _| Ok(Request::Ring(path.value("number")?)),
                "{}",
            )
            .create::<OpenCart>("/carts", Request::Open, "{}")
            .read::<Cart>("/carts/{id}")
            .list::<Cart>("/stock/carts")
            .list::<Cart>("/stock/{pieces}/carts")
            .read::<Cart>("/stock/{pieces}/carts/{id}")
    }

    fn decode(topic: &str, _: &[u8]) -> Result<Infallible, Undecodable> {
        Err(Undecodable::Topic(topic.to_owned()))
    }

    fn message(input: &Infallible) -> usize {
        match *input {}
    }

    fn correlation(input: &Infallible) -> &String {
        match *input {}
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Carts) {
        match request {
            Request::Open(body) => rows.cart.lock(&body.id),
            Request::Fill(id, _) | Request::Close(id) => rows.cart.lock(id),
            Request::Ring(_) => {}
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Carts>) -> Result<Answer, Refusal> {
        let carts = &mut cx.rows.cart;
        let (id, pieces) = match request {
            Request::Open(OpenCart { id, pieces, weight, .. }) => {
                let cart = Cart { id: id.clone(), pieces: *pieces, weight: *weight };
                return Answer::created(carts.insert(cart)?);
            }
            Request::Ring(13) => return Err(Refusal::conflict("this bell is broken")),
            Request::Ring(_) => return Ok(Answer::done()),
            Request::Fill(id, body) => (id, body.pieces),
            Request::Close(id) => (id, 0),
        };
        let cart = carts.get(id).ok_or_else(|| Refusal::not_found::<Cart>(id))?;
        if matches!(request, Request::Fill(..)) && cart.pieces == 0 {
            return Err(Refusal::conflict(format!("Cart {id} is closed")));
        }
        carts.change(id, |cart| {
            cart.pieces = pieces;
            Ok(())
        })?;
        Answer::changed(carts.get(id).ok_or_else(|| Refusal::not_found::<Cart>(id))?)
    }
}

/// How a test's server differs from that of a service.
struct Setting {
    patience: Patience,
    connections: usize,
    origins: &'static str,
    /// Whether requests that write are answered.
    answers: bool,
}

impl Default for Setting {
    fn default() -> Self {
        Self { patience: Patience::default(), connections: 1_000, origins: "", answers: true }
    }
}

/// A running server, with a lane behind it.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
    lane: JoinHandle<()>,
}

impl Running {
    async fn start(setting: Setting) -> Self {
        let store = MemoryStore::new();
        store.prepare(Shop::SAGA, Shop::NAME, &Shop::tables()).await.expect("tables");
        let (commands, _) = mpsc::unbounded_channel();
        let (lost, losses) = mpsc::unbounded_channel();
        let relay = RelayHandle::new(commands, lost, Arc::new(AtomicI64::new(0)));
        let (metrics, traces) = (Arc::new(Metrics::new("shop", "shop")), Arc::new(Traces::off()));
        let (jobs, waiting) = mpsc::channel(1_000);
        let lane = RequestLane::new(
            Arc::new(Shop),
            store.clone(),
            Arc::new(Topology::new("shop", &[], &[])),
            relay.clone(),
            metrics.clone(),
            traces.clone(),
        );
        let lane = tokio::spawn(async move {
            if setting.answers {
                lane.run(waiting, losses).await;
            } else {
                let _waiting = waiting;
                std::future::pending::<()>().await;
            }
        });
        let health = Arc::new(Health::default());
        let server =
            Server { routes: Shop::routes(Routes::default()), store, jobs, relay, health, metrics, traces };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut endpoint = Endpoint::from(listener).allowing(origins(setting.origins));
        endpoint.connections = setting.connections;
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async { drop(stopped.await) };
        let server = tokio::spawn(serve_patiently(server, endpoint, until, setting.patience));
        Self { address, stop, server, lane }
    }

    /// Stops server and lane, and says how long that took.
    async fn stop(self) -> Duration {
        let began = std::time::Instant::now();
        self.stop.send(()).expect("it runs");
        timeout(HANG, self.server).await.expect("the server stops").expect("no panic").expect("no error");
        timeout(HANG, self.lane).await.expect("the lane stops").expect("no panic");
        began.elapsed()
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("it listens")
    }

    /// Sends bytes, and reads until the server closes.
    async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // A server that has refused already may have closed.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        rest(&mut stream).await
    }

    /// A request with these lines after the first; its answer.
    async fn ask(&self, request: &str, headers: &[&str], body: &str) -> Reply {
        let mut text = format!("{request} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n");
        headers.iter().for_each(|header| text.extend([header, "\r\n"]));
        if !body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        Reply::of(&self.send(format!("{text}\r\n{body}").as_bytes()).await)
    }

    async fn get(&self, path: &str) -> Reply {
        self.ask(&format!("GET {path}"), &[], "").await
    }

    /// `POST /carts` of JSON.
    async fn post(&self, headers: &[&str], body: &str) -> Reply {
        let headers: Vec<&str> = ["Content-Type: application/json"].iter().chain(headers).copied().collect();
        self.ask("POST /carts", &headers, body).await
    }
}

/// What is left to read.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(HANG, stream.read_to_end(&mut bytes)).await;
    // A reset tells what an end tells; what came before it counts.
    let _ = read.expect("the connection ends");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn origins(text: &'static str) -> AllowedOrigins {
    Reader { get: &|_| Some(text.to_owned()), problems: String::new() }.origins()
}

#[derive(Debug)]
struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

fn cart(id: &str) -> String {
    serde_json::json!({ "id": id, "pieces": 1, "weight": 1 }).to_string()
}
