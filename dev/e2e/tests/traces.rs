//! The spans that a collector gets of an order.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use e2e::scenarios::{ended, order, start_delivery, start_order, start_product, stock};
use e2e::{Instance, Pair, Stage, wait_for};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use saga_runtime::traces::TracesConfig;
use serde_json::json;

const BOUND: Duration = Duration::from_secs(20);

/// A span as the collector got it.
#[derive(Debug, Clone)]
struct Span {
    service: String,
    name: String,
    kind: SpanKind,
    trace: Vec<u8>,
    id: Vec<u8>,
    parent: Vec<u8>,
    lasted: u64,
    attributes: BTreeMap<String, String>,
}

/// A collector inside this process.
#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    /// A collector, and the URL on which it takes spans.
    fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let collector = Self::default();
        let taking = collector.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taking = taking.clone();
                std::thread::spawn(move || while taking.take(&stream).is_some() {});
            }
        });
        (collector, url)
    }

    /// Takes one request; none when the connection ends.
    fn take(&self, mut stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            if line == "\r\n" {
                break;
            }
            head.push(line.trim_end().to_lowercase());
        }
        assert_eq!(head[0], "post /v1/traces http/1.1");
        assert!(head.contains(&"content-type: application/x-protobuf".to_owned()), "{head:?}");
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let request = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
        self.spans.lock().unwrap().extend(spans_of(request));
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()
    }

    fn spans(&self) -> Vec<Span> {
        self.spans.lock().unwrap().clone()
    }
}

fn spans_of(request: ExportTraceServiceRequest) -> Vec<Span> {
    let of_resource = request.resource_spans.into_iter().flat_map(|resource| {
        let service = attributes(&resource.resource.unwrap().attributes)["service.name"].clone();
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.map(move |span| (service.clone(), span)).collect::<Vec<_>>()
    });
    let read = of_resource.map(|(service, span)| Span {
        service,
        kind: span.kind(),
        lasted: span.end_time_unix_nano.checked_sub(span.start_time_unix_nano).unwrap(),
        attributes: attributes(&span.attributes),
        name: span.name,
        trace: span.trace_id,
        id: span.span_id,
        parent: span.parent_span_id,
    });
    read.collect()
}

fn attributes(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |pair: &KeyValue| match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{other:?}"),
    };
    pairs.iter().map(|pair| (pair.key.clone(), text(pair))).collect()
}

/// Exports to `endpoint`, at once.
fn at_once(endpoint: String) -> TracesConfig {
    TracesConfig { endpoint: Some(endpoint), delay: Duration::from_millis(20), ..TracesConfig::default() }
}

/// The services of the saga on `stage`.
fn start_all(stage: &Stage) -> [Instance; 3] {
    [start_order(stage), start_product(stage), start_delivery(stage)]
}

