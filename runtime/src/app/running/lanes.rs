//! The lanes of requests and timers, and what watches them.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::Work;
use crate::app::watchdog::Watchdog;
use crate::lane::{Activity, RequestLane, TimerLane};
use crate::relay::RelayHandle;
use crate::service::Service;
use crate::store::{ShardId, Store};
use crate::topology::Topology;

impl<S: Service, D: Store> Work<S, D> {
    /// A watchdog of a service that reads nothing.
    pub(super) fn watchdog(&self, requests: Arc<Activity>, timers: Arc<Activity>) -> Watchdog {
        let (health, metrics) = (self.health.clone(), self.metrics.clone());
        let (messages, consumer) = (Arc::default(), None);
        Watchdog { service: S::NAME, messages, requests, timers, consumer, health, metrics }
    }

    pub(super) fn request_lane(&self, topology: &Arc<Topology>) -> RequestLane<S, D> {
        RequestLane::new(
            self.service.clone(),
            self.store.clone(),
            topology.clone(),
            self.http_relay.clone(),
            self.metrics.clone(),
            self.traces.clone(),
        )
    }

    /// The lane of timers, and where it hears of shards that its relay has lost.
    pub(super) fn timer_lane(
        &self,
        topology: &Arc<Topology>,
    ) -> (TimerLane<S, D>, mpsc::UnboundedReceiver<ShardId>) {
        let (lost, losses) = mpsc::unbounded_channel();
        let relay = RelayHandle::new(self.commands.clone(), lost, self.backlog.clone());
        let lane = TimerLane::new(
            self.service.clone(),
            self.store.clone(),
            topology.clone(),
            relay,
            self.metrics.clone(),
            self.traces.clone(),
        );
        (lane.limited(self.choices.calls_in_flight.get().into()), losses)
    }
}

/// Runs the lane of timers until `stop`. A service without timers takes no shard for it.
pub(super) async fn run_timers<S: Service, D: Store>(
    lane: TimerLane<S, D>,
    stop: impl Future<Output = ()> + Send,
    losses: mpsc::UnboundedReceiver<ShardId>,
) {
    if TimerLane::<S, D>::is_needed() {
        lane.run(stop, losses).await;
    } else {
        stop.await;
    }
}
