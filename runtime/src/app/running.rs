//! A running service: its tasks from start to shutdown.

mod lanes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tracing::{info, warn};
use uuid::Uuid;

use super::drive::{Driver, KafkaView};
use super::history::History;
use super::maintenance::{sweep, watch_open, watch_topics};
use super::patience::patiently;
use super::tasks::Tasks;
use crate::config::Choices;
use crate::http::{Endpoint, Health, Server, serve};
use crate::kafka::consumer::ConsumerHandle;
use crate::kafka::group::{Group, Role};
use crate::kafka::producer::KafkaPublisher;
use crate::kafka::survey::Surveyor;
use crate::kafka::{KafkaConfig, topics};
use crate::lane::Lane;
use crate::lane::requests::Job;
use crate::metrics::Metrics;
use crate::relay::{self, Command, RelayHandle, Surroundings};
use crate::repeats::Repeats;
use crate::service::{self, Routes, Service};
use crate::store::{PinnedTopic, ShardId, Store, StoreError};
use crate::topology::Topology;
use crate::traces::{Traces, TracesConfig};

/// The names of tasks that are waited for.
const WORK: &str = "service";
const MESSAGES: &str = "message lane";
const REQUESTS: &str = "request lane";
const TIMERS: &str = "timer lane";
/// How many requests may wait for the lane.
const MAX_WAITING: usize = 4_096;
/// How long the shutdown waits for Kafka to acknowledge what is committed.
const FLUSH: Duration = Duration::from_secs(5);

/// A service that cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database is not one it may use.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Kafka's client refuses its configuration.
    #[error("Kafka: {0}")]
    Kafka(#[from] rdkafka::error::KafkaError),
    /// It meets a history, and an operator has to decide what becomes of it.
    #[error("{0}")]
    History(String),
    /// A part of the service failed.
    #[error("the service failed: {0}")]
    Broken(String),
    /// A task of the service ended although the service was to go on.
    #[error("the {task} died: {cause}")]
    Died {
        /// The task.
        task: &'static str,
        /// What it died of.
        cause: String,
    },
}

/// A running service.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// The state it reports at `/readyz`.
    pub health: Arc<Health>,
    stop: watch::Sender<bool>,
    tasks: Tasks,
}

impl Running {
    /// Starts a service; it reaches its database and Kafka in the background.
    ///
    /// # Errors
    /// [`std::io::Error`] when the endpoint has no address.
    pub fn start<S: Service, D: Store>(
        service: S,
        store: D,
        kafka: KafkaConfig,
        endpoint: impl Into<Endpoint>,
        traces: &TracesConfig,
    ) -> std::io::Result<Self> {
        Self::start_with(service, store, kafka, endpoint, traces, Choices::default())
    }

    /// Starts a service that goes about its work as it was configured.
    ///
    /// # Errors
    /// [`std::io::Error`] when the listener has no address.
    pub(crate) fn start_with<S: Service, D: Store>(
        service: S,
        store: D,
        kafka: KafkaConfig,
        endpoint: impl Into<Endpoint>,
        traces: &TracesConfig,
        choices: Choices,
    ) -> std::io::Result<Self> {
        let endpoint = endpoint.into();
        let address = endpoint.address()?;
        let health = Arc::new(Health::default());
        let metrics = Arc::new(Metrics::new(S::SAGA, S::NAME));
        let traces = Arc::new(Traces::start(traces, S::SAGA, S::NAME, &metrics));
        let (stop, stopped) = watch::channel(false);
        let (jobs, waiting) = mpsc::channel(MAX_WAITING);
        let (commands, orders) = mpsc::unbounded_channel();
        let backlog = Arc::new(AtomicI64::new(0));
        let (http_lost, http_losses) = mpsc::unbounded_channel();
        let relay = RelayHandle::new(commands.clone(), http_lost, backlog.clone());
        let server = Server {
            routes: S::routes(Routes::default()),
            store: store.clone(),
            jobs,
            relay: relay.clone(),
            health: health.clone(),
            metrics: metrics.clone(),
            traces: traces.clone(),
        };
        let work = Work {
            service: Arc::new(service),
            store,
            kafka,
            choices,
            health: health.clone(),
            metrics,
            traces,
            http_relay: relay,
            http_losses,
            waiting,
            commands,
            orders,
            backlog,
        };
        let mut tasks = Tasks::default();
        let until = stopping(stopped.clone());
        tasks.try_spawn("HTTP server", async move {
            serve(server, endpoint, until).await.map_err(|error| StartError::Broken(error.to_string()))
        });
        tasks.try_spawn(WORK, work.run(stopped));
        Ok(Self { address, health, stop, tasks })
    }

