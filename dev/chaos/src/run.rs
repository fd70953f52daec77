//! One run, from the first server to the verdict.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use crate::options::{Kind, Options};
use mutations::MUTATION_VARIABLE;
use nix::sys::resource::{Resource, setrlimit};
use testbed::failure::{Doing, Failure, Result};
use testbed::{DatabaseUrl, Infra, Purpose};
use testbed::{cargo, interrupt, repo};
use tokio::runtime::Runtime;

use crate::audit::{self, Sources};
use crate::databases::Databases;
use crate::event_log::EventLog;
use crate::external_producer::ExternalProducer;
use crate::fleet::{Fleet, FleetConfig, Manner};
use crate::injector::Injector;
use crate::limits::Limits;
use crate::load::{Load, STOCK};
use crate::operator::Operator;
use crate::proxy::{Protocol, Proxy};
use crate::recorder::Recorder;
use crate::schedule::{Plan, SERVICES, Slot};
use crate::summary::{Summary, recoveries};

/// How often a waiting thread polls.
const TICK: Duration = Duration::from_millis(500);
/// How long the services may take until the first order can be placed.
const START: Duration = Duration::from_secs(120);
/// More messages than a run of days stores: nothing is deleted.
const KEEP_ALL: u32 = 1_000_000_000;

/// Runs what the options ask for. Returns whether it came out as it should.
///
/// # Errors
/// [`Failure`] when the run could not be carried out.
pub fn run(options: &Options) -> Result<bool> {
    let seed = options.seed.unwrap_or_else(any_seed);
    let plan = plan(options, seed);
    let events = plan.events();
    if options.print_schedule {
        for event in &events {
            println!("{event}");
        }
        return Ok(true);
    }
    let programs = build_services(&repo::root())?;
    // What aborts at a fail point must not leave its memory on the disk.
    setrlimit(Resource::RLIMIT_CORE, 0, 0)
        .map_err(|error| Failure::new(format!("cannot forbid core dumps: {error}")))?;
    let folder = env::temp_dir().join(format!("saga-chaos-{}", process::id()));
    fs::create_dir_all(&folder).doing(|| format!("create {}", folder.display()))?;
    let event_log = Arc::new(
        EventLog::new(&folder.join("events.log")).doing(|| format!("write into {}", folder.display()))?,
    );
    event_log.note(format_args!(
        "seed {seed}, {} faults planned, logs in {}",
        events.len(),
        folder.display()
    ));
    let played = Stage::set(options, seed, programs, &folder, &event_log)
        .and_then(|stage| stage.play(options, &events));
    if interrupt::raised() {
        fs::remove_dir_all(&folder).doing(|| format!("remove {}", folder.display()))?;
    }
    let summary = played?;
    println!("\n{summary}");
    let well = match options.mutate {
        None => summary.is_well(),
        Some(_) => !summary.is_well(),
    };
    println!("\n{}", summary.verdict(options.mutate, seed));
    if well && options.mutate.is_none() {
        fs::remove_dir_all(&folder).doing(|| format!("remove {}", folder.display()))?;
    } else {
        println!("the logs are kept in {}", folder.display());
    }
    Ok(well)
}

fn plan(options: &Options, seed: u64) -> Plan {
    Plan {
        seed,
        length: Duration::from_secs_f64(options.minutes * 60.0),
        instances: options.instances.into(),
        every: Duration::from_secs_f64(options.every),
        kinds: kinds(options),
        mutation: options.mutate,
    }
}

/// Each once, in one order: what is drawn depends on nothing else.
fn kinds(options: &Options) -> Vec<Kind> {
    let wanted = |kind: &Kind| match (options.faults.is_empty(), kind) {
        (true, Kind::Poison | Kind::Hopeless) => !options.no_poison,
        (true, _) => true,
        (false, kind) => options.faults.contains(kind),
    };
    Kind::ALL.iter().copied().filter(wanted).collect()
}

/// Short enough to be typed again.
fn any_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_micros()) + 1
}

/// Everything that runs. The services end before the servers they use.
struct Stage {
    fleet: Arc<Fleet>,
    databases: Databases,
    to_kafka: Proxy,
    to_postgres: Proxy,
    operator: Operator,
    infra: Mutex<Infra>,
    event_log: Arc<EventLog>,
    brokers: String,
    seed: u64,
    runtime: Runtime,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.fleet.end();
    }
}

