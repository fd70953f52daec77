//! Periodic maintenance, beside messages and requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::{debug, warn};

use crate::http::Health;
use crate::kafka::survey::{Described, Surveyor};
use crate::metrics::Metrics;
use crate::mutation;
use crate::rows::TableSchema;
use crate::store::{Store, StoreError};
use crate::topology::Topology;

/// How often Kafka is asked whether topics are as they were: one small request.
const LOOK_AT_TOPICS: Duration = Duration::from_secs(10);
/// How often the database is asked for the age of the oldest open row: one look into an index.
const LOOK_AT_AGES: Duration = Duration::from_secs(5);
/// How often old rows of the protocol are deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
/// How long they are kept: longer than Kafka keeps a message that could ask for them.
const RETENTION: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Looks whether topics were deleted, recreated or repartitioned. Where an operator has
/// accepted a new topic, its id is pinned.
pub(super) async fn watch_topics<D: Store>(
    store: D,
    surveyor: Surveyor,
    topology: Arc<Topology>,
    health: Arc<Health>,
) {
    let mut changes = topology.changes();
    let mut look = interval(LOOK_AT_TOPICS);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {
                // No answer means an outage, not a change.
                if let Some(Described { found, missing }) = surveyor.topics().await {
                    topology.find(&found);
                    topology.miss(&missing, Instant::now());
                    if topology.lacks_ids()
                        && let Ok(pinned) = store.pin_topics(&found).await
                    {
                        topology.pin(&pinned);
                    }
                }
                topology.describe(surveyor.settings().await);
            }
            _ = changes.changed() => {}
        }
        mutation::panic_in("watch on topics");
        health.changed(topology.changed());
    }
}

/// Deletes what the protocol does not need any more, every hour.
pub(super) async fn sweep<D: Store>(store: D) {
    loop {
        sleep(SWEEP_EVERY).await;
        match store.sweep(RETENTION).await {
            Ok(rows) => debug!(rows, "swept old rows"),
            Err(error) => warn!(%error, "sweeping old rows failed; retrying in an hour"),
        }
    }
}

/// Measures for how long the oldest row of each table with a status has been open.
pub(super) async fn watch_open<D: Store>(store: D, tables: Vec<TableSchema>, metrics: Arc<Metrics>) {
    let mut defs: Vec<_> =
        tables.into_iter().map(|table| table.def).filter(|def| def.status().is_some()).collect();
    let mut look = interval(LOOK_AT_AGES);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !defs.is_empty() {
        look.tick().await;
        mutation::panic_in("watch on open rows");
        for at in (0..defs.len()).rev() {
            match store.oldest_open(&defs[at]).await {
                Ok(age) => metrics.open.oldest(defs[at].name, age),
                // Logged at the start already.
                Err(StoreError::Incompatible(_)) => drop(defs.swap_remove(at)),
                Err(error) => debug!(table = defs[at].name, %error, "cannot look up the oldest open row"),
            }
        }
    }
    // There is nothing to measure. A task that ended would be taken for dead.
    std::future::pending().await
}
