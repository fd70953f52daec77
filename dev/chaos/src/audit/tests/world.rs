//! A run in miniature: what services would have stored and sent.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::audit::evidence::{
    CONSUMES, DELIVERY_CREATED, DeliveryRow, Evidence, INCREASE_PRODUCT, KeptRow, ORDER_CREATED, OrderRow,
    OutboxRow, PRODUCT_DECREASED, Place, RequestRow, SERVICES, SeenRow, ShardRow, Status, StepRow,
};
use crate::audit::wire::{Digest, Number, Parts, Said, pack};
use crate::audit::{InjectedKind, Posted};

pub(super) const PARTITIONS: i32 = 2;
/// The life that all databases are in.
pub(super) const LIFE: i64 = 77;
/// The shard of order's requests.
pub(super) const REQUESTS: i32 = 2;
/// What no service can handle.
pub(super) const POISON: [&str; 2] = [r#"{"orderId":1}"#, r#"{"orderId":1,"again":true}"#];

/// A run that is going on.
pub(super) struct World {
    pub evidence: Evidence,
    now: i64,
}

/// How an order is to go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    Well,
    TooMany,
    BlankAddress,
    /// Taken, refused by delivery, and forgotten.
    NotPutBack,
}

impl World {
    /// Databases and topics without orders.
    pub(super) fn new() -> Self {
        let mut evidence = Evidence { outbox_kept: true, ..Evidence::default() };
        evidence.initial_stock = BTreeMap::from([(1, 100), (2, 3), (3, 100)]);
        evidence.products = evidence.initial_stock.clone();
        for service in SERVICES {
            let tables = evidence.tables.entry(service).or_default();
            let inputs = CONSUMES.iter().filter(|(reader, _, _)| *reader == service);
            for (_, topic, _) in inputs {
                for partition in 0..PARTITIONS {
                    let name = format!("in:{topic}:{partition}");
                    tables.shards.push(shard(tables.shards.len() as i32, name, -1));
                }
            }
        }
        evidence.tables.entry("order").or_default().shards.push(shard(REQUESTS, "local:0".into(), 0));
        for topic in crate::audit::evidence::topics() {
            for partition in 0..PARTITIONS {
                evidence.logs.entry(Place { topic, partition }).or_default();
            }
        }
        Self { evidence, now: 1_000 }
    }

    /// Orders of every kind, an external producer's, poison, and repeats.
    pub(super) fn sound() -> Self {
        let mut world = Self::new();
        world.order(1, Course::Well, true);
        world.order(2, Course::TooMany, true);
        world.order(3, Course::BlankAddress, true);
        world.order(4, Course::Well, false);
        world.post(5, Course::Well, None);
        world.external(900);
        for body in POISON {
            world.poison(1000, body);
        }
        let repeat = world.copy(ORDER_CREATED, 1);
        world.evidence.injected.insert(repeat, InjectedKind::Sound);
        world.copy(DELIVERY_CREATED, 3);
        world
    }

    /// An order from its request to its end.
    pub(super) fn order(&mut self, order: i64, course: Course, answered: bool) {
        let posted = self.post(order, course, answered.then_some(order));
        self.accept(order, &posted, course);
        let body = asked(order, &posted);
        self.send("order", REQUESTS, ORDER_CREATED, order, &body);
        self.follow(order, &posted, course);
    }

    /// A request.
    pub(super) fn post(&mut self, order: i64, course: Course, answer: Option<i64>) -> Posted {
        let quantity = if course == Course::TooMany { 4 } else { 2 };
        let posted = Posted {
            key: format!("key-{order}"),
            user: order + 100,
            product: if course == Course::TooMany { 2 } else { 1 },
            quantity,
            address: if course == Course::Well || course == Course::TooMany {
                "Seoul".into()
            } else {
                " ".into()
            },
            answer,
        };
        self.evidence.posted.push(posted.clone());
        posted
    }

    fn accept(&mut self, order: i64, posted: &Posted, course: Course) {
        let status = if course == Course::Well { Status::Completed } else { Status::Cancelled };
        let Posted { key, user, product, quantity, .. } = posted.clone();
        self.evidence.orders.insert(order, OrderRow { user, product, quantity, status });
        self.evidence.requests.push(RequestRow { key, status: 201, order: Some(order) });
    }

    /// What product and delivery make of an order.
    pub(super) fn follow(&mut self, order: i64, posted: &Posted, course: Course) {
        let partition = partition(order);
        let Posted { product, quantity, address, .. } = posted;
        let taken = course != Course::TooMany;
        self.send("product", partition, PRODUCT_DECREASED, order, &decreased(order, posted, taken));
        let done = course == Course::Well;
        let by = if taken { partition } else { 2 + partition };
        self.send("delivery", by, DELIVERY_CREATED, order, &delivered(order, done));
        if done {
            let id = self.evidence.deliveries.len() as i64 + 1;
            self.evidence.deliveries.push(DeliveryRow { id, order, address: address.clone() });
        }
        match course {
            Course::Well | Course::NotPutBack => {
                *self.evidence.products.entry(*product).or_default() -= quantity;
            }
            Course::BlankAddress => {
                self.send("delivery", by, INCREASE_PRODUCT, order, &put_back(order, posted))
            }
            Course::TooMany => {}
        }
        let mode = if done { "done" } else { "failed" }.into();
        let step = StepRow {
            step: "create-delivery".into(),
            correlation: order.to_string(),
            mode,
            inputs: "{}".into(),
        };
        self.evidence.tables.entry("delivery").or_default().steps.push(step);
    }

