//! What happened to each order, gathered from rows and messages.

use std::collections::{BTreeMap, HashSet};

use super::super::InjectedKind;
use super::super::evidence::{
    DELIVERY_CREATED, EVENTS, Evidence, INCREASE_PRODUCT, ORDER_CREATED, OrderRow, PRODUCT_DECREASED, Status,
};
use super::super::wire::Said;

/// All orders, those of external producers too.
pub(super) struct Instances<'a> {
    /// By order.
    pub all: BTreeMap<i64, Instance<'a>>,
}

/// What happened to one order.
#[derive(Default)]
pub(super) struct Instance<'a> {
    /// Its row; an external producer's order has none.
    pub row: Option<&'a OrderRow>,
    /// What an external producer asked for.
    pub foreign: Option<Said>,
    /// What its `OrderCreated` says.
    pub asked: Option<Said>,
    /// How many `OrderCreated` were stored.
    pub created: u32,
    /// How often product took its stock.
    pub taken: u32,
    /// How often product refused it.
    pub refused: u32,
    /// How often delivery accepted it.
    pub delivered: u32,
    /// How often delivery failed it.
    pub undelivered: u32,
    /// How often its stock was ordered back.
    pub put_back: u32,
    /// Some message names another product or quantity than was asked for.
    pub mistaken: bool,
    /// The rows of its deliveries: digests of the addresses.
    pub deliveries: Vec<u32>,
}

/// How an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Well.
    Completed,
    /// Not.
    Cancelled,
}

impl<'a> Instances<'a> {
    /// Gathers them.
    pub(super) fn of(evidence: &'a Evidence) -> Self {
        let mut all: BTreeMap<i64, Instance<'a>> = BTreeMap::new();
        for (id, row) in &evidence.orders {
            all.entry(*id).or_default().row = Some(row);
        }
        for ((place, offset), kind) in &evidence.injected {
            if place.topic != ORDER_CREATED || *kind != InjectedKind::Sound {
                continue;
            }
            let message = evidence.logs.get(place).and_then(|log| log.at(*offset));
            // A copy of a service's own message begins no order.
            if let Some(said) =
                message.filter(|message| message.number.is_none()).and_then(|message| message.said)
            {
                all.entry(said.order).or_default().foreign.get_or_insert(said);
            }
        }
        for (topic, said) in effects(evidence) {
            all.entry(said.order).or_default().take_in(topic, said);
        }
        for delivery in &evidence.deliveries {
            let address = super::super::wire::address(&delivery.address);
            all.entry(delivery.order).or_default().deliveries.push(address);
        }
        for instance in all.values_mut() {
            instance.asked = instance.asked.or(instance.foreign);
        }
        let mut instances = Self { all };
        instances.find_mistakes(evidence);
        instances
    }

    fn find_mistakes(&mut self, evidence: &Evidence) {
        for (topic, said) in effects(evidence) {
            let Some(instance) = self.all.get_mut(&said.order) else { continue };
            let Some(asked) = instance.asked else { continue };
            let says_what = topic == PRODUCT_DECREASED || topic == INCREASE_PRODUCT;
            instance.mistaken |=
                says_what && (asked.product, asked.quantity) != (said.product, said.quantity);
        }
    }
}

impl Instance<'_> {
    fn take_in(&mut self, topic: &str, said: Said) {
        let count = match (topic, said.success) {
            (ORDER_CREATED, _) => {
                self.asked.get_or_insert(said);
                &mut self.created
            }
            (PRODUCT_DECREASED, true) => &mut self.taken,
            (PRODUCT_DECREASED, false) => &mut self.refused,
            (DELIVERY_CREATED, true) => &mut self.delivered,
            (DELIVERY_CREATED, false) => &mut self.undelivered,
            (INCREASE_PRODUCT, _) => &mut self.put_back,
            _ => return,
        };
        *count += 1;
    }

    /// How it ended; `None` when it has not.
    pub(super) fn end(&self) -> Option<End> {
        match self.row.map(|row| &row.status) {
            Some(Status::Completed) => Some(End::Completed),
            Some(Status::Cancelled) => Some(End::Cancelled),
            Some(Status::Pending | Status::Unknown(_)) => None,
            // No service keeps a row of an external order: what delivery published is its end.
            None if self.delivered > 0 => Some(End::Completed),
            None if self.undelivered > 0 => Some(End::Cancelled),
            None => None,
        }
    }

    /// Whether its end must be visible.
    pub(super) fn is_wanted(&self) -> bool {
        self.row.is_some() || self.foreign.is_some()
    }
}

/// What the services said about orders, each message once: their committed
/// outbox rows, or, when those are not kept, what is on Kafka under their numbers.
pub(super) fn effects(evidence: &Evidence) -> Box<dyn Iterator<Item = (&'static str, Said)> + '_> {
    // Copies of dead letters are not said to anybody.
    let sagas = |(topic, _): &(&str, Said)| EVENTS.contains(topic);
    if evidence.outbox_kept {
        let rows = evidence.outbox().filter_map(|(_, row)| Some((row.place.topic, row.said?)));
        return Box::new(rows.filter(sagas));
    }
    let mut known = HashSet::new();
    let messages = evidence.messages().filter_map(move |(place, _, message)| {
        let fresh = known.insert((place, message.number.as_ref()?));
        message.said.filter(|_| fresh).map(|said| (place.topic, said))
    });
    Box::new(messages.filter(sagas))
}
