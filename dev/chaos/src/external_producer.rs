//! Publishes what no service would: old messages again, foreign ones, and garbage.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::message::{Header, Message as _, OwnedHeaders};
use rdkafka::producer::{
    BaseRecord, DeliveryResult, NoCustomPartitioner, Producer, ProducerContext, ThreadedProducer,
};
use rdkafka::{ClientConfig, ClientContext};
use serde_json::json;
use testbed::failure::{Failure, Result};

use crate::audit::{Injected, InjectedKind};
use crate::recorder::{Recorded, Recorder, UNSOUND};
use crate::rng::Rng;
use crate::schedule::{Codec, Poison};

/// The orders of external producers have ids from here on: no service gets so far.
const FOREIGN: i64 = 2_000_000_000;
/// A compensation of nothing has an id from here on.
const HOPELESS: i64 = 2_100_000_000;

/// A producer that is none of the services.
pub(crate) struct ExternalProducer {
    producer: Client,
    /// One for each codec.
    compressed: Vec<Client>,
    published: Arc<Mutex<Published>>,
    /// Topics that nothing is published on at present.
    spared: Mutex<BTreeSet<String>>,
}

type Client = ThreadedProducer<Confirmed, NoCustomPartitioner>;

/// What was published.
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// Where each message is.
    pub injected: Vec<Injected>,
    /// Compensations that cannot be done, as operators name them: `topic[partition]@offset`.
    pub hopeless: Vec<String>,
    /// Messages that may be there or not.
    pub unknown: u64,
    orders: i64,
}

/// What is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Sound,
    Poison,
    Hopeless,
}

struct Confirmed(Arc<Mutex<Published>>);

impl ClientContext for Confirmed {}

impl ProducerContext for Confirmed {
    type DeliveryOpaque = Box<What>;

    fn delivery(&self, result: &DeliveryResult<'_>, what: Box<What>) {
        let mut published = lock(&self.0);
        let Some(message) = result.as_ref().ok().filter(|message| message.offset() >= 0) else {
            published.unknown += 1;
            return;
        };
        let (topic, partition, offset) = (message.topic().to_owned(), message.partition(), message.offset());
        if *what == What::Hopeless {
            published.hopeless.push(format!("{topic}[{partition}]@{offset}"));
        }
        let kind = if *what == What::Sound { InjectedKind::Sound } else { InjectedKind::Poison };
        published.injected.push(Injected { topic, partition, offset, kind });
    }
}

impl ExternalProducer {
    /// A producer for the topics of this broker.
    pub(crate) fn new(brokers: &str) -> Result<Self> {
        let published = Arc::<Mutex<Published>>::default();
        let producer = client(brokers, "none", &published)?;
        let compressed = Codec::ALL.iter().map(|codec| client(brokers, codec.name(), &published));
        let compressed = compressed.collect::<Result<_>>()?;
        Ok(Self { producer, compressed, published, spared: Mutex::default() })
    }

    /// Whether nothing is published on a topic: this producer's rights are those of the services.
    pub(crate) fn spare(&self, topic: &str, spared: bool) {
        let mut topics = lock(&self.spared);
        if spared {
            topics.insert(topic.to_owned());
        } else {
            topics.remove(topic);
        }
    }

    /// Old messages of a topic again, except those that no service can handle; returns how many.
    pub(crate) fn replay(
        &self,
        recorder: &Recorder,
        topic: &str,
        count: u64,
        headers: bool,
        rng: &mut Rng,
    ) -> u64 {
        (0..count)
            .filter_map(|_| recorder.one_of(topic, rng))
            .map(|recorded| if headers { recorded } else { Recorded { headers: Vec::new(), ..recorded } })
            .map(|recorded| self.publish(topic, &recorded, What::Sound))
            .count() as u64
    }

    /// Orders that no order service made, sent once or twice.
    pub(crate) fn order(&self, recorder: &Recorder, count: u64, rng: &mut Rng) {
        for _ in 0..count {
            // It may echo the headers of what it has read: they are not its own.
            let echoed = recorder.one_of("delivery-created", rng).filter(|_| rng.happens(30));
            let headers = echoed.map(|recorded| recorded.headers).unwrap_or_default();
            let order = Recorded { headers, ..self.next_order(rng) };
            for _ in 0..if rng.happens(40) { 2 } else { 1 } {
                self.publish("order-created", &order, What::Sound);
            }
        }
    }

    /// The same, in batches of a codec.
    pub(crate) fn order_in(&self, codec: Codec, count: u64, rng: &mut Rng) {
        let Some(client) = Codec::ALL.iter().position(|known| *known == codec) else { return };
        for _ in 0..count {
            let order = self.next_order(rng);
            self.publish_with(&self.compressed[client], "order-created", &order, What::Sound);
        }
    }

