//! Messages that were set aside: tried again, and given up in the end.

use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use super::Lane;
use super::around::{commit, count, store, write_notes};
use super::part::{Flow, Part};
use super::transaction::handle;
use crate::context::{Fault, Spent};
use crate::metrics::LaneKind;
use crate::mutation::{self, Mutation};
use crate::protocol::batch::Item;
use crate::protocol::parking::{TRIES, backoff, dead_letter, place};
use crate::record::{Record, TopicPartition};
use crate::service::Service;
use crate::store::{
    Delayed, Fence, ParkedHead, Queue, Session, ShardMove, Store, StoreError, Trouble, Writes,
};

/// The most messages that one transaction tries again.
const MAX_TRIES: usize = 100;

/// The first message of a queue, which is tried again.
struct Try {
    origin: TopicPartition,
    queue: Queue,
    /// How often it was tried before.
    attempts: i32,
    /// Whether it asks for a compensation, which is never given up.
    compensates: bool,
    verdict: Verdict,
}

/// What is to become of a message.
enum Verdict {
    Handle(Spent),
    Delay(Fault),
    Die(Fault),
}

impl Try {
    /// It failed: it is tried later, or without the step that failed, or given up.
    fn fail(&mut self, fault: Fault, step: Option<&'static str>) {
        let compensates = self.compensates && !mutation::active(Mutation::CompensationGivenUp);
        let patient = compensates || self.attempts + 1 < TRIES;
        self.verdict = match (&self.verdict, step) {
            (Verdict::Handle(Spent::None), _) if patient => Verdict::Delay(fault),
            (Verdict::Handle(Spent::None), Some(step)) => Verdict::Handle(Spent::Step(step)),
            (Verdict::Handle(Spent::None | Spent::Step(_)), _) => Verdict::Handle(Spent::All),
            _ => Verdict::Die(fault),
        };
    }

    /// What is stored of it, if it is not handled.
    fn trouble(&self) -> Option<Trouble> {
        match &self.verdict {
            Verdict::Handle(_) => None,
            Verdict::Delay(fault) | Verdict::Die(fault) => Some(fault.trouble(self.attempts + 1)),
        }
    }
}

/// How a transaction ended that the database did not refuse.
enum Attempt {
    Committed(usize),
    /// Some verdicts changed; nothing is written.
    Again,
}

