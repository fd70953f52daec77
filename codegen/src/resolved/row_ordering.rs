//! Steps that may come before the row they work on: it is created by a message
//! that need not have been handled by then.

use std::collections::HashSet;

use crate::resolved::{Closer, EntityId, EventId, Resolved, Step, StepId, StepKind};

/// Each step that may be early for a row of its service, with the step that
/// creates the row.
pub(crate) fn unordered(spec: &Resolved) -> Vec<(StepId, StepId)> {
    let mut unordered = Vec::new();
    for step in spec.steps().iter().filter(|step| step.kind == StepKind::Subscription) {
        for used in step.rows.iter().filter(|used| used.missing.is_none()) {
            let creators = creators(spec, used.entity).filter(|creator| creator.id != step.id);
            let late = |creator: &&Step| !Order { spec, creator }.precedes(step);
            unordered.extend(creators.filter(late).map(|creator| (step.id, creator.id)));
        }
    }
    unordered
}

/// The steps that create rows of an entity once a message came. A request that
/// waits for none has created its row before anybody else hears of it.
fn creators(spec: &Resolved, entity: EntityId) -> impl Iterator<Item = &Step> {
    spec.steps().iter().filter(move |step| {
        let creates = step.creates.as_ref().is_some_and(|creation| creation.entity == entity);
        creates && !step.triggers.is_empty()
    })
}

/// What can only happen after one step has run or failed.
struct Order<'a> {
    spec: &'a Resolved,
    creator: &'a Step,
}

impl Order<'_> {
    /// Whether the creator has come to its end whenever `step` runs.
    fn precedes(&self, step: &Step) -> bool {
        self.precedes_run(step, &mut HashSet::new())
    }

    fn precedes_run(&self, step: &Step, open: &mut HashSet<(EventId, bool)>) -> bool {
        step.triggers.iter().any(|trigger| {
            let event = self.spec.event(trigger.event);
            let fails = trigger.variant.is_some() && trigger.variant == event.failing();
            self.precedes_message(trigger.event, fails, open)
        })
    }

    /// Whether every way to publish an event, or its failing variant, leads
    /// through the creator. A message that closes early need not have waited for it.
    fn precedes_message(&self, event: EventId, fails: bool, open: &mut HashSet<(EventId, bool)>) -> bool {
        if !open.insert((event, fails)) {
            return false;
        }
        let publishers: Vec<&Step> = self.spec.steps().iter().filter(|step| publishes(step, event)).collect();
        let all = publishers.iter().all(|step| {
            let by_closers =
                |open: &mut _| step.closers.iter().all(|it| self.precedes_closer(step, it, open));
            step.id == self.creator.id || ((!fails || by_closers(open)) && self.precedes_run(step, open))
        });
        open.remove(&(event, fails));
        all && !publishers.is_empty()
    }

    fn precedes_closer(&self, step: &Step, closer: &Closer, open: &mut HashSet<(EventId, bool)>) -> bool {
        match closer {
            Closer::FailedTrigger(trigger, _) => {
                self.precedes_message(step.triggers[trigger.0].event, true, open)
            }
            Closer::Unless(event) => {
                let failing = self.spec.event(event.event).failing();
                self.precedes_message(event.event, event.variant.is_some() && event.variant == failing, open)
            }
            Closer::Deadline(..) => false,
        }
    }
}

fn publishes(step: &Step, event: EventId) -> bool {
    step.emissions.iter().any(|emission| emission.event == event)
        || step.commands.iter().any(|command| command.command == event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    /// A car is reserved while the flight is; the trip is paid when both are.
    const TRIP: &str = "
saga: trip
correlation: tripId
events:
  TripRequested: { fields: { tripId: i32 } }
  FlightReserved: { outcome: success, fields: { tripId: i32 } }
  CarReserved: { outcome: success, fields: { tripId: i32 } }
  TripPaid: { outcome: success, fields: { tripId: i32 } }
services:
  booking:
    entities: { Trip: { key: i32, fields: {}, status: { start: NEW, done: PAID, failed: GONE } } }
    requests:
      book: { http: POST /trips, creates: Trip, emits: TripRequested }
    subscriptions:
      pay: { on: TripPaid.success, entity: Trip, to: PAID }
      drop: { on: TripPaid.failure, entity: Trip, to: GONE }
  flight:
    subscriptions:
      reserve-flight: { on: TripRequested, emits: FlightReserved }
  car:
    entities: { Rental: { key: { tripId: i32 }, fields: {}, status: { start: HELD, done: RENTED, failed: FREE } } }
    subscriptions:
      reserve-car: { on: TripRequested, creates: Rental, emits: CarReserved }
      rent-car: { on: TripPaid.success, entity: Rental, to: RENTED }
      release-car: { on: TripPaid.failure, entity: Rental, to: FREE }
  payment:
    subscriptions:
      charge: { on: [FlightReserved, CarReserved], emits: TripPaid }
";

    fn unordered_steps(text: &str) -> Vec<String> {
        let source = Source::new("saga.yaml", text);
        let checked = crate::pipeline::check(&source);
        let spec = checked.without_errors().expect("no errors");
        unordered(spec).into_iter().map(|(step, _)| spec.step(step).name.to_string()).collect()
    }

    #[test]
    fn a_failed_flight_may_be_known_before_the_car_is_reserved() {
        assert_eq!(unordered_steps(TRIP), ["release-car"]);
    }

    #[test]
    fn in_a_chain_nobody_is_early() {
        let chain = TRIP.replace("reserve-flight: { on: TripRequested", "reserve-flight: { on: CarReserved");
        assert_eq!(unordered_steps(&chain), Vec::<String>::new());
    }
}
