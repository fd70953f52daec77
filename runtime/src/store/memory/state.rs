//! Everything a database holds, as one value.
//!
//! A transaction works on a copy and replaces the original when it commits. The
//! large parts are shared until they are written to.

use std::collections::BTreeMap;
use std::sync::Arc;

use saga_step::Mode;

use crate::rows::StoredStep;
use crate::store::{
    DueStep, Held, Outbox, OutboxRow, PinnedTopic, RequestKey, Result, Seen, ShardId, StoredAnswer, Token,
    Writes, outbox::push,
};

use super::parked::ParkedRows;
use super::table::MemoryTable;

/// A topic and a partition.
pub(super) type Place = (String, i32);

/// A row of `saga_shard`.
#[derive(Debug, Clone)]
pub(super) struct Shard {
    pub name: String,
    pub owner: Option<Token>,
    pub lease_until: Option<i64>,
    pub next_offset: i64,
    pub last_seq: i64,
    pub cursor: i64,
    pub incarnation: i64,
    pub identity: String,
    pub applied: i64,
    pub dropped: i64,
}

/// A row of `saga_outbox`.
#[derive(Debug, Clone)]
pub(super) struct StoredMessage {
    row: OutboxRow,
    key: Box<[u8]>,
    headers: Box<str>,
    value: Box<[u8]>,
}

