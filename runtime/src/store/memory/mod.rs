//! The store in memory, for seeded simulations of the whole runtime.
//!
//! It behaves like the others, fence by fence, and adds what a simulation needs:
//! a clock that moves only on request, commits whose outcome is unknown, and
//! copies that can be put back. Nothing in it is random or waits for real time.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::column::Column;
use crate::entity::TableDef;
use crate::rows::StoredStep;

use super::compatibility::{SCHEMA_VERSION, belongs_elsewhere, other_environment, unfit_tables};
use super::schema::Dialect;
use super::{Equals, PinnedTopic, Result, ShardId, Store, TableSchema};

mod operator;
mod parked;
mod session;
mod state;
mod table;
mod take_over;

pub use parked::DeadState;
pub use session::MemorySession;

use state::State;
use table::{MemoryTable, keys_of};

/// How long the answer of a request with an idempotency key is kept.
const ANSWERS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// The clock's first time, so that incarnations look like those of a real one.
const FIRST_MS: i64 = 1_700_000_000_000;

/// A commit whose answer never comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitFault {
    /// The commit never reached the database.
    BeforeApplied,
    /// The commit happened, and the answer was lost.
    AfterApplied,
}

/// Everything a [`MemoryStore`] held at one time, as a backup has it.
#[derive(Debug, Clone)]
pub struct MemorySnapshot(State);

/// A service's database in memory. Clones are the same database.
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
    /// How many acknowledged messages a shard keeps.
    keep: i64,
}

struct Shared {
    world: Mutex<World>,
    /// The turn to write; held from the begin of a transaction to its end.
    writer: Arc<tokio::sync::Mutex<()>>,
}

struct World {
    committed: State,
    /// Raised when the database is replaced; transactions begun before cannot commit.
    life: u64,
    identity: String,
    now_ms: i64,
    faults: VecDeque<CommitFault>,
    /// Rows that a transaction from outside holds locked: table or step, and key.
    locked: BTreeSet<(String, String)>,
    /// Commits wait for a lock that is not one of a row it knows.
    commits_held: bool,
    /// Step rows with this text are refused; none if it is empty.
    refused_steps: String,
}

impl MemoryStore {
    /// A new, empty database.
    pub fn new() -> Self {
        let world = World {
            committed: State::default(),
            life: 0,
            identity: "memory".to_owned(),
            now_ms: FIRST_MS,
            faults: VecDeque::new(),
            locked: BTreeSet::new(),
            commits_held: false,
            refused_steps: String::new(),
        };
        Self { shared: Arc::new(Shared { world: Mutex::new(world), writer: Arc::default() }), keep: 0 }
    }

    /// Moves the database's clock on.
    pub fn advance(&self, time: Duration) {
        let mut world = self.world();
        world.now_ms = world.now_ms.saturating_add(millis(time));
    }

    /// Sets the database's clock back.
    pub fn set_back(&self, time: Duration) {
        let mut world = self.world();
        world.now_ms = world.now_ms.saturating_sub(millis(time));
    }

    /// Loses the answer of the next commit of a session's transaction; called again, of the one after it.
    pub fn fail_next_commit(&self, fault: CommitFault) {
        self.world().faults.push_back(fault);
    }

    /// Holds a row of a table or step locked, as a forgotten transaction does; a lock is not waited for.
    pub fn hold(&self, table: &str, key: &str) {
        self.world().locked.insert((table.to_owned(), key.to_owned()));
    }

    /// Has every commit wait for a lock in vain, or no more.
    pub fn hold_commits(&self, held: bool) {
        self.world().commits_held = held;
    }

    /// Refuses step rows whose messages contain `text`, as a constraint does.
    pub fn refuse_steps(&self, text: &str) {
        text.clone_into(&mut self.world().refused_steps);
    }

    /// Lets go of all rows held.
    pub fn let_go(&self) {
        self.world().locked.clear();
    }

    /// Those of the keys that are held.
    fn held(&self, table: &str, keys: Vec<String>) -> Vec<String> {
        let world = self.world();
        let held = |key: &String| world.locked.iter().any(|(of, held)| of == table && held == key);
        keys.into_iter().filter(held).collect()
    }

    /// Changes which database this is, as seen by the next owner that takes over a shard.
    pub fn set_identity(&self, identity: impl Into<String>) {
        self.world().identity = identity.into();
    }

    /// A copy of what is committed.
    pub fn snapshot(&self) -> MemorySnapshot {
        MemorySnapshot(self.world().committed.clone())
    }

    /// Puts a copy back. Open transactions cannot commit any more. The identity stays as it is: whether a
    /// restore shows is up to [`MemoryStore::set_identity`].
    pub fn restore(&self, snapshot: &MemorySnapshot) {
        let mut world = self.world();
        world.committed = snapshot.0.clone();
        world.life += 1;
    }

    /// How many messages a shard has applied, and how many it has dropped as duplicates.
    pub fn counts(&self, shard: ShardId) -> Option<(i64, i64)> {
        self.world().committed.shards.get(&shard).map(|shard| (shard.applied, shard.dropped))
    }

