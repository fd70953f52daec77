//! Commits: they are refused, lost, unanswered, or happen later.

use std::collections::BTreeSet;
use std::time::Duration;

use saga_runtime::store::{OutboxRow, Result, Session as _, StoreError, Writes};
use tokio::time::sleep;

use super::{CONFLICT, FlakySession};
use crate::faults;

/// What becomes of a commit.
enum Fate {
    Answered,
    Lost,
    AnswerLost,
    InDoubt(Duration, bool),
}

impl FlakySession {
    fn fate_of_commit(&self) -> Fate {
        let mut sim = self.store.sim.get();
        let rates = sim.rates;
        if sim.rng.happens(rates.commit_lost) {
            sim.fault("commit lost", || self.store.instance.clone());
            Fate::Lost
        } else if sim.rng.happens(rates.answer_lost) {
            sim.fault("answer of commit lost", || self.store.instance.clone());
            Fate::AnswerLost
        } else if sim.rng.happens(rates.in_doubt) {
            sim.fault("commit in doubt", || self.store.instance.clone());
            let longest = if sim.rng.happens(50) { 12_000 } else { 300 };
            Fate::InDoubt(Duration::from_millis(sim.rng.between(1, longest)), sim.rng.happens(500))
        } else {
            Fate::Answered
        }
    }

    /// Refuses what is written for instances that this database does not take.
    pub(super) fn take(&self, correlations: impl IntoIterator<Item = String>) -> Result<()> {
        let mut sim = self.store.sim.get();
        let place = faults::Place::Database(self.store.database.service);
        let refused: Vec<String> = correlations.into_iter().filter(|it| sim.fails(place, it)).collect();
        match refused.first() {
            None => Ok(()),
            Some(correlation) => Err(StoreError::Refused(format!("it does not take {correlation}"))),
        }
    }

    /// Commits, or does not, and may not say which.
    pub(super) async fn try_commit(&mut self, writes: &Writes) -> Result<()> {
        let outbox = &writes.outbox;
        let saga = self.store.sim.get().saga.clone();
        // A copy of a dead letter is no emission of the instance, and one that has not begun fails nowhere.
        let emissions =
            outbox.rows.iter().filter(|row| !row.topic.ends_with(".dlt") && !saga.plan.begins(&row.topic));
        let key = |row: &OutboxRow| String::from_utf8_lossy(&outbox.bytes[row.key.clone()]).into_owned();
        self.take(emissions.map(key).collect::<BTreeSet<_>>())?;
        self.writing("commit").await?;
        self.conflicts = 0;
        let mut inner = self.inner.take().unwrap();
        match self.fate_of_commit() {
            Fate::Answered => {
                let committed = inner.commit(writes).await;
                self.inner = Some(inner);
                committed?;
                self.committed(writes);
                return Ok(());
            }
            Fate::Lost => {}
            Fate::AnswerLost => {
                inner.commit(writes).await?;
                self.committed(writes);
            }
            Fate::InDoubt(delay, happens) => {
                // The transaction, and with it the lock, outlives its client.
                let (store, life) = (self.store.clone(), self.life);
                let late = Self { store, inner: None, open: None, life, conflicts: 0 };
                let writes = writes.clone();
                tokio::spawn(async move {
                    sleep(delay).await;
                    if happens && inner.commit(&writes).await.is_ok() {
                        late.store.sim.get().note(|| "a commit in doubt happened".into());
                        late.committed(&writes);
                    }
                });
            }
        }
        Err(StoreError::CommitUnknown("the answer was lost".into()))
    }

    /// Notes what a transaction did, and looks whom it blames.
    fn committed(&self, writes: &Writes) {
        let mut sim = self.store.sim.get();
        let saga = sim.saga.clone();
        sim.history.committed(&saga, self.store.database.service, writes);
        sim.tell_committed(self.store.database.service, writes);
        let Writes { parked, delayed, dead, .. } = writes;
        let failures = parked.iter().map(|row| &row.failure).chain(delayed.iter().map(|row| &row.failure));
        if failures.chain(dead.iter().map(|row| &row.failure)).any(|failure| failure.error.contains(CONFLICT))
        {
            sim.findings.push(format!("{} blames a message for a conflict", self.store.instance));
        }
        sim.note(|| {
            let shards = writes.shards.iter().map(|shard| format!("{}:{}", shard.shard.0, shard.next_offset));
            let rows = writes.outbox.rows.iter().map(|row| {
                format!("{}/{} {}[{}]#{}", row.shard.0, row.seq, row.topic, row.partition, row.dseq)
            });
            let (shards, rows): (Vec<_>, Vec<_>) = (shards.collect(), rows.collect());
            format!("{} commits {} storing {}", self.store.instance, shards.join(" "), rows.join(", "))
        });
    }
}