/// A row of `saga_step`.
#[derive(Debug, Clone)]
pub(super) struct StepEntry {
    pub mode: Mode,
    pub inputs: String,
    pub attempts: i32,
    pub due_at: Option<i64>,
    pub closed_at: Option<i64>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// Saga and service.
    pub service: Option<(String, String)>,
    pub identity: String,
    pub kafka_prefix: Option<String>,
    pub tables: BTreeMap<&'static str, Arc<MemoryTable>>,
    pub ids: BTreeMap<&'static str, i64>,
    pub topics: BTreeMap<String, PinnedTopic>,
    pub shards: BTreeMap<ShardId, Shard>,
    pub destinations: Arc<BTreeMap<(ShardId, String, i32), i64>>,
    pub outbox: Arc<BTreeMap<(ShardId, i64), StoredMessage>>,
    /// Each with the time it was seen at.
    pub seen: Arc<BTreeMap<(Place, String), (Seen, i64)>>,
    pub held: Arc<BTreeMap<(Place, String, i64, i64), Held>>,
    pub parked: Arc<ParkedRows>,
    pub steps: Arc<BTreeMap<(&'static str, String), StepEntry>>,
    pub once: Arc<BTreeMap<(&'static str, String), i64>>,
    pub requests: Arc<BTreeMap<RequestKey, (Option<StoredAnswer>, i64)>>,
}

impl State {
    pub(super) fn write(&mut self, writes: &Writes, now_ms: i64) -> Result<()> {
        self.write_outbox(&writes.outbox)?;
        if !writes.answers.is_empty() {
            let requests = Arc::make_mut(&mut self.requests);
            for (key, answer) in &writes.answers {
                requests.entry(key.clone()).or_insert((None, now_ms)).0 = Some(answer.clone());
            }
        }
        if !writes.destinations.is_empty() {
            let destinations = Arc::make_mut(&mut self.destinations);
            for row in &writes.destinations {
                destinations.insert((row.shard, row.topic.to_string(), row.partition), row.last_dseq);
            }
        }
        if !writes.seen.is_empty() {
            let seen = Arc::make_mut(&mut self.seen);
            for row in &writes.seen {
                let key = ((row.topic.to_string(), row.partition), row.source.clone());
                seen.insert(key, (row.clone(), now_ms));
            }
        }
        if !(writes.held.is_empty() && writes.released.is_empty()) {
            let held = Arc::make_mut(&mut self.held);
            for row in &writes.released {
                held.remove(&held_key(row));
            }
            for row in &writes.held {
                held.entry(held_key(row)).or_insert_with(|| row.clone());
            }
        }
        if writes.changes_parked() {
            Arc::make_mut(&mut self.parked).write(writes, now_ms);
        }
        for step in &writes.shards {
            if let Some(shard) = self.shards.get_mut(&step.shard) {
                shard.next_offset = step.next_offset;
                shard.last_seq = step.last_seq;
                shard.applied += step.applied;
                shard.dropped += step.dropped;
            }
        }
        Ok(())
    }

    fn write_outbox(&mut self, outbox: &Outbox) -> Result<()> {
        if outbox.rows.is_empty() {
            return Ok(());
        }
        let stored = Arc::make_mut(&mut self.outbox);
        for row in &outbox.rows {
            let message = StoredMessage {
                key: outbox.slice(&row.key)?.into(),
                headers: outbox.text(&row.headers)?.into(),
                value: outbox.slice(&row.value)?.into(),
                row: row.clone(),
            };
            stored.insert((row.shard, row.seq), message);
        }
        Ok(())
    }

    pub(super) fn outbox_page(&self, shard: ShardId, after: i64, limit: usize) -> Outbox {
        let mut page = Outbox::default();
        let behind = (shard, after.saturating_add(1))..=(shard, i64::MAX);
        for message in self.outbox.range(behind).map(|entry| entry.1).take(limit) {
            page.rows.push(OutboxRow {
                key: push(&mut page.bytes, &message.key),
                headers: push(&mut page.bytes, message.headers.as_bytes()),
                value: push(&mut page.bytes, &message.value),
                ..message.row.clone()
            });
        }
        page
    }

    pub(super) fn stored_step(
        &self,
        step: &'static str,
        correlation: &str,
        now_ms: i64,
    ) -> Option<StoredStep> {
        let entry = self.steps.get(&(step, correlation.to_owned()))?;
        Some(StoredStep {
            correlation: correlation.to_owned(),
            mode: entry.mode.to_string(),
            inputs: entry.inputs.clone(),
            attempts: entry.attempts,
            overdue: entry.due_at.is_some_and(|at| at <= now_ms),
        })
    }

    /// The first `limit` steps whose time has come, the longest overdue first; none of those named in `except`.
    pub(super) fn due_steps(&self, now_ms: i64, limit: usize, except: &[&str]) -> Vec<DueStep> {
        let overdue = |row: &StepEntry| row.due_at.filter(|at| *at <= now_ms);
        let mut due: Vec<_> = self
            .steps
            .iter()
            .filter(|(key, _)| !except.contains(&key.0))
            .filter_map(|(key, row)| Some((overdue(row)?, key, row)))
            .collect();
        due.sort_by_key(|(at, key, _)| (*at, *key));
        let step = |(_, key, row): (i64, &(&'static str, String), &StepEntry)| DueStep {
            step: key.0.to_owned(),
            correlation: key.1.clone(),
            mode: row.mode.to_string(),
        };
        due.into_iter().take(limit).map(step).collect()
    }

    /// Deletes what was written before `answers_before`, or before `others_before`.
    pub(super) fn sweep(&mut self, answers_before: i64, others_before: i64) -> u64 {
        let before = self.requests.len() + self.steps.len() + self.once.len() + self.seen.len();
        Arc::make_mut(&mut self.requests).retain(|_, (_, at)| *at >= answers_before);
        Arc::make_mut(&mut self.steps)
            .retain(|_, row| row.due_at.is_some() || row.closed_at.is_none_or(|at| at >= others_before));
        Arc::make_mut(&mut self.once).retain(|_, at| *at >= others_before);
        Arc::make_mut(&mut self.seen).retain(|_, (_, at)| *at >= others_before);
        let after = self.requests.len() + self.steps.len() + self.once.len() + self.seen.len();
        (before - after) as u64
    }
}

fn held_key(row: &Held) -> (Place, String, i64, i64) {
    ((row.topic.to_string(), row.partition), row.source.clone(), row.incarnation, row.dseq)
}