    /// Orders whose headers claim a place in a sequence that no service would claim, or are no text.
    pub(crate) fn order_with_hostile_headers(&self, count: u64, rng: &mut Rng) {
        for _ in 0..count {
            let order = self.next_order(rng);
            let place = format!("order-created|{}", rng.between(0, 5));
            let sequence = match rng.between(0, 5) {
                0 => format!("1|a\0b/0|1|{place}|1").into_bytes(),
                1 => format!("1|{}/0|1|{place}|1", "x".repeat(9_000)).into_bytes(),
                2 => format!("1|{}/0|1|{place}|{}", order_key(&order), i64::MAX).into_bytes(),
                3 => format!("1|{}/0|{}|{place}|1", order_key(&order), i64::MAX).into_bytes(),
                4 => vec![0xff, 0x00, 0xc3, 0x28],
                _ => format!("1|{0}/0|{1}|{place}|{1}", order_key(&order), u64::MAX).into_bytes(),
            };
            let headers = vec![
                ("saga-seq".to_owned(), sequence),
                ("traceparent".to_owned(), vec![0x80; 600]),
                ("ce_correlationid".to_owned(), vec![0, 0xff]),
                ("ce_id".to_owned(), b"\n\x1b[31m".to_vec()),
            ];
            self.publish("order-created", &Recorded { headers, ..order }, What::Sound);
        }
    }

    /// An order that no order service made.
    fn next_order(&self, rng: &mut Rng) -> Recorded {
        let id = {
            let mut published = lock(&self.published);
            published.orders += 1;
            FOREIGN + published.orders
        };
        let address = if rng.happens(20) { "" } else { "Busan" };
        let body = json!({
            "orderId": id, "userId": 0, "productId": rng.one_of(&[1, 3, 99]),
            "quantity": rng.between(0, 2), "price": 1, "address": address,
        });
        Recorded {
            partition: -1,
            key: Some(id.to_string().into_bytes()),
            value: body.to_string().into_bytes(),
            headers: Vec::new(),
        }
    }

    /// A message that no service can handle.
    pub(crate) fn poison(&self, topic: &str, poison: Poison, rng: &mut Rng) {
        let key = format!("{}", FOREIGN - 1_000 + rng.between(0, 900) as i64).into_bytes();
        let (key, value) = match poison {
            Poison::NotJson => (Some(key), b"{ not JSON".to_vec()),
            Poison::WrongTypes => (Some(key), br#"{"orderId":"seven","success":3}"#.to_vec()),
            Poison::Empty => (Some(key), Vec::new()),
            Poison::Huge => (Some(key), vec![b'x'; 900_000]),
            Poison::NoKey => (None, b"nobody's".to_vec()),
            Poison::KeyNotText => (Some(vec![0xff, 0xfe, 0x00, 0xc3]), b"[]".to_vec()),
        };
        let recorded = Recorded { partition: -1, key, value, headers: Vec::new() };
        self.publish(topic, &recorded, What::Poison);
    }

    /// A command to put back what does not exist.
    pub(crate) fn hopeless_compensation(&self, rng: &mut Rng) {
        let id = HOPELESS + rng.between(0, 1_000_000) as i64;
        let body = json!({ "orderId": id, "productId": 9_999, "quantity": 1 });
        let recorded = Recorded {
            partition: -1,
            key: Some(id.to_string().into_bytes()),
            value: body.to_string().into_bytes(),
            headers: Vec::new(),
        };
        self.publish("increase-product-command", &recorded, What::Hopeless);
    }

    /// Waits until everything is published, and says what and where.
    pub(crate) fn end(self, patience: Duration) -> Published {
        // What is left then is counted by its report, when the producer is dropped.
        let deadline = Instant::now() + patience;
        for client in self.compressed.into_iter().chain([self.producer]) {
            let _ = client.flush(deadline.saturating_duration_since(Instant::now()));
        }
        std::mem::take(&mut *lock(&self.published))
    }

    fn publish(&self, topic: &str, message: &Recorded, what: What) {
        self.publish_with(&self.producer, topic, message, what);
    }

    fn publish_with(&self, client: &Client, topic: &str, message: &Recorded, what: What) {
        if lock(&self.spared).contains(topic) {
            return;
        }
        let mut headers = message.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        if what != What::Sound {
            headers = headers.insert(Header { key: UNSOUND, value: Some("") });
        }
        let mut record = BaseRecord::<[u8], [u8], _>::with_opaque_to(topic, Box::new(what))
            .payload(&message.value)
            .headers(headers);
        record.key = message.key.as_deref();
        record.partition = (message.partition >= 0).then_some(message.partition);
        // A queue of its client that is full is an outage; then it publishes nothing.
        let _ = client.send(record);
    }
}

fn client(brokers: &str, codec: &str, published: &Arc<Mutex<Published>>) -> Result<Client> {
    ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("partitioner", "murmur2_random")
        .set("compression.codec", codec)
        // What it publishes is there once, or the audit would count wrongly.
        .set("enable.idempotence", "true")
        .set("message.timeout.ms", "0")
        .set("message.max.bytes", "2000000")
        .create_with_context(Confirmed(Arc::clone(published)))
        .map_err(|error| Failure::new(format!("cannot publish on Kafka: {error}")))
}

fn order_key(order: &Recorded) -> String {
    String::from_utf8_lossy(order.key.as_deref().unwrap_or_default()).into_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
