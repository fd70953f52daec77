//! Carries a schedule out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mutations::CrashPoint;
use nix::sys::signal::Signal;
use testbed::failure::Result;
use testbed::interrupt;
use testbed::{Acls, Infra};

use crate::databases::Databases;
use crate::event_log::EventLog;
use crate::external_producer::ExternalProducer;
use crate::fleet::{Fleet, Manner};
use crate::limits::Limits;
use crate::proxy::{ConnectionFault, Proxy, Scope};
use crate::recorder::Recorder;
use crate::rng::Rng;
use crate::schedule::{Event, Fault, Right, Row, SERVICES, Server, Slot};

/// How often a waiting thread polls.
const TICK: Duration = Duration::from_millis(20);
/// How slow the way to Kafka is while a topic refuses batches.
const SLOW: Duration = Duration::from_millis(120);
/// How long a transaction gets to be on its way to a database that is out of reach.
const ON_THE_WAY: Duration = Duration::from_millis(700);
/// How long an instance may take to reach its fail point.
const CRASHES_WITHIN: Duration = Duration::from_secs(20);
/// How long Kafka may be away while a right is to be given back.
const RIGHTS_BACK_WITHIN: Duration = Duration::from_secs(90);
/// What a topic allows that takes no messages.
const WITHOUT_WRITE: [&str; 4] = ["Read", "Describe", "DescribeConfigs", "AlterConfigs"];
/// How often everything is looked after.
const LOOK: Duration = Duration::from_secs(1);

/// Everything that can be broken.
pub(crate) struct Injector<'a> {
    /// The services.
    pub fleet: &'a Fleet,
    /// The servers.
    pub infra: &'a Mutex<Infra>,
    /// What is between the services and Kafka.
    pub to_kafka: &'a Proxy,
    /// What is between the services and PostgreSQL.
    pub to_postgres: &'a Proxy,
    /// What topics take.
    pub limits: &'a Limits,
    /// What can be done to the order saga alone.
    pub forger: Option<Forger<'a>>,
    /// Where everything is noted.
    pub event_log: &'a EventLog,
    /// How many instances a service has when nothing is wrong.
    pub instances: usize,
    /// Where chance comes from.
    pub seed: u64,
}

/// Forges the messages of the order saga, and reaches into its databases.
#[derive(Clone, Copy)]
pub(crate) struct Forger<'a> {
    /// The databases, accessed directly.
    pub databases: &'a Databases,
    /// Publishes what no service would.
    pub external: &'a ExternalProducer,
    /// Old messages.
    pub recorder: &'a Recorder,
    /// Whether an operator can give up what cannot be done.
    pub operated: bool,
}

/// What became of a fault.
enum Outcome {
    /// It was carried out.
    Done,
    /// It met another one, and was not.
    Skipped(&'static str),
}

impl Injector<'_> {
    /// Carries everything out, each fault at its time, and waits until the last of them is over at `end`.
    pub(crate) fn inject(&self, events: &[Event], end: Duration) -> Result<()> {
        thread::scope(|scope| {
            for (number, event) in events.iter().enumerate() {
                self.wait_until(event.at)?;
                scope.spawn(move || self.carry_out(number as u64, event));
            }
            self.wait_until(end)
        })
    }

