//! One lane's connection to the store in memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use crate::record::TopicPartition;
use crate::rows::{AnySteps, AnyTable, Due, name_by};
use crate::store::error::nothing_to_commit;
use crate::store::ownership::{ADOPTED, FenceRow, INPUT, LOCAL, differing};
use crate::store::{
    CursorMove, DueStep, Fence, Outbox, ParkedHead, PinnedTopic, Queue, RequestKey, RestoreEvidence, Result,
    Session, ShardId, ShardState, StoreError, StoredAnswer, Token, Unpublished, Writes,
};

use super::state::{Shard, State, StepEntry};
use super::table::{MemoryTable, keys_of};
use super::{CommitFault, MemoryStore, millis};

/// One connection to a [`MemoryStore`].
pub struct MemorySession {
    store: MemoryStore,
    open: Option<Open>,
}

/// An open transaction: a copy of everything, and the turn to replace the original.
pub(super) struct Open {
    pub draft: State,
    life: u64,
    pub now_ms: i64,
    pub identity: String,
    /// A statement failed: the real databases would not commit the others.
    failed: bool,
    _turn: OwnedMutexGuard<()>,
}

impl MemorySession {
    pub(super) fn new(store: MemoryStore) -> Self {
        Self { store, open: None }
    }

    async fn start(&mut self) -> &mut Open {
        self.open = None;
        let turn = Arc::clone(&self.store.shared.writer).lock_owned().await;
        let world = self.store.world();
        let open = Open {
            draft: world.committed.clone(),
            life: world.life,
            now_ms: world.now_ms,
            identity: world.identity.clone(),
            failed: false,
            _turn: turn,
        };
        drop(world);
        self.open.insert(open)
    }

    fn open(&mut self) -> Result<&mut Open> {
        self.open.as_mut().ok_or_else(|| StoreError::Unavailable("no transaction is open".into()))
    }

    /// Fails if a row is held, for a lock in memory does not come.
    fn wait_for(&mut self, table: &str, held: Vec<String>) -> Result<()> {
        match held.first() {
            Some(key) => {
                self.open()?.failed = true;
                Err(StoreError::Locked(format!("row {key} of {table}")))
            }
            None => Ok(()),
        }
    }

    fn finish<T>(&mut self, result: Result<T>) -> Result<T> {
        let open = self.open.take();
        let (value, open) = (result?, open);
        if let Some(open) = open {
            self.apply(open)?;
        }
        Ok(value)
    }

    fn apply(&self, open: Open) -> Result<()> {
        let mut world = self.store.world();
        if world.life != open.life {
            return Err(StoreError::CommitUnknown("the database was replaced".into()));
        }
        world.committed = open.draft;
        Ok(())
    }
}

impl Session for MemorySession {
    async fn take_over(
        &mut self,
        names: &[String],
        token: Token,
        evidence: &RestoreEvidence,
    ) -> Result<Vec<ShardState>> {
        let open = self.start().await;
        let mut ids: Vec<ShardId> = names.iter().map(|name| open.shard_named(name)).collect();
        ids.sort_unstable();
        let states = open.adopt(&ids, token, ADOPTED, evidence);
        self.finish(Ok(states))
    }

    async fn take_over_local(
        &mut self,
        token: Token,
        lease: Duration,
        evidence: &RestoreEvidence,
    ) -> Result<ShardState> {
        let open = self.start().await;
        let id = open.free_local();
        let state = open.adopt(&[id], token, lease, evidence).pop();
        self.finish(state.ok_or_else(|| StoreError::Unavailable(format!("shard {id:?} is gone"))))
    }

    async fn topics(&mut self) -> Result<Vec<PinnedTopic>> {
        self.open = None;
        Ok(self.store.world().committed.topics.values().cloned().collect())
    }

    async fn due_steps(&mut self, limit: i64, except: &[&str]) -> Result<Vec<DueStep>> {
        self.open = None;
        let world = self.store.world();
        Ok(world.committed.due_steps(world.now_ms, usize::try_from(limit).unwrap_or(0), except))
    }

    async fn next_due(&mut self) -> Result<Option<Duration>> {
        self.open = None;
        let world = self.store.world();
        let next = world.committed.steps.values().filter_map(|row| row.due_at).min();
        Ok(next.map(|at| Duration::from_millis(at.saturating_sub(world.now_ms).max(0).unsigned_abs())))
    }

    async fn unpublished(&mut self) -> Result<Vec<Unpublished>> {
        self.open = None;
        let world = self.store.world();
        let shards = world.committed.shards.values();
        let unpublished =
            shards.filter(|shard| shard.name.starts_with(INPUT) && shard.cursor < shard.last_seq);
        let unpublished = unpublished.map(|shard| Unpublished {
            name: shard.name.clone(),
            owner: shard.owner,
            cursor: shard.cursor,
            last_seq: shard.last_seq,
        });
        Ok(unpublished.collect())
    }