    /// An order that an external producer published, without a row.
    pub(super) fn external(&mut self, order: i64) {
        let posted = Posted {
            key: String::new(),
            user: 0,
            product: 3,
            quantity: 1,
            address: "Busan".into(),
            answer: None,
        };
        let place = Place { topic: ORDER_CREATED, partition: partition(order) };
        let body = asked(order, &posted);
        let offset = self.publish(place, &order.to_string(), &body, &[]);
        self.evidence.injected.insert((place, offset), InjectedKind::Sound);
        self.follow(order, &posted, Course::Well);
        let product = self.evidence.tables.entry("product").or_default();
        product.once.push(("decrease-product".into(), order.to_string()));
    }

    /// A message that both its readers give up.
    pub(super) fn poison(&mut self, order: i64, body: &str) {
        let place = Place { topic: ORDER_CREATED, partition: partition(order) };
        let offset = self.publish(place, &order.to_string(), body, &[]);
        self.evidence.injected.insert((place, offset), InjectedKind::Poison);
        for (service, letters) in
            [("product", "order-created.product.dlt"), ("delivery", "order-created.delivery.dlt")]
        {
            let row = kept(place, offset, "dead", (&order.to_string(), body));
            self.evidence.tables.entry(service).or_default().dead.push(row);
            self.send(service, place.partition, letters, order, body);
        }
    }

    /// Stores and publishes a message.
    pub(super) fn send(
        &mut self,
        service: &'static str,
        shard: i32,
        topic: &'static str,
        order: i64,
        body: &str,
    ) {
        let number = self.store(service, shard, topic, order, body);
        self.publish_numbered(&number, topic, order, body);
    }

    /// Stores a message.
    pub(super) fn store(
        &mut self,
        service: &'static str,
        shard: i32,
        topic: &'static str,
        order: i64,
        body: &str,
    ) -> Number {
        let place = Place { topic, partition: partition(order) };
        let tables = self.evidence.tables.entry(service).or_default();
        let last = tables.destinations.entry((shard, place)).or_default();
        *last += 1;
        let number = Number { source: format!("{service}/{shard}").into(), incarnation: LIFE, dseq: *last };
        let key = order.to_string();
        let header = header(&number, place);
        let parts = parts(&key, body, &[("ce_type", topic), ("saga-seq", &header)]);
        let row = tables.shards.iter_mut().find(|row| row.shard == shard).expect("a shard");
        row.last_seq += 1;
        row.cursor += 1;
        let seq = row.last_seq;
        let (said, digest) = (Said::of(parts.body()), Digest::of(&parts));
        tables.outbox.push(OutboxRow { shard, seq, place, number: number.clone(), said, digest });
        tables.outbox.sort_by_key(|row| (row.shard, row.seq));
        number
    }

    /// Publishes a message under a number.
    pub(super) fn publish_numbered(&mut self, number: &Number, topic: &'static str, order: i64, body: &str) {
        let place = Place { topic, partition: partition(order) };
        let header = header(number, place);
        self.publish(place, &order.to_string(), body, &[("ce_type", topic), ("saga-seq", &header)]);
    }

    /// Publishes a message; returns its offset.
    pub(super) fn publish(&mut self, place: Place, key: &str, body: &str, headers: &[(&str, &str)]) -> i64 {
        let log = self.evidence.logs.entry(place).or_default();
        let offset = log.end;
        self.now += 1;
        log.push(place, (offset, self.now), &parts(key, body, headers), |source| Arc::from(source));
        offset
    }

    /// Publishes the first message of an order on a topic again, as it was.
    pub(super) fn copy(&mut self, topic: &'static str, order: i64) -> (Place, i64) {
        let place = Place { topic, partition: partition(order) };
        let log = self.evidence.logs.get(&place).expect("a log").clone();
        let of_order =
            log.messages.iter().find(|message| message.said.is_some_and(|said| said.order == order));
        let parts = log.parts(of_order.expect("a message")).expect("its content");
        let text = |bytes: Option<_>| std::str::from_utf8(bytes.expect("no null")).expect("text");
        let headers: Vec<(&str, &str)> =
            parts.headers.iter().map(|(name, value)| (text(Some(*name)), text(*value))).collect();
        (place, self.publish(place, text(parts.key), text(parts.value), &headers))
    }

