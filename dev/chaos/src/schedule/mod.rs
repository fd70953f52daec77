//! What goes wrong, and when: drawn from the seed before anything starts.

mod fault;

use std::fmt::{self, Display};
use std::time::Duration;

use mutations::{CrashPoint, Mutation};

use crate::options::Kind;

use crate::proxy::{ConnectionFault, Scope, Way};
use crate::rng::Rng;
use crate::saga::Saga;

pub(crate) use fault::{Codec, Fault, POISONS, Poison, Right, Row, SERVICES, Server, Slot, TOPICS};

/// The time before the first fault, in which the load gets going.
const QUIET: Duration = Duration::from_secs(5);

/// How many in a hundred faults are of the kinds that show what a mechanism that is off was for.
const AIMED: u64 = 65;

/// What a schedule is drawn from.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// What is broken.
    pub saga: Saga,
    /// Where chance comes from.
    pub seed: u64,
    /// How long faults are injected.
    pub length: Duration,
    /// How many instances each service has.
    pub instances: usize,
    /// The mean time between two faults.
    pub every: Duration,
    /// The kinds that are injected.
    pub kinds: Vec<Kind>,
    /// The mutation that is active, if any: the faults that show it come more often.
    pub mutation: Option<Mutation>,
}

/// A fault and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Since the load began.
    pub at: Duration,
    /// What kind of fault it is.
    pub kind: Kind,
    /// What happens.
    pub fault: Fault,
}

impl Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t={:.1}s {}", self.at.as_secs_f32(), self.fault)
    }
}

