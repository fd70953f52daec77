//! All instances of all services.

mod life;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use mutations::{CRASH_VARIABLE, CrashPoint};
use testbed::Wards;
use testbed::failure::{Failure, Result};

use crate::diary::Diary;
use crate::schedule::{SERVICES, Slot};

use life::Birth;
pub use life::Life;

/// The instances, and how to start another one.
pub struct Fleet {
    slots: BTreeMap<Slot, Mutex<Option<Life>>>,
    /// Where the order service listens, for the load: it must not wait for a slot.
    doors: Mutex<BTreeMap<Slot, SocketAddr>>,
    /// The most memory that an instance of each service has had, in KiB.
    memory: Mutex<[u64; 3]>,
    programs: [PathBuf; 3],
    variables: [BTreeMap<&'static str, String>; 3],
    databases: Vec<[String; 3]>,
    wards: Wards,
    folder: PathBuf,
    lives: AtomicU64,
    diary: Arc<Diary>,
}

/// What a fleet is made of.
pub struct Harbour {
    /// The programs of the services.
    pub programs: [PathBuf; 3],
    /// The variables of each.
    pub variables: [BTreeMap<&'static str, String>; 3],
    /// The way of each to its database, which is another for each index of an instance.
    pub databases: Vec<[String; 3]>,
    /// Who ends them if nobody else does.
    pub wards: Wards,
    /// Where logs go.
    pub folder: PathBuf,
    /// Where events go.
    pub diary: Arc<Diary>,
}

impl Fleet {
    /// A fleet of which nothing runs yet.
    pub fn new(harbour: Harbour) -> Self {
        let Harbour { programs, variables, databases, wards, folder, diary } = harbour;
        let slots = (0..SERVICES.len())
            .flat_map(|service| (0..databases.len()).map(move |index| Slot { service, index }))
            .map(|slot| (slot, Mutex::default()))
            .collect();
        Self {
            slots,
            doors: Mutex::default(),
            memory: Mutex::default(),
            programs,
            variables,
            databases,
            wards,
            folder,
            lives: AtomicU64::new(0),
            diary,
        }
    }

    /// A slot to do something with; none when somebody else is at it.
    pub fn try_hold(&self, slot: Slot) -> Option<Berth<'_>> {
        match self.slots.get(&slot)?.try_lock() {
            Ok(life) => Some(Berth { fleet: self, slot, life }),
            Err(TryLockError::Poisoned(poisoned)) => {
                Some(Berth { fleet: self, slot, life: poisoned.into_inner() })
            }
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// A slot to do something with, once nobody else is at it.
    pub fn hold(&self, slot: Slot) -> Option<Berth<'_>> {
        let life = lock(self.slots.get(&slot)?);
        Some(Berth { fleet: self, slot, life })
    }

    /// Through which door of the proxy an instance reaches its database.
    pub fn door(&self, slot: Slot) -> usize {
        slot.index * SERVICES.len() + slot.service
    }

    /// All slots, those beyond the usual ones too.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        self.slots.keys().copied()
    }

    /// Where orders can be posted now.
    pub fn doors(&self) -> Vec<SocketAddr> {
        lock(&self.doors).values().copied().collect()
    }

    /// The most memory that an instance of each service has had so far, in KiB.
    pub fn memory(&self) -> [u64; 3] {
        *lock(&self.memory)
    }

    /// Looks at everything that runs; starts again what ended by itself. Returns those that did.
    pub fn look_after(&self) -> Vec<Slot> {
        let mut ended = Vec::new();
        for slot in self.slots() {
            let Some(mut berth) = self.try_hold(slot) else { continue };
            berth.measure();
            let Some(life) = berth.life.as_mut() else { continue };
            let Some(status) = life.ended() else { continue };
            let words = life.last_words();
            self.diary.note(format_args!("{slot} ENDED BY ITSELF ({status}):\n{words}"));
            ended.push(slot);
            berth.end();
            if let Err(failure) = berth.start(None) {
                self.diary.note(format_args!("{slot} cannot be started again: {failure}"));
            }
        }
        ended
    }

    /// Kills everything.
    pub fn end(&self) {
        for slot in self.slots() {
            if let Some(mut berth) = self.hold(slot) {
                berth.end();
            }
        }
    }
}

/// A slot, held by somebody.
pub struct Berth<'a> {
    fleet: &'a Fleet,
    slot: Slot,
    /// What runs there.
    pub life: MutexGuard<'a, Option<Life>>,
}

impl Berth<'_> {
    /// Starts an instance, unless one runs; `crash` is the fail point at which it aborts soon.
    pub fn start(&mut self, crash: Option<CrashPoint>) -> Result<()> {
        if self.life.is_some() {
            return Ok(());
        }
        let Slot { service, index } = self.slot;
        let number = self.fleet.lives.fetch_add(1, Ordering::Relaxed);
        let mut variables = self.fleet.variables[service].clone();
        variables.insert("DATABASE_URL", self.fleet.databases[index][service].clone());
        if let Some(point) = crash {
            variables.insert(CRASH_VARIABLE, format!("{}=30", point.name()));
        }
        let birth = Birth {
            name: &self.slot.to_string(),
            program: &self.fleet.programs[service],
            variables: &variables,
            log: self.fleet.folder.join(format!("{}-{index}.{number}.log", SERVICES[service])),
        };
        let life = Life::begin(birth, &self.fleet.wards)
            .map_err(|failure| Failure::new(format!("{}: {failure}", self.slot)))?;
        if service == 0 {
            lock(&self.fleet.doors).insert(self.slot, life.address);
        }
        *self.life = Some(life);
        Ok(())
    }

    /// Nobody is sent here any more.
    pub fn shut(&self) {
        lock(&self.fleet.doors).remove(&self.slot);
    }

    /// Kills what runs here.
    pub fn end(&mut self) {
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
    // A life is there or not, whatever happened to whoever held it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
