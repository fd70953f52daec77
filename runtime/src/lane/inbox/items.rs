//! What new and parked messages have in common inside a transaction.

use std::collections::BTreeSet;

use crate::lane::locks::{Locks, needed_step, waits};
use crate::mutation::{self, Mutation};
use crate::protocol::batch::{self, Failure, Item};
use crate::protocol::numbering::Cause;
use crate::rows::Rows as _;
use crate::service::Service;
use crate::store::{Session, StoreError};
use crate::traces::Traces;

/// Claims what messages without numbers run, and locks the step rows of all of them; then names their
/// entity rows. Returns the claims that are new.
pub(super) async fn claim<S: Service, C: Session>(
    service: &S,
    session: &mut C,
    items: &[Item<'_, S::Input>],
    rows: &mut S::Rows,
) -> Result<BTreeSet<(&'static str, String)>, StoreError> {
    let claims = batch::lock_steps(service, items, rows);
    let fresh = if claims.is_empty() || mutation::active(Mutation::HeaderlessTwice) {
        claims
    } else {
        session.claim_once(&claims).await?
    };
    for steps in rows.steps() {
        session.load_steps(steps).await?;
    }
    let mut room = String::new();
    for item in items {
        service.lock_rows(&item.input, rows, &mut room);
    }
    Ok(fresh)
}

/// Which messages need rows that other transactions hold locked. Step rows come first: they name the
/// entity rows.
pub(super) async fn blocked<S: Service, C: Session>(
    service: &S,
    session: &mut C,
    items: &[Item<'_, S::Input>],
    locks: &mut Locks,
) -> Result<Vec<Failure>, StoreError> {
    let mut rows = S::Rows::default();
    batch::lock_steps(service, items, &mut rows);
    let mut locked = Vec::new();
    for steps in rows.steps() {
        locked.extend(locks.steps(session, steps).await?);
    }
    if !locked.is_empty() {
        let needs = items.iter().enumerate().filter_map(|(at, item)| {
            let mut own = S::Rows::default();
            batch::lock_steps(service, std::slice::from_ref(item), &mut own);
            own.steps().into_iter().find_map(|steps| needed_step(steps, &locked)).map(|row| waits(at, row))
        });
        return Ok(needs.collect());
    }
    for steps in rows.steps() {
        session.load_steps(steps).await?;
    }
    let want = |item: usize, rows: &mut S::Rows| {
        service.lock_rows(&items[item].input, rows, &mut String::new());
    };
    locks.blocked(session, &mut rows, items.len(), want).await
}

/// The cause of what an item publishes.
pub(super) fn cause<'i, I>(item: &'i Item<'_, I>, traces: &Traces) -> Cause<'i> {
    let record = &item.record;
    Cause { shard: item.shard, id: record.label("ce_id"), trace: traces.follow(record.label("traceparent")) }
}
