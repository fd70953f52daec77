//! A parked message that is tried again, and what becomes of it.

use std::borrow::Cow;

use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use crate::context::Exhausted;
use crate::mutation::{self, Mutation};
use crate::outcome::Fault;
use crate::protocol::batch::Item;
use crate::protocol::parking::{MAX_ATTEMPTS, delay};
use crate::record::{Record, TopicPartition};
use crate::service::Service;
use crate::store::{ParkedHead, Queue, StoreError};

/// How often a message is tried in all whose step cannot fail before its other messages are there. They may
/// be refused as well, and then never come.
const MAX_UNFINISHED: i32 = 2 * MAX_ATTEMPTS;

/// The first message of a queue, which is tried again.
pub(super) struct Retry {
    pub origin: TopicPartition,
    /// Its partition's place among the shards of the transaction.
    pub shard: usize,
    pub queue: Queue,
    pub verdict: Verdict,
    /// What its retries were exhausted by.
    cause: Option<Fault>,
    /// Whether the database refuses to keep it as it is: the barest form of it is given up.
    pub barest: bool,
    /// How often it was tried before.
    pub attempts: i32,
    /// Whether it asks for a compensation, which is never given up.
    compensates: bool,
    /// The message; none where an operator took it away.
    pub record: Option<Record>,
    /// Whether another one waits behind it.
    more: bool,
    /// Its place among the items of the transaction, if it is handled.
    pub item: Option<usize>,
}

/// What is to become of a parked message.
pub(super) enum Verdict {
    Handle(Exhausted),
    /// Its step fails, and the step row keeps nothing of it: what it would keep cannot be stored.
    Bare,
    Delay(Fault),
    GiveUp(Fault),
}

impl Retry {
    pub(super) fn new(origin: TopicPartition, queue: Queue) -> Self {
        let verdict = Verdict::Handle(Exhausted::None);
        Self {
            origin,
            shard: 0,
            queue,
            verdict,
            cause: None,
            barest: false,
            attempts: 0,
            compensates: false,
            record: None,
            more: false,
            item: None,
        }
    }

    /// It failed: it is tried later, or, after so many tries, without the step that failed, or given up.
    pub(super) fn fail(&mut self, fault: Fault, step: Option<&'static str>, tries: i32) {
        let compensates = self.compensates && !mutation::active(Mutation::CompensationGivenUp);
        let patient = compensates || self.attempts + 1 < tries;
        self.cause = Some(fault.clone());
        self.verdict = match (&self.verdict, step) {
            (Verdict::Handle(_), _) if fault.is_patient() => Verdict::Delay(fault),
            (Verdict::Handle(Exhausted::None), _) if patient => Verdict::Delay(fault),
            (Verdict::Handle(Exhausted::None), Some(step)) => Verdict::Handle(Exhausted::Step(step)),
            (Verdict::Handle(Exhausted::None | Exhausted::Step(_)), _) => Verdict::Handle(Exhausted::All),
            (Verdict::Handle(Exhausted::All), _) if matches!(fault, Fault::Unstorable(_)) => Verdict::Bare,
            (Verdict::Bare, _)
                if matches!(fault, Fault::Unfinished) && self.attempts + 1 < MAX_UNFINISHED =>
            {
                Verdict::Delay(fault)
            }
            _ => Verdict::GiveUp(fault),
        };
    }

    /// Takes what the table has of it.
    pub(super) fn found(&mut self, head: Option<ParkedHead>) -> Result<(), StoreError> {
        (self.record, self.more, self.item) = (None, false, None);
        let Some(ParkedHead { offset, attempts, record, more }) = head else { return Ok(()) };
        let record = Record::restore(self.origin, offset, record)
            .map_err(|corrupt| StoreError::Incompatible(corrupt.to_string()))?;
        let record = if self.barest { record.barest() } else { record };
        (self.record, self.attempts, self.more) = (Some(record), attempts, more);
        Ok(())
    }

    /// The message to handle, the next among so many; none if it is not handled.
    pub(super) fn decode<S: Service>(
        &mut self,
        service: &S,
        prefix: &str,
        item: usize,
    ) -> Option<Item<'static, S::Input>> {
        let record = self.record.as_ref()?;
        let input = match S::decode(record.origin.topic, record.value()) {
            Ok(input) => input,
            Err(error) => {
                if !self.barest {
                    self.verdict = Verdict::GiveUp(Fault::Undecodable(error.to_string()));
                }
                return None;
            }
        };
        self.compensates = service.compensates(&input);
        let exhausted = match self.verdict {
            Verdict::Handle(exhausted) => exhausted,
            Verdict::Bare => Exhausted::All,
            Verdict::Delay(_) | Verdict::GiveUp(_) => return None,
        };
        self.item = Some(item);
        let unsequenced = record.number(prefix).is_none();
        Some(Item { input, record: Cow::Owned(record.clone()), shard: self.shard, unsequenced, exhausted })
    }

    /// When the next message of its queue is tried, if one is left.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        match &self.verdict {
            Verdict::Delay(fault) => Some(now + delay(fault, self.attempts + 1)),
            Verdict::Handle(_) | Verdict::Bare | Verdict::GiveUp(_) => self.more.then_some(now),
        }
    }

    /// Tells the log what was committed of it.
    pub(super) fn report<S: Service>(&self) {
        let Some(record) = &self.record else { return };
        let (service, origin, offset, attempts) = (S::NAME, record.origin, record.offset, self.attempts + 1);
        match &self.verdict {
            Verdict::Handle(Exhausted::None) => {
                info!(service, %origin, offset, attempts, "a parked message is handled")
            }
            Verdict::Handle(_) | Verdict::Bare => {
                let fault = self.cause.as_ref().map(tracing::field::display);
                error!(service, %origin, offset, attempts, fault,
                "a message exhausted its retries: its step fails, and that is published")
            }
            Verdict::Delay(fault) if fault.is_patient() => {
                debug!(service, %origin, offset, %fault, "a parked message waits on")
            }
            Verdict::Delay(fault @ Fault::Unfinished) => error!(service, %origin, offset, attempts, %fault,
                "a message cannot be stored: its step fails as soon as the other messages it needs are there"),
            Verdict::Delay(fault) if self.compensates && attempts >= MAX_ATTEMPTS => {
                error!(service, %origin, offset, attempts, %fault,
                "a compensation fails, and is retried until it succeeds: see `{service} ops parked`")
            }
            Verdict::Delay(fault) => {
                warn!(service, %origin, offset, attempts, %fault, "a parked message failed again")
            }
            Verdict::GiveUp(fault) => {
                error!(service, %origin, offset, attempts, %fault,
                "a message is given up, and is a DEAD LETTER: see `{service} ops dead`");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_fails_after_the_tries_it_has() {
        let after = |tries: i32| {
            let mut retry = Retry::new(TopicPartition { topic: "orders", partition: 0 }, Queue::of(b"7", 0));
            let mut made = 0;
            while !matches!(retry.verdict, Verdict::Handle(Exhausted::Step("take"))) {
                retry.verdict = Verdict::Handle(Exhausted::None);
                retry.fail(Fault::Panic("no".to_owned()), Some("take"), tries);
                (made, retry.attempts) = (made + 1, retry.attempts + 1);
            }
            made
        };
        assert_eq!((after(2), after(3), after(MAX_ATTEMPTS), after(40)), (2, 3, 10, 40));
    }
}
