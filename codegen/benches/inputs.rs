//! Sagas of a given size.

use std::fmt::Write as _;

/// That many parallel bookings, and a payment that needs all of them.
pub(crate) fn branches(count: usize) -> String {
    let each = |line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let events = each(&|at| format!("  B{at}Reserved: {{ outcome: success, fields: {{ tripId: uuid }} }}\n"));
    let services = each(&|at| {
        format!(
            "  s{at}:\n    entities: {{ E{at}: {{ key: {{ hotel: string }}, fields: {{ rooms: i32 }} }} }}\n    subscriptions:\n      reserve-b{at}: {{ on: TripRequested, entity: E{at}, emits: B{at}Reserved }}\n"
        )
    });
    let compensations = each(&|at| format!("  reserve-b{at}: release-b{at}\n"));
    let needs = each(&|at| format!(", B{at}Reserved"));
    format!(
        "saga: trip
correlation: tripId
events:
  TripRequested: {{ fields: {{ tripId: uuid, hotel: string, price: decimal }} }}
{events}  TripPaid: {{ outcome: success, fields: {{ tripId: uuid, reason: string? }} }}
services:
  booking:
    entities: {{ Trip: {{ key: uuid, fields: {{ price: decimal }}, status: {{ start: PENDING, done: CONFIRMED, failed: CANCELLED }} }} }}
    requests:
      book-trip: {{ http: POST /trips, creates: Trip, emits: TripRequested }}
    subscriptions:
      confirm-trip: {{ on: TripPaid.success, entity: Trip, to: CONFIRMED }}
      cancel-trip: {{ on: TripPaid.failure, entity: Trip, to: CANCELLED }}
{services}  payment:
    subscriptions:
      charge-trip: {{ on: [TripRequested{needs}], deadline: 15m, handler: call, emits: TripPaid }}
compensations:
{compensations}  charge-trip: void-charge
"
    )
}

/// A sequence of that many services. The last one decides: it has nothing to
/// compensate.
pub(crate) fn chain(count: usize, compensated: bool) -> String {
    let (mut events, mut services, mut compensations) = (String::new(), String::new(), String::new());
    let mut on = "Begun".to_owned();
    for at in 0..count {
        _ = writeln!(events, "  Done{at}: {{ outcome: success, fields: {{ orderId: i64 }} }}");
        _ = writeln!(
            services,
            "  s{at}:\n    entities: {{ Item{at}: {{ key: {{ orderId: i64 }}, fields: {{ count: i32 }} }} }}\n    subscriptions:\n      do-{at}: {{ on: {on}, entity: Item{at}, emits: Done{at} }}"
        );
        on = format!("Done{at}");
        if compensated && at + 1 < count {
            _ = writeln!(compensations, "  do-{at}: undo-{at}");
        }
    }
    let compensations = if compensated { format!("compensations:\n{compensations}") } else { String::new() };
    format!(
        "saga: chain
correlation: orderId
events:
  Begun: {{ fields: {{ orderId: i64 }} }}
{events}services:
  front:
    entities: {{ Order: {{ key: i64, fields: {{}}, status: {{ start: NEW, done: KEPT, failed: GONE }} }} }}
    requests:
      begin: {{ http: POST /orders, creates: Order, emits: Begun }}
    subscriptions:
      finish: {{ on: {on}.success, entity: Order, to: KEPT }}
      cancel: {{ on: {on}.failure, entity: Order, to: GONE }}
{services}{compensations}"
    )
}
