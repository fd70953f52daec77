//! What a lane works with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tracing::{error, info, warn};

use super::activity::Activity;
use super::given::Given;
use super::locks::Locks;
use super::pace::{Bounds, Stopwatch};
use crate::context::{Note, Outgoing, Severity};
use crate::metrics::{LaneKind, Metrics};
use crate::protocol::numbering::PartitionCounts;
use crate::relay::RelayHandle;
use crate::service::Service;
use crate::store::{Session, ShardState, StoreError};
use crate::topology::Topology;
use crate::traces::Traces;

/// What each lane of a service instance has, whatever it handles.
pub(super) struct Resources<S> {
    pub service: Arc<S>,
    pub topology: Arc<Topology>,
    /// As the last take-over found them.
    pub partition_counts: Arc<PartitionCounts>,
    pub relay: RelayHandle,
    pub metrics: Arc<Metrics>,
    pub traces: Arc<Traces>,
    pub activity: Arc<Activity>,
    /// The last number of each shard it has owned, by the shard's name: a row that knows a lower one was
    /// restored from a backup.
    pub remembered: BTreeMap<String, i64>,
    /// How long handlers may take.
    pub bounds: Bounds,
    /// What is known of the locks of others.
    pub locks: Locks,
    /// What handlers gave to new rows, and cannot.
    pub given: Given,
    /// Wakes the lane of timers.
    pub timers: Arc<Notify>,
    /// When slow handlers were last reported.
    told_slow: Option<Instant>,
}

/// How often slow handlers are reported.
const TELL: Duration = Duration::from_secs(60);

impl<S: Service> Resources<S> {
    pub(super) fn new(
        service: Arc<S>,
        topology: Arc<Topology>,
        relay: RelayHandle,
        metrics: Arc<Metrics>,
        traces: Arc<Traces>,
    ) -> Self {
        let partition_counts = topology.partitions();
        Self {
            service,
            topology,
            partition_counts,
            relay,
            metrics,
            traces,
            activity: Arc::default(),
            remembered: BTreeMap::new(),
            bounds: Bounds::default(),
            locks: Locks::default(),
            given: Given::default(),
            timers: Arc::default(),
            told_slow: None,
        }
    }

    /// Reads the pinned topics. Only after a take-over: a change that an operator accepts ends every
    /// ownership, so what is read stays true for as long as this one lasts.
    pub(super) async fn read_topics<C: Session>(&mut self, session: &mut C) -> Result<(), StoreError> {
        self.topology.pin(&session.topics().await?);
        self.partition_counts = self.topology.partitions();
        Ok(())
    }

    /// Remembers a shard as a take-over found it, and raises the alarm if its database was restored.
    pub(super) fn took_over(&mut self, state: &ShardState) {
        if let Some(reason) = state.new_incarnation {
            error!(service = S::NAME, shard = state.name, incarnation = state.incarnation, %reason,
                "the database was restored or replaced: messages are numbered from the beginning, in a new incarnation");
        }
        self.remembered.insert(state.name.clone(), state.last_seq);
    }

    /// Counts slow calls of handlers, and names the slowest step when a transaction had to end for it.
    pub(super) fn report_slow(&mut self, watch: &Stopwatch) {
        for (step, calls, took) in &watch.slow {
            self.metrics.lanes.slow(step, *calls, *took);
        }
        let slowest = watch.slow.iter().max_by_key(|(.., took)| *took);
        let Some((step, calls, took)) = slowest.filter(|_| watch.late) else { return };
        if self.told_slow.is_some_and(|told| told.elapsed() < TELL) {
            return;
        }
        self.told_slow = Some(Instant::now());
        let (millis, each) = (took.as_millis(), (*took / *calls).as_millis());
        warn!(
            service = S::NAME,
            step,
            calls,
            millis,
            each,
            "a handler is slow, so a transaction takes on less at a time: see saga_handler_slow_seconds_total"
        );
    }

    /// Reports a committed transaction over so many messages or requests: what it decided, and how long it
    /// took.
    pub(super) fn report(&self, kind: LaneKind, size: usize, out: &Outgoing, began: Instant) {
        for note in &out.notes {
            write_note(S::SAGA, S::NAME, note);
        }
        self.metrics.lanes.batch(kind, size, began, &out.tally);
    }
}

/// As text, the message says it all; the fields are for logs that are read by programs.
pub(crate) fn write_note(saga: &str, service: &str, note: &Note) {
    let Note { cause: _, step, correlation, what, severity } = note;
    match severity {
        Severity::Progress => info!(target: "step", saga, service, correlation, step,
            "{saga} {correlation}: {service} {step}: {what}"),
        Severity::Ignored => info!(target: "step", saga, service, correlation, step,
            "{saga} {correlation}: {service} {step} ignored: {what}"),
        Severity::Alarm => error!(target: "step", saga, service, correlation, step,
            "{saga} {correlation}: {service} {step}: {what}"),
    }
}
