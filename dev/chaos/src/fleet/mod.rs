//! All instances of all services.

mod life;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use mutations::{CRASH_VARIABLE, CrashPoint, SLOW_VARIABLE};
use testbed::ChildReaper;
use testbed::failure::{Failure, Result};

use crate::event_log::EventLog;
use crate::saga::Saga;
use crate::schedule::Slot;

pub(crate) use life::Life;
use life::SpawnSpec;

/// The instances, and how to start another one.
pub(crate) struct Fleet {
    saga: Saga,
    slots: BTreeMap<Slot, Mutex<Option<Life>>>,
    /// Where the first service listens, for the load: it must not wait for a slot.
    doors: Mutex<BTreeMap<Slot, SocketAddr>>,
    /// The most memory that an instance of each program has had, in KiB.
    memory: Mutex<Vec<u64>>,
    programs: Vec<PathBuf>,
    variables: BTreeMap<&'static str, String>,
    databases: Vec<Vec<String>>,
    reaper: ChildReaper,
    folder: PathBuf,
    lives: AtomicU64,
    event_log: Arc<EventLog>,
}

/// What a fleet is started with.
pub(crate) struct FleetConfig {
    /// The saga.
    pub saga: Saga,
    /// Its programs.
    pub programs: Vec<PathBuf>,
    /// Their variables.
    pub variables: BTreeMap<&'static str, String>,
    /// The way of each service to its database, which is another for each index of an instance.
    pub databases: Vec<Vec<String>>,
    /// Ends them if this process cannot.
    pub reaper: ChildReaper,
    /// Where logs go.
    pub folder: PathBuf,
    /// Where events go.
    pub event_log: Arc<EventLog>,
}

impl Fleet {
    /// A fleet of which nothing runs yet.
    pub(crate) fn new(config: FleetConfig) -> Self {
        let FleetConfig { saga, programs, variables, databases, reaper, folder, event_log } = config;
        let instances = |service| if service < saga.services().len() { databases.len() } else { 1 };
        let slots = (0..programs.len())
            .flat_map(|service| (0..instances(service)).map(move |index| Slot { saga, service, index }))
            .map(|slot| (slot, Mutex::default()))
            .collect();
        Self {
            saga,
            slots,
            doors: Mutex::default(),
            memory: Mutex::new(vec![0; programs.len()]),
            programs,
            variables,
            databases,
            reaper,
            folder,
            lives: AtomicU64::new(0),
            event_log,
        }
    }

    /// A lease of a slot; none while another thread holds it.
    pub(crate) fn try_hold(&self, slot: Slot) -> Option<Lease<'_>> {
        match self.slots.get(&slot)?.try_lock() {
            Ok(life) => Some(Lease { fleet: self, slot, life }),
            Err(TryLockError::Poisoned(poisoned)) => {
                Some(Lease { fleet: self, slot, life: poisoned.into_inner() })
            }
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// A lease of a slot, once no other thread holds it.
    pub(crate) fn hold(&self, slot: Slot) -> Option<Lease<'_>> {
        let life = lock(self.slots.get(&slot)?);
        Some(Lease { fleet: self, slot, life })
    }

    /// Through which door of the proxy an instance reaches its database.
    pub(crate) fn door(&self, slot: Slot) -> usize {
        slot.index * self.saga.services().len() + slot.service
    }

    /// All slots, those beyond the usual ones too.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.slots.keys().copied()
    }

    /// Where orders can be posted now.
    pub(crate) fn doors(&self) -> Vec<SocketAddr> {
        lock(&self.doors).values().copied().collect()
    }

    /// The most memory that an instance of each program has had so far, in KiB.
    pub(crate) fn memory(&self) -> Vec<u64> {
        lock(&self.memory).clone()
    }

    /// Looks at everything that runs; starts again what ended by itself. Returns those that did.
    pub(crate) fn look_after(&self) -> Vec<Slot> {
        let mut ended = Vec::new();
        for slot in self.slots() {
            let Some(mut lease) = self.try_hold(slot) else { continue };
            lease.measure();
            let Some(life) = lease.life.as_mut() else { continue };
            let Some(status) = life.ended() else { continue };
            let words = life.last_words();
            self.event_log.note(format_args!("{slot} ENDED BY ITSELF ({status}):\n{words}"));
            ended.push(slot);
            lease.end();
            if let Err(failure) = lease.start(Manner::Usual) {
                self.event_log.note(format_args!("{slot} cannot be started again: {failure}"));
            }
        }
        ended
    }

    /// Kills everything.
    pub(crate) fn end(&self) {
        for slot in self.slots() {
            if let Some(mut lease) = self.hold(slot) {
                lease.end();
            }
        }
    }
}

/// How an instance runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As in production.
    Usual,
    /// It aborts soon, at a crash point.
    Crashing(CrashPoint),
    /// Each call of a handler takes so many milliseconds longer.
    Slow(u64),
}

/// A slot that one thread has to itself.
pub(crate) struct Lease<'a> {
    fleet: &'a Fleet,
    slot: Slot,
    /// What runs there.
    pub life: MutexGuard<'a, Option<Life>>,
}

impl Lease<'_> {
    /// Starts an instance, unless one runs.
    pub(crate) fn start(&mut self, manner: Manner) -> Result<()> {
        if self.life.is_some() {
            return Ok(());
        }
        let Slot { saga, service, index } = self.slot;
        let number = self.fleet.lives.fetch_add(1, Ordering::Relaxed);
        let mut variables = self.fleet.variables.clone();
        if let Some(url) = self.fleet.databases[index].get(service) {
            variables.insert("DATABASE_URL", url.clone());
        }
        match manner {
            Manner::Usual => None,
            Manner::Crashing(point) => variables.insert(CRASH_VARIABLE, format!("{}=30", point.name())),
            Manner::Slow(milliseconds) => variables.insert(SLOW_VARIABLE, milliseconds.to_string()),
        };
        let spec = SpawnSpec {
            name: &self.slot.to_string(),
            program: &self.fleet.programs[service],
            variables: &variables,
            log: self.fleet.folder.join(format!("{}-{index}.{number}.log", saga.programs()[service])),
        };
        let life = Life::begin(spec, &self.fleet.reaper)
            .map_err(|failure| Failure::new(format!("{}: {failure}", self.slot)))?;
        if service == 0 {
            lock(&self.fleet.doors).insert(self.slot, life.address);
        }
        *self.life = Some(life);
        Ok(())
    }

    /// No client is sent here any more.
    pub(crate) fn shut(&self) {
        lock(&self.fleet.doors).remove(&self.slot);
    }

    /// Kills what runs here.
    pub(crate) fn end(&mut self) {
        self.measure();
        self.shut();
        *self.life = None;
    }

    fn measure(&self) {
        let memory = self.life.as_ref().and_then(Life::memory).unwrap_or(0);
        let most = &mut lock(&self.fleet.memory)[self.slot.service];
        *most = memory.max(*most);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A life is there or not, even if the thread that held the lock panicked.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