    /// Takes the messages of an order off a topic.
    pub(super) fn lose(&mut self, topic: &'static str, order: i64) {
        let log = self.evidence.logs.entry(Place { topic, partition: partition(order) }).or_default();
        log.messages.retain(|message| message.said.is_none_or(|said| said.order != order));
    }

    /// Takes back the last message of a shard, which is one of this order, as if it was never stored.
    pub(super) fn take_back(&mut self, topic: &'static str, order: i64) {
        self.lose(topic, order);
        let place = Place { topic, partition: partition(order) };
        let of_order =
            |row: &OutboxRow| row.place == place && row.said.is_some_and(|said| said.order == order);
        for tables in self.evidence.tables.values_mut() {
            let Some(at) = tables.outbox.iter().position(of_order) else { continue };
            let row = tables.outbox.remove(at);
            let shard = tables.shards.iter_mut().find(|shard| shard.shard == row.shard).expect("a shard");
            assert_eq!(shard.last_seq, row.seq, "a later message would have to move up");
            (shard.last_seq, shard.cursor) = (row.seq - 1, row.seq - 1);
            match row.number.dseq - 1 {
                0 => tables.destinations.remove(&(row.shard, place)),
                last => tables.destinations.insert((row.shard, place), last),
            };
        }
    }

    /// Everybody has read everything.
    pub(super) fn finish(mut self) -> Evidence {
        for (service, topic, _) in CONSUMES {
            let tables = self.evidence.tables.entry(service).or_default();
            for (place, log) in self.evidence.logs.iter().filter(|(place, _)| place.topic == topic) {
                let numbers = || log.messages.iter().filter_map(|message| message.number.as_ref());
                let distinct: HashSet<&Number> = numbers().collect();
                let dropped = numbers().count() - distinct.len();
                let kept = tables.dead.iter().filter(|row| row.place == *place).count();
                let name = format!("in:{topic}:{}", place.partition);
                let row = tables.shards.iter_mut().find(|row| row.name == name).expect("a shard");
                row.next_offset = log.end;
                row.dropped = dropped as i64;
                row.applied = (log.messages.len() - dropped - kept) as i64;
                let mut last: BTreeMap<&str, i64> = BTreeMap::new();
                for number in distinct {
                    let known = last.entry(&number.source).or_default();
                    *known = number.dseq.max(*known);
                }
                let seen = last.into_iter().map(|(source, last)| SeenRow {
                    place: *place,
                    source: source.into(),
                    incarnation: LIFE,
                    last,
                });
                tables.seen.extend(seen);
            }
        }
        self.evidence
    }
}

/// Removes what no service keeps that was not told to.
pub(super) fn forget_outboxes(evidence: &mut Evidence) {
    evidence.outbox_kept = false;
    for tables in evidence.tables.values_mut() {
        tables.outbox.clear();
    }
}

/// A row of a message that is kept.
pub(super) fn kept(place: Place, offset: i64, state: &str, (key, body): (&str, &str)) -> KeptRow {
    let mut record = Vec::new();
    pack(&mut record, &parts(key, body, &[]));
    KeptRow { place, offset, state: state.into(), why: "a reason".into(), record }
}

/// The partition of an order.
pub(super) fn partition(order: i64) -> i32 {
    (order % i64::from(PARTITIONS)) as i32
}

pub(super) fn asked(order: i64, posted: &Posted) -> String {
    let Posted { user, product, quantity, address, .. } = posted;
    format!(
        r#"{{"orderId":{order},"userId":{user},"productId":{product},"quantity":{quantity},"price":1,"address":"{address}"}}"#
    )
}

pub(super) fn decreased(order: i64, posted: &Posted, success: bool) -> String {
    let Posted { product, quantity, .. } = posted;
    format!(r#"{{"orderId":{order},"productId":{product},"quantity":{quantity},"success":{success}}}"#)
}

pub(super) fn delivered(order: i64, success: bool) -> String {
    format!(r#"{{"orderId":{order},"deliveryId":0,"success":{success}}}"#)
}

pub(super) fn put_back(order: i64, posted: &Posted) -> String {
    let Posted { product, quantity, .. } = posted;
    format!(r#"{{"orderId":{order},"productId":{product},"quantity":{quantity}}}"#)
}

fn shard(shard: i32, name: String, next_offset: i64) -> ShardRow {
    ShardRow { shard, name, next_offset, last_seq: 0, cursor: 0, incarnation: LIFE, applied: 0, dropped: 0 }
}

fn header(number: &Number, place: Place) -> String {
    let Number { source, incarnation, dseq } = number;
    format!("1|{source}|{incarnation}|{}|{}|{dseq}", place.topic, place.partition)
}

fn parts<'a>(key: &'a str, body: &'a str, headers: &[(&'a str, &'a str)]) -> Parts<'a> {
    let headers = headers.iter().map(|(name, value)| (name.as_bytes(), Some(value.as_bytes()))).collect();
    Parts { key: Some(key.as_bytes()), value: Some(body.as_bytes()), headers }
}
