//! The operator's commands: `<service> ops …`, on the service's database, while
//! the service runs or not.
//!
//! Every command that changes something says first what it will do, asks, and
//! logs who did it. How a running service hears of it is told in
//! [`crate::store::Operator`].

use std::process::ExitCode;

use clap::ArgMatches;

mod cli;
mod console;
mod desk;
mod gaps;
mod messages;
mod positions;
mod restored;
mod show;
mod topics;
mod words;

pub use cli::command;
pub use console::Console;

use crate::config::LogFormat;
use crate::logging;
use crate::service::Service;
use crate::store::StoreError;
use desk::Desk;

/// Where the variables of the environment come from.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why a command did nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Failure {
    /// There is nothing to do it to, or it is refused, or nobody agreed.
    #[error("{0}")]
    Refused(String),
    /// The command or the environment is not as it has to be, or the database or Kafka cannot be reached.
    #[error("{0}")]
    Broken(String),
}

impl Failure {
    /// The exit code: 1 when nothing was to be done, 2 when it could not be tried.
    pub fn code(&self) -> u8 {
        match self {
            Failure::Refused(_) => 1,
            Failure::Broken(_) => 2,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(reason) => Failure::Refused(reason),
            StoreError::Conflict(reason) => {
                Failure::Refused(format!("the service is busy with these rows; try again ({reason})"))
            }
            other => Failure::Broken(other.to_string()),
        }
    }
}

impl From<rdkafka::error::KafkaError> for Failure {
    fn from(error: rdkafka::error::KafkaError) -> Self {
        Failure::Broken(format!("Kafka: {error}"))
    }
}

/// Runs the command that was given on the command line of `service`.
pub(crate) fn main<S: Service>(service: &S, matches: &ArgMatches) -> ExitCode {
    let get = |name: &str| std::env::var(name).ok();
    logging::init(LogFormat::read(&get), "info");
    let (mut out, mut answers) = (std::io::stdout().lock(), std::io::stdin().lock());
    let mut console = Console::new(&mut out);
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        console = console.with_answers(&mut answers);
    }
    let ran = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::Broken(error.to_string()))
        .and_then(|runtime| runtime.block_on(run(service, matches, &get, &mut console)));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let prefix = if failure.code() == 2 { "error: " } else { "" };
            eprintln!("{prefix}{failure}");
            ExitCode::from(failure.code())
        }
    }
}

/// Runs the command that `matches`, which come of [`command`], name.
///
/// # Errors
/// [`Failure`] says why nothing, or not everything, was done.
pub async fn run<S: Service>(
    service: &S,
    matches: &ArgMatches,
    environment: Environment<'_>,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let (name, matches) =
        matches.subcommand().ok_or_else(|| Failure::Broken("which command? See `ops --help`".into()))?;
    let mut desk = Desk::open(service, name, environment, console).await?;
    match name {
        "parked" => messages::parked(&mut desk, matches).await,
        "dead" => messages::dead(&mut desk, matches).await,
        "show" => show::show(&mut desk, matches).await,
        "retry" => messages::retry(&mut desk, matches).await,
        "redrive" => messages::redrive(&mut desk, matches).await,
        "drop" => messages::drop_messages(&mut desk, matches).await,
        "held" => gaps::held(&mut desk, matches).await,
        "accept-gap" => gaps::accept_gap(&mut desk, matches).await,
        "restored" => restored::restored(&mut desk, matches).await,
        "repartition" => topics::repartition(&mut desk, matches).await,
        "offsets" => positions::offsets(&mut desk, matches).await,
        "replay" => positions::replay(&mut desk, matches).await,
        other => Err(Failure::Broken(format!("there is no command `{other}`"))),
    }
}
