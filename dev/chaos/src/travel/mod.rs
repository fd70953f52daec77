//! A run of the travel saga of `examples/travel`, whose gateway fails too.

mod audit;
mod customers;

use std::sync::Arc;
use std::time::Duration;

use testbed::failure::{Failure, Result};

use crate::limits::Limits;
use crate::options::Options;
use crate::schedule::Event;
use crate::stage::Stage;
use crate::summary::Summary;
use audit::Left;
use customers::Customers;

/// The flights with their seats when a run begins: one with more than can be sold, and one that is soon full.
const SEATS: [(&str, i64); 2] = [("KE123", 1_000_000), ("KE999", 150)];
/// The hotels with their rooms.
const ROOMS: [(&str, i64); 2] = [("Grand", 1_000_000), ("Full", 150)];

/// The statements that provide seats and rooms, each with the service whose they are.
pub(crate) fn stock() -> Vec<(usize, String)> {
    let seats = SEATS
        .map(|(name, seats)| (1, format!("UPDATE flight_tb SET seats = {seats} WHERE flight = '{name}'")));
    let rooms =
        ROOMS.map(|(name, rooms)| (2, format!("UPDATE hotel_tb SET rooms = {rooms} WHERE hotel = '{name}'")));
    seats.into_iter().chain(rooms).collect()
}

/// The load, the faults, the rest, the audit.
pub(crate) fn play(stage: Stage, options: &Options, events: &[Event]) -> Result<Summary> {
    let limits = Limits::of(&stage.brokers, stage.runtime.handle().clone())?;
    // What the schedule says is counted from here.
    let begun = stage.event_log.begin();
    let customers = Customers::start(stage.seed, options.rate(), Arc::clone(&stage.fleet));
    let injector = stage.injector(&limits, None);
    let injected = injector.inject(events, Duration::from_secs_f64(options.minutes * 60.0));
    customers.stop();
    injected?;
    let length = begun.elapsed();
    stage.event_log.note("the faults end, and no more trips are booked");
    injector.quiesce()?;
    let drained = stage.drain(|| customers.are_done(), &[], Duration::from_secs(options.drain))?;
    let seen = customers.end();
    stage.fleet.look_after();
    stage.event_log.note("the audit reads everything");
    let left = Left::read(&stage.databases, stage.gateway)
        .map_err(|error| Failure::new(format!("the audit failed: {error}")))?;
    let report = left.check(&seen.asked);
    let memory = stage.fleet.memory();
    stage.stop()?;
    Ok(Summary {
        saga: options.saga,
        seed: stage.seed,
        instances: options.instances.into(),
        length,
        answered: seen.asked.iter().filter(|asked| asked.id.is_some()).count(),
        unanswered: seen.asked.iter().filter(|asked| asked.id.is_none()).count(),
        again: seen.again,
        odd: seen.odd,
        outcomes: stage.databases.outcomes().unwrap_or_default(),
        messages: None,
        faults: stage.event_log.counts(),
        memory,
        drained,
        is_sound: report.is_sound(),
        report: report.to_string(),
    })
}
