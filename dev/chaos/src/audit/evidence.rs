//! What a run left, as compact as a million messages need.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::wire::{Digest, Number, Parts, Said, pack};
use super::{InjectedKind, Posted};

pub(super) use super::wire::Place;

/// The services' names.
pub(super) const SERVICES: [&str; 3] = ["order", "product", "delivery"];

/// An order was placed.
pub(super) const ORDER_CREATED: &str = "order-created";
/// The answer of product.
pub(super) const PRODUCT_DECREASED: &str = "product-decreased";
/// The answer of delivery.
pub(super) const DELIVERY_CREATED: &str = "delivery-created";
/// The compensation of a decrease.
pub(super) const INCREASE_PRODUCT: &str = "increase-product-command";

/// Who reads what, and where its dead letters go.
pub(super) const CONSUMES: [(&str, &str, &str); 5] = [
    ("order", DELIVERY_CREATED, "delivery-created.order.dlt"),
    ("product", ORDER_CREATED, "order-created.product.dlt"),
    ("product", INCREASE_PRODUCT, "increase-product-command.product.dlt"),
    ("delivery", ORDER_CREATED, "order-created.delivery.dlt"),
    ("delivery", PRODUCT_DECREASED, "product-decreased.delivery.dlt"),
];

/// The topics of the saga's messages.
pub(super) const EVENTS: [&str; 4] = [ORDER_CREATED, PRODUCT_DECREASED, DELIVERY_CREATED, INCREASE_PRODUCT];

/// Every topic that belongs to the saga, those of dead letters too.
pub(super) fn topics() -> impl Iterator<Item = &'static str> {
    EVENTS.into_iter().chain(CONSUMES.into_iter().map(|(_, _, letters)| letters))
}

/// Everything a run left.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    /// What was posted.
    pub posted: Vec<Posted>,
    /// The stock at the beginning, by product.
    pub initial_stock: BTreeMap<i64, i64>,
    /// What the adversary published, by place and offset.
    pub injected: BTreeMap<(Place, i64), InjectedKind>,
    /// Whether outboxes hold what was published long ago.
    pub outbox_kept: bool,
    /// The topics.
    pub logs: BTreeMap<Place, Log>,
    /// The rows of `order_tb`.
    pub orders: BTreeMap<i64, OrderRow>,
    /// The quantities of `product_tb`.
    pub products: BTreeMap<i64, i64>,
    /// The rows of `delivery_tb`.
    pub deliveries: Vec<DeliveryRow>,
    /// The rows of `saga_request` of order.
    pub requests: Vec<RequestRow>,
    /// The runtime's own tables, by service.
    pub tables: BTreeMap<&'static str, Tables>,
}

/// A row of `order_tb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OrderRow {
    /// Who ordered.
    pub user: i64,
    /// What.
    pub product: i64,
    /// How many.
    pub quantity: i64,
    /// Where it stands.
    pub status: Status,
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    /// It has not ended.
    Pending,
    /// It ended well.
    Completed,
    /// It ended, and nothing is left of it.
    Cancelled,
    /// Something no order can be.
    Unknown(String),
}

/// A row of `delivery_tb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeliveryRow {
    /// Its key.
    pub id: i64,
    /// Of which order.
    pub order: i64,
    /// Where to.
    pub address: String,
}

/// A row of `saga_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestRow {
    /// The `Idempotency-Key`.
    pub key: String,
    /// The status of the answer; 0 when there is none.
    pub status: i32,
    /// The `id` in the answer's body.
    pub order: Option<i64>,
}

/// The tables that every service has.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    /// `saga_shard`.
    pub shards: Vec<ShardRow>,
    /// `saga_dest`: the last number by shard and place.
    pub destinations: BTreeMap<(i32, Place), i64>,
    /// `saga_outbox`, ordered by shard and number.
    pub outbox: Vec<OutboxRow>,
    /// `saga_seen`.
    pub seen: Vec<SeenRow>,
    /// `saga_held`.
    pub held: Vec<KeptRow>,
    /// `saga_parked`.
    pub parked: Vec<KeptRow>,
    /// `saga_dead`.
    pub dead: Vec<KeptRow>,
    /// `saga_step`.
    pub steps: Vec<StepRow>,
    /// `saga_once`: step and correlation.
    pub once: Vec<(String, String)>,
}

/// A row of `saga_shard`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShardRow {
    /// Its number.
    pub shard: i32,
    /// `in:<topic>:<partition>` or `local:<n>`.
    pub name: String,
    /// The next offset to read.
    pub next_offset: i64,
    /// The number of its last message.
    pub last_seq: i64,
    /// Up to where Kafka has acknowledged.
    pub cursor: i64,
    /// Which life of the database it is in.
    pub incarnation: i64,
    /// Messages handled.
    pub applied: i64,
    /// Repeats.
    pub dropped: i64,
}

