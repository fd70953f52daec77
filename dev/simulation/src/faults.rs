//! Faults of one order: handlers that panic on it, databases that refuse its rows.
//!
//! Where an order fails, and for how long, is drawn when it is first seen there and never
//! changes, so a parked message of that order fails again on retry.

use std::panic::resume_unwind;

use order_contracts::events::{IncreaseProductCommand, OrderCreated, ProductDecreased};
use order_contracts::product::Product;
use saga_runtime::Rejection;

use super::sim::{Shared, Sim};

/// Where an order may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The handler that reserves stock panics.
    Decrease,
    /// The handler that releases it panics.
    Increase,
    /// The handler that books the delivery panics.
    Deliver,
    /// The database of this service refuses what is written for the order.
    Database(&'static str),
}

/// How long an order keeps failing at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasting {
    /// Not at all.
    Never,
    /// For this many attempts.
    Tries(u32),
    /// Until faults are no longer injected.
    UntilQuiesce,
    /// Permanently.
    Always,
}

/// An order at one place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    /// How long it fails there.
    pub lasts: Lasting,
    /// How often this fault made it fail.
    pub failed: u32,
    /// Whether the handler has rejected it.
    pub rejected: bool,
}

impl Sim {
    /// Whether an order fails at a place this time.
    pub(crate) fn fails(&mut self, place: Place, order: i64) -> bool {
        let known = self.cases.get(&(place, order)).copied();
        let case =
            known.unwrap_or_else(|| Case { lasts: self.draw_fault(place), failed: 0, rejected: false });
        let fails = match case.lasts {
            Lasting::Never => false,
            Lasting::Tries(tries) => case.failed < tries,
            Lasting::UntilQuiesce => !self.is_quiescing,
            Lasting::Always => true,
        };
        self.cases.insert((place, order), Case { failed: case.failed + u32::from(fails), ..case });
        if fails {
            self.fault(if matches!(place, Place::Database(_)) { "order refused" } else { "panic" }, || {
                format!("{place:?} of order {order}: {:?}", case.lasts)
            });
        }
        fails
    }

    /// Draws how long an order seen for the first time fails at a place.
    fn draw_fault(&mut self, place: Place) -> Lasting {
        let often = match place {
            Place::Database(_) => self.rates.unstorable,
            // Compensations are rare, so they fail more often.
            Place::Increase => self.rates.panics * 3,
            Place::Decrease | Place::Deliver => self.rates.panics,
        };
        if !self.rng.happens(often) {
            return Lasting::Never;
        }
        match self.rng.below(10) {
            0..5 => Lasting::Tries(self.rng.between(1, 14) as u32),
            5..8 => Lasting::UntilQuiesce,
            // A compensation has to succeed in the end.
            _ if place == Place::Increase => Lasting::UntilQuiesce,
            _ => Lasting::Always,
        }
    }

    fn rejects(&mut self, place: Place, order: i64) {
        if let Some(case) = self.cases.get_mut(&(place, order)) {
            case.rejected = true;
        }
    }

    /// Reports a finding when a handler is called with a later message of one key and partition
    /// while an earlier one is neither handled nor dead-lettered.
    fn look_for_overtaking(&mut self, service: &'static str, order: i64, quantity: i32) {
        let Some(series) = self.series.get(&order) else { return };
        let before = series.iter().take_while(|(found, ..)| *found != quantity);
        let waits =
            |(_, at, offset): &&(_, _, i64)| !self.history.deaths.contains_key(&(service, *at, *offset));
        if let Some((_, at, offset)) = before.into_iter().find(waits) {
            let text =
                format!("{service} was asked about a later message of order {order} than {at}@{offset}");
            self.note(|| text.clone());
            self.findings.push(text);
        }
    }
}

/// Handlers that panic for some orders, and otherwise do what the shipped ones do.
pub(crate) struct Faulty<H> {
    /// The shipped handlers.
    pub shipped: H,
    /// Decides which orders fail.
    pub sim: Shared,
}

impl<H> Faulty<H> {
    fn ask(&self, place: Place, order: i32) {
        let fails = self.sim.get().fails(place, order.into());
        if fails {
            // Unlike `panic!`, this prints nothing on standard error.
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

impl order_contracts::product::Handlers for Faulty<product_handlers::Handlers> {
    fn decrease_product(&self, product: &mut Product, order: &OrderCreated) -> Result<(), Rejection> {
        self.sim.get().look_for_overtaking("product", order.order_id.into(), order.quantity);
        self.ask(Place::Decrease, order.order_id);
        let answer = self.shipped.decrease_product(product, order);
        self.answer(Place::Decrease, order.order_id, answer)
    }

    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand) {
        // The row is changed before the panic: the change must not be kept.
        self.shipped.increase_product(product, command);
        self.ask(Place::Increase, command.order_id);
    }
}

impl order_contracts::delivery::Handlers for Faulty<delivery_handlers::Handlers> {
    fn create_delivery(&self, order: &OrderCreated, product: &ProductDecreased) -> Result<(), Rejection> {
        self.sim.get().look_for_overtaking("delivery", order.order_id.into(), order.quantity);
        self.ask(Place::Deliver, order.order_id);
        let answer = self.shipped.create_delivery(order, product);
        self.answer(Place::Deliver, order.order_id, answer)
    }
}
