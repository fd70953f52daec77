//! A server process that can be stopped, killed and started again.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::failure::{Doing, Failure, Result};
use crate::interrupt::{self, TICK};

use super::process::{Abandon, Process};
use super::site::Site;

/// How a server is started and ended.
pub(crate) struct Launch {
    /// What it is, for messages.
    pub name: &'static str,
    /// The command that becomes the server: it stays in the foreground.
    pub command: Box<dyn Fn() -> Command + Send>,
    /// Where its output goes.
    pub log: PathBuf,
    /// The signal that shuts it down in order.
    pub stop: Signal,
    /// How to end it when its data no longer matters.
    pub abandon: Abandon,
    /// How long it may take until it answers.
    pub patience: Duration,
}

/// A server process, and how to have it again. It ends when this is dropped.
pub(crate) struct Server {
    launch: Launch,
    site: Arc<Site>,
    running: Option<(Child, Process)>,
    /// Where in the log the current start began.
    log_start: u64,
}

impl Server {
    /// A server that is not running yet.
    pub(crate) fn new(site: Arc<Site>, launch: Launch) -> Self {
        Self { launch, site, running: None, log_start: 0 }
    }

    /// Starts it and waits until `ready` says that it answers. When it does not
    /// come to that, nothing is left running.
    pub(crate) fn start(&mut self, ready: impl Fn() -> bool) -> Result<()> {
        let begun = self.spawn().and_then(|()| self.wait_ready(ready));
        if begun.is_err() {
            self.abandon();
        }
        begun
    }

    /// Shuts it down in order, as an operator would.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.end(self.launch.stop)
    }

    /// Ends it as a power cut would: `kill -9`.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.end(Signal::SIGKILL)
    }

    /// Fails, with the end of its log, when it ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.exited()? {
            Some(status) => Err(self.died(status)),
            None => Ok(()),
        }
    }

    /// Whether its log has said `text` since it was last started.
    pub(crate) fn has_said(&self, text: &str) -> bool {
        let mut said = String::new();
        File::open(&self.launch.log)
            .and_then(|mut log| {
                log.seek(SeekFrom::Start(self.log_start))?;
                log.read_to_string(&mut said)
            })
            .is_ok_and(|_| said.contains(text))
    }

    fn spawn(&mut self) -> Result<()> {
        let name = self.launch.name;
        if self.running.is_some() {
            return Err(Failure::new(format!("{name} is already running")));
        }
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.launch.log)
            .doing(|| format!("open {}", self.launch.log.display()))?;
        self.log_start = fs::metadata(&self.launch.log).map_or(0, |metadata| metadata.len());
        let errors = log.try_clone().doing(|| format!("open {}", self.launch.log.display()))?;
        let mut child = (self.launch.command)()
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            // The terminal's Ctrl-C is for us; we end the servers.
            .process_group(0)
            .spawn()
            .doing(|| format!("start {name}"))?;
        match Process::running(name, child.id(), self.launch.abandon) {
            Some(process) => {
                self.site.add(process.clone())?;
                self.running = Some((child, process));
                Ok(())
            }
            None => {
                let status = child.wait().doing(|| format!("wait for {name}"))?;
                Err(self.died(status))
            }
        }
    }

    fn wait_ready(&mut self, ready: impl Fn() -> bool) -> Result<()> {
        let begun = Instant::now();
        loop {
            self.check()?;
            if ready() {
                return Ok(());
            }
            interrupt::check()?;
            if begun.elapsed() > self.launch.patience {
                return Err(Failure::new(format!(
                    "{} did not answer within {} s",
                    self.launch.name,
                    self.launch.patience.as_secs()
                ))
                .with_log(&self.launch.log));
            }
            thread::sleep(TICK);
        }
    }

    /// Its exit status, once, when it ended by itself.
    fn exited(&mut self) -> Result<Option<ExitStatus>> {
        let Some((child, process)) = &mut self.running else {
            return Ok(None);
        };
        let status = child.try_wait().doing(|| format!("wait for {}", self.launch.name))?;
        if status.is_some() {
            self.site.forget(process)?;
            self.running = None;
        }
        Ok(status)
    }

    fn end(&mut self, signal: Signal) -> Result<()> {
        let Some((mut child, process)) = self.running.take() else {
            return Ok(());
        };
        process.signal(signal);
        if !process.wait_gone(Duration::from_secs(30)) {
            process.end();
        }
        child.wait().doing(|| format!("wait for {}", self.launch.name))?;
        self.site.forget(&process)
    }

    fn abandon(&mut self) {
        let Some((mut child, process)) = self.running.take() else {
            return;
        };
        // What does not end here stays in the site's record, and dropping the
        // site says so.
        if process.end() {
            let _ = child.wait();
            let _ = self.site.forget(&process);
        }
    }

    fn died(&self, status: ExitStatus) -> Failure {
        Failure::new(format!("{} exited unexpectedly ({status})", self.launch.name))
            .with_log(&self.launch.log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.abandon();
    }
}