impl ShardRow {
    /// The topic and partition it reads; `None` when it reads none.
    pub(super) fn input(&self) -> Option<(&str, i32)> {
        let (topic, partition) = self.name.strip_prefix("in:")?.rsplit_once(':')?;
        Some((topic, partition.parse().ok()?))
    }
}

/// A row of `saga_outbox`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OutboxRow {
    /// Of which shard.
    pub shard: i32,
    /// Its number in the shard.
    pub seq: i64,
    /// Where it goes.
    pub place: Place,
    /// Its number there.
    pub number: Number,
    /// What its body says; `None` when that is no message of an order.
    pub said: Option<Said>,
    /// Its content.
    pub digest: Digest,
}

/// A row of `saga_seen`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SeenRow {
    /// Where.
    pub place: Place,
    /// Whose messages.
    pub source: String,
    /// In which life of its database.
    pub incarnation: i64,
    /// The last number.
    pub last: i64,
}

/// A row of `saga_held`, `saga_parked` or `saga_dead`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeptRow {
    /// Where the message was read.
    pub place: Place,
    /// Its offset.
    pub offset: i64,
    /// Of a dead letter: `dead`, `redriven` or `dropped`. Otherwise empty.
    pub state: String,
    /// Why it is kept.
    pub why: String,
    /// The message, packed.
    pub record: Vec<u8>,
}

impl KeptRow {
    /// The message; `None` when it is not in the form in which messages are kept.
    pub(super) fn parts(&self) -> Option<Parts<'_>> {
        Parts::of(&self.record)
    }

    /// The order it belongs to, as far as it says.
    pub(super) fn order(&self) -> Option<i64> {
        Some(Said::of(self.parts()?.body())?.order)
    }
}

/// A row of `saga_step`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StepRow {
    /// Which step.
    pub step: String,
    /// Of which order.
    pub correlation: String,
    /// `waiting`, `done`, `failed` or `dropped`.
    pub mode: String,
    /// What has arrived, as JSON.
    pub inputs: String,
}

/// A partition as it was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    /// The offset after the last message, or transaction marker.
    pub end: i64,
    /// What stands there, by offset.
    pub messages: Vec<Message>,
    /// The content of all messages, packed.
    bytes: Vec<u8>,
}

/// A message on Kafka.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    /// Its offset.
    pub offset: i64,
    /// When it was sent, in milliseconds since 1970.
    pub timestamp: i64,
    /// Its number, if it names this place.
    pub number: Option<Number>,
    /// What its body says; `None` when that is no message of an order.
    pub said: Option<Said>,
    /// Its content.
    pub digest: Digest,
    start: usize,
    len: usize,
}

impl Log {
    /// A partition whose messages are still to be added.
    pub(super) fn up_to(end: i64) -> Self {
        Self { end, ..Self::default() }
    }

    /// Adds a message. `source` gives the one copy of a source's name.
    pub(super) fn push(
        &mut self,
        place: Place,
        (offset, timestamp): (i64, i64),
        parts: &Parts<'_>,
        source: impl FnMut(&str) -> Arc<str>,
    ) {
        let start = self.bytes.len();
        pack(&mut self.bytes, parts);
        let message = Message {
            offset,
            timestamp,
            number: parts.number(place, source),
            said: Said::of(parts.body()),
            digest: Digest::of(parts),
            start,
            len: self.bytes.len() - start,
        };
        self.messages.push(message);
        self.end = self.end.max(offset + 1);
    }

    /// The content of one of its messages.
    pub(super) fn parts(&self, message: &Message) -> Option<Parts<'_>> {
        Parts::of(self.bytes.get(message.start..message.start + message.len)?)
    }

    /// The message at an offset.
    pub(super) fn at(&self, offset: i64) -> Option<&Message> {
        let at = self.messages.binary_search_by_key(&offset, |message| message.offset).ok()?;
        self.messages.get(at)
    }
}

impl Evidence {
    /// The tables of a service; empty ones when it has none.
    pub(super) fn of(&self, service: &str) -> &Tables {
        static NONE: Tables = Tables {
            shards: Vec::new(),
            destinations: BTreeMap::new(),
            outbox: Vec::new(),
            seen: Vec::new(),
            held: Vec::new(),
            parked: Vec::new(),
            dead: Vec::new(),
            steps: Vec::new(),
            once: Vec::new(),
        };
        self.tables.get(service).unwrap_or(&NONE)
    }

    /// All rows of all outboxes.
    pub(super) fn outbox(&self) -> impl Iterator<Item = (&'static str, &OutboxRow)> {
        self.tables.iter().flat_map(|(service, tables)| tables.outbox.iter().map(move |row| (*service, row)))
    }

    /// All messages on all topics.
    pub(super) fn messages(&self) -> impl Iterator<Item = (Place, &Log, &Message)> {
        self.logs
            .iter()
            .flat_map(|(place, log)| log.messages.iter().map(move |message| (*place, log, message)))
    }

    /// Whether and as what the adversary published a message.
    pub(super) fn injected(&self, place: Place, offset: i64) -> Option<InjectedKind> {
        self.injected.get(&(place, offset)).copied()
    }
}
