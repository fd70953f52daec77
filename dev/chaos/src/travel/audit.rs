//! What must hold of the rows and charges that a run leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;

use serde_json::Value;

use super::customers::Asked;
use super::{ROOMS, SEATS};
use crate::databases::{Databases, Error};

/// The most violations of one invariant that are printed; all are counted.
const TOLD: usize = 10;

/// What a run left.
#[derive(Debug, Clone, Default)]
pub(crate) struct Left {
    /// The trips by their id.
    trips: BTreeMap<String, Trip>,
    /// The free seats of each flight.
    seats: BTreeMap<String, i64>,
    /// The free rooms of each hotel.
    rooms: BTreeMap<String, i64>,
    /// The rentals: trip and status.
    rentals: Vec<(String, String)>,
    /// What the gateway knows.
    charges: Vec<Charge>,
    /// The messages that each service gave up.
    dead: Vec<(String, i64)>,
}

#[derive(Debug, Clone)]
struct Trip {
    flight: String,
    hotel: String,
    status: String,
}

#[derive(Debug, Clone)]
struct Charge {
    key: String,
    trip: String,
    status: String,
    charges: u64,
}

/// What the audit found.
#[derive(Debug, Clone)]
pub(crate) struct Report(Vec<Finding>);

#[derive(Debug, Clone)]
struct Finding {
    invariant: &'static str,
    looked_at: usize,
    violations: Vec<String>,
}

impl Left {
    /// Reads the databases, and asks the gateway.
    pub(crate) fn read(databases: &Databases, gateway: SocketAddr) -> Result<Self, Error> {
        let mut left = Self::default();
        for row in databases.rows(0, "SELECT id::text, flight, hotel, status FROM trip_tb")? {
            let [id, flight, hotel, status] = row.try_into().map_err(|row| format!("a trip of {row:?}"))?;
            left.trips.insert(id, Trip { flight, hotel, status });
        }
        for (service, query, counts) in [
            (1, "SELECT flight, seats::text FROM flight_tb", &mut left.seats),
            (2, "SELECT hotel, rooms::text FROM hotel_tb", &mut left.rooms),
        ] {
            for row in databases.rows(service, query)? {
                counts.insert(row[0].clone(), row[1].parse()?);
            }
        }
        for row in databases.rows(3, "SELECT trip_id::text, status FROM rental_tb")? {
            left.rentals.push((row[0].clone(), row[1].clone()));
        }
        for (service, (name, _)) in databases.urls().iter().enumerate() {
            let dead =
                databases.rows(service, "SELECT count(*)::text FROM saga_dead WHERE state = 'dead'")?;
            left.dead.push((name.clone(), dead[0][0].parse()?));
        }
        let body = ureq::get(format!("http://{gateway}/charges")).call()?.body_mut().read_to_string()?;
        let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
        for entry in serde_json::from_str::<Vec<Value>>(&body)? {
            left.charges.push(Charge {
                key: text(&entry, "key"),
                trip: text(&entry, "reference"),
                status: text(&entry, "status"),
                charges: entry["charges"].as_u64().unwrap_or_default(),
            });
        }
        Ok(left)
    }

    /// Says what does not hold.
    pub(crate) fn check(&self, asked: &[Asked]) -> Report {
        Report(vec![
            self.answers(asked),
            self.ends(),
            self.counted(
                "a seat is taken for each confirmed trip, and for no other",
                &SEATS,
                &self.seats,
                |trip| &trip.flight,
            ),
            self.counted(
                "a room is taken for each confirmed trip, and for no other",
                &ROOMS,
                &self.rooms,
                |trip| &trip.hotel,
            ),
            self.cars(),
            self.money(),
            self.keys(),
            self.given_up(),
        ])
    }

