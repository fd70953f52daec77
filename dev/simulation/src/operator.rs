//! Operators who act on parked messages, and external producers whose messages get parked.

use order_contracts::product::Product;
use saga_runtime::record::TopicPartition;
use saga_runtime::store::{DeadState, Place, Session as _, Store as _, Writes};
use saga_runtime::{Column, Entity as _, Table};
use serde_json::{Value, json};

use super::broker::Logged;
use super::database::Database;
use super::faults::{self, Lasting};
use super::sim::Sim;
use super::world::World;

/// A product that no database has when it is new.
pub(crate) const LATE_PRODUCT: i32 = 4;
/// How many pieces of it there are, once it is there.
pub(crate) const LATE_STOCK: i32 = 5;
/// Where compensations are asked for.
const COMPENSATIONS: &str = "increase-product-command";
/// The first order that an external compensation is for.
const EXTERNAL_ORDERS: i32 = 1_900_000_000;

/// What an operator does.
#[derive(Debug, Clone, Copy)]
enum Operation {
    RetryNow,
    Redrive,
    Drop,
    AddProduct,
}

impl World {
    /// An operator acts on parked messages or dead letters.
    pub(super) fn operate(&mut self) {
        let database = {
            let mut sim = self.sim.get();
            sim.rng.one_of(&self.databases).cloned()
        };
        let Some(database) = database else { return };
        let operations = [
            Operation::RetryNow,
            Operation::RetryNow,
            Operation::RetryNow,
            Operation::Redrive,
            Operation::Drop,
            Operation::AddProduct,
        ];
        let operation = self.sim.get().rng.one_of(&operations).copied();
        let places: Vec<Place> = match operation {
            Some(Operation::RetryNow) => database.inner.parked().into_iter().map(|row| row.place).collect(),
            Some(Operation::Redrive) => dead(&database).collect(),
            // Nothing else may be dropped without leaving an order open.
            Some(Operation::Drop) => {
                let places = database.inner.parked().into_iter().map(|row| row.place);
                let sim = self.sim.get();
                let order = |place: &Place| sim.body(place)?["orderId"].as_i64();
                let external =
                    |place: &Place| place.topic == COMPENSATIONS && order(place).is_some_and(is_external);
                places.filter(external).collect()
            }
            Some(Operation::AddProduct) => return self.add_product(),
            None => return,
        };
        let place = self.sim.get().rng.one_of(&places).cloned();
        if let (Some(operation), Some(place)) = (operation, place) {
            self.carry_out(operation, database, place);
        }
    }

    fn carry_out(&mut self, operation: Operation, database: Database, place: Place) {
        let sim = self.sim.clone();
        let name = format!("{operation:?} of {}[{}]@{}", place.topic, place.partition, place.offset);
        sim.get().fault("operator", || format!("{name} of {}", database.service));
        // It may have to wait for an open transaction.
        tokio::spawn(async move {
            let done = match operation {
                Operation::RetryNow => database.inner.retry_now(&place).await,
                Operation::Redrive => database.inner.redrive(&place).await,
                Operation::Drop | Operation::AddProduct => database.inner.drop_parked(&place).await,
            };
            let mut sim = sim.get();
            if done && matches!(operation, Operation::Redrive) {
                sim.history.redriven(database.service, &place);
            }
            sim.note(|| format!("{name} is done: {done}"));
        });
    }

    /// Adds the product that external compensations are for.
    pub(super) fn add_product(&mut self) {
        let mut sim = self.sim.get();
        if std::mem::replace(&mut sim.late_product, true) {
            return;
        }
        sim.note(|| "an operator adds the product".into());
        let products = self.databases.iter().find(|database| database.service == "product").cloned();
        tokio::spawn(async move {
            let products = products.unwrap();
            let key = Column::of([&LATE_PRODUCT]);
            let found = products.inner.find(&Product::TABLE, key).await.unwrap();
            if found.first().is_some_and(|column| !column.is_empty()) {
                return;
            }
            let mut session = products.inner.session().await.unwrap();
            let mut table = Table::<Product>::default();
            let row = Product { id: LATE_PRODUCT, name: "HomePod".into(), quantity: LATE_STOCK, price: 1 };
            table.insert(row).unwrap();
            session.begin(&[]).await.unwrap();
            session.write_table(&table).await.unwrap();
            session.commit(&Writes::default()).await.unwrap();
        });
    }

