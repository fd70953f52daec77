//! What new messages and those that were set aside have in common: they are
//! handled in an open transaction of all their shards.

use std::sync::Arc;

use time::OffsetDateTime;

use super::around::load;
use super::part::Part;
use crate::context::Outgoing;
use crate::mutation::{self, Mutation};
use crate::protocol::batch::{self, Failure, Item};
use crate::protocol::numbering::{Partitions, Sender, Sequence};
use crate::record::Record;
use crate::rows::Rows;
use crate::service::Service;
use crate::store::{Outbox, Session, StoreError, Trouble};
use crate::traces::Traces;
use crate::wire::{Trace, rfc3339};

/// What handling messages came to. Nothing of it is committed.
pub(super) struct Handled {
    pub out: Outgoing,
    pub outbox: Outbox,
    /// How the shards have numbered it, in the order of their partitions.
    pub sequences: Vec<Sequence>,
    /// The spans in which something is published, by the message's place among the items.
    pub traces: Vec<(usize, Trace)>,
}

/// Handles messages of `parts`, or returns those that cannot be.
pub(super) async fn handle<S: Service, C: Session>(
    service: &S,
    session: &mut C,
    parts: &[&Part],
    items: &[Item<'_, S::Input>],
    rows: &mut S::Rows,
    partitions: &Arc<Partitions>,
    traces: &Traces,
) -> Result<Result<Handled, Vec<Failure>>, StoreError> {
    let once = batch::want_steps(service, items, rows);
    let fresh = if once.is_empty() || mutation::active(Mutation::HeaderlessTwice) {
        once
    } else {
        session.claim_once(&once).await?
    };
    for steps in rows.steps() {
        session.load_steps(steps).await?;
    }
    for item in items {
        service.want_rows(&item.input, rows);
    }
    load(session, rows).await?;
    let out = match batch::apply(service, items, rows, fresh, traces.is_on()) {
        Ok(out) => out,
        Err(failures) => return Ok(Err(failures)),
    };
    let mut sequences: Vec<Sequence> = parts.iter().map(|part| part.sequence.clone()).collect();
    let time = rfc3339(OffsetDateTime::now_utc());
    let sender = Sender { saga: S::SAGA, service: S::NAME, time: &time };
    Ok(match batch::number(&out, items, &mut sequences, sender, partitions, |parent| traces.follow(parent)) {
        Ok((outbox, traces)) => Ok(Handled { out, outbox, sequences, traces }),
        Err(failure) => Err(vec![failure]),
    })
}

impl Handled {
    /// Publishes copies of messages that are given up: each with its partition's place in the batch.
    pub(super) fn publish_copies<'r>(
        &mut self,
        dead: impl Iterator<Item = (usize, &'r Record, &'r Trouble)>,
        service: &str,
        partitions: &Partitions,
    ) -> Result<(), StoreError> {
        for (part, record, trouble) in dead {
            self.sequences[part]
                .push_copy(record, trouble, service, partitions, &mut self.outbox)
                .map_err(|fault| StoreError::Refused(fault.to_string()))?;
        }
        Ok(())
    }
}
