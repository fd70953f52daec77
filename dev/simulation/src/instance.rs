//! One process of a service: the tasks of the runtime, wired as in a real one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use saga_runtime::http::Health;
use saga_runtime::kafka::survey::Surveyor;
use saga_runtime::lane::{Lane, RequestLane, TimerLane};
use saga_runtime::metrics::Metrics;
use saga_runtime::record::TopicPartition;
use saga_runtime::relay::{self, RelayHandle, Surroundings};
use saga_runtime::store::PinnedTopic;
use saga_runtime::topology::Topology;
use saga_runtime::traces::Traces;
use saga_runtime::{Driver, KafkaView, Service};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle};

use super::broker::Wire;
use super::client::{Ask, Requests, asking};
use super::consumer::Consumer;
use super::database::Database;
use super::sim::Shared;
use super::store::FlakyStore;

/// How long a stopping process waits until everything is acknowledged.
const FLUSH: Duration = Duration::from_secs(5);

/// A place where a service runs, or ran.
pub(crate) struct Instance {
    /// The database of its service.
    pub database: Database,
    /// Its name in the journal.
    pub name: String,
    /// The process; nothing while it is down.
    pub life: Option<Life>,
    /// What it has been assigned, as far as it knows.
    pub assigned: BTreeSet<TopicPartition>,
}

/// A running process.
pub(crate) struct Life {
    /// Its consumer.
    pub consumer: Consumer,
    /// Where requests go; the lane that answers them runs as long as this lives.
    pub ask: Ask,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    relay: RelayHandle,
}

impl Instance {
    /// A place for a service, which does not run yet.
    pub(crate) fn new(database: Database, number: usize) -> Self {
        let name = format!("{}#{number}", database.service);
        Self { database, name, life: None, assigned: BTreeSet::new() }
    }

    /// Starts the process.
    pub(crate) fn start(&mut self, sim: &Shared) {
        let saga = sim.get().saga.clone();
        let service = saga.service(self.database.service);
        self.life = Some(service.start(sim, &self.database, &self.name));
    }

    /// Ends the process without a chance to finish anything.
    pub(crate) fn kill(&mut self) {
        if let Some(life) = self.life.take() {
            life.tasks.iter().for_each(JoinHandle::abort);
        }
        self.assigned.clear();
    }

    /// Ends the process as it ends itself when it is told to. Returns what can still be killed of it.
    pub(crate) fn stop(&mut self) -> Vec<AbortHandle> {
        self.assigned.clear();
        let Some(Life { consumer, ask, stop, mut tasks, relay }) = self.life.take() else {
            return Vec::new();
        };
        drop(ask);
        let mut parts: Vec<AbortHandle> = tasks.iter().map(JoinHandle::abort_handle).collect();
        let ending = tokio::spawn(async move {
            let sending = tasks.remove(0);
            let _ = stop.send(true);
            for task in tasks.into_iter().rev() {
                let _ = task.await;
            }
            drop(consumer);
            relay.flush(FLUSH).await;
            sending.abort();
        });
        parts.push(ending.abort_handle());
        parts
    }

    /// Whether a task of the process has ended by itself, which it never should.
    pub(crate) fn is_broken(&self) -> bool {
        self.life.as_ref().is_some_and(|life| life.tasks.iter().any(JoinHandle::is_finished))
    }
}

/// What the relay has of the rest.
fn around<S: Service>(backlog: &Arc<AtomicI64>, metrics: &Arc<Metrics>) -> Surroundings {
    Surroundings {
        service: S::NAME,
        backlog: backlog.clone(),
        metrics: metrics.clone(),
        reads: Box::new(|_, _| true),
        stuck: Box::new(|_| {}),
    }
}

/// Starts a process of a service, whose clients make such requests.
pub(crate) fn start<S: Service>(
    service: S,
    entries: Requests<S::Request>,
    topics: &[&'static str],
    sim: &Shared,
    database: &Database,
    name: &str,
) -> Life {
    let store = FlakyStore::new(sim.clone(), database.clone(), name.to_owned());
    let service = Arc::new(service);
    let partitions = sim.get().broker.partitions;
    let pinned = |topic: &&str| PinnedTopic { topic: (*topic).to_owned(), partitions, id: None };
    let pinned: Vec<PinnedTopic> = topics.iter().map(pinned).collect();
    let topology = Arc::new(Topology::new(S::NAME, topics, &pinned));

    let (commands, orders) = mpsc::unbounded_channel();
    let (reports, reported) = mpsc::unbounded_channel();
    let backlog = Arc::new(AtomicI64::new(0));
    let wire = Wire::new(sim.clone(), name.to_owned(), reports);
    let (metrics, traces) = (Arc::new(Metrics::new(S::SAGA, S::NAME)), Arc::new(Traces::off()));
    let around = around::<S>(&backlog, &metrics);
    let relay = relay::run(store.clone(), wire, orders, reported, around);
    // Each lane hears for itself of the shards that the relay has lost.
    let relayed = || {
        let (lost, losses) = mpsc::unbounded_channel();
        (RelayHandle::new(commands.clone(), lost, backlog.clone()), losses)
    };

    let (stop, stopped) = watch::channel(false);
    let (handle, losses) = relayed();
    let timers = TimerLane::new(
        service.clone(),
        store.clone(),
        topology.clone(),
        handle,
        metrics.clone(),
        traces.clone(),
    );
    let waker = timers.waker();
    let mut until = stopped.clone();
    let timers = timers.run(async move { drop(until.wait_for(|stop| *stop).await) }, losses);

    let (handle, losses) = relayed();
    let (jobs, waiting) = mpsc::channel(64);
    let requests = RequestLane::new(
        service.clone(),
        store.clone(),
        topology.clone(),
        handle,
        metrics.clone(),
        traces.clone(),
    );
    let requests = requests.waking(waker.clone()).run(waiting, losses);

    let (handle, losses) = relayed();
    let (consumer, consumed) = Consumer::new();
    let lane = Lane::new(service, store, topology.clone(), handle.clone(), metrics.clone(), traces);
    let lane = lane.waking(waker);
    let kafka = KafkaView { consumer: consumed, surveyor: Surveyor::blind(), topology };
    let jitter = sim.get().rng.number();
    let health = Arc::new(Health::default());
    let driver = Driver::new(lane, kafka, handle.clone(), health, metrics, losses, jitter);
    let driving = tokio::spawn(async move { drop(driver.run(stopped).await) });

    let mut tasks = vec![tokio::spawn(relay), tokio::spawn(requests), driving];
    if TimerLane::<S, FlakyStore>::is_needed() {
        tasks.push(tokio::spawn(timers));
    }
    Life { consumer, ask: asking(entries, jobs), stop, tasks, relay: handle }
}