impl<S: Service, D: Store> Lane<S, D> {
    /// Tries what was set aside and is due, in one transaction. Returns how many messages
    /// that were.
    pub(super) async fn retry_due(&mut self, now: Instant) -> Result<usize, StoreError> {
        let mut tries = self.due(now);
        while !tries.is_empty() {
            match self.attempt_tries(&mut tries, now).await {
                Ok(Attempt::Committed(tried)) => return Ok(tried),
                Ok(Attempt::Again) => self.rollback().await?,
                Err(StoreError::Refused(reason)) => {
                    self.rollback().await?;
                    match tries.as_mut_slice() {
                        [only] if matches!(only.verdict, Verdict::Handle(_)) => {
                            only.fail(Fault::Unstorable(reason), None);
                        }
                        [_] => return Err(StoreError::Unavailable(reason)),
                        several => {
                            let half = several.len() / 2;
                            tries.truncate(half);
                        }
                    }
                }
                Err(StoreError::Conflict(reason)) => {
                    debug!(%reason, "what was set aside is tried once more");
                    self.rollback().await?;
                    if mutation::active(Mutation::ConflictCounted) {
                        tries.iter_mut().for_each(|it| it.fail(Fault::Unstorable(reason.clone()), None));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(0)
    }

    fn due(&self, now: Instant) -> Vec<Try> {
        let running = self.parts.iter().filter(|(_, part)| part.flow != Flow::Stopped);
        let due = running.flat_map(|(origin, part)| {
            part.parked.iter().filter(|(_, at)| **at <= now).map(|(queue, _)| Try {
                origin: *origin,
                queue: queue.clone(),
                attempts: 0,
                compensates: false,
                verdict: Verdict::Handle(Spent::None),
            })
        });
        due.take(MAX_TRIES).collect()
    }

    async fn attempt_tries(&mut self, tries: &mut [Try], now: Instant) -> Result<Attempt, StoreError> {
        let began = std::time::Instant::now();
        let mut origins: Vec<TopicPartition> = tries.iter().map(|it| it.origin).collect();
        origins.dedup();
        let parts: Vec<&Part> = origins.iter().filter_map(|origin| self.parts.get(origin)).collect();
        let fences: Vec<Fence> = parts.iter().map(|part| part.fence()).collect();
        let session = Self::session(&mut self.session, &self.store).await?;
        session.begin(&fences).await?;
        let wanted: Vec<_> = tries.iter().map(|it| (it.origin, it.queue.clone())).collect();
        let heads = session.parked_heads(&wanted).await?;
        let records = restored(tries, &heads)?;

        let mut items = Vec::with_capacity(tries.len());
        let mut tried = Vec::with_capacity(tries.len());
        for (at, (it, record)) in tries.iter_mut().zip(&records).enumerate() {
            let Some((part, record)) =
                origins.iter().position(|origin| *origin == it.origin).zip(record.as_ref())
            else {
                continue;
            };
            match S::decode(record.origin.topic, record.value()) {
                Ok(input) => {
                    it.compensates = self.service.compensates(&input);
                    if let Verdict::Handle(spent) = it.verdict {
                        items.push(Item { input, record, part, foreign: record.number().is_none(), spent });
                        tried.push(at);
                    }
                }
                Err(error) => it.verdict = Verdict::Die(Fault::Undecodable(error.to_string())),
            }
        }
        let mut rows = S::Rows::default();
        let (service, traces) = (&*self.service, &*self.traces);
        let handled = handle(service, session, &parts, &items, &mut rows, &self.partitions, traces).await?;
        let mut handled = match handled {
            Ok(handled) => handled,
            Err(failures) => {
                // The others may have failed for the rows that this one has spoilt. A try counts, so
                // they get another.
                if let Some(failure) = failures.into_iter().next() {
                    tries[tried[failure.item]].fail(failure.fault, failure.step);
                }
                return Ok(Attempt::Again);
            }
        };

        let mut writes = Writes::default();
        for (it, record) in tries.iter().zip(&records) {
            let Some(record) = record else { continue };
            match (&it.verdict, it.trouble()) {
                (Verdict::Delay(_), Some(trouble)) => {
                    let delay = backoff(trouble.attempts);
                    writes.delayed.push(Delayed { place: place(record), trouble, delay });
                }
                (_, Some(trouble)) => {
                    let part = origins.iter().position(|origin| *origin == it.origin);
                    let copy = part.map(|part| (part, record, &trouble));
                    handled.publish_copies(copy.into_iter(), S::NAME, &self.partitions)?;
                    writes.unparked.push(place(record));
                    writes.dead.push(dead_letter(record, &trouble));
                }
                (_, None) => writes.unparked.push(place(record)),
            }
        }
        for (at, (part, sequence)) in parts.iter().zip(&handled.sequences).enumerate() {
            writes.shards.push(ShardMove {
                shard: part.input.shard,
                next_offset: part.input.next_offset,
                last_seq: sequence.last_seq,
                applied: count(items.iter().filter(|item| item.part == at).count()),
                dropped: 0,
            });
            writes.destinations.extend(sequence.changed_since(&part.sequence));
        }
        writes.outbox = handled.outbox;
        store(session, &mut rows).await?;
        commit(session, &writes).await?;

        traces.handled::<S>(&items, &handled.traces, &handled.out.notes, began);
        for (part, moved) in parts.iter().zip(&writes.shards) {
            part.metrics.committed(0, moved.applied, 0);
        }
        drop((items, parts));
        for (origin, sequence) in origins.iter().zip(handled.sequences) {
            if let Some(part) = self.parts.get_mut(origin) {
                part.sequence = sequence;
            }
        }
        self.relay.feed(writes.outbox);
        write_notes::<S>(&handled.out.notes);
        self.remember(tries, &heads, &records, now);
        origins.iter().filter_map(|origin| self.parts.get(origin)).for_each(Part::tell_metrics);
        self.metrics.lanes.batch(LaneKind::Messages, tries.len(), began, &handled.out.tally);
        Ok(Attempt::Committed(tries.len()))
    }

    /// What is committed of some tries: when each queue goes on, and what the log is told.
    fn remember(
        &mut self,
        tries: &[Try],
        heads: &[Option<ParkedHead>],
        records: &[Option<Record>],
        now: Instant,
    ) {
        for ((it, head), record) in tries.iter().zip(heads).zip(records) {
            let Some(part) = self.parts.get_mut(&it.origin) else { continue };
            if let Some(record) = record {
                report::<S>(it, record);
                if let Verdict::Die(fault) = &it.verdict {
                    part.metrics.dead(fault.reason());
                }
            }
            let next = match (&it.verdict, head) {
                (Verdict::Delay(_), _) => Some(now + backoff(it.attempts + 1)),
                (_, Some(head)) if head.more => Some(now),
                _ => None,
            };
            match next {
                Some(next) => part.parked.insert(it.queue.clone(), next),
                None => part.parked.remove(&it.queue),
            };
        }
    }
}

/// The messages themselves, and how often each was tried; none where somebody else took it away.
fn restored(tries: &mut [Try], heads: &[Option<ParkedHead>]) -> Result<Vec<Option<Record>>, StoreError> {
    let restore = |(it, head): (&mut Try, &Option<ParkedHead>)| {
        let Some(head) = head else { return Ok(None) };
        it.attempts = head.attempts;
        Record::restore(it.origin, head.offset, head.record.clone())
            .map(Some)
            .map_err(|garbled| StoreError::Unsuitable(garbled.to_string()))
    };
    tries.iter_mut().zip(heads).map(restore).collect()
}

fn report<S: Service>(it: &Try, record: &Record) {
    let (service, origin, offset, attempts) = (S::NAME, record.origin, record.offset, it.attempts + 1);
    match &it.verdict {
        Verdict::Handle(Spent::None) => {
            info!(service, %origin, offset, attempts, "a message that was set aside is handled")
        }
        Verdict::Handle(_) => error!(service, %origin, offset, attempts,
            "a message failed too often: its step fails, and that is published"),
        Verdict::Delay(fault) if it.compensates && attempts >= TRIES => {
            error!(service, %origin, offset, attempts, %fault,
            "a compensation cannot be carried out; it is tried for ever: see `{service} ops parked`")
        }
        Verdict::Delay(fault) => {
            warn!(service, %origin, offset, attempts, %fault, "a message that was set aside failed again")
        }
        Verdict::Die(fault) => error!(service, %origin, offset, attempts, %fault,
            "a message is given up, and is a DEAD LETTER: see `{service} ops dead`"),
    }
}
