//! The connections to the databases: they break, stall, and lose answers.

mod commit;

use std::collections::BTreeSet;
use std::time::Duration;

use saga_runtime::record::TopicPartition;
use saga_runtime::store::{
    CursorMove, DueStep, Equals, Fence, MemorySession, Outbox, ParkedHead, PinnedTopic, Queue, RequestKey,
    RestoreEvidence, Result, Session, ShardId, ShardState, Store, StoreError, StoredAnswer, TableSchema,
    Token, Unpublished, Writes,
};
use saga_runtime::{AnySteps, AnyTable, Column, TableDef};
use tokio::time::{Instant, sleep};

use super::database::{Database, cell};
use super::plan::as_text;
use super::sim::Shared;

/// After so long inside a transaction the database ends it.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(10);

/// What the database says when a transaction has to be tried again, through no fault of its messages.
const CONFLICT: &str = "could not serialize access";
/// So many conflicts in a row may be chance. After more of them, a service takes a conflict for one that does not end.
const MOST_CONFLICTS: u32 = 5;

/// The database as one instance reaches it.
#[derive(Clone)]
pub(crate) struct FlakyStore {
    sim: Shared,
    database: Database,
    instance: String,
}

/// One connection of an instance.
pub(crate) struct FlakySession {
    store: FlakyStore,
    /// Nothing once the connection is broken.
    inner: Option<MemorySession>,
    /// Since when a transaction is open.
    open: Option<Instant>,
    /// Which life of the database it belongs to.
    life: u64,
    /// How many conflicts its transactions have met since the last that was to commit.
    conflicts: u32,
}

/// How a statement is delayed.
enum Delay {
    Yield(u64),
    Stall(Duration),
}

impl FlakyStore {
    /// The database for an instance.
    pub(crate) fn new(sim: Shared, database: Database, instance: String) -> Self {
        Self { sim, database, instance }
    }

    /// Lets time pass before a statement, and perhaps breaks the connection.
    async fn pass(&self, what: &str) -> Result<()> {
        let delay = {
            let mut sim = self.sim.get();
            let rates = sim.rates;
            if sim.rng.happens(rates.stalls) {
                let longest = if sim.rng.happens(30) { 25_000 } else { 400 };
                let stall = Duration::from_millis(sim.rng.between(1, longest));
                sim.fault("stalled", || format!("{} at {what} for {stall:?}", self.instance));
                Some(Delay::Stall(stall))
            } else if sim.rng.happens(rates.yields) {
                sim.count("yielded");
                Some(Delay::Yield(sim.rng.between(1, 4)))
            } else {
                None
            }
        };
        match delay {
            Some(Delay::Stall(stall)) => sleep(stall).await,
            Some(Delay::Yield(times)) => {
                for _ in 0..times {
                    tokio::task::yield_now().await;
                }
            }
            None => {}
        }
        self.database.follow_time();
        let mut sim = self.sim.get();
        let broken = sim.rates.broken;
        if sim.rng.happens(broken) {
            sim.fault("connection broken", || format!("{} at {what}", self.instance));
            return Err(StoreError::Unavailable("the connection broke".into()));
        }
        Ok(())
    }
}

impl Store for FlakyStore {
    type Session = FlakySession;

    async fn prepare(&self, saga: &str, service: &str, tables: &[TableSchema]) -> Result<()> {
        self.database.inner.prepare(saga, service, tables).await
    }

    async fn claim_prefix(&self, prefix: &str) -> Result<()> {
        self.database.inner.claim_prefix(prefix).await
    }

    async fn pin_topics(&self, topics: &[PinnedTopic]) -> Result<Vec<PinnedTopic>> {
        self.database.inner.pin_topics(topics).await
    }

    fn keeping(self, _messages: u32) -> Self {
        self
    }

    async fn session(&self) -> Result<FlakySession> {
        self.pass("connect").await?;
        let inner = self.database.inner.session().await?;
        let life = self.database.life();
        Ok(FlakySession { store: self.clone(), inner: Some(inner), open: None, life, conflicts: 0 })
    }