    /// Waits until the service breaks.
    pub async fn failure(&mut self) -> StartError {
        match self.tasks.ended().await {
            Some((_, Err(error))) => error,
            Some((task, Ok(()))) => StartError::Died { task, cause: "it ended by itself".into() },
            None => StartError::Broken("nothing of it runs any more".into()),
        }
    }

    /// Stops: no new request or message, the batch at hand is finished, and what
    /// is committed is published, within a bound.
    ///
    /// # Errors
    /// [`StartError`] when a task broke on the way.
    pub async fn stop(mut self) -> Result<(), StartError> {
        // Without receivers everything has ended already.
        let _ = self.stop.send(true);
        let mut result = Ok(());
        while let Some((_, ended)) = self.tasks.ended().await {
            result = result.and(ended);
        }
        result
    }

    /// Waits until the service is ready, or breaks.
    ///
    /// # Errors
    /// [`StartError`] says what broke.
    pub async fn ready(&mut self) -> Result<(), StartError> {
        while !self.health.is_ready() {
            tokio::select! {
                failed = self.failure() => return Err(failed),
                () = sleep(Duration::from_millis(5)) => {}
            }
        }
        Ok(())
    }
}

async fn stopping(mut stop: watch::Receiver<bool>) {
    // A dropped sender means that the caller has let go of this service.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Everything the background tasks of a service start from.
struct Work<S: Service, D: Store> {
    service: Arc<S>,
    store: D,
    kafka: KafkaConfig,
    choices: Choices,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    traces: Arc<Traces>,
    http_relay: RelayHandle,
    http_losses: mpsc::UnboundedReceiver<ShardId>,
    waiting: mpsc::Receiver<Job<S>>,
    commands: mpsc::UnboundedSender<Command>,
    orders: mpsc::UnboundedReceiver<Command>,
    backlog: Arc<AtomicI64>,
}

impl<S: Service, D: Store> Work<S, D> {
    async fn run(self, stop: watch::Receiver<bool>) -> Result<(), StartError> {
        let id = format!("{}-{}", S::SAGA, S::NAME);
        let group = Group::of::<S>(Role::Member);
        let names = service::topics::<S>();
        let surveyor = Surveyor::new(&self.kafka, &id, group.clone(), names.clone())?;
        let (topology, run_once) = tokio::select! {
            prepared = self.prepare(&surveyor, &names) => prepared?,
            () = stopping(stop.clone()) => return Ok(()),
        };
        let (timers, timer_losses) = self.timer_lane(&topology);
        let requests = self.request_lane(&topology).waking(timers.waker());
        let mut watchdog = self.watchdog(requests.activity(), timers.activity());
        let waker = timers.waker();
        let (publisher, reports) = KafkaPublisher::new(&self.kafka, &id, topology.clone())?;
        let mut tasks = self.maintain(&surveyor, &topology);
        let around = self.around(&topology);
        tasks.spawn("relay", relay::run(self.store.clone(), publisher, self.orders, reports, around));
        let (waiting, losses, until) = (self.waiting, self.http_losses, stopping(stop.clone()));
        tasks.spawn(REQUESTS, async move {
            // Without a route that writes there is nothing to serve. Otherwise the server is gone, which is
            // noticed by itself.
            requests.run(waiting, losses).await;
            until.await;
        });
        tasks.spawn(TIMERS, lanes::run_timers(timers, stopping(stop.clone()), timer_losses));
        let (lost, losses) = mpsc::unbounded_channel();
        let handle = RelayHandle::new(self.commands, lost, self.backlog);
        if S::CONSUMES.is_empty() {
            self.health.joined();
            tasks.spawn(MESSAGES, stopping(stop.clone()));
        } else {
            let metrics = self.metrics;
            let lane = Lane::new(
                self.service,
                self.store.clone(),
                topology.clone(),
                handle.clone(),
                metrics.clone(),
                self.traces.clone(),
            )
            .running_once(run_once)
            .waking(waker);
            let consumer = ConsumerHandle::start(&self.kafka, &id, &group, S::CONSUMES, metrics.clone())?;
            let jitter = Uuid::new_v4().as_u64_pair().0;
            (watchdog.messages, watchdog.consumer) = (lane.activity(), Some(consumer.pulse()));
            let kafka = KafkaView { consumer, surveyor, topology };
            let driver = Driver::new(lane, kafka, handle.clone(), self.health, metrics, losses, jitter);
            tasks.try_spawn(MESSAGES, driver.run(stop.clone()));
        }
        let barks = watchdog.start(stop.clone()).map_err(|error| StartError::Broken(error.to_string()))?;
        tasks.try_spawn("watchdog", barks);
        tokio::select! {
            biased;
            () = stopping(stop.clone()) => {}
            died = tasks.death(&stop) => return Err(died),
        }
        end::<S>(tasks, &handle).await?;
        self.traces.stop().await;
        info!(service = S::NAME, "stopped");
        Ok(())
    }

    /// What the relay has of the rest.
    fn around(&self, topology: &Arc<Topology>) -> Surroundings {
        Surroundings {
            service: S::NAME,
            backlog: self.backlog.clone(),
            metrics: self.metrics.clone(),
            reads: Box::new(reads::<S>(topology.clone())),
            stuck: Box::new({
                let health = self.health.clone();
                move |stuck| health.stuck(stuck.into_iter())
            }),
        }
    }

    /// Starts the periodic tasks.
    fn maintain(&self, surveyor: &Surveyor, topology: &Arc<Topology>) -> Tasks {
        let mut tasks = Tasks::default();
        tasks.spawn("sweep of old rows", sweep(self.store.clone()));
        tasks.spawn("watch on open rows", watch_open(self.store.clone(), S::tables(), self.metrics.clone()));
        tasks.spawn(
            "watch on topics",
            watch_topics(self.store.clone(), surveyor.clone(), topology.clone(), self.health.clone()),
        );
        tasks
    }

    /// Creates the tables and the topics, as soon as database and Kafka can be reached.
    /// Returns what is known of the topics, and those whose messages run each step once per saga instance.
    async fn prepare(
        &self,
        surveyor: &Surveyor,
        names: &[&'static str],
    ) -> Result<(Arc<Topology>, Vec<&'static str>), StartError> {
        let tables = S::tables();
        let history = History::of::<S>(self.choices.history);
        let reviewed = history.of_tables(&self.store).await?;
        patiently("the database", || self.store.prepare(S::SAGA, S::NAME, &tables)).await?;
        patiently("the database", || self.store.claim_prefix(self.kafka.prefix)).await?;
        self.health.tables_exist();
        let repeats = Repeats::new();
        let found = loop {
            match topics::ensure(&self.kafka, S::NAME, names, S::PARTITIONS, S::EXTERNAL).await {
                Ok(found) => match surveyor.topics().await {
                    Some(described) => break with_ids(found, &described.found),
                    None => {
                        if let Some(repeated) = repeats.due("topics") {
                            warn!(service = S::NAME, repeated, "waiting for Kafka to describe its topics");
                        }
                    }
                },
                Err(error) if error.is_permanent() => return Err(StartError::Broken(error.to_string())),
                Err(error) => {
                    if let Some(repeated) = repeats.due(&error.to_string()) {
                        warn!(service = S::NAME, %error, repeated, "waiting for Kafka");
                    }
                }
            }
            sleep(Duration::from_secs(1)).await;
        };
        let pinned = patiently("the database", || self.store.pin_topics(&found)).await?;
        let topology = Topology::new(S::NAME, names, &pinned).with_prefix(self.kafka.prefix);
        topology.find(&found);
        topology.describe(surveyor.settings().await);
        let places = history.places(&reviewed, &self.store, &self.kafka, &pinned).await?;
        let run_once = history.of_logs(reviewed, &self.store, &self.kafka, places).await?;
        Ok((Arc::new(topology), run_once))
    }
}

/// Ends the tasks of a service that is to stop: each finishes what it is at, within a bound.
async fn end<S: Service>(mut tasks: Tasks, relay: &RelayHandle) -> Result<(), StartError> {
    tasks.wait_for(MESSAGES).await?;
    tasks.wait_for(REQUESTS).await?;
    tasks.wait_for(TIMERS).await?;
    if !relay.flush(FLUSH).await {
        warn!(
            service = S::NAME,
            "Kafka has not acknowledged every message; the rest will be published after the next start"
        );
    }
    // Waited for, so that the producer is gone before its broker may be.
    tasks.abort().await;
    Ok(())
}

/// Whether the service reads a partition.
fn reads<S: Service>(topology: Arc<Topology>) -> impl Fn(&str, i32) -> bool + Send {
    move |topic, partition| {
        S::CONSUMES.contains(&topic)
            && topology.partitions().get(topic).is_none_or(|partitions| partition < *partitions)
    }
}

/// The topics found, with the ids by which they were described.
fn with_ids(mut found: Vec<PinnedTopic>, described: &[PinnedTopic]) -> Vec<PinnedTopic> {
    for topic in &mut found {
        topic.id =
            described.iter().find(|described| described.topic == topic.topic).and_then(|topic| topic.id);
    }
    found
}