#[test]
fn an_order_is_one_trace_through_all_services() {
    let (collector, url) = Collector::start();
    let stage = Stage::new(Pair::Embedded).exporting(at_once(url));
    let [orders, _product, _delivery] = start_all(&stage);
    let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let posted = orders.post("/orders", &[("traceparent", caller)], &order(1, 1));
    assert_eq!(posted.status, 201);
    ended(&orders, 1);
    // Order, product, delivery twice, and order again.
    let spans = wait_for("the spans", BOUND, || Some(collector.spans()).filter(|spans| spans.len() >= 5));
    assert_eq!(spans.len(), 5, "{spans:#?}");

    let trace =
        [0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36];
    assert!(spans.iter().all(|span| span.trace == trace), "{spans:#?}");
    let find = |service: &str, name: &str| -> &Span {
        spans.iter().find(|span| span.service == service && span.name == name).unwrap()
    };
    let request = find("order", "POST /orders");
    let decrease = find("product", "process order-created");
    let waits = find("delivery", "process order-created");
    let delivers = find("delivery", "process product-decreased");
    let completes = find("order", "process delivery-created");
    for (child, parent) in
        [(decrease, request), (waits, request), (delivers, decrease), (completes, delivers)]
    {
        // Delivery publishes in the span of whichever of its two messages came last.
        let last = if child.name == completes.name && child.parent == waits.id { waits } else { parent };
        assert_eq!((&child.parent, child.kind), (&last.id, SpanKind::Consumer), "{}", child.name);
    }
    assert_eq!(request.parent, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
    assert_eq!(request.kind, SpanKind::Server);
    assert!(spans.iter().all(|span| span.lasted > 0 && span.lasted < 5_000_000_000), "{spans:#?}");

    let message = stage.topics().read("order-created").remove(0);
    let is = |span: &Span, name: &str, value: &str| {
        assert_eq!(span.attributes.get(name).map(String::as_str), Some(value), "{name} of {span:#?}");
    };
    for span in &spans {
        is(span, "saga.name", "order");
        is(span, "saga.correlation", "1");
    }
    for (name, value) in [
        ("messaging.system", "kafka"),
        ("messaging.operation.type", "process"),
        ("messaging.destination.name", "order-created"),
        ("messaging.destination.partition.id", &message.partition.to_string()),
        ("messaging.kafka.offset", "0"),
        ("messaging.consumer.group.name", "order.product"),
        ("messaging.message.id", message.header("ce_id").unwrap()),
        ("saga.step", "decrease-product"),
        ("saga.result", "ProductDecreased.success"),
    ] {
        is(decrease, name, value);
    }
    is(request, "http.route", "/orders");
    is(request, "http.response.status_code", "201");
    is(request, "saga.step", "create-order");
    is(completes, "saga.step", "complete-order");
    let exported = || orders.metrics().get("saga_spans_total{result=\"exported\"}");
    wait_for("the count of spans", BOUND, || (exported() == Some(2.0)).then_some(()));
}

/// A caller that does not want its trace recorded gets none, and neither do the services behind it.
#[test]
fn what_its_caller_does_not_want_recorded_is_not() {
    let (collector, url) = Collector::start();
    let stage = Stage::new(Pair::Embedded).exporting(at_once(url));
    let [orders, _product, _delivery] = start_all(&stage);
    let unwanted = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    orders.post("/orders", &[("traceparent", unwanted)], &order(1, 1));
    ended(&orders, 1);
    orders.post("/orders", &[], &order(1, 1));
    ended(&orders, 2);
    let of_second = |span: &Span| span.attributes["saga.correlation"] == "2";
    let spans = wait_for("the spans of the second", BOUND, || {
        Some(collector.spans()).filter(|spans| spans.iter().filter(|span| of_second(span)).count() == 5)
    });
    assert!(spans.iter().all(of_second), "{spans:#?}");
    for message in stage.topics().read("delivery-created") {
        let wanted = if message.key.as_deref() == Some("1") { "-00" } else { "-01" };
        assert!(message.header("traceparent").unwrap().ends_with(wanted), "{message:?}");
    }
}

/// What was rolled back leaves no span: a message that failed first has the one of the try that was committed.
#[test]
fn an_attempt_that_was_rolled_back_leaves_no_span() {
    let (collector, url) = Collector::start();
    let stage = Stage::new(Pair::Embedded).exporting(at_once(url));
    let orders = start_order(&stage);
    let product = start_product(&stage);
    // The database refuses what the first order writes.
    stage.execute(
        "product",
        "CREATE TRIGGER broken BEFORE UPDATE ON product_tb WHEN NEW.id = 2 BEGIN SELECT raise(ABORT, 'broken'); END",
    );
    orders.post("/orders", &[], &order(2, 1));
    orders.post("/orders", &[], &order(1, 1));
    wait_for("the first order to be parked", BOUND, || {
        (stage.query("product", "SELECT count(*) FROM saga_parked") == 1).then_some(())
    });
    wait_for("the second", BOUND, || (stock(&product, 1) == 9).then_some(()));
    stage.execute("product", "DROP TRIGGER broken");
    wait_for("the first", BOUND, || (stock(&product, 2) == 2).then_some(()));
    let of_product = |span: &Span| span.service == "product";
    let spans = wait_for("the spans", BOUND, || {
        let spans: Vec<Span> = collector.spans().into_iter().filter(of_product).collect();
        (spans.len() >= 2).then_some(spans)
    });
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(collector.spans().into_iter().filter(of_product).count(), 2, "{spans:#?}");
}

/// A collector that takes connections and never answers, and one that is not there: the saga goes on
/// at its speed, what is lost is counted, and the service stops in time.
#[test]
fn a_collector_that_hangs_or_is_away_holds_nobody_up() {
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let hangs = format!("http://{}/v1/traces", hanging.local_addr().unwrap());
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, result) in [(hangs, "dropped"), (format!("http://{gone}/v1/traces"), "failed")] {
        let traces = TracesConfig { queue: 8, batch: 4, timeout: Duration::from_secs(30), ..at_once(url) };
        let stage = Stage::new(Pair::Embedded).exporting(traces);
        let [orders, product, delivery] = start_all(&stage);
        stage.execute("product", "UPDATE product_tb SET quantity = 1000 WHERE id = 1");
        for id in 1..=30 {
            orders.post("/orders", &[], &order(1, 1));
            assert_eq!(ended(&orders, id)["status"], "COMPLETED");
        }
        let lost = format!("saga_spans_total{{result=\"{result}\"}}");
        wait_for("lost spans", BOUND, || orders.metrics().get(&lost).filter(|lost| *lost >= 4.0));
        assert_eq!(orders.get("/orders/1").body["status"], json!("COMPLETED"));
        let stopping = Instant::now();
        [orders, product, delivery].into_iter().for_each(Instance::stop);
        assert!(stopping.elapsed() < Duration::from_secs(15), "{:?}", stopping.elapsed());
    }
}
