//! What new and parked messages have in common inside a transaction.

use std::collections::BTreeSet;

use tracing::warn;

use crate::mutation::{self, Mutation};
use crate::protocol::batch::{self, Item};
use crate::protocol::numbering::{Cause, copy_fits};
use crate::record::Record;
use crate::rows::Rows as _;
use crate::service::Service;
use crate::store::{FailureInfo, Session, StoreError};
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
    for item in items {
        service.lock_rows(&item.input, rows);
    }
    Ok(fresh)
}

/// Reports a dead letter that has no copy on its topic.
pub(super) fn report_uncopied<S: Service>(record: &Record, failure: &FailureInfo) {
    if !copy_fits(record, failure) {
        warn!(service = S::NAME, origin = %record.origin, offset = record.offset, bytes = record.size(),
            "a dead letter is NOT COPIED to its topic: with the headers that say why it died it is larger than a broker              takes. `{} ops show` has it", S::NAME);
    }
}

/// The cause of what an item publishes.
pub(super) fn cause<'i, I>(item: &'i Item<'_, I>, traces: &Traces) -> Cause<'i> {
    let record = &item.record;
    Cause { shard: item.shard, id: record.label("ce_id"), trace: traces.follow(record.label("traceparent")) }
}
