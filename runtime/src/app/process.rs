//! A service as a process of its own.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Arg, Command};
use tokio::time::timeout;
use tracing::{error, info};

use super::panics::log_panics;
use super::running::{Running, StartError};
use crate::config::{Choices, Config, Database, SECURITY_VARIABLES, TRACE_VARIABLES, VARIABLES};
use crate::http::Endpoint;
use crate::logging;
use crate::ops;
use crate::plan;
use crate::service::{Routes, Service};
use crate::store::{PostgresStore, SqliteStore, Store};
use crate::traces::TracesConfig;

/// How long a process that ends waits for threads that are busy.
const LINGER: Duration = Duration::from_secs(1);

/// How long a process may take to stop, before it ends without: what is committed goes out at its next start.
const STOP_WITHIN: Duration = Duration::from_secs(50);

/// Runs a service until a signal stops it, or one command of its operator: the `main` of its binary.
///
/// Exit codes: 0 when it was stopped, 1 when it failed, 2 when its configuration is wrong. `--help`
/// of a command lists its own.
pub fn main<S: Service>(service: S) -> ExitCode {
    let matches = command::<S>().get_matches();
    if let Some(("ops", matches)) = matches.subcommand() {
        return ops::main(&service, matches);
    }
    if let Some(("plan", matches)) = matches.subcommand() {
        return plan::main::<S>(matches);
    }
    // What is said on the command line is said for this start.
    let said = matches.get_one::<String>("history").cloned();
    let get = |name: &str| match &said {
        Some(choice) if name == "SAGA_HISTORY" => Some(choice.clone()),
        _ => std::env::var(name).ok(),
    };
    let config = match Config::read(&get, S::PORT) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("error: {} cannot start\n\n{error}\n\nSee `{} --help`.", S::NAME, S::NAME);
            return ExitCode::from(2);
        }
    };
    if let Err(error) = config.kafka.check() {
        eprintln!("error: {} cannot start\n\nThe Kafka client rejects its configuration: {error}", S::NAME);
        return ExitCode::from(2);
    }
    logging::init(config.log, logging::SERVICE_FILTER);
    match execute(run(service, config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(service = S::NAME, "stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs `main` on an executor, whose threads do not outlive it for long: a handler that never returns, or a
/// question that Kafka never answers, does not keep a process alive that has failed.
pub(super) fn execute<E: From<StartError>>(main: impl Future<Output = Result<(), E>>) -> Result<(), E> {
    log_panics();
    let runtime = tokio::runtime::Runtime::new().map_err(|error| StartError::Broken(error.to_string()))?;
    let result = runtime.block_on(main);
    runtime.shutdown_timeout(LINGER);
    result
}

fn command<S: Service>() -> Command {
    let routes: String =
        S::routes(Routes::default()).paths().map(|(method, path)| format!("\n  {method:<5}{path}")).collect();
    let list = |topics: &[&str]| topics.iter().map(|topic| format!("\n  {topic}")).collect::<String>();
    let after = format!(
        "HTTP (default port {}):{routes}\n  GET  /livez\n  GET  /readyz\n  GET  /metrics\n\nReads topics:{}\n\nPublishes on topics:{}\n\n\
         {VARIABLES}\n\n{SECURITY_VARIABLES}\n\n{TRACE_VARIABLES}\n\n\
         The service creates its tables and the topics it needs, if it may; `plan` prints what they are.\n\
         It opens up to 8 database connections.",
        S::PORT,
        list(S::CONSUMES),
        list(S::PUBLISHES),
    );
    Command::new(S::NAME)
        .about(format!("Service `{}` of the saga `{}`", S::NAME, S::SAGA))
        .arg(
            Arg::new("history")
                .long("history")
                .value_name("CHOICE")
                .value_parser(["skip", "handle"])
                .help("What to do with messages from before the service read their topic, when it asks"),
        )
        .subcommand(ops::command(S::NAME))
        .subcommand(plan::command(S::NAME))
        .after_help(after)
}

async fn run<S: Service>(service: S, config: Config) -> Result<(), StartError> {
    let Config { kafka, database, host, port, origins, outbox_keep, choices, log: _, traces } = config;
    let endpoint = Endpoint::bind(host, port).await.map_err(|error| {
        let host = host.map(|host| format!(" of {host}")).unwrap_or_default();
        StartError::Broken(format!("cannot listen on port {port}{host} ({error}); set PORT to another port"))
    })?;
    let endpoint = endpoint.allowing(origins);
    let protocol = kafka.security.protocol();
    info!(service = S::NAME, ?database, brokers = kafka.brokers, protocol, "starting");
    match database {
        Database::Postgres(url) => {
            let store = PostgresStore::open(&url)?.keeping(outbox_keep);
            let store = store.reading_again(|| url_in_file(&|name| std::env::var(name).ok()));
            until_stopped(start(service, store, kafka, endpoint, &traces, choices)?).await
        }
        Database::Sqlite(path) => {
            let store = SqliteStore::open(&path.to_string_lossy())?.keeping(outbox_keep);
            until_stopped(start(service, store, kafka, endpoint, &traces, choices)?).await
        }
    }
}

/// The URL of the database, if it is in a file: it may have changed since.
fn url_in_file(get: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    match Database::read(get) {
        Ok(Database::Postgres(url)) => Some(url),
        _ => None,
    }
}

fn start<S: Service, D: Store>(
    service: S,
    store: D,
    kafka: crate::kafka::KafkaConfig,
    endpoint: Endpoint,
    traces: &TracesConfig,
    choices: Choices,
) -> Result<Running, StartError> {
    let running = Running::start_with(service, store, kafka, endpoint, traces, choices)
        .map_err(|error| StartError::Broken(error.to_string()))?;
    info!(service = S::NAME, address = %running.address, "listening");
    Ok(running)
}

async fn until_stopped(mut running: Running) -> Result<(), StartError> {
    tokio::select! {
        broken = running.failure() => Err(broken),
        () = stop_signal() => match timeout(STOP_WITHIN, running.stop()).await {
            Ok(stopped) => stopped,
            Err(_) => Err(StartError::Broken(format!("it did not stop within {} s", STOP_WITHIN.as_secs()))),
        },
    }
}

/// Done at Ctrl-C or SIGTERM.
pub(super) async fn stop_signal() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        // Without it, Ctrl-C still works.
        Err(_) => return drop(tokio::signal::ctrl_c().await),
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_in_a_file_is_the_one_that_is_there_now() {
        let file = std::env::temp_dir().join(format!("saga-url-{}", std::process::id()));
        let path = file.to_string_lossy().into_owned();
        let get = |name: &str| (name == "DATABASE_URL_FILE").then(|| path.clone());
        for url in ["postgres://u:old@db/order", "postgres://u:new@db/order"] {
            std::fs::write(&file, format!("{url}\n")).expect("a temporary file");
            assert_eq!(url_in_file(&get).as_deref(), Some(url));
        }
        std::fs::remove_file(&file).expect("it goes again");
        assert_eq!(url_in_file(&get), None);
    }
}
