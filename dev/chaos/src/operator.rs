//! An operator of the product service.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Gives up what no service can ever do.
pub(crate) struct Operator {
    program: PathBuf,
    database: String,
}

impl Operator {
    /// An operator of the service that `program` is, with a database of its own.
    pub(crate) fn new(program: PathBuf, database: String) -> Self {
        Self { program, database }
    }

    /// Whether the service has commands for operators at all.
    pub(crate) fn is_there(&self) -> bool {
        self.run(&["--help"])
    }

    /// Drops a parked message; false when it is not parked, or not yet.
    pub(crate) fn drop(&self, message: &str) -> bool {
        self.run(&["drop", message, "--reason", "a compensation that cannot be done", "--yes"])
    }

    fn run(&self, arguments: &[&str]) -> bool {
        let status = Command::new(&self.program)
            .arg("ops")
            .args(arguments)
            .env("DATABASE_URL", &self.database)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    }
}