impl Plan {
    /// The schedule. It depends on nothing but this.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut rng = Rng::new(self.seed);
        let mean = self.every.as_millis() as u64;
        let mut at = QUIET;
        let mut events = Vec::new();
        loop {
            at += Duration::from_millis(rng.between(mean / 5, mean * 9 / 5));
            if at >= self.length {
                return events;
            }
            let kind = self.kind(&mut rng);
            events.push(Event { at, kind, fault: self.fault(kind, &mut rng) });
        }
    }

    fn kind(&self, rng: &mut Rng) -> Kind {
        let aims = self.mutation.map_or(&[][..], aims_at);
        let aims: Vec<Kind> = aims.iter().copied().filter(|aim| self.kinds.contains(aim)).collect();
        if !aims.is_empty() && rng.happens(AIMED) {
            return rng.one_of(&aims);
        }
        let total: u64 = self.kinds.iter().map(|kind| kind.weight()).sum();
        let mut drawn = rng.number() % total.max(1);
        for kind in &self.kinds {
            if drawn < kind.weight() {
                return *kind;
            }
            drawn -= kind.weight();
        }
        Kind::Kill
    }

    fn fault(&self, kind: Kind, rng: &mut Rng) -> Fault {
        let ms = |rng: &mut Rng, low, high| Duration::from_millis(rng.between(low, high));
        match kind {
            Kind::Kill => Fault::Kill(self.slot(rng), ms(rng, 0, 3_000)),
            Kind::Stop => Fault::Stop(self.slot(rng), ms(rng, 0, 3_000)),
            Kind::Pause => Fault::Pause(self.slot(rng), ms(rng, 500, 6_000)),
            Kind::Zombie => Fault::Pause(self.slot(rng), ms(rng, 11_000, 16_000)),
            Kind::Freeze => Fault::Freeze(self.instance(rng), ms(rng, 12_000, 16_000)),
            Kind::Crash => Fault::Crash(self.instance(rng), rng.one_of(CrashPoint::ALL)),
            Kind::KillKafka => Fault::KillServer(Server::Kafka, ms(rng, 0, 4_000)),
            Kind::KillPostgres => Fault::KillServer(Server::Postgres, ms(rng, 0, 4_000)),
            // Without Kafka only requests go on, so it is the order service that has something to lose.
            Kind::Outage => Fault::Outage(Slot { service: 0, ..self.slot(rng) }, ms(rng, 1_000, 4_000)),
            Kind::Narrow => Fault::Narrow(rng.one_of(self.saga.topics()), ms(rng, 500, 4_000)),
            Kind::Grow => Fault::Grow {
                slot: Slot { index: self.instances, ..self.one_of(self.saga.services(), rng) },
                stay: ms(rng, 5_000, 20_000),
                killed: rng.happens(50),
            },
            Kind::Reset => network(rng, ConnectionFault::Reset),
            Kind::Cut => {
                let way = way(rng);
                network(rng, ConnectionFault::CutIn(way))
            }
            Kind::HalfClose => {
                let way = way(rng);
                network(rng, ConnectionFault::HalfClose(way))
            }
            Kind::Stall => {
                let time = ms(rng, 1_000, 14_000);
                network(rng, ConnectionFault::Stall(time))
            }
            Kind::Delay => {
                let (by, time) = (ms(rng, 5, 300), ms(rng, 1_000, 8_000));
                network(rng, ConnectionFault::Delay(by, time))
            }
            Kind::BeforeCommit => commit(rng, ConnectionFault::CutBeforeCommit),
            Kind::AfterCommit => commit(rng, ConnectionFault::CutAfterCommit),
            Kind::Replay => Fault::Replay(rng.one_of(&TOPICS), rng.between(1, 60)),
            // These two reach steps that know by themselves that they have ended.
            Kind::Headerless => {
                Fault::Headerless(rng.one_of(&["product-decreased", "delivery-created"]), rng.between(1, 20))
            }
            Kind::ExternalOrders => Fault::ExternalOrders(rng.between(1, 10)),
            Kind::Poison => Fault::Poison(rng.one_of(&TOPICS), rng.one_of(&POISONS)),
            Kind::Hopeless => Fault::HopelessCompensation,
            Kind::Slow => Fault::Slow(self.instance(rng), rng.between(10, 60), ms(rng, 10_000, 25_000)),
            Kind::Lock => Fault::Lock(rng.one_of(&Row::ALL), ms(rng, 3_000, 25_000)),
            // Longer than an instance may keep its partitions without a database.
            Kind::CutOff => Fault::CutOff(self.instance(rng), ms(rng, 20_000, 60_000)),
            Kind::Shrink => Fault::Shrink(rng.one_of(self.saga.topics()), ms(rng, 1_000, 8_000)),
            Kind::Denied => Fault::Denied(right(rng), ms(rng, 1_000, 8_000)),
            Kind::Headers => Fault::Headers(rng.between(1, 6)),
            Kind::Codec => Fault::Compressed(rng.one_of(&Codec::ALL), rng.between(1, 20)),
        }
    }

    /// Something that runs.
    fn slot(&self, rng: &mut Rng) -> Slot {
        let slot = self.one_of(self.saga.programs(), rng);
        let index = rng.number() as usize % self.instances.max(1);
        let runs_once = slot.service >= self.saga.services().len();
        Slot { index: if runs_once { 0 } else { index }, ..slot }
    }

    /// An instance of a service, which has fail points and a database.
    fn instance(&self, rng: &mut Rng) -> Slot {
        let slot = self.one_of(self.saga.services(), rng);
        Slot { index: rng.number() as usize % self.instances.max(1), ..slot }
    }

    /// The first instance of one of these programs.
    fn one_of(&self, programs: &[&str], rng: &mut Rng) -> Slot {
        Slot { saga: self.saga, service: rng.number() as usize % programs.len(), index: 0 }
    }
}

/// The faults that show what the mechanism is for.
fn aims_at(mutation: Mutation) -> &'static [Kind] {
    match mutation {
        Mutation::NoCompareAndSet | Mutation::GiveUpWhenFenced => &[Kind::Freeze],
        Mutation::Redelivery => &[Kind::Replay],
        Mutation::MarkBeforeAck => &[Kind::Outage],
        Mutation::UncommittedSend | Mutation::UnknownTakenAsCommitted => &[Kind::BeforeCommit],
        Mutation::ReloadWorkerOnly => &[Kind::AfterCommit, Kind::BeforeCommit],
        Mutation::BareMark | Mutation::DropOnGap | Mutation::NoSecondTry => &[Kind::Narrow],
        Mutation::ParkingOff | Mutation::Undecodable => &[Kind::Poison, Kind::Hopeless],
        Mutation::HeaderlessTwice => &[Kind::ExternalOrders],
        _ => &[],
    }
}