    fn wait_until(&self, time: Duration) -> Result<()> {
        let mut looked = Instant::now();
        while self.event_log.now() < time {
            interrupt::check()?;
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                self.fleet.look_after();
            }
            thread::sleep(TICK);
        }
        Ok(())
    }

    fn carry_out(&self, number: u64, event: &Event) {
        // Each fault has chance of its own: their threads do not wait for each other.
        let mut rng = Rng::new(self.seed ^ (number + 1).wrapping_mul(0x9e37_79b9));
        self.event_log.note(event.fault);
        match self.apply(event.fault, &mut rng) {
            Ok(Outcome::Done) => self.event_log.count(event.kind.name()),
            Ok(Outcome::Skipped(why)) => {
                self.event_log.note(format_args!("(skipped: {}: {why})", event.fault))
            }
            Err(_) if interrupt::raised() => {}
            Err(failure) => self.event_log.note(format_args!("FAILED {}: {failure}", event.fault)),
        }
    }

    fn apply(&self, fault: Fault, rng: &mut Rng) -> Result<Outcome> {
        match fault {
            Fault::Kill(slot, down) => self.kill(slot, down),
            Fault::Stop(slot, down) => self.stop(slot, down),
            Fault::Pause(slot, time) => self.pause(slot, time),
            Fault::Freeze(slot, time) => self.freeze(slot, time),
            Fault::Crash(slot, point) => self.crash(slot, point),
            Fault::KillServer(server, down) => self.kill_server(server, down),
            Fault::Outage(slot, time) => self.outage(slot, time),
            Fault::Narrow(topic, time) => {
                // On a slow way, small batches are already behind a large one when that is refused.
                self.to_kafka.inject(Scope::All, ConnectionFault::Delay(SLOW, time));
                self.limits.narrow(topic)?;
                rest(time);
                self.limits.widen(topic)?;
                Ok(Outcome::Done)
            }
            Fault::Grow { slot, stay, killed } => self.grow(slot, stay, killed),
            Fault::Network(server, scope, fault) => {
                let proxy = if server == Server::Kafka { self.to_kafka } else { self.to_postgres };
                Ok(done_if(proxy.inject(scope, fault) > 0, "no connection is open"))
            }
            Fault::CutOff(slot, time) => {
                let Some(_lease) = self.fleet.try_hold(slot) else { return Ok(BUSY) };
                let door = self.fleet.door(slot);
                self.to_postgres.shut(door);
                rest(time);
                self.to_postgres.open(door);
                Ok(Outcome::Done)
            }
            Fault::Slow(slot, milliseconds, time) => self.slow(slot, milliseconds, time),
            Fault::Shrink(topic, time) => {
                self.limits.shrink(topic)?;
                rest(time);
                self.limits.widen(topic)?;
                Ok(Outcome::Done)
            }
            forged => match self.forger {
                Some(forger) => self.forge(forger, forged, rng),
                None => Ok(Outcome::Skipped("it is of another saga")),
            },
        }
    }

    fn forge(&self, forger: Forger<'_>, fault: Fault, rng: &mut Rng) -> Result<Outcome> {
        let external = forger.external;
        match fault {
            Fault::Replay(topic, count) => return Ok(forger.replay(topic, count, true, rng)),
            Fault::Headerless(topic, count) => return Ok(forger.replay(topic, count, false, rng)),
            Fault::ExternalOrders(count) => external.order(forger.recorder, count, rng),
            Fault::Poison(topic, poison) => external.poison(topic, poison, rng),
            Fault::HopelessCompensation if !forger.operated => {
                return Ok(Outcome::Skipped("the services have no commands for operators"));
            }
            Fault::HopelessCompensation => external.hopeless_compensation(rng),
            Fault::Lock(row, time) => return Ok(forger.lock(row, time)),
            Fault::Denied(right, time) => return self.deny(external, right, time),
            Fault::Headers(count) => external.order_with_hostile_headers(count, rng),
            Fault::Compressed(codec, count) => external.order_in(codec, count, rng),
            _ => return Ok(Outcome::Skipped("it is no forgery")),
        }
        Ok(Outcome::Done)
    }

    fn kill(&self, slot: Slot, down: Duration) -> Result<Outcome> {
        let Some(mut lease) = self.fleet.try_hold(slot) else { return Ok(BUSY) };
        lease.end();
        self.event_log.killed(&slot.to_string());
        rest(down);
        lease.start(Manner::Usual)?;
        Ok(Outcome::Done)
    }

    fn stop(&self, slot: Slot, down: Duration) -> Result<Outcome> {
        let Some(mut lease) = self.fleet.try_hold(slot) else { return Ok(BUSY) };
        lease.shut();
        if let Some(life) = lease.life.as_mut()
            && let Err(failure) = life.stop()
        {
            self.event_log.note(format_args!("{slot} {failure}"));
        }
        lease.end();
        rest(down);
        lease.start(Manner::Usual)?;
        Ok(Outcome::Done)
    }

    fn pause(&self, slot: Slot, time: Duration) -> Result<Outcome> {
        let Some(lease) = self.fleet.try_hold(slot) else { return Ok(BUSY) };
        let Some(life) = lease.life.as_ref() else { return Ok(Outcome::Skipped("it does not run")) };
        life.signal(Signal::SIGSTOP);
        rest(time);
        life.signal(Signal::SIGCONT);
        Ok(Outcome::Done)
    }

    /// What it had decided to write arrives when others have long written the same.
    fn freeze(&self, slot: Slot, time: Duration) -> Result<Outcome> {
        let Some(lease) = self.fleet.try_hold(slot) else { return Ok(BUSY) };
        let Some(life) = lease.life.as_ref() else { return Ok(Outcome::Skipped("it does not run")) };
        let stall = ConnectionFault::StallAtBegin(ON_THE_WAY + time + ON_THE_WAY);
        self.to_postgres.inject(Scope::Door(self.fleet.door(slot)), stall);
        rest(ON_THE_WAY);
        life.signal(Signal::SIGSTOP);
        rest(time);
        life.signal(Signal::SIGCONT);
        Ok(Outcome::Done)
    }

    fn crash(&self, slot: Slot, point: CrashPoint) -> Result<Outcome> {
        let Some(mut lease) = self.fleet.try_hold(slot) else { return Ok(BUSY) };
        lease.shut();
        if let Some(life) = lease.life.as_mut() {
            // In order, so that it gets partitions at once. One that does not stop is killed.
            let _ = life.stop();
        }
        lease.end();
        lease.start(Manner::Crashing(point))?;
        let begun = Instant::now();
        let mut crashed = false;
        while !crashed && begun.elapsed() < CRASHES_WITHIN && !interrupt::raised() {
            thread::sleep(TICK);
            crashed = lease.life.as_mut().is_some_and(|life| life.crashed());
        }
        lease.end();
        self.event_log.killed(&slot.to_string());
        lease.start(Manner::Usual)?;
        Ok(done_if(crashed, "it did not come by"))
    }

    fn slow(&self, slot: Slot, milliseconds: u64, time: Duration) -> Result<Outcome> {
        let Some(mut lease) = self.fleet.try_hold(slot) else { return Ok(BUSY) };
        for (manner, time) in [(Manner::Slow(milliseconds), time), (Manner::Usual, Duration::ZERO)] {
            lease.shut();
            if let Some(life) = lease.life.as_mut() {
                // One that does not stop is killed.
                let _ = life.stop();
            }
            lease.end();
            lease.start(manner)?;
            rest(time);
        }
        Ok(Outcome::Done)
    }

    fn kill_server(&self, server: Server, down: Duration) -> Result<Outcome> {
        let mut infra = lock(self.infra);
        match server {
            Server::Kafka => {
                infra.kafka()?.kill()?;
                rest(down);
                infra.kafka()?.start()?;
            }
            Server::Postgres => {
                infra.postgres()?.kill()?;
                rest(down);
                infra.postgres()?.start()?;
            }
        }
        self.event_log.note(format_args!("{server} is back"));
        Ok(Outcome::Done)
    }

    fn outage(&self, slot: Slot, time: Duration) -> Result<Outcome> {
        let Some(mut lease) = self.fleet.try_hold(slot) else { return Ok(BUSY) };
        let mut infra = lock(self.infra);
        infra.kafka()?.kill()?;
        rest(time);
        lease.end();
        self.event_log.killed(&slot.to_string());
        infra.kafka()?.start()?;
        lease.start(Manner::Usual)?;
        Ok(Outcome::Done)
    }

    fn grow(&self, slot: Slot, stay: Duration, killed: bool) -> Result<Outcome> {
        let Some(mut lease) = self.fleet.try_hold(slot) else { return Ok(BUSY) };
        lease.start(Manner::Usual)?;
        rest(stay);
        lease.shut();
        if let Some(life) = lease.life.as_mut().filter(|_| !killed)
            && let Err(failure) = life.stop()
        {
            self.event_log.note(format_args!("{slot} {failure}"));
        }
        lease.end();
        Ok(Outcome::Done)
    }

    /// What no rule allows is denied, once there is one rule for a resource.
    fn deny(&self, external: &ExternalProducer, right: Right, time: Duration) -> Result<Outcome> {
        let acls = Acls::of(lock(self.infra).kafka()?);
        let (resource, allowed) = match right {
            Right::Write(topic) => (["--topic".to_owned(), topic.to_owned()], &WITHOUT_WRITE[..]),
            Right::Group(service) => {
                (["--group".to_owned(), format!("order.{}", SERVICES[service])], &["Describe"][..])
            }
        };
        external.spare(&resource[1], true);
        let denied = acls.allow_only(allowed, &resource);
        if denied.is_ok() {
            rest(time);
        }
        acls.lift(&resource, RIGHTS_BACK_WITHIN)?;
        external.spare(&resource[1], false);
        denied.map(|()| Outcome::Done)
    }

    /// Ends all faults, and has every service run as in the beginning.
    pub(crate) fn quiesce(&self) -> Result<()> {
        self.to_kafka.relieve();
        self.to_postgres.relieve();
        lock(self.infra).check()?;
        for slot in self.fleet.slots() {
            let Some(mut lease) = self.fleet.hold(slot) else { continue };
            if slot.index == self.instances {
                lease.end();
            } else {
                lease.start(Manner::Usual)?;
            }
        }
        self.fleet.look_after();
        Ok(())
    }
}

impl Forger<'_> {
    fn replay(&self, topic: &str, count: u64, headers: bool, rng: &mut Rng) -> Outcome {
        let published = self.external.replay(self.recorder, topic, count, headers, rng);
        done_if(published > 0, "nothing was published yet")
    }

    fn lock(&self, row: Row, time: Duration) -> Outcome {
        match self.databases.lock(row, time) {
            Ok(locked) => done_if(locked, "there is no such row now"),
            Err(_) => Outcome::Skipped("the database is away"),
        }
    }
}

const BUSY: Outcome = Outcome::Skipped("something else is being done to it");

fn done_if(done: bool, otherwise: &'static str) -> Outcome {
    if done { Outcome::Done } else { Outcome::Skipped(otherwise) }
}

fn rest(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time && !interrupt::raised() {
        thread::sleep(TICK.min(time));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A server that is not running is started again or reported.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
