//! What a run takes place on: servers, proxies, services.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mutations::MUTATION_VARIABLE;
use testbed::failure::{Doing, Failure, Result};
use testbed::{DatabaseUrl, Detour, Infra, Purpose};
use testbed::{interrupt, repo};
use tokio::runtime::Runtime;

use crate::databases::Databases;
use crate::event_log::EventLog;
use crate::fleet::{Fleet, FleetConfig, Manner};
use crate::injector::{Forger, Injector};
use crate::limits::Limits;
use crate::operator::Operator;
use crate::options::Options;
use crate::proxy::{Protocol, Proxy};

/// How often a waiting thread polls.
const TICK: Duration = Duration::from_millis(500);
/// How long the services may take until the first request can be made.
const START: Duration = Duration::from_secs(120);
/// More messages than a run of days stores: nothing is deleted.
const KEEP_ALL: u32 = 1_000_000_000;

/// Everything that runs. The services end before the servers they use.
pub(crate) struct Stage {
    pub fleet: Arc<Fleet>,
    pub databases: Databases,
    pub operator: Operator,
    pub event_log: Arc<EventLog>,
    pub brokers: String,
    pub seed: u64,
    pub runtime: Runtime,
    /// Where the gateway of the travel saga listens.
    pub gateway: SocketAddr,
    to_kafka: Proxy,
    to_postgres: Proxy,
    infra: Mutex<Infra>,
    instances: usize,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.fleet.end();
    }
}

impl Stage {
    /// Starts the servers, the proxies and the services, and waits until orders can be placed.
    pub(crate) fn set(
        options: &Options,
        seed: u64,
        programs: Vec<PathBuf>,
        folder: &Path,
        event_log: &Arc<EventLog>,
    ) -> Result<Self> {
        let services = options.saga.services();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .doing(|| "start a tokio runtime".to_owned())?;
        let proxy = |protocol, doors| {
            runtime.block_on(Proxy::start(protocol, doors)).doing(|| "start a proxy".to_owned())
        };
        // One instance beyond the usual ones, for a while.
        let instances = usize::from(options.instances) + 1;
        let to_kafka = proxy(Protocol::Opaque, 1)?;
        let to_postgres = proxy(Protocol::Postgres, instances * services.len())?;
        let detour = Detour::by(to_kafka.doors[0]);
        let infra = Infra::start_own(Purpose::Test, &repo::root(), &detour)?;
        to_kafka.lead_to(detour.behind().ok_or_else(|| Failure::new("Kafka has no second listener"))?);
        let mut urls = Vec::new();
        for service in services {
            urls.push(infra.database(service)?);
        }
        to_postgres.lead_to(address_of(&urls[0])?);
        let reaper = infra.reaper().ok_or_else(|| Failure::new("nothing was started"))?;
        let gateway = free_address()?;
        let mut variables = BTreeMap::from([
            ("KAFKA_BROKERS", to_kafka.doors[0].to_string()),
            ("HOST", "127.0.0.1".to_owned()),
            ("OUTBOX_KEEP", KEEP_ALL.to_string()),
            ("LOG_FORMAT", "text".to_owned()),
            ("GATEWAY_ADDRESS", gateway.to_string()),
            ("GATEWAY_URL", format!("http://{gateway}")),
            ("GATEWAY_FILE", folder.join("gateway.jsonl").display().to_string()),
        ]);
        if let Some(mutation) = options.mutate {
            variables.insert(MUTATION_VARIABLE, mutation.name().to_owned());
        }
        let operator = Operator::new(programs[1].clone(), urls[1].to_string());
        let config = FleetConfig {
            saga: options.saga,
            programs,
            variables,
            databases: to_postgres
                .doors
                .chunks(services.len())
                .map(|doors| {
                    urls.iter().zip(doors).map(|(url, door)| url.with_address(*door).to_string()).collect()
                })
                .collect(),
            reaper,
            folder: folder.to_path_buf(),
            event_log: Arc::clone(event_log),
        };
        let fleet = Arc::new(Fleet::new(config));
        let databases =
            services.iter().zip(&urls).map(|(service, url)| ((*service).to_owned(), url.to_string()));
        let stage = Self {
            fleet,
            databases: Databases::new(options.saga, databases.collect(), runtime.handle().clone()),
            to_kafka,
            to_postgres,
            operator,
            brokers: infra.brokers().to_owned(),
            infra: Mutex::new(infra),
            event_log: Arc::clone(event_log),
            seed,
            runtime,
            gateway,
            instances: options.instances.into(),
        };
        stage.start()?;
        Ok(stage)
    }

    fn start(&self) -> Result<()> {
        for slot in self.fleet.slots().filter(|slot| slot.index < self.instances) {
            if let Some(mut lease) = self.fleet.hold(slot) {
                lease.start(Manner::Usual)?;
            }
        }
        let begun = Instant::now();
        while let Err(error) = self.databases.stock_up() {
            interrupt::check()?;
            if begun.elapsed() > START {
                return Err(Failure::new(format!("the services have not made their tables: {error}")));
            }
            thread::sleep(TICK);
        }
        Ok(())
    }

    /// Everything that can be broken.
    pub(crate) fn injector<'a>(&'a self, limits: &'a Limits, forger: Option<Forger<'a>>) -> Injector<'a> {
        Injector {
            fleet: &self.fleet,
            infra: &self.infra,
            to_kafka: &self.to_kafka,
            to_postgres: &self.to_postgres,
            limits,
            forger,
            event_log: &self.event_log,
            instances: self.instances,
            seed: self.seed,
        }
    }

    /// Waits until everything has come to rest; says after how long, or what has not.
    pub(crate) fn drain(
        &self,
        is_answered: impl Fn() -> bool,
        hopeless: &[String],
        bound: Duration,
    ) -> Result<std::result::Result<Duration, Vec<String>>> {
        let begun = Instant::now();
        let mut hopeless = hopeless.to_vec();
        loop {
            interrupt::check()?;
            self.fleet.look_after();
            hopeless.retain(|message| !self.operator.drop(message));
            let mut restless = match self.databases.restless(&self.brokers) {
                Ok(restless) => restless,
                Err(error) => vec![format!("cannot look: {error}")],
            };
            if !is_answered() {
                restless.push("requests without an answer".to_owned());
            }
            if restless.is_empty() {
                return Ok(Ok(begun.elapsed()));
            }
            if begun.elapsed() > bound {
                self.event_log.note(format_args!("NOT DRAINED after {} s", bound.as_secs()));
                return Ok(Err(restless));
            }
            thread::sleep(TICK);
        }
    }

    /// Stops every service in order.
    pub(crate) fn stop(&self) -> Result<()> {
        let (fleet, event_log) = (&self.fleet, &self.event_log);
        thread::scope(|scope| {
            for slot in fleet.slots() {
                scope.spawn(move || {
                    let Some(mut lease) = fleet.hold(slot) else { return };
                    if let Some(life) = lease.life.as_mut()
                        && let Err(failure) = life.stop()
                    {
                        event_log.note(format_args!("{slot} {failure}"));
                    }
                    lease.end();
                });
            }
        });
        self.infra.lock().unwrap_or_else(PoisonError::into_inner).check()
    }
}

fn address_of(url: &DatabaseUrl) -> Result<SocketAddr> {
    url.address().parse().map_err(|error| Failure::new(format!("PostgreSQL's address: {error}")))
}

/// An address that stays the same when its program is killed and started again.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing(|| "find a free port".to_owned())?;
    listener.local_addr().doing(|| "find a free port".to_owned())
}
