//! Faults of one instance: handlers that panic on it, databases that refuse its rows.
//!
//! Where an instance fails, and for how long, is drawn when it is first seen there and never
//! changes, so a parked message of that instance fails again on retry.

use std::any::Any;
use std::fmt;
use std::panic::resume_unwind;

use saga_runtime::Rejection;
use saga_runtime::record::TopicPartition;

use super::gateway::Gateway;
use super::sim::{Shared, Sim};

/// Where an instance may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The handler of this step panics.
    Handler(&'static str),
    /// The handler that compensates this step panics.
    Compensation(&'static str),
    /// The database of this service refuses what is written for the instance.
    Database(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handler(step) => write!(f, "the simulation lets {step} panic"),
            Self::Compensation(step) => write!(f, "the simulation lets the compensation of {step} panic"),
            Self::Database(service) => write!(f, "the simulation lets the database of {service} refuse it"),
        }
    }
}

/// How long an instance keeps failing at one place.
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

/// An instance at one place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    /// How long it fails there.
    pub lasts: Lasting,
    /// How often this fault made it fail.
    pub failed: u32,
    /// Whether the handler has rejected it.
    pub rejected: bool,
    /// Whether its deadline, or the failure of the saga, closed it.
    pub closed: bool,
}

impl Sim {
    /// Whether an instance fails at a place this time.
    pub(crate) fn fails(&mut self, place: Place, correlation: &str) -> bool {
        let known = self.cases.get(&(place, correlation.to_owned())).copied();
        let case = known.unwrap_or_else(|| Case {
            lasts: self.draw_fault(place),
            failed: 0,
            rejected: false,
            closed: false,
        });
        let fails = match case.lasts {
            Lasting::Never => false,
            Lasting::Tries(tries) => case.failed < tries,
            Lasting::UntilQuiesce => !self.is_quiescing,
            Lasting::Always => true,
        };
        let case = Case { failed: case.failed + u32::from(fails), ..case };
        self.cases.insert((place, correlation.to_owned()), case);
        if fails {
            let fault = if matches!(place, Place::Database(_)) { "instance refused" } else { "panic" };
            self.fault(fault, || format!("{place:?} of {correlation}: {:?}", case.lasts));
            self.tell(correlation, || format!("FAULT: {place}"));
        }
        fails
    }

    /// Draws how long an instance seen for the first time fails at a place.
    fn draw_fault(&mut self, place: Place) -> Lasting {
        let often = match place {
            Place::Database(_) => self.rates.unstorable,
            // Compensations are rare, so they fail more often.
            Place::Compensation(_) => self.rates.panics * 3,
            Place::Handler(step) if self.saga.plan.compensates(step) => self.rates.panics * 3,
            Place::Handler(_) => self.rates.panics,
        };
        if !self.rng.happens(often) {
            return Lasting::Never;
        }
        match self.rng.below(10) {
            0..5 => Lasting::Tries(self.rng.between(1, 14) as u32),
            5..8 => Lasting::UntilQuiesce,
            _ if self.can_do_without(place) => Lasting::Always,
            _ => Lasting::UntilQuiesce,
        }
    }

    /// Whether the world can come to rest although an instance never passes here.
    fn can_do_without(&self, place: Place) -> bool {
        match place {
            // What it waits for would be put off for ever, and a client would ask for ever.
            Place::Database(service) => !self.saga.plan.waits_for_others(service),
            Place::Compensation(_) => false,
            // A step that cannot fail has to succeed in the end.
            Place::Handler(step) => self.saga.plan.may_give_up(step),
        }
    }
}

/// How the steps of a simulated service fail.
#[derive(Clone)]
pub struct Faults(Shared);

impl Faults {
    pub(crate) fn new(sim: Shared) -> Self {
        Self(sim)
    }

    pub(crate) fn sim(&self) -> std::sync::MutexGuard<'_, Sim> {
        self.0.get()
    }

    /// The system that steps of this world call.
    pub fn gateway(&self) -> Gateway {
        Gateway(self.0.clone())
    }

    /// Panics if an instance fails at a place this time.
    pub(crate) fn ask(&self, place: Place, correlation: &str) {
        let fails = self.0.get().fails(place, correlation);
        if fails {
            // Unlike `panic!`, this prints nothing on standard error.
            resume_unwind(Box::new(format!("{place:?} cannot take {correlation}")));
        }
    }

    /// Keeps in mind that a handler has rejected an instance.
    pub(crate) fn rejected(&self, place: Place, correlation: &str) {
        if let Some(case) = self.0.get().cases.get_mut(&(place, correlation.to_owned())) {
            case.rejected = true;
        }
    }

    /// Keeps in mind that the deadline of a step, or the failure of the saga, has closed it for an instance.
    pub(crate) fn closed(&self, place: Place, correlation: &str) {
        let case = Case { lasts: Lasting::Never, failed: 0, rejected: false, closed: false };
        self.0.get().cases.entry((place, correlation.to_owned())).or_insert(case).closed = true;
    }

    /// Decides by chance, now and then against it.
    ///
    /// # Errors
    /// The rejection.
    pub fn chance(&self) -> Result<(), Rejection> {
        let mut sim = self.0.get();
        // It is asked twice, and has one answer.
        let says_no = match sim.chances.drawn() {
            Some(drawn) => drawn,
            None => sim.rng.happens(200),
        };
        sim.chances.keep(says_no);
        match says_no {
            true => Err(Rejection::because("chance said so")),
            false => Ok(()),
        }
    }

    /// Whether a service has given up the message at a place.
    pub fn has_given_up(&self, service: &'static str, at: TopicPartition, offset: i64) -> bool {
        self.0.get().history.deaths.contains_key(&(service, at, offset))
    }

    /// Looks into what the team remembers of this world, if it remembers anything.
    pub fn recall<M: Any, T>(&self, look: impl FnOnce(&M) -> T) -> Option<T> {
        self.0.get().memory.downcast_ref::<M>().map(look)
    }

    /// Reports something that must not be.
    pub fn report(&self, finding: String) {
        let mut sim = self.0.get();
        if !sim.chances.is_again() {
            sim.find(finding);
        }
    }
}
