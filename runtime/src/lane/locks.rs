//! Rows that other transactions hold locked for too long, so that only what needs them waits.
//!
//! A lock that does not come in time says little about which row it is. So the next attempt looks, without
//! waiting, which of its rows are locked, and remembers them: what needs one is parked, or tried later, and
//! everything else goes on. A row that was never waited for in vain is not looked at, for other lanes lock
//! rows all the time, and briefly.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use tracing::error;

use crate::outcome::Fault;
use crate::protocol::batch::Failure;
use crate::rows::{AnySteps, AnyTable, Rows, names_of};
use crate::store::{Session, ShardId, StoreError};

/// How long a row stays under suspicion after it was last found locked.
const SUSPECT: Duration = Duration::from_secs(60);
/// How often a lock is reported.
const TELL: Duration = Duration::from_secs(20);
/// How often in a row a lock may be missed without finding it; then the lane takes over again.
const ROUNDS: u32 = 3;

/// A row: its table or step, and its key.
pub(super) type RowName = (&'static str, String);

/// What one lane knows of the locks of others.
#[derive(Debug, Default)]
pub(super) struct Locks {
    /// Rows that were waited for in vain, and until when they are under suspicion.
    known: BTreeMap<RowName, Instant>,
    /// A lock did not come in time, and it is not known yet which.
    learning: bool,
    missed: u32,
    told: Option<Instant>,
}

impl Locks {
    /// Whether to look at locks before anything is waited for.
    pub(super) fn suspects(&mut self) -> bool {
        let now = Instant::now();
        self.known.retain(|_, until| *until > now);
        self.learning || !self.known.is_empty()
    }

    /// How many rows are under suspicion.
    pub(super) fn suspected(&self) -> usize {
        self.known.len()
    }

    /// A lock did not come in time: looks for shards that are locked, and names who holds the lock.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when looking has not helped before.
    pub(super) async fn missed<C: Session>(
        &mut self,
        service: &'static str,
        session: &mut C,
        shards: &[ShardId],
        reason: &str,
    ) -> Result<Vec<ShardId>, StoreError> {
        session.rollback().await?;
        self.learning = true;
        self.missed += 1;
        let locked = session.locked_shards(shards).await?;
        if self.is_due() {
            let holder = holder(session).await?;
            error!(service, reason, holder, shards = ?locked, "a lock did not come in time");
        }
        if self.missed > ROUNDS && locked.is_empty() {
            self.missed = 0;
            return Err(StoreError::Locked(reason.to_owned()));
        }
        Ok(locked)
    }

    /// The rows that a transaction needs are free.
    pub(super) fn passed(&mut self) {
        (self.learning, self.missed) = (false, 0);
    }

    /// Names these rows, and who holds them, from time to time.
    pub(super) async fn report<C: Session>(
        &mut self,
        service: &'static str,
        session: &mut C,
        waiting: usize,
    ) -> Result<(), StoreError> {
        self.passed();
        if self.is_due() {
            let holder = holder(session).await?;
            let rows: Vec<String> =
                self.known.keys().take(5).map(|(table, key)| format!("{table} {key}")).collect();
            let rows = rows.join(", ");
            error!(
                service,
                rows,
                locked = self.known.len(),
                waiting,
                holder,
                "another transaction holds rows locked: what needs them waits, and everything else goes on"
            );
        }
        Ok(())
    }

    fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let due = self.told.is_none_or(|told| now - told >= TELL);
        if due {
            self.told = Some(now);
        }
        due
    }

    /// Those of the rows of a step that are locked.
    pub(super) async fn steps<C: Session>(
        &mut self,
        session: &mut C,
        steps: &dyn AnySteps,
    ) -> Result<Vec<RowName>, StoreError> {
        if steps.wanted().is_empty() {
            return Ok(Vec::new());
        }
        let locked = session.locked_steps(steps).await?;
        Ok(self.found(steps.step(), locked))
    }

    /// Those of the rows of a table that are locked; the row with its next key is one of `saga_id`.
    pub(super) async fn rows<C: Session>(
        &mut self,
        session: &mut C,
        table: &dyn AnyTable,
    ) -> Result<Vec<RowName>, StoreError> {
        let mut found = Vec::new();
        if !(table.wanted().is_empty() && table.looked_up().is_empty()) {
            let locked = session.locked_rows(table).await?;
            found.extend(self.found(table.def().name, locked));
        }
        if table.wants_ids() && session.locked_id(table.def().name).await? {
            found.extend(self.found(IDS, vec![table.def().name.to_owned()]));
        }
        Ok(found)
    }

    /// Which of so many messages or requests need entity rows that others hold locked. `want` names the rows
    /// of one of them.
    pub(super) async fn blocked<C: Session, R: Rows>(
        &mut self,
        session: &mut C,
        rows: &mut R,
        items: usize,
        want: impl Fn(usize, &mut R) + Send,
    ) -> Result<Vec<Failure>, StoreError> {
        (0..items).for_each(|item| want(item, rows));
        let mut locked = Vec::new();
        for table in rows.tables() {
            locked.extend(self.rows(session, table).await?);
        }
        let mut failures = Vec::new();
        for item in (0..items).filter(|_| !locked.is_empty()) {
            rows.tables().into_iter().for_each(|table| table.want_nothing());
            want(item, rows);
            let needs = rows.tables().into_iter().find_map(|table| needed(table, &locked));
            failures.extend(needs.map(|row| waits(item, row)));
        }
        Ok(failures)
    }

    /// Those of `keys` that are under suspicion; all, after a lock did not come in time.
    fn found(&mut self, table: &'static str, keys: Vec<String>) -> Vec<RowName> {
        let until = Instant::now() + SUSPECT;
        let mut found = Vec::new();
        for key in keys {
            let row = (table, key);
            if self.learning || self.known.contains_key(&row) {
                self.known.insert(row.clone(), until);
                found.push(row);
            }
        }
        found
    }
}

/// The table of the next keys.
const IDS: &str = "saga_id";

async fn holder<C: Session>(session: &mut C) -> Result<String, StoreError> {
    let holder = session.lock_holders().await?;
    Ok(if holder.is_empty() { "unknown".to_owned() } else { holder })
}

/// The first of `locked` that `table` needs.
fn needed<'l>(table: &dyn AnyTable, locked: &'l [RowName]) -> Option<&'l RowName> {
    let wanted = names_of(table);
    let name = table.def().name;
    locked.iter().find(|(of, key)| {
        *of == name && wanted.contains(key) || *of == IDS && *key == name && table.wants_ids()
    })
}

/// The first of `locked` that `steps` needs.
pub(super) fn needed_step<'l>(steps: &dyn AnySteps, locked: &'l [RowName]) -> Option<&'l RowName> {
    let wanted = steps.wanted();
    locked.iter().find(|(of, key)| *of == steps.step() && wanted.contains(&key.as_str()))
}

/// What is stored with a message that waits for a row.
pub(super) fn waits(item: usize, (table, key): &RowName) -> Failure {
    let row = format!("row {key} of {table}, which another transaction holds locked");
    Failure { item, fault: Fault::Locked(row), step: None }
}
