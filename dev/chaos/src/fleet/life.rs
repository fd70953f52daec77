//! One life of a service instance: a child process, from its start to its end.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use testbed::failure::{Doing, Failure, Result};
use testbed::{ChildReaper, Process};

/// How long a service may take until it listens, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one may take to stop in order.
const FAREWELL: Duration = Duration::from_secs(40);
/// How often a waiting thread polls.
const TICK: Duration = Duration::from_millis(20);

/// A running service process. It is killed when this is dropped.
pub(crate) struct Life {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    process: Process,
    reaper: ChildReaper,
    log: PathBuf,
}

/// How a service is spawned.
pub(crate) struct SpawnSpec<'a> {
    /// What it is called, for messages.
    pub name: &'a str,
    /// The program.
    pub program: &'a Path,
    /// Its variables beside `PORT`.
    pub variables: &'a BTreeMap<&'static str, String>,
    /// Where its log goes.
    pub log: PathBuf,
}

impl Life {
    /// Starts a service, and waits until it listens.
    pub(crate) fn begin(spec: SpawnSpec<'_>, reaper: &ChildReaper) -> Result<Self> {
        let SpawnSpec { name, program, variables, log } = spec;
        let errors = File::create(&log).doing(|| format!("create {}", log.display()))?;
        let mut child = Command::new(program)
            .envs(variables)
            .env("PORT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            // The terminal's Ctrl-C is for us; we end the services.
            .process_group(0)
            .spawn()
            .doing(|| format!("start {}", program.display()))?;
        let Some(process) = reaper.add(name, child.id())? else {
            let status = child.wait().doing(|| format!("wait for {name}"))?;
            return Err(Failure::new(format!("{name} ended at once ({status})")).with_log(&log));
        };
        let address = match listening(&mut child, name, &log) {
            Ok(address) => address,
            Err(failure) => {
                process.end();
                let _ = child.wait();
                reaper.forget(&process)?;
                return Err(failure);
            }
        };
        Ok(Self { address, child, process, reaper: reaper.clone(), log })
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        // It cannot refuse.
        let _ = self.child.wait();
    }

    /// Stops it in order; says so when it had to be killed after all.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.signal(Signal::SIGTERM);
        let deadline = Instant::now() + FAREWELL;
        while Instant::now() < deadline {
            if self.ended().is_some() {
                return Ok(());
            }
            thread::sleep(TICK);
        }
        self.kill();
        Err(Failure::new(format!("did not stop within {} s of a SIGTERM", FAREWELL.as_secs())))
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Whether it aborted at a fail point.
    pub(crate) fn crashed(&mut self) -> bool {
        self.ended().is_some_and(|status| status.signal() == Some(Signal::SIGABRT as i32))
    }

    /// The last lines of its log.
    pub(crate) fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    /// The most memory it has had resident, in KiB.
    pub(crate) fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().trim_end_matches(" kB").trim().parse().ok()
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.kill();
        // The guard finds it gone, whether it was forgotten or not.
        let _ = self.reaper.forget(&self.process);
    }
}

fn listening(child: &mut Child, name: &str, log: &Path) -> Result<SocketAddr> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let said = fs::read_to_string(log).unwrap_or_default();
        if let Some(address) = said.lines().find_map(address_in) {
            return Ok(address);
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(Failure::new(format!("{name} exited unexpectedly ({status})")).with_log(log));
        }
        if Instant::now() > deadline {
            return Err(Failure::new(format!("{name} did not begin to listen")).with_log(log));
        }
        thread::sleep(TICK);
    }
}

/// The address in the line `… listening service="order" address=127.0.0.1:40123`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("listening")?.1.split_once("address=")?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_in_the_log() {
        let line = r#"2026-11-23T12:00:00Z  INFO listening service="order" address=127.0.0.1:40123"#;
        assert_eq!(address_in(line).map(|address| address.port()), Some(40_123));
        assert_eq!(address_in(r#"2026-11-23T12:00:00Z  INFO starting service="order""#), None);
        assert_eq!(address_in(r#"INFO listening service="order" address=127.0.0.1:"#), None);
    }
}
