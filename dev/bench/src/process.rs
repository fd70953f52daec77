//! A service as a process, and what processes have used of the machine.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use testbed::failure::{Doing, Failure, Result};
use testbed::{ChildReaper, Process};

use crate::http::Connection;

const PATIENCE: Duration = Duration::from_secs(60);
/// What the kernel counts processor time in.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running service. It is killed when this is dropped.
pub(crate) struct Service {
    pub address: SocketAddr,
    /// How long it took from its start until it was ready.
    pub ready_after: Duration,
    child: Child,
    process: Process,
    reaper: ChildReaper,
    log: PathBuf,
}

impl Service {
    /// Starts a program, and waits until it is ready.
    pub(crate) async fn start(
        mut command: Command,
        name: &str,
        folder: &Path,
        variables: &[(&str, String)],
        reaper: &ChildReaper,
    ) -> Result<Self> {
        let port = free_port()?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let log = folder.join(format!("{name}.log"));
        let errors = File::create(&log).doing(|| format!("create {}", log.display()))?;
        let begun = Instant::now();
        let mut child = command
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .process_group(0)
            .spawn()
            .doing(|| format!("start {name}"))?;
        let Some(process) = reaper.add(name, child.id())? else {
            let _ = child.wait();
            return Err(Failure::new(format!("{name} ended at once")).with_log(&log));
        };
        let mut service =
            Self { address, ready_after: Duration::ZERO, child, process, reaper: reaper.clone(), log };
        while !service.is_ready().await {
            if let Ok(Some(status)) = service.child.try_wait() {
                return Err(Failure::new(format!("{name} ended ({status})")).with_log(&service.log));
            }
            if begun.elapsed() > PATIENCE {
                return Err(Failure::new(format!("{name} did not become ready")).with_log(&service.log));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        service.ready_after = begun.elapsed();
        Ok(service)
    }

    async fn is_ready(&self) -> bool {
        let Ok(mut connection) = Connection::open(self.address).await else { return false };
        connection.get("/readyz").await.is_ok_and(|answer| answer.status == 200)
    }

    /// Fails when it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait() {
            Ok(Some(status)) => Err(Failure::new(format!("a service ended ({status})")).with_log(&self.log)),
            _ => Ok(()),
        }
    }

    /// The pid.
    pub(crate) fn pid(&self) -> i32 {
        self.process.pid()
    }

    /// Stops it in order.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.process.signal(Signal::SIGTERM);
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if Instant::now() > deadline {
                return Err(Failure::new("a service did not stop").with_log(&self.log));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// The most memory that it had resident, in MB.
    pub(crate) fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or_default() / 1_024.0
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.reaper.forget(&self.process);
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).doing(|| "find a free port".to_owned())?;
    Ok(listener.local_addr().doing(|| "find a free port".to_owned())?.port())
}

/// What a process and its descendants have used of the processors, in seconds: also descendants that have ended.
pub(crate) fn processor_seconds(root: i32) -> f64 {
    let mut parents: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let mut used: BTreeMap<i32, (f64, f64)> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name of the program stands in brackets, and may hold blanks.
        let Some((_, rest)) = stat.rsplit_once(')') else { continue };
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
        parents.entry(ticks(1) as i32).or_default().push(pid);
        used.insert(pid, (ticks(11) + ticks(12), ticks(13) + ticks(14)));
    }
    let mut sum = 0.0;
    let mut next = vec![root];
    while let Some(pid) = next.pop() {
        let (own, ended) = used.get(&pid).copied().unwrap_or_default();
        sum += own + ended;
        next.extend(parents.get(&pid).into_iter().flatten());
    }
    sum / TICKS_PER_SECOND
}

/// The process whose command line holds this text, and whose parent's does not.
pub(crate) fn process_with(text: &str) -> Option<i32> {
    let holds = |pid: i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(text)
    };
    let pids = fs::read_dir("/proc").ok()?.flatten().filter_map(|it| it.file_name().to_str()?.parse().ok());
    pids.filter(|pid| *pid != std::process::id() as i32).find(|pid| holds(*pid))
}