    /// Redrives every dead letter that can be handled by now; done while the world quiesces.
    pub(super) fn redrive_what_can_be_handled(&mut self) {
        for database in self.databases.clone() {
            for place in dead(&database).collect::<Vec<_>>() {
                let broken = self.sim.get().is_broken(database.service, &place);
                if !broken {
                    self.carry_out(Operation::Redrive, database.clone(), place);
                }
            }
        }
    }

    /// An external producer asks for a compensation, perhaps twice, on a product that may not exist.
    pub(super) fn external_compensation(&mut self) {
        let mut sim = self.sim.get();
        let order = EXTERNAL_ORDERS + sim.tally.get("external compensation").copied().unwrap_or(0) as i32;
        sim.count("external compensation");
        let quantity = sim.rng.between(1, 3);
        let value = json!({ "orderId": order, "productId": LATE_PRODUCT, "quantity": quantity }).to_string();
        let key = if sim.rng.happens(800) { order.to_string() } else { String::new() };
        let message = Logged { key: key.into_bytes(), headers: Vec::new(), value: value.into_bytes() };
        let times = if sim.rng.happens(300) { 2 } else { 1 };
        let to = sim.some_partition(COMPENSATIONS);
        for _ in 0..times {
            sim.note(|| format!("an external compensation for {order} on {to}"));
            sim.broker.append(to, Some(message.clone()));
        }
    }

    /// An external producer publishes bytes that cannot be decoded, perhaps under the key of an order.
    pub(super) fn garbage(&mut self) {
        let mut sim = self.sim.get();
        let topics = ["order-created", "product-decreased", "delivery-created", "increase-product-command"];
        let Some(topic) = sim.rng.one_of(&topics).copied() else { return };
        let to = sim.some_partition(topic);
        let number = sim.garbage.len();
        let order = sim.rng.between(1, 12);
        let value = match sim.rng.below(4) {
            0 => format!("garbage {number}"),
            1 => format!("{{\"orderId\":\"{number}\"}}"),
            2 => format!("{{\"orderId\":{order},\"quantity\":1.5,\"number\":{number}}}"),
            _ => format!("{{\"orderId\":{order},\"address\":\"\\u0000\",\"number\":{number}}}"),
        };
        let key = if sim.rng.happens(700) { order.to_string() } else { String::new() };
        sim.fault("garbage", || format!("{value} under {key:?} on {to}"));
        sim.garbage.insert(value.clone().into_bytes());
        sim.broker.append(
            to,
            Some(Logged { key: key.into_bytes(), headers: Vec::new(), value: value.into_bytes() }),
        );
    }
}

impl Sim {
    fn some_partition(&mut self, topic: &'static str) -> TopicPartition {
        let partitions = self.broker.partitions as usize;
        TopicPartition { topic, partition: self.rng.below(partitions) as i32 }
    }

    /// Whether the product is missing on which the message at `place` wants something put back.
    pub(crate) fn lacks_product(&self, place: &Place) -> bool {
        let product = || self.body(place)?["productId"].as_i64();
        !self.late_product && place.topic == COMPENSATIONS && product() == Some(LATE_PRODUCT.into())
    }

    /// What the message at `place` says, if it can be read.
    fn body(&self, place: &Place) -> Option<Value> {
        let at = |at: &TopicPartition| at.topic == place.topic && at.partition == place.partition;
        let (_, log) = self.broker.logs.iter().find(|(found, _)| at(found))?;
        let message = log.get(usize::try_from(place.offset).ok()?)?.as_ref()?;
        if self.garbage.contains(&message.value) {
            return None;
        }
        serde_json::from_slice(&message.value).ok()
    }

    /// Whether a service can never handle the message at `place`, as this world is made.
    pub(crate) fn is_broken(&self, service: &'static str, place: &Place) -> bool {
        let Some(body) = self.body(place) else { return true };
        let order = body["orderId"].as_i64().unwrap();
        let case = self.cases.get(&(faults::Place::Database(service), order));
        case.is_some_and(|case| case.lasts == Lasting::Always)
    }
}

/// The dead letters of a service.
fn dead(database: &Database) -> impl Iterator<Item = Place> {
    let dead = database.inner.dead().into_iter().filter(|(_, state)| *state == DeadState::Dead);
    dead.map(|(letter, _)| letter.place)
}

/// Whether an order is one that an external compensation is for.
pub(crate) fn is_external(order: i64) -> bool {
    (i64::from(EXTERNAL_ORDERS)..i64::from(EXTERNAL_ORDERS) + 1_000).contains(&order)
}