    fn answers(&self, asked: &[Asked]) -> Finding {
        let mut found = Finding::new("every request has one trip of its own", asked.len());
        let mut ids = BTreeSet::new();
        for asked in asked {
            match asked.id.as_ref().map(|id| (id, self.trips.get(id), ids.insert(id))) {
                Some((id, None, _)) => found.violations.push(format!("{}: there is no trip {id}", asked.key)),
                Some((id, _, false)) => {
                    found.violations.push(format!("{}: trip {id} is another's", asked.key))
                }
                Some((_, Some(trip), true))
                    if (trip.flight.as_str(), trip.hotel.as_str()) != (asked.flight, asked.hotel) =>
                {
                    found.violations.push(format!("{asked:?} became {trip:?}"));
                }
                _ => {}
            }
        }
        if self.trips.len() > asked.len() {
            found.violations.push(format!("{} trips for {} requests", self.trips.len(), asked.len()));
        }
        found
    }

    fn ends(&self) -> Finding {
        let mut found = Finding::new("every trip has ended", self.trips.len());
        for (id, trip) in &self.trips {
            if !["CONFIRMED", "CANCELLED"].contains(&trip.status.as_str()) {
                found.violations.push(format!("trip {id} is {}", trip.status));
            }
        }
        found
    }

    /// What was there at first less what is there now is what confirmed trips have.
    fn counted(
        &self,
        invariant: &'static str,
        first: &[(&str, i64)],
        now: &BTreeMap<String, i64>,
        of: fn(&Trip) -> &String,
    ) -> Finding {
        let mut found = Finding::new(invariant, first.len());
        for (name, first) in first {
            let confirmed = self.trips.values().filter(|trip| of(trip) == name && trip.status == "CONFIRMED");
            let (taken, confirmed) = (first - now.get(*name).copied().unwrap_or_default(), confirmed.count());
            if taken != confirmed as i64 {
                found.violations.push(format!("{name}: {taken} taken for {confirmed} confirmed trips"));
            }
        }
        found
    }

    fn cars(&self) -> Finding {
        let mut found = Finding::new("a car is rented once for each confirmed trip", self.rentals.len());
        let mut rentals: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (trip, status) in &self.rentals {
            rentals.entry(trip).or_default().push(status);
        }
        for (id, trip) in &self.trips {
            let cars = rentals.remove(id.as_str()).unwrap_or_default();
            let good = match trip.status.as_str() {
                "CONFIRMED" => cars == ["RENTED"],
                _ => cars.is_empty() || cars == ["RELEASED"],
            };
            if !good {
                found.violations.push(format!("trip {id} is {}, and its cars are {cars:?}", trip.status));
            }
        }
        found
            .violations
            .extend(rentals.keys().map(|trip| format!("a rental of trip {trip}, which there is not")));
        found
    }

    fn money(&self) -> Finding {
        let mut found =
            Finding::new("a confirmed trip is charged, and a cancelled one is not", self.trips.len());
        let charged: BTreeSet<&str> = self
            .charges
            .iter()
            .filter(|charge| charge.status == "charged")
            .map(|charge| charge.trip.as_str())
            .collect();
        for (id, trip) in &self.trips {
            if charged.contains(id.as_str()) != (trip.status == "CONFIRMED") {
                found.violations.push(format!("trip {id} is {}, and {:?}", trip.status, self.charge_of(id)));
            }
        }
        found
    }

    fn charge_of(&self, trip: &str) -> Option<&Charge> {
        self.charges.iter().find(|charge| charge.trip == trip)
    }

    fn keys(&self) -> Finding {
        let mut found = Finding::new("a trip is charged under one key, at most once", self.charges.len());
        let mut keys = BTreeMap::new();
        for charge in &self.charges {
            // One that was voided before any charge came names no trip.
            if charge.trip.is_empty() {
                continue;
            }
            if !self.trips.contains_key(&charge.trip) {
                found.violations.push(format!("{charge:?} is of no trip"));
            }
            if charge.charges > 1 {
                found.violations.push(format!("{charge:?} was taken more than once"));
            }
            if let Some(other) = keys.insert(&charge.trip, &charge.key) {
                found.violations.push(format!("{charge:?} has another key, {other}"));
            }
        }
        found
    }

    fn given_up(&self) -> Finding {
        let mut found = Finding::new("no message was given up", self.dead.len());
        for (service, count) in self.dead.iter().filter(|(_, count)| *count > 0) {
            found.violations.push(format!("{service}: {count} dead letters"));
        }
        found
    }
}

