//! `up` and `down`: a real Kafka and a real PostgreSQL for this project.

use std::path::{Path, PathBuf};

use saga_testbed::Service;
use saga_testbed::failure::{Failure, Result as Tried};
use saga_testbed::interrupt;

use super::{Outcome, find, locate, read, report};
use crate::pipeline;

/// What `up --help` says after its options.
pub(super) const ENVIRONMENT: &str = "Environment:
  KAFKA_BROKERS  use this broker instead of starting one
  DATABASE_URL   use this PostgreSQL instead of starting one; a database for each service is created in it, and kept

Exit codes: 0 stopped as asked; 1 findings; 2 invalid usage, or a server is missing or does not start.";

/// Starts the servers, and keeps them until Ctrl-C.
///
/// # Errors
/// A text for the user: the file cannot be read, or a server does not start.
pub(super) fn up(file: Option<PathBuf>) -> Result<Outcome, String> {
    let path = locate(file)?;
    let source = read(&path)?;
    let checked = pipeline::check(&source);
    report(&checked.found, &source);
    let Some(resolved) = checked.without_errors() else { return Ok(Outcome::Findings) };
    let services: Vec<Service> = resolved
        .services()
        .iter()
        .map(|service| Service { name: service.name.as_str().to_owned(), port: service.port })
        .collect();
    let root = root(&path)?;
    told(interrupt::listen().and_then(|()| saga_testbed::up(&root, &services)))
}

/// Stops what [`up`] started, for this project or for all.
///
/// # Errors
/// A text for the user: there is no project here, or a server does not end.
pub(super) fn down(all: bool) -> Result<Outcome, String> {
    let root = if all { None } else { Some(root(&find()?)?) };
    told(interrupt::listen().and_then(|()| saga_testbed::down(root.as_deref())))
}

/// The verb of the process that waits for the end of this one.
pub(super) const GUARD: &str = "guard";

/// Waits for the end of the command with this state file, and cleans up after it.
pub(super) fn guard(state: &Path) -> Outcome {
    // Its output goes nowhere.
    saga_testbed::guard(state).map_or(Outcome::Failed, |()| Outcome::Good)
}

/// The folder of a specification, by the name that is the same from everywhere.
fn root(path: &Path) -> Result<PathBuf, String> {
    let absolute = std::fs::canonicalize(path)
        .map_err(|error| format!("cannot find the folder of {}: {error}", path.display()))?;
    Ok(absolute.parent().map(Path::to_path_buf).unwrap_or_default())
}

fn told(done: Tried<()>) -> Result<Outcome, String> {
    done.map(|()| Outcome::Good).map_err(|failure: Failure| failure.message())
}