    async fn renew(&mut self, shard: ShardId, token: Token, lease: Duration) -> Result<()> {
        let open = self.start().await;
        let until = open.now_ms.saturating_add(millis(lease));
        let renewed = match open.owned(shard, token) {
            Some(row) => {
                row.lease_until = Some(until);
                Ok(())
            }
            None => Err(StoreError::Fenced(vec![shard])),
        };
        self.finish(renewed)
    }

    async fn release(&mut self, shards: &[(ShardId, Token)]) -> Result<()> {
        let open = self.start().await;
        for (shard, token) in shards {
            if let Some(row) = open.owned(*shard, *token) {
                (row.owner, row.lease_until) = (None, None);
            }
        }
        self.finish(Ok(()))
    }

    async fn orphans(&mut self) -> Result<Vec<String>> {
        let open = self.start().await;
        let is_orphan = |shard: &&Shard| {
            shard.name.starts_with(LOCAL)
                && shard.cursor < shard.last_seq
                && shard.lease_until.is_none_or(|until| until < open.now_ms)
        };
        let orphans = open.draft.shards.values().filter(is_orphan).map(|shard| shard.name.clone()).collect();
        self.finish(Ok(orphans))
    }

    async fn begin(&mut self, fences: &[Fence]) -> Result<()> {
        let open = self.start().await;
        let row = |(id, shard): (&ShardId, &Shard)| FenceRow {
            shard: *id,
            token: shard.owner,
            next_offset: shard.next_offset,
            last_seq: shard.last_seq,
        };
        let rows: Vec<FenceRow> = open.draft.shards.iter().map(row).collect();
        let lost = differing(fences, &rows);
        if lost.is_empty() { Ok(()) } else { self.finish(Err(StoreError::Fenced(lost))) }
    }

    async fn parked_heads(&mut self, queues: &[(TopicPartition, Queue)]) -> Result<Vec<Option<ParkedHead>>> {
        let open = self.open()?;
        Ok(queues.iter().map(|(origin, queue)| open.draft.parked.head(*origin, queue)).collect())
    }

    async fn claim_requests(&mut self, keys: &[RequestKey]) -> Result<Vec<Option<StoredAnswer>>> {
        let open = self.open()?;
        let (requests, now) = (Arc::make_mut(&mut open.draft.requests), open.now_ms);
        Ok(keys.iter().map(|key| requests.entry(key.clone()).or_insert((None, now)).0.clone()).collect())
    }

