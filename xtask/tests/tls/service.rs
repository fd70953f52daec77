//! One service as a process, with its log in a file.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;

use crate::{World, wait_for};

/// A running service. It ends with this value.
pub(crate) struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    /// Starts a service with these variables, and none of the environment's own.
    pub(crate) fn start(world: &World, service: &str, variables: &[(&str, String)]) -> Self {
        Self::start_as(world, service, service, variables)
    }

    /// The same, with a log of another name.
    pub(crate) fn start_as(world: &World, service: &str, name: &str, variables: &[(&str, String)]) -> Self {
        let log = world.folder.join(format!("{name}.log"));
        let child = Command::new(world.program(service))
            .env_clear()
            // Everything that could hold a secret.
            .envs([("HOST", "127.0.0.1"), ("PORT", "0"), ("RUST_LOG", "debug"), ("NO_COLOR", "1")])
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("it starts");
        Self { child, log }
    }

    /// What it has said so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("its log")
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is ours")
    }

    /// `POST` to it; none unless it answers 201.
    pub(crate) fn post(&self, path: &str, content: &Value) -> Option<Value> {
        let request = ureq::post(self.url(path)).header("content-type", "application/json");
        let mut answer = request.send(content.to_string()).ok()?;
        serde_json::from_str(&answer.body_mut().read_to_string().ok()?).ok()
    }

    /// `GET` from it; none unless it answers 200.
    pub(crate) fn get(&self, path: &str) -> Option<Value> {
        let mut answer = ureq::get(self.url(path)).call().ok()?;
        serde_json::from_str(&answer.body_mut().read_to_string().ok()?).ok()
    }

    /// Ends it, and returns what it has said.
    pub(crate) fn end(mut self) -> String {
        self.kill();
        self.log()
    }

    fn url(&self, path: &str) -> String {
        let address = wait_for("an address that it listens on", || {
            let log = self.log();
            let (_, rest) = log.split_once("address=")?;
            rest.split_once(|end: char| end.is_whitespace()).map(|(address, _)| address.to_owned())
        });
        format!("http://{address}{path}")
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("{}:\n{}", self.log.display(), self.log());
        }
    }
}
