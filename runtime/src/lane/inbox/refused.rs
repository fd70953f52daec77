//! A message that the database refuses although it is alone in its transaction.
//!
//! It is handled; refused, it is parked; refused again, it is given up with what a database cannot
//! refuse: where it was read, its number, and why. A lane that kept trying would stop all its partitions
//! for one message. But a message that is given up like that is lost to its service, so the lane first takes
//! over again a few times: a refusal may have had another cause.

use tracing::error;

use super::Lane;
use super::retry::{Retry, Verdict};
use crate::outcome::Fault;
use crate::protocol::parking::{Failures, MAX_ATTEMPTS};
use crate::record::TopicPartition;
use crate::service::Service;
use crate::store::{Store, StoreError};

/// How often in a row the database refuses to keep a message before it is given up in its barest form.
const MAX_REFUSALS: u32 = 5;

impl<S: Service, D: Store> Lane<S, D> {
    /// Counts that the database refused even to keep a message.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] as long as it is to be tried again.
    pub(super) fn count_refusal(
        &mut self,
        origin: TopicPartition,
        offset: i64,
        reason: &str,
    ) -> Result<(), StoreError> {
        let (at, times) = self.refused.entry(origin).or_insert((offset, 0));
        if *at != offset {
            (*at, *times) = (offset, 0);
        }
        *times += 1;
        if *times < MAX_REFUSALS {
            return Err(StoreError::Unavailable(format!("it refuses to keep a message: {reason}")));
        }
        Ok(())
    }

    /// The database has kept these messages: whatever it refused before was not in them.
    pub(super) fn forget_refusals(&mut self, kept: &[Retry]) {
        for Retry { origin, record, .. } in kept {
            let offset = record.as_ref().map(|record| record.offset);
            if self.refused.get(origin).is_some_and(|(refused, _)| Some(*refused) == offset) {
                self.refused.remove(origin);
            }
        }
    }

    /// Decides what becomes of the first message of `origin`, which was alone in a transaction.
    pub(super) fn refuse(
        &mut self,
        origin: TopicPartition,
        failures: &mut Failures,
        reason: String,
    ) -> Result<(), StoreError> {
        let Some(partition) = self.partitions.get_mut(&origin) else { return Err(hopeless(reason)) };
        let before = failures.len();
        for admitted in partition.admit(1).inputs {
            let at = (admitted.record.origin, admitted.record.offset);
            failures.entry(at).or_insert_with(|| Fault::Unstorable(reason.clone()));
        }
        if failures.len() > before {
            return Ok(());
        }
        let Some(offset) = partition.queue.front().map(|record| record.offset) else {
            return Err(hopeless(reason));
        };
        self.count_refusal(origin, offset, &reason)?;
        let front = self.partitions.get_mut(&origin).and_then(|partition| partition.queue.front_mut());
        let Some(record) = front else { return Err(hopeless(reason)) };
        let barest = record.barest();
        if barest == *record {
            return Err(hopeless(reason));
        }
        report_barest::<S>(origin, record.offset, &reason);
        failures.insert((origin, record.offset), Fault::Unstorable(reason));
        self.drained += record.size().saturating_sub(barest.size());
        *record = barest;
        Ok(())
    }
}

impl Retry {
    /// Whether it was to be kept, as it is or given up.
    pub(super) fn is_kept(&self) -> bool {
        !matches!(self.verdict, Verdict::Handle(_) | Verdict::Bare)
    }

    /// Decides what becomes of it after it was alone in a transaction.
    pub(super) fn refuse<S: Service>(&mut self, reason: String) -> Result<(), StoreError> {
        match &self.verdict {
            Verdict::Handle(_) | Verdict::Bare => self.fail(Fault::Unstorable(reason), None, MAX_ATTEMPTS),
            Verdict::Delay(_) => self.verdict = Verdict::GiveUp(Fault::Unstorable(reason)),
            Verdict::GiveUp(_) if !self.barest => {
                let offset = self.record.as_ref().map_or(-1, |record| record.offset);
                report_barest::<S>(self.origin, offset, &reason);
                (self.verdict, self.barest) = (Verdict::GiveUp(Fault::Unstorable(reason)), true);
            }
            Verdict::GiveUp(_) => return Err(hopeless(reason)),
        }
        Ok(())
    }
}

fn report_barest<S: Service>(origin: TopicPartition, offset: i64, reason: &str) {
    error!(service = S::NAME, %origin, offset, reason,
        "the database refuses to keep a message: it becomes a DEAD LETTER WITHOUT KEY, HEADERS AND BODY, which are left \
         in the topic alone");
}

/// The fault is not in the message.
fn hopeless(reason: String) -> StoreError {
    StoreError::Incompatible(format!(
        "the database refuses even the barest form of a dead letter. Look for a trigger, a constraint or a rule on \
         the tables saga_dead, saga_seen, saga_outbox and saga_shard: {reason}"
    ))
}