    async fn find(&self, table: &TableDef, key: Column<'_>) -> Result<Vec<Column<'static>>> {
        self.database.inner.find(table, key).await
    }

    async fn page(
        &self,
        table: &TableDef,
        equals: &[Equals],
        after: Option<Column<'_>>,
        limit: i64,
    ) -> Result<Vec<Column<'static>>> {
        self.database.inner.page(table, equals, after, limit).await
    }

    async fn oldest_open(&self, table: &TableDef) -> Result<Option<Duration>> {
        self.database.inner.oldest_open(table).await
    }

    async fn sweep(&self, retention: Duration) -> Result<u64> {
        self.database.inner.sweep(retention).await
    }
}

impl FlakySession {
    /// The connection, after what may happen to it before a statement.
    async fn at(&mut self, what: &str) -> Result<&mut MemorySession> {
        let mut passed = self.store.pass(what).await;
        if self.open.is_some_and(|since| since.elapsed() > IDLE_IN_TRANSACTION) {
            passed = Err(StoreError::Unavailable("idle in transaction for too long".into()));
        }
        if self.life != self.store.database.life() {
            passed = Err(StoreError::Unavailable("the database was replaced".into()));
        }
        if let Err(error) = passed {
            // The database notices as well, and ends the transaction.
            (self.inner, self.open) = (None, None);
            return Err(error);
        }
        self.inner.as_mut().ok_or_else(|| StoreError::Unavailable("the connection is broken".into()))
    }

    /// The answer of a transaction of its own, if it arrives.
    async fn answered<T>(&mut self, answer: T) -> Result<T> {
        self.at("answer").await?;
        Ok(answer)
    }

    /// The same for a statement that writes.
    async fn writing(&mut self, what: &str) -> Result<&mut MemorySession> {
        let (conflict, refused) = {
            let mut sim = self.store.sim.get();
            let rates = sim.rates;
            (sim.rng.happens(rates.conflicts), sim.rng.happens(rates.refusals))
        };
        if conflict && self.conflicts < MOST_CONFLICTS {
            self.conflicts += 1;
            self.store.sim.get().fault("conflict", || format!("{} at {what}", self.store.instance));
            return Err(StoreError::Conflict(CONFLICT.into()));
        }
        if refused {
            self.store.sim.get().fault("refused", || format!("{} at {what}", self.store.instance));
            return Err(StoreError::Refused("it does not fit".into()));
        }
        self.at(what).await
    }

    /// The instances whose rows are written to a table, if its rows belong to instances. Those that begin with
    /// it are not among them: a client would ask again for ever.
    fn correlations(&self, table: &dyn AnyTable) -> Result<Vec<String>> {
        let (saga, def) = (self.store.sim.get().saga.clone(), table.def());
        let Some((name, begins)) = saga.plan.correlated(self.store.database.service, def.name) else {
            return Ok(Vec::new());
        };
        let Some(at) = def.columns.iter().position(|column| column.name == name) else {
            return Ok(Vec::new());
        };
        let created = if begins { Vec::new() } else { table.created().map_err(StoreError::unstorable)? };
        let changed = table.changed().map_err(StoreError::unstorable)?;
        let texts = |columns: &[Column<'_>]| {
            let column = columns.get(at);
            column.map_or_else(Vec::new, |column| {
                (0..column.len()).filter_map(|row| as_text(&cell(column, row))).collect()
            })
        };
        Ok([texts(&created), texts(&changed)].concat())
    }

    fn owned(&self, states: &[ShardState]) {
        let mut sim = self.store.sim.get();
        for state in states {
            sim.history.owned(self.store.database.service, state);
            sim.note(|| {
                let ShardState { name, next_offset, last_seq, cursor, .. } = state;
                let instance = &self.store.instance;
                format!("{instance} owns {name} at {next_offset}, sent {cursor} of {last_seq}")
            });
        }
    }
}

impl Session for FlakySession {
    async fn take_over(
        &mut self,
        names: &[String],
        token: Token,
        evidence: &RestoreEvidence,
    ) -> Result<Vec<ShardState>> {
        let states = self.at("take over").await?.take_over(names, token, evidence).await?;
        self.owned(&states);
        self.answered(states).await
    }