fn network(rng: &mut Rng, fault: ConnectionFault) -> Fault {
    let server = rng.one_of(&[Server::Kafka, Server::Postgres]);
    Fault::Network(server, scope(rng), fault)
}

/// Few connections commit much, so it is often the next COMMIT of each.
fn commit(rng: &mut Rng, fault: ConnectionFault) -> Fault {
    let scope = if rng.happens(50) { Scope::All } else { scope(rng) };
    Fault::Network(Server::Postgres, scope, fault)
}

fn right(rng: &mut Rng) -> Right {
    if rng.happens(60) {
        Right::Write(rng.one_of(&TOPICS))
    } else {
        Right::Group(rng.number() as usize % SERVICES.len())
    }
}

fn scope(rng: &mut Rng) -> Scope {
    if rng.happens(30) { Scope::All } else { Scope::One(rng.between(0, 99)) }
}

fn way(rng: &mut Rng) -> Way {
    rng.one_of(&[Way::Up, Way::Down])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mutations::Witness;

    use super::*;

    fn plan(seed: u64) -> Plan {
        Plan {
            saga: Saga::Order,
            seed,
            length: Duration::from_secs(1_800),
            instances: 2,
            every: Duration::from_secs(6),
            kinds: Kind::ALL.to_vec(),
            mutation: None,
        }
    }

    #[test]
    fn a_seed_gives_one_schedule() {
        assert_eq!(plan(7).events(), plan(7).events());
        assert_ne!(plan(7).events(), plan(8).events());
    }

    #[test]
    fn half_an_hour_brings_at_least_200_faults_of_every_kind() {
        for seed in 0..20 {
            let events = plan(seed).events();
            assert!(events.len() >= 200, "{}", events.len());
            assert!(events.is_sorted_by_key(|event| event.at));
        }
        let seen: BTreeSet<Kind> =
            (0..20).flat_map(|seed| plan(seed).events()).map(|event| event.kind).collect();
        assert_eq!(seen, Kind::ALL.iter().copied().collect());
    }

    #[test]
    fn nothing_is_injected_but_what_was_asked_for() {
        let wanted = [Kind::Pause, Kind::Replay];
        for mutation in [None, Some(Mutation::Redelivery), Some(Mutation::MarkBeforeAck)] {
            let plan = Plan { kinds: wanted.to_vec(), mutation, ..plan(1) };
            let seen: BTreeSet<Kind> = plan.events().iter().map(|event| event.kind).collect();
            assert_eq!(seen, wanted.into());
        }
    }

    #[test]
    fn the_gateway_fails_too_and_runs_once() {
        let saga = Saga::Travel;
        let kinds = Kind::ALL.iter().copied().filter(|kind| saga.has(*kind)).collect();
        let events = Plan { saga, kinds, ..plan(1) }.events();
        let killed: Vec<String> = events
            .iter()
            .filter_map(|event| match event.fault {
                Fault::Kill(slot, _) | Fault::Pause(slot, _) => Some(slot.to_string()),
                _ => None,
            })
            .collect();
        assert!(killed.iter().any(|slot| slot == "gateway#0"), "{killed:?}");
        assert!(killed.iter().any(|slot| slot == "payment#1"), "{killed:?}");
        assert!(!killed.iter().any(|slot| slot == "gateway#1"), "{killed:?}");
    }

    #[test]
    fn a_mutation_is_aimed_at() {
        let count = |plan: &Plan| plan.events().iter().filter(|event| event.kind == Kind::Replay).count();
        let mutated = Plan { mutation: Some(Mutation::Redelivery), ..plan(1) };
        assert!(count(&mutated) > 2 * count(&plan(1)));
    }

    #[test]
    fn every_mutation_that_must_be_noticed_is_aimed_at() {
        for mutation in Mutation::ALL.iter().filter(|mutation| mutation.is_noticed_by(Witness::Chaos)) {
            assert_ne!(aims_at(*mutation), [], "{mutation:?}");
        }
    }
}
