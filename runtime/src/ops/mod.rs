//! The operator's commands: `<service> ops …`, on the service's database, while
//! the service runs or not.
//!
//! Every command that changes something first says what it will do, asks, and
//! logs who did it. [`crate::store::Operator`] says how a running service notices.

use std::process::ExitCode;

use clap::ArgMatches;

mod cli;
mod console;
mod deadlines;
mod gaps;
mod messages;
mod outbox;
mod positions;
mod restored;
mod session;
mod show;
mod steps;
mod topics;
mod words;

pub use cli::command;
pub use console::Console;

use crate::config::LogFormat;
use crate::logging;
use crate::service::Service;
use crate::store::StoreError;
use session::Session;

/// Where the variables of the environment come from.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why a command did nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Failure {
    /// There is nothing to do it to, or it is refused, or was not confirmed.
    #[error("{0}")]
    Refused(String),
    /// The command or the environment is invalid, or the database or Kafka cannot be reached.
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

/// Runs the command named by `matches`, which must come from [`command`].
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
        matches.subcommand().ok_or_else(|| Failure::Broken("no command given; see `ops --help`".into()))?;
    let mut session = Session::open(service, name, environment, console).await?;
    match name {
        "parked" => messages::parked(&mut session, matches).await,
        "dead" => messages::dead(&mut session, matches).await,
        "show" => show::show(&mut session, matches).await,
        "retry" => messages::retry(&mut session, matches).await,
        "redrive" => messages::redrive(&mut session, matches).await,
        "drop" => messages::drop_messages(&mut session, matches).await,
        "held" => gaps::held(&mut session, matches).await,
        "accept-gap" => gaps::accept_gap(&mut session, matches).await,
        "deadlines" => deadlines::deadlines(&mut session, matches).await,
        "outbox" => outbox::outbox(&mut session, matches).await,
        "restored" => restored::restored(&mut session, matches).await,
        "repartition" => topics::repartition(&mut session, matches).await,
        "offsets" => positions::offsets(&mut session, matches).await,
        "adopt-step" => steps::adopt(&mut session, matches).await,
        "drop-step" => steps::give_up(&mut session, matches).await,
        "replay" => positions::replay(&mut session, matches).await,
        other => Err(Failure::Broken(format!("unknown command `{other}`"))),
    }
}