    async fn take_over_local(
        &mut self,
        token: Token,
        lease: Duration,
        evidence: &RestoreEvidence,
    ) -> Result<ShardState> {
        let state = self.at("take over").await?.take_over_local(token, lease, evidence).await?;
        self.owned(std::slice::from_ref(&state));
        self.answered(state).await
    }

    async fn renew(&mut self, shard: ShardId, token: Token, lease: Duration) -> Result<()> {
        self.at("renew").await?.renew(shard, token, lease).await?;
        self.answered(()).await
    }

    async fn release(&mut self, shards: &[(ShardId, Token)]) -> Result<()> {
        self.at("release").await?.release(shards).await
    }

    async fn orphans(&mut self) -> Result<Vec<String>> {
        self.at("orphans").await?.orphans().await
    }

    async fn topics(&mut self) -> Result<Vec<PinnedTopic>> {
        self.at("topics").await?.topics().await
    }

    async fn due_steps(&mut self, limit: i64, except: &[&str]) -> Result<Vec<DueStep>> {
        self.at("look for due steps").await?.due_steps(limit, except).await
    }

    async fn next_due(&mut self) -> Result<Option<Duration>> {
        self.at("look for due steps").await?.next_due().await
    }

    async fn unpublished(&mut self) -> Result<Vec<Unpublished>> {
        self.at("unpublished").await?.unpublished().await
    }

    async fn begin(&mut self, fences: &[Fence]) -> Result<()> {
        self.at("begin").await?.begin(fences).await?;
        self.open = Some(Instant::now());
        Ok(())
    }

    async fn parked_heads(&mut self, queues: &[(TopicPartition, Queue)]) -> Result<Vec<Option<ParkedHead>>> {
        self.at("read parked messages").await?.parked_heads(queues).await
    }

    async fn claim_requests(&mut self, keys: &[RequestKey]) -> Result<Vec<Option<StoredAnswer>>> {
        self.at("claim requests").await?.claim_requests(keys).await
    }

    async fn claim_once(
        &mut self,
        pairs: &BTreeSet<(&'static str, String)>,
    ) -> Result<BTreeSet<(&'static str, String)>> {
        self.writing("claim once").await?.claim_once(pairs).await
    }

    async fn load_steps(&mut self, steps: &mut dyn AnySteps) -> Result<()> {
        self.writing("load steps").await?.load_steps(steps).await
    }

    async fn load_table(&mut self, table: &mut dyn AnyTable) -> Result<()> {
        self.writing("load table").await?.load_table(table).await
    }

    async fn read_table(&mut self, table: &mut dyn AnyTable) -> Result<()> {
        self.at("read table").await?.read_table(table).await
    }

    async fn load_ids(&mut self, tables: &mut [&mut dyn AnyTable]) -> Result<()> {
        self.at("load ids").await?.load_ids(tables).await
    }

    async fn write_steps(&mut self, steps: &dyn AnySteps) -> Result<()> {
        let changed = steps.changed().map_err(|error| StoreError::Refused(error.to_string()))?;
        self.take(changed.into_iter().map(|row| row.correlation))?;
        self.writing("write steps").await?.write_steps(steps).await
    }

    async fn write_table(&mut self, table: &dyn AnyTable) -> Result<()> {
        self.take(self.correlations(table)?)?;
        self.writing("write table").await?.write_table(table).await
    }

    async fn commit(&mut self, writes: &Writes) -> Result<()> {
        let committed = self.try_commit(writes).await;
        self.open = None;
        committed?;
        // The answer is on its way: a crash may come first.
        self.store.pass("answer").await.map_err(|_| {
            self.inner = None;
            StoreError::CommitUnknown("the connection broke before the answer".into())
        })
    }

    async fn rollback(&mut self) -> Result<()> {
        self.open = None;
        self.at("rollback").await?.rollback().await
    }

    async fn outbox_page(&mut self, shard: ShardId, after: i64, limit: i64) -> Result<Outbox> {
        self.at("read the outbox").await?.outbox_page(shard, after, limit).await
    }

    async fn move_cursors(&mut self, moves: &[CursorMove]) -> Result<Vec<ShardId>> {
        let lost = self.at("move cursors").await?.move_cursors(moves).await?;
        self.answered(lost).await
    }
}
