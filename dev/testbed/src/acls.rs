//! Which rights the clients of a broker have.

use std::process::Command;
use std::time::{Duration, Instant};

use saga_testbed::failure::{Doing, Failure, Result};
use saga_testbed::{Kafka, interrupt};

/// All clients of a listener without passwords.
const EVERY_CLIENT: &str = "User:ANONYMOUS";

/// Kafka's own tool for rights, on one broker. It starts a Java process for each change.
pub struct Acls {
    tool: Box<dyn Fn() -> Command + Send>,
    brokers: String,
}

impl Acls {
    /// Those of a broker with a [`Detour`](crate::Detour), which alone checks them.
    pub fn of(kafka: &Kafka) -> Self {
        Self {
            tool: Box::new(kafka.tool("org.apache.kafka.tools.AclCommand")),
            brokers: kafka.brokers().to_owned(),
        }
    }

    /// Allows only these operations on a resource, such as `["--topic", "orders"]`: once there is a
    /// rule for it, what no rule allows is denied.
    ///
    /// # Errors
    /// [`Failure`] when the broker cannot be reached, with what the tool printed.
    pub fn allow_only(&self, operations: &[&str], resource: &[String]) -> Result<()> {
        let operations = operations.iter().flat_map(|operation| ["--operation", operation]);
        self.run(["--add", "--allow-principal", EVERY_CLIENT].into_iter().chain(operations), resource)
    }

    /// Removes every rule of a resource, so that everything is allowed; retries for as long as `patience`.
    ///
    /// # Errors
    /// [`Failure`] of the last try.
    pub fn lift(&self, resource: &[String], patience: Duration) -> Result<()> {
        let begun = Instant::now();
        loop {
            match self.run(["--remove", "--force"].into_iter(), resource) {
                Err(_) if begun.elapsed() < patience && !interrupt::raised() => {}
                done => return done,
            }
        }
    }

    fn run<'a>(&self, arguments: impl Iterator<Item = &'a str>, resource: &[String]) -> Result<()> {
        let output = (self.tool)()
            .args(["--bootstrap-server", &self.brokers])
            .args(arguments)
            .args(resource)
            .output()
            .doing(|| "run java".to_owned())?;
        let printed = [output.stdout, output.stderr].concat();
        // The tool prints some of its failures and ends well.
        if output.status.success() && !String::from_utf8_lossy(&printed).contains("Exception") {
            Ok(())
        } else {
            Err(Failure::new(format!("cannot change the rights of {}", resource.join(" ")))
                .with_output(&printed))
        }
    }
}