impl Stage {
    /// Starts the servers, the proxies and the services, and waits until orders can be placed.
    fn set(
        options: &Options,
        seed: u64,
        programs: [PathBuf; 3],
        folder: &Path,
        event_log: &Arc<EventLog>,
    ) -> Result<Self> {
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
        let to_postgres = proxy(Protocol::Postgres, instances * SERVICES.len())?;
        let mut infra = Infra::start_own(Purpose::Test, &repo::root(), to_kafka.doors[0])?;
        let behind = infra.kafka()?.behind_detour();
        to_kafka.lead_to(behind.ok_or_else(|| Failure::new("Kafka has no second listener"))?);
        let mut urls = Vec::new();
        for service in SERVICES {
            urls.push(infra.database(service)?);
        }
        to_postgres.lead_to(address_of(&urls[0])?);
        let reaper = infra.reaper().ok_or_else(|| Failure::new("nothing was started"))?;
        let variables = |_| -> BTreeMap<&'static str, String> {
            let mut variables = BTreeMap::from([
                ("KAFKA_BROKERS", to_kafka.doors[0].to_string()),
                ("HOST", "127.0.0.1".to_owned()),
                ("OUTBOX_KEEP", KEEP_ALL.to_string()),
                ("LOG_FORMAT", "text".to_owned()),
            ]);
            if let Some(mutation) = options.mutate {
                variables.insert(MUTATION_VARIABLE, mutation.name().to_owned());
            }
            variables
        };
        let operator = Operator::new(programs[1].clone(), urls[1].to_string());
        let config = FleetConfig {
            programs,
            variables: SERVICES.map(variables),
            databases: to_postgres
                .doors
                .as_chunks::<{ SERVICES.len() }>()
                .0
                .iter()
                .map(|doors| [0, 1, 2].map(|service| urls[service].with_address(doors[service]).to_string()))
                .collect(),
            reaper,
            folder: folder.to_path_buf(),
            event_log: Arc::clone(event_log),
        };
        let fleet = Arc::new(Fleet::new(config));
        let databases = [0, 1, 2].map(|service| (SERVICES[service].to_owned(), urls[service].to_string()));
        let stage = Self {
            fleet,
            databases: Databases::new(databases, runtime.handle().clone()),
            to_kafka,
            to_postgres,
            operator,
            brokers: infra.brokers().to_owned(),
            infra: Mutex::new(infra),
            event_log: Arc::clone(event_log),
            seed,
            runtime,
        };
        stage.start(options.instances.into())?;
        Ok(stage)
    }

    fn start(&self, instances: usize) -> Result<()> {
        for index in 0..instances {
            for service in 0..SERVICES.len() {
                if let Some(mut lease) = self.fleet.hold(Slot { service, index }) {
                    lease.start(Manner::Usual)?;
                }
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

    /// The load, the faults, the rest, the audit.
    fn play(self, options: &Options, events: &[crate::schedule::Event]) -> Result<Summary> {
        let recorder = Recorder::start(&self.brokers, self.seed, Arc::clone(&self.event_log))?;
        let external = ExternalProducer::new(&self.brokers)?;
        let limits = Limits::of(&self.brokers, self.runtime.handle().clone())?;
        // What the schedule says is counted from here.
        let begun = self.event_log.begin();
        let load = Load::start(self.seed, options.rate, Arc::clone(&self.fleet), Arc::clone(&self.event_log));
        let injector = Injector {
            fleet: &self.fleet,
            infra: &self.infra,
            databases: &self.databases,
            to_kafka: &self.to_kafka,
            to_postgres: &self.to_postgres,
            external: &external,
            limits: &limits,
            recorder: &recorder,
            operated: self.operator.is_there(),
            event_log: &self.event_log,
            instances: options.instances.into(),
            seed: self.seed,
        };
        let injected = injector.inject(events, Duration::from_secs_f64(options.minutes * 60.0));
        load.stop();
        injected?;
        let length = begun.elapsed();
        self.event_log.note("the faults end, and no more orders are placed");
        injector.quiesce()?;
        let published = external.end(Duration::from_secs(60));
        let drained = self.drain(&load, &published.hopeless, Duration::from_secs(options.drain))?;
        let history = load.end();
        self.fleet.look_after();
        let (ended, recorded, memory) = (recorder.ended(), recorder.counts(), self.fleet.memory());
        drop(recorder);
        self.stop()?;
        self.event_log.note("the audit reads everything");
        let sources = Sources {
            brokers: self.brokers.clone(),
            databases: self.databases.urls().clone(),
            posted: history.posted,
            stock: STOCK.to_vec(),
            injected: published.injected,
            outbox_kept: true,
        };
        let report = self
            .runtime
            .block_on(audit::audit(&sources))
            .map_err(|error| Failure::new(format!("the audit failed: {error}")))?;
        Ok(Summary {
            seed: self.seed,
            instances: options.instances.into(),
            length,
            answered: history.answered.len(),
            unanswered: sources.posted.iter().filter(|posted| posted.answer.is_none()).count(),
            again: history.again,
            odd: history.odd,
            outcomes: self.databases.outcomes().unwrap_or_default(),
            recorded,
            injected: sources.injected.len(),
            unknown: published.unknown,
            faults: self.event_log.counts(),
            memory,
            recoveries: recoveries(&self.event_log.kills(), &history.answered, &ended),
            drained,
            report,
        })
    }

    /// Waits until everything has come to rest; says after how long, or what has not.
    fn drain(
        &self,
        load: &Load,
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
            if !load.is_done() {
                restless.push("orders without an answer".to_owned());
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
    fn stop(&self) -> Result<()> {
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

/// Builds the services with a feature of the test build: crash points and mutations.
fn build_services(root: &Path) -> Result<[PathBuf; 3]> {
    eprintln!("chaos     building the services");
    let built = cargo::programs(root, &["--workspace", "--bins", "--features", "saga-runtime/mutations"])?;
    let mut programs = <[PathBuf; 3]>::default();
    for (program, service) in programs.iter_mut().zip(SERVICES) {
        *program = cargo::program(&built, service)?;
    }
    Ok(programs)
}

fn address_of(url: &DatabaseUrl) -> Result<SocketAddr> {
    url.address().parse().map_err(|error| Failure::new(format!("PostgreSQL's address: {error}")))
}
