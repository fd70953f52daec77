//! The embedded default: all services of a saga in one process, on a mock Kafka
//! cluster and SQLite in a temporary folder. For trying things out: nothing is kept.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;

use clap::Command;

use self::publish::ExternalTopic;
use super::process::{execute, stop_signal};
use super::running::{Running, StartError};
use crate::config::{AllowedOrigins, ConfigError, DEFAULT_PARTITIONS, LogFormat, Reader, TRACE_VARIABLES};
use crate::http::Endpoint;
use crate::kafka::security::Security;
use crate::kafka::{KafkaConfig, MockCluster};
use crate::logging;
use crate::service::{Routes, Service, topics};
use crate::store::SqliteStore;
use crate::traces::TracesConfig;

mod publish;

/// A saga whose services run in this process.
pub struct Local {
    saga: &'static str,
    services: Vec<Part>,
}

/// One service, to be started.
struct Part {
    name: &'static str,
    port: u16,
    topics: Vec<&'static str>,
    external: Vec<ExternalTopic>,
    partitions: &'static [(&'static str, i32)],
    paths: Vec<(&'static str, &'static str)>,
    example: Option<(&'static str, &'static str)>,
    start: Start,
}

type Start = Box<dyn FnOnce(PathBuf, KafkaConfig, Endpoint, TracesConfig) -> Starting>;
type Starting = Pin<Box<dyn Future<Output = Result<Running, StartError>>>>;

/// Where the services listen, and how they log.
struct Settings {
    /// The loopback addresses if there is none.
    host: Option<IpAddr>,
    ports: Vec<u16>,
    origins: AllowedOrigins,
    log: LogFormat,
    traces: TracesConfig,
}

/// Why the saga cannot run, for the terminal it was started in.
struct Failure(String);

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self(error.to_string())
    }
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Self(error)
    }
}

impl Local {
    /// The saga `saga`, without services.
    pub fn new(saga: &'static str) -> Self {
        Self { saga, services: Vec::new() }
    }

    /// Adds a service.
    pub fn serve<S: Service>(mut self, service: S) -> Self {
        let routes = S::routes(Routes::default());
        self.services.push(Part {
            name: S::NAME,
            port: S::PORT,
            topics: topics::<S>(),
            external: ExternalTopic::of::<S>().collect(),
            partitions: S::PARTITIONS,
            paths: routes.paths().collect(),
            example: routes.example(),
            start: Box::new(move |database, kafka, endpoint, traces| {
                Box::pin(async move {
                    let store = SqliteStore::open(&database.to_string_lossy())?;
                    let running = Running::start(service, store, kafka, endpoint, &traces);
                    running.map_err(|error| StartError::Broken(error.to_string()))
                })
            }),
        });
        self
    }

    /// Runs the saga until a signal stops it: the `main` of its binary.
    ///
    /// Exit codes: 0 when it was stopped, 1 when it failed, 2 when its configuration is wrong.
    pub fn main(self) -> ExitCode {
        let external = self.external();
        if let Some(("publish", matches)) = self.command().get_matches().subcommand() {
            return publish::main(&external, matches, &|name| std::env::var(name).ok());
        }
        let settings = match self.settings(&|name| std::env::var(name).ok()) {
            Ok(settings) => settings,
            Err(error) => {
                eprintln!("error: the saga cannot start\n\n{error}");
                return ExitCode::from(2);
            }
        };
        logging::init(settings.log, logging::LOCAL_FILTER);
        match execute(self.run(settings)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure(error)) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }

    /// The topics of external producers, each once.
    fn external(&self) -> Vec<ExternalTopic> {
        let mut topics: Vec<ExternalTopic> =
            self.services.iter().flat_map(|part| part.external.iter().copied()).collect();
        topics.sort_by_key(|topic| topic.name);
        topics.dedup_by_key(|topic| topic.name);
        topics
    }

    fn command(&self) -> Command {
        let ports: String = self
            .services
            .iter()
            .map(|part| {
                format!(
                    "\n  {:<20} port of {}; 0 picks a free one (default: {})",
                    port_variable(part.name),
                    part.name,
                    part.port
                )
            })
            .collect();
        let external = self.external();
        let command = if external.is_empty() {
            Command::new("local")
        } else {
            Command::new("local").subcommand(publish::command(&external))
        };
        command
            .about(format!("The whole saga `{}` in one process, on a mock Kafka cluster and SQLite", self.saga))
            .after_help(format!(
                "Each service also answers GET /livez, /readyz and /metrics.\n\n\
                 All data is lost when it stops. Environment:\n  {:<20} address to listen on (default: 127.0.0.1 and ::1){ports}\n  \
                 {:<20} origins whose pages may call the services from a browser, or * (default: none)\n  \
                 {:<20} what to log (default: warn,step=info, which shows every step)\n  {:<20} text or json (default: text)\n\n{TRACE_VARIABLES}",
                "HOST", "CORS_ALLOWED_ORIGINS", "RUST_LOG", "LOG_FORMAT"
            ))
    }

    fn settings(&self, get: &dyn Fn(&str) -> Option<String>) -> Result<Settings, ConfigError> {
        let mut reader = Reader { get, problems: String::new() };
        let host = reader.host();
        let ports = self
            .services
            .iter()
            .map(|part| reader.parsed(&port_variable(part.name), "a port: 0 to 65535", || part.port))
            .collect();
        let origins = reader.origins();
        let log = reader.log_format();
        let traces = reader.traces();
        if reader.problems.is_empty() {
            Ok(Settings { host, ports, origins, log, traces })
        } else {
            Err(ConfigError(reader.problems.trim_end().to_owned()))
        }
    }