impl Finding {
    fn new(invariant: &'static str, looked_at: usize) -> Self {
        Self { invariant, looked_at, violations: Vec::new() }
    }
}

impl Report {
    /// Whether everything holds.
    pub(crate) fn is_sound(&self) -> bool {
        self.0.iter().all(|finding| finding.violations.is_empty())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { invariant, looked_at, violations } in &self.0 {
            let verdict = if violations.is_empty() { "holds" } else { "VIOLATED" };
            writeln!(
                f,
                "{verdict:8}  {invariant:58} {looked_at} looked at, {} violations",
                violations.len()
            )?;
            for line in violations.iter().take(TOLD) {
                writeln!(f, "          - {line}")?;
            }
            if violations.len() > TOLD {
                writeln!(f, "          - and {} more", violations.len() - TOLD)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trip(status: &str) -> Trip {
        Trip { flight: "KE123".to_owned(), hotel: "Grand".to_owned(), status: status.to_owned() }
    }

    fn charge(trip: &str, status: &str) -> Charge {
        Charge { key: format!("key of {trip}"), trip: trip.to_owned(), status: status.to_owned(), charges: 1 }
    }

    fn asked(id: &str) -> Asked {
        Asked {
            key: format!("request of {id}"),
            flight: "KE123",
            hotel: "Grand",
            car: "compact",
            card: "visa",
            id: Some(id.to_owned()),
        }
    }

    /// One trip that is confirmed, and one whose charge was never answered.
    fn good() -> Left {
        let less = |stock: [(&str, i64); 2]| {
            stock.map(|(name, first)| (name.to_owned(), first - i64::from(first > 1_000)))
        };
        Left {
            trips: [("a".to_owned(), trip("CONFIRMED")), ("b".to_owned(), trip("CANCELLED"))].into(),
            seats: less(SEATS).into(),
            rooms: less(ROOMS).into(),
            rentals: vec![("a".to_owned(), "RENTED".to_owned()), ("b".to_owned(), "RELEASED".to_owned())],
            charges: vec![charge("a", "charged"), charge("b", "voided")],
            dead: vec![("car".to_owned(), 0)],
        }
    }

    #[track_caller]
    fn noticed(invariant: &str, change: impl FnOnce(&mut Left)) {
        let mut left = good();
        change(&mut left);
        let Report(findings) = left.check(&[asked("a"), asked("b")]);
        let violated: Vec<&str> = findings
            .iter()
            .filter(|found| !found.violations.is_empty())
            .map(|found| found.invariant)
            .collect();
        assert!(violated.iter().any(|found| found.contains(invariant)), "{violated:?}");
    }

    #[test]
    fn a_good_end_is_sound() {
        let report = good().check(&[asked("a"), asked("b")]);
        assert!(report.is_sound(), "{report}");
    }

    #[test]
    fn each_invariant_notices_its_violation() {
        noticed("one trip of its own", |left| drop(left.trips.remove("b")));
        noticed("one trip of its own", |left| drop(left.trips.insert("c".to_owned(), trip("CANCELLED"))));
        noticed("has ended", |left| left.trips.get_mut("b").expect("it").status = "PENDING".to_owned());
        noticed("a seat", |left| *left.seats.get_mut("KE123").expect("it") -= 1);
        noticed("a room", |left| *left.rooms.get_mut("Full").expect("it") += 1);
        noticed("a car", |left| left.rentals[1].1 = "HELD".to_owned());
        noticed("a car", |left| left.rentals.push(left.rentals[0].clone()));
        noticed("and a cancelled one is not", |left| left.charges[1].status = "charged".to_owned());
        noticed("a confirmed trip is charged", |left| left.charges[0].status = "voided".to_owned());
        noticed("at most once", |left| left.charges[0].charges = 2);
        noticed("under one key", |left| {
            let other = Charge { key: "another".to_owned(), ..left.charges[0].clone() };
            left.charges.push(other);
        });
        noticed("given up", |left| left.dead[0].1 = 1);
    }
}
