//! Orders that handlers choke on, and that databases do not take.
//!
//! Which they are, where and for how long is drawn when the order is first seen
//! there, and does not change: what is set aside for such an order fails again.

use std::panic::resume_unwind;

use order_contracts::events::{IncreaseProductCommand, OrderCreated, ProductDecreased};
use order_contracts::product::Product;
use saga_runtime::Rejection;

use super::sim::{Shared, Sim};

/// Where an order may be ill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The handler that takes stock panics.
    Decrease,
    /// The handler that puts it back panics.
    Increase,
    /// The handler that books the delivery panics.
    Deliver,
    /// The database of this service refuses what is written for the order.
    Database(&'static str),
}

/// How long an order is ill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ill {
    /// Not at all.
    Never,
    /// For so many tries.
    Tries(u32),
    /// Until the faults of the world end.
    UntilCalm,
    /// For ever.
    Always,
}

/// An order at one place.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// How long it is ill there.
    pub ill: Ill,
    /// How often it has failed for that.
    pub failed: u32,
    /// Whether the handler has said no.
    pub rejected: bool,
}

impl Sim {
    /// Whether an order fails at a place this time.
    pub fn fails(&mut self, place: Place, order: i64) -> bool {
        let known = self.cases.get(&(place, order)).copied();
        let case = known.unwrap_or_else(|| Case { ill: self.ill(place), failed: 0, rejected: false });
        let fails = match case.ill {
            Ill::Never => false,
            Ill::Tries(tries) => case.failed < tries,
            Ill::UntilCalm => !self.is_calm,
            Ill::Always => true,
        };
        self.cases.insert((place, order), Case { failed: case.failed + u32::from(fails), ..case });
        if fails {
            self.fault(if matches!(place, Place::Database(_)) { "order refused" } else { "panic" }, || {
                format!("{place:?} of order {order}: {:?}", case.ill)
            });
        }
        fails
    }

    /// How ill the next order is at a place.
    fn ill(&mut self, place: Place) -> Ill {
        let often = match place {
            Place::Database(_) => self.rates.unstorable,
            // There are few of them.
            Place::Increase => self.rates.panics * 3,
            Place::Decrease | Place::Deliver => self.rates.panics,
        };
        if !self.rng.happens(often) {
            return Ill::Never;
        }
        match self.rng.below(10) {
            0..5 => Ill::Tries(self.rng.between(1, 14) as u32),
            5..8 => Ill::UntilCalm,
            // What is to be undone has to be possible in the end.
            _ if place == Place::Increase => Ill::UntilCalm,
            _ => Ill::Always,
        }
    }

    fn rejects(&mut self, place: Place, order: i64) {
        if let Some(case) = self.cases.get_mut(&(place, order)) {
            case.rejected = true;
        }
    }

    /// Finds fault with a handler that is asked about a later one of several messages of one key
    /// and partition, while an earlier one is neither handled nor given up.
    fn look_for_overtaking(&mut self, service: &'static str, order: i64, quantity: i32) {
        let Some(series) = self.series.get(&order) else { return };
        let before = series.iter().take_while(|(found, ..)| *found != quantity);
        let waits =
            |(_, at, offset): &&(_, _, i64)| !self.ledger.deaths.contains_key(&(service, *at, *offset));
        if let Some((_, at, offset)) = before.into_iter().find(waits) {
            let text =
                format!("{service} was asked about a later message of order {order} than {at}@{offset}");
            self.note(|| text.clone());
            self.findings.push(text);
        }
    }
}

/// Handlers that panic for some orders.
pub struct Ailing<H> {
    /// The shipped ones.
    pub healthy: H,
    /// Where it is decided.
    pub sim: Shared,
}

impl<H> Ailing<H> {
    fn ask(&self, place: Place, order: i32) {
        let fails = self.sim.get().fails(place, order.into());
        if fails {
            // Like a panic, but for the message on the standard error.
            resume_unwind(Box::new(format!("{place:?} cannot take order {order}")));
        }
    }

    fn answer<T>(&self, place: Place, order: i32, answer: Result<T, Rejection>) -> Result<T, Rejection> {
        if answer.is_err() {
            self.sim.get().rejects(place, order.into());
        }
        answer
    }
}

impl order_contracts::product::Handlers for Ailing<product_handlers::Handlers> {
    fn decrease_product(&self, product: &mut Product, order: &OrderCreated) -> Result<(), Rejection> {
        self.sim.get().look_for_overtaking("product", order.order_id.into(), order.quantity);
        self.ask(Place::Decrease, order.order_id);
        let answer = self.healthy.decrease_product(product, order);
        self.answer(Place::Decrease, order.order_id, answer)
    }

    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand) {
        // Half of it is done when it fails.
        self.healthy.increase_product(product, command);
        self.ask(Place::Increase, command.order_id);
    }
}

impl order_contracts::delivery::Handlers for Ailing<delivery_handlers::Handlers> {
    fn create_delivery(&self, order: &OrderCreated, product: &ProductDecreased) -> Result<(), Rejection> {
        self.sim.get().look_for_overtaking("delivery", order.order_id.into(), order.quantity);
        self.ask(Place::Deliver, order.order_id);
        let answer = self.healthy.create_delivery(order, product);
        self.answer(Place::Deliver, order.order_id, answer)
    }
}