    async fn claim_once(
        &mut self,
        pairs: &BTreeSet<(&'static str, String)>,
    ) -> Result<BTreeSet<(&'static str, String)>> {
        let open = self.open()?;
        let (once, now) = (Arc::make_mut(&mut open.draft.once), open.now_ms);
        Ok(pairs.iter().filter(|pair| once.insert((*pair).clone(), now).is_none()).cloned().collect())
    }

    async fn load_steps(&mut self, steps: &mut dyn AnySteps) -> Result<()> {
        let held = self.locked_steps(steps).await?;
        self.wait_for(steps.step(), held)?;
        let (open, step) = (self.open()?, steps.step());
        let stored = steps.wanted().into_iter();
        let now_ms = open.now_ms;
        let stored =
            stored.filter_map(|correlation| open.draft.stored_step(step, correlation, now_ms)).collect();
        steps.load(stored).map_err(|error| StoreError::Refused(error.to_string()))
    }

    async fn load_table(&mut self, table: &mut dyn AnyTable) -> Result<()> {
        let mut keys = keys_of(&table.wanted())?;
        let looked_up = table.looked_up();
        if keys.is_empty() && looked_up.is_empty() {
            return Ok(());
        }
        let held = self.locked_rows(table).await?;
        self.wait_for(table.def().name, held)?;
        let stored = self.open()?.table(table)?;
        for (column, values) in table.def().lookups().zip(&looked_up) {
            keys.extend(stored.find_by(column, values).into_iter().map(|(key, _)| key));
        }
        drop(looked_up);
        table.load(&stored.read(&keys)).map_err(|error| StoreError::Refused(error.to_string()))
    }

    async fn read_table(&mut self, table: &mut dyn AnyTable) -> Result<()> {
        let keys = keys_of(&table.wanted())?;
        if keys.is_empty() {
            return Ok(());
        }
        let stored = self.open()?.table(table)?;
        table.load(&stored.read(&keys)).map_err(|error| StoreError::Refused(error.to_string()))
    }

    async fn load_ids(&mut self, tables: &mut [&mut dyn AnyTable]) -> Result<()> {
        let open = self.open()?;
        for table in tables.iter_mut().filter(|table| table.wants_ids()) {
            if let Some(next) = open.draft.ids.get(table.def().name) {
                table.set_next_id(*next);
            }
        }
        Ok(())
    }

    async fn locked_steps(&mut self, steps: &dyn AnySteps) -> Result<Vec<String>> {
        Ok(self.store.held(steps.step(), steps.wanted().into_iter().map(str::to_owned).collect()))
    }

    async fn locked_rows(&mut self, table: &dyn AnyTable) -> Result<Vec<String>> {
        let name = table.def().name;
        let mut held = self.store.held(name, table.wanted().texts());
        for (column, values) in table.def().lookups().zip(table.looked_up()) {
            for (key, value) in self.open()?.table(table)?.find_by(column, &values) {
                if !self.store.held(name, vec![key.to_string()]).is_empty() {
                    held.push(name_by(column, &value));
                }
            }
        }
        Ok(held)
    }

    async fn write_steps(&mut self, steps: &dyn AnySteps) -> Result<()> {
        let changed = steps.changed().map_err(|error| StoreError::Refused(error.to_string()))?;
        let refused = self.store.world().refused_steps.clone();
        if !refused.is_empty() && changed.iter().any(|row| row.inputs.contains(&refused)) {
            self.open()?.failed = true;
            return Err(StoreError::Refused("a step row does not fit".into()));
        }
        let open = self.open()?;
        let (rows, now) = (Arc::make_mut(&mut open.draft.steps), open.now_ms);
        for row in changed {
            let closed = row.is_closed();
            let key = (steps.step(), row.correlation);
            let before = rows.get(&key);
            let entry = StepEntry {
                mode: row.mode,
                inputs: row.inputs,
                attempts: row.attempts,
                due_at: match row.due {
                    Due::Keep => before.and_then(|entry| entry.due_at),
                    Due::Clear => None,
                    Due::After(delay) => Some(now.saturating_add(millis(delay))),
                },
                closed_at: closed.then(|| before.and_then(|entry| entry.closed_at).unwrap_or(now)),
            };
            rows.insert(key, entry);
        }
        Ok(())
    }

    async fn write_table(&mut self, table: &dyn AnyTable) -> Result<()> {
        let open = self.open()?;
        let written = open.write_table(table);
        open.failed |= written.is_err();
        written
    }

    async fn commit(&mut self, writes: &Writes) -> Result<()> {
        if self.store.world().commits_held {
            return self.finish(Err(StoreError::Locked("a row of the protocol".into())));
        }
        let open = self.open.as_mut().filter(|open| !open.failed).ok_or_else(nothing_to_commit);
        if let Err(error) = open.and_then(|open| open.draft.write(writes, open.now_ms)) {
            return self.finish(Err(error));
        }
        let fault = self.store.world().faults.pop_front();
        match fault {
            None => self.finish(Ok(())),
            Some(CommitFault::BeforeApplied) => self.finish(Err(unknown())),
            Some(CommitFault::AfterApplied) => self.finish(Ok(())).and(Err(unknown())),
        }
    }

    async fn rollback(&mut self) -> Result<()> {
        self.open = None;
        Ok(())
    }

    async fn outbox_page(&mut self, shard: ShardId, after: i64, limit: i64) -> Result<Outbox> {
        let limit = usize::try_from(limit).unwrap_or(0);
        match &self.open {
            Some(open) => Ok(open.draft.outbox_page(shard, after, limit)),
            None => Ok(self.store.world().committed.outbox_page(shard, after, limit)),
        }
    }

    async fn move_cursors(&mut self, moves: &[CursorMove]) -> Result<Vec<ShardId>> {
        let keep = self.store.keep;
        let open = self.start().await;
        let mut lost = Vec::new();
        for CursorMove { shard, token, from, to } in moves {
            let row = open.owned(*shard, *token).filter(|row| row.cursor < *to && row.last_seq >= *to);
            match row {
                Some(row) => {
                    row.cursor = *to;
                    let passed = |seq: i64| seq > *from - keep && seq <= *to - keep;
                    let outbox = Arc::make_mut(&mut open.draft.outbox);
                    outbox.retain(|(sender, seq), _| sender != shard || !passed(*seq));
                }
                None => lost.push(*shard),
            }
        }
        self.finish(Ok(lost))
    }
}

fn unknown() -> StoreError {
    StoreError::CommitUnknown("the answer to the commit was lost".into())
}

impl Open {
    fn table(&mut self, table: &dyn AnyTable) -> Result<&mut Arc<MemoryTable>> {
        let name = table.def().name;
        let missing = || StoreError::Incompatible(format!("there is no table {name}"));
        self.draft.tables.get_mut(name).ok_or_else(missing)
    }

    fn write_table(&mut self, table: &dyn AnyTable) -> Result<()> {
        let now_ms = self.now_ms;
        let stored = Arc::make_mut(self.table(table)?);
        stored.write(&table.created().map_err(StoreError::unstorable)?, true, now_ms)?;
        stored.write(&table.changed().map_err(StoreError::unstorable)?, false, now_ms)?;
        if let Some(next) = self.draft.ids.get_mut(table.def().name) {
            *next += table.ids_taken();
        }
        Ok(())
    }

    fn owned(&mut self, shard: ShardId, token: Token) -> Option<&mut Shard> {
        self.draft.shards.get_mut(&shard).filter(|row| row.owner == Some(token))
    }
}