    async fn run(self, settings: Settings) -> Result<(), Failure> {
        let folder = Folder::create(self.saga)
            .map_err(|error| format!("cannot create a temporary folder: {error}"))?;
        let cluster =
            MockCluster::start().map_err(|error| format!("cannot start the mock Kafka cluster: {error}"))?;
        let external = self.external();
        let mut endpoints = Vec::new();
        for (part, port) in self.services.iter().zip(&settings.ports) {
            let endpoint = listen(settings.host, *port, part.name).await?;
            endpoints.push(endpoint.shared_by(self.services.len()).allowing(settings.origins.clone()));
        }
        println!(
            "Running the saga `{}` embedded: a mock Kafka cluster in this process, and SQLite in {}. \
             This is for trying things out: all data is lost when it stops.",
            self.saga,
            folder.0.display()
        );
        let mut running: Vec<(&'static str, Running)> = Vec::new();
        let mut hints = Vec::new();
        for (part, endpoint) in self.services.into_iter().zip(endpoints) {
            let Part { name, topics, partitions, paths, example, start, .. } = part;
            for topic in topics {
                let said = partitions.iter().find(|(known, _)| *known == topic);
                let partitions = said.map_or(DEFAULT_PARTITIONS, |(_, number)| *number);
                cluster.create_topic(topic, partitions).map_err(|error| error.to_string())?;
            }
            let kafka = KafkaConfig {
                brokers: cluster.brokers().to_owned(),
                topic_partitions: DEFAULT_PARTITIONS,
                security: Security::default(),
                prefix: "",
                mock: true,
            };
            let started =
                start(folder.0.join(format!("{name}.db")), kafka, endpoint, settings.traces.clone()).await;
            let started = started.map_err(|error| format!("{name}: {error}"))?;
            hints.push(Hint { name, address: started.address, paths, example });
            running.push((name, started));
        }
        let broken = tokio::select! {
            broken = all_ready(&mut running) => broken,
            () = stop_signal() => return Ok(stop(running).await?),
        };
        broken?;
        print_hints(&hints, &external, cluster.brokers());
        tokio::select! {
            broken = any_failure(&mut running) => Err(broken.into()),
            () = stop_signal() => {
                println!("\nstopping");
                Ok(stop(running).await?)
            }
        }
    }
}

/// What to print about a running service.
struct Hint {
    name: &'static str,
    address: SocketAddr,
    paths: Vec<(&'static str, &'static str)>,
    example: Option<(&'static str, &'static str)>,
}

fn print_hints(hints: &[Hint], external: &[ExternalTopic], brokers: &str) {
    println!("\nKAFKA_BROKERS={brokers}");
    for Hint { name, address, paths, .. } in hints {
        let paths: Vec<String> = paths.iter().map(|(method, path)| format!("{method} {path}")).collect();
        let paths = if paths.is_empty() { "(no requests)".to_owned() } else { paths.join("   ") };
        println!("{name:<12} http://{address}   {paths}");
    }
    for Hint { address, example, .. } in hints {
        if let Some((path, body)) = example {
            println!(
                "\nTry it:\n  curl -i http://{address}{path} -H 'content-type: application/json' -d '{body}'"
            );
        }
    }
    for ExternalTopic { name, .. } in external {
        println!(
            "\nIn place of an external producer:\n  KAFKA_BROKERS={brokers} cargo run -- publish {name} '{{…}}'"
        );
    }
    println!("\nPress Ctrl-C to stop.");
}

async fn listen(host: Option<IpAddr>, port: u16, service: &str) -> Result<Endpoint, String> {
    let bound = match host {
        None => Endpoint::loopback(port).await,
        some => Endpoint::bind(some, port).await,
    };
    bound.map_err(|error| {
        let variable = port_variable(service);
        format!("{service} cannot listen on port {port} ({error}).\nFree the port, or set {variable} to another one; 0 picks a free one.")
    })
}

/// The variable that sets a service's port. `ORDER_PORT` would be what Kubernetes
/// injects for a Service of that name.
fn port_variable(service: &str) -> String {
    format!("PORT_{}", service.replace('-', "_").to_uppercase())
}

async fn all_ready(running: &mut [(&'static str, Running)]) -> Result<(), String> {
    for (name, running) in running {
        running.ready().await.map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

/// What the first service to fail died of.
async fn any_failure(running: &mut [(&'static str, Running)]) -> String {
    let failures = running.iter_mut().map(|running| {
        Box::pin(async move {
            let (name, running) = running;
            format!("{name}: {}", running.failure().await)
        })
    });
    first(failures.collect()).await
}

/// The output of the first future to complete.
async fn first<F: Future + Unpin>(mut futures: Vec<F>) -> F::Output {
    std::future::poll_fn(|cx| {
        let done = futures.iter_mut().map(|future| Pin::new(future).poll(cx)).find(std::task::Poll::is_ready);
        done.unwrap_or(std::task::Poll::Pending)
    })
    .await
}

async fn stop(running: Vec<(&'static str, Running)>) -> Result<(), String> {
    let mut result = Ok(());
    for (name, running) in running {
        result = result.and(running.stop().await.map_err(|error| format!("{name}: {error}")));
    }
    result
}

/// A temporary folder that goes with the process.
struct Folder(PathBuf);

impl Folder {
    fn create(saga: &str) -> std::io::Result<Self> {
        let path: &Path = &std::env::temp_dir();
        let path = path.join(format!("{saga}-saga-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind is in the temporary folder of the machine.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