    /// The row of a step for a saga instance, as it is committed.
    pub fn step(&self, step: &'static str, correlation: &str) -> Option<StoredStep> {
        let world = self.world();
        world.committed.stored_step(step, correlation, world.now_ms)
    }

    /// All rows of a table, as they are committed.
    pub fn rows(&self, table: &TableDef) -> Vec<Column<'static>> {
        let stored = self.table(table);
        stored.page(&[], None, usize::MAX).into_iter().map(Column::into_owned).collect()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // Replaced whole or not at all, so a panic elsewhere leaves it sound.
        self.shared.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one transaction that no fault can hit.
    async fn change<T>(&self, work: impl FnOnce(&mut State, &World) -> Result<T>) -> Result<T> {
        let _turn = self.shared.writer.lock().await;
        let mut world = self.world();
        let mut draft = world.committed.clone();
        let value = work(&mut draft, &world)?;
        world.committed = draft;
        Ok(value)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    type Session = MemorySession;

    async fn prepare(&self, saga: &str, service: &str, tables: &[TableSchema]) -> Result<()> {
        self.change(|state, world| {
            if state.service.is_none() {
                state.service = Some((saga.to_owned(), service.to_owned()));
                state.identity.clone_from(&world.identity);
            }
            let found = state.service.as_ref();
            let (found_saga, found_service) = found.map_or(("", ""), |found| (&*found.0, &*found.1));
            belongs_elsewhere(
                Dialect::Postgres,
                (saga, service),
                (found_saga, found_service),
                SCHEMA_VERSION,
            )?;
            let mut unfit = Vec::new();
            for table in tables {
                unfit.extend(
                    prepare_table(state, table, world.now_ms)?.map(|statements| (table.def.name, statements)),
                );
            }
            unfit_tables(&unfit)
        })
        .await
    }

    async fn claim_prefix(&self, prefix: &str) -> Result<()> {
        self.change(|state, _| {
            let claimed = state.kafka_prefix.get_or_insert_with(|| prefix.to_owned());
            other_environment(prefix, claimed)
        })
        .await
    }

    async fn pin_topics(&self, topics: &[PinnedTopic]) -> Result<Vec<PinnedTopic>> {
        self.change(|state, _| {
            for topic in topics {
                let pinned = state.topics.entry(topic.topic.clone()).or_insert_with(|| topic.clone());
                pinned.id = pinned.id.or(topic.id);
            }
            Ok(state.topics.values().cloned().collect())
        })
        .await
    }

    fn keeping(mut self, messages: u32) -> Self {
        self.keep = messages.into();
        self
    }

    async fn session(&self) -> Result<MemorySession> {
        Ok(MemorySession::new(self.clone()))
    }

    async fn find(&self, table: &TableDef, key: Column<'_>) -> Result<Vec<Column<'static>>> {
        let (stored, keys) = (self.table(table), keys_of(&key)?);
        Ok(stored.read(&keys).into_iter().map(Column::into_owned).collect())
    }

    async fn page(
        &self,
        table: &TableDef,
        equals: &[Equals],
        after: Option<Column<'_>>,
        limit: i64,
    ) -> Result<Vec<Column<'static>>> {
        let stored = self.table(table);
        let after = after.map(|after| keys_of(&after)).transpose()?.and_then(|mut keys| keys.pop());
        let page = stored.page(equals, after.as_ref(), usize::try_from(limit).unwrap_or(0));
        Ok(page.into_iter().map(Column::into_owned).collect())
    }

    async fn oldest_open(&self, table: &TableDef) -> Result<Option<Duration>> {
        let oldest = self.table(table).oldest_open();
        let now_ms = self.world().now_ms;
        Ok(oldest.map(|created| Duration::from_millis(now_ms.saturating_sub(created).max(0).unsigned_abs())))
    }

    async fn sweep(&self, retention: Duration) -> Result<u64> {
        self.change(|state, world| {
            let before = |kept| world.now_ms.saturating_sub(millis(kept));
            Ok(state.sweep(before(ANSWERS_KEPT), before(retention)))
        })
        .await
    }
}

impl MemoryStore {
    fn table(&self, def: &TableDef) -> Arc<MemoryTable> {
        let world = self.world();
        let stored = world.committed.tables.get(def.name);
        stored.map_or_else(|| Arc::new(MemoryTable::new(def)), Arc::clone)
    }
}

/// Creates and seeds a table; for one that is there, the statements that would make it fit.
fn prepare_table(state: &mut State, table: &TableSchema, now_ms: i64) -> Result<Option<String>> {
    let TableSchema { def, seed } = table;
    if let Some(stored) = state.tables.get(def.name) {
        let found = stored.described(|column| Dialect::Postgres.type_name(column.ty).to_owned());
        if def.allocated {
            state.ids.entry(def.name).or_insert(stored.highest() + 1);
        }
        return Ok(Dialect::Postgres.alterations(def, &found));
    }
    let mut created = MemoryTable::new(def);
    created.write(seed, true, now_ms)?;
    state.tables.insert(def.name, Arc::new(created));
    if def.allocated {
        state.ids.insert(def.name, table.first_free_id());
    }
    Ok(None)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
