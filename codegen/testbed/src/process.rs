//! A process as another process can name it, for longer than its pid lasts.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::interrupt::TICK;

/// A running process: its pid and when it was born. A pid alone is used again
/// after a while, and then names another process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// What it is, for messages.
    pub name: String,
    pid: i32,
    born: String,
    /// The signal that ends it when its data no longer matters.
    abandon: Abandon,
}

/// How to end a process whose folder is about to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Abandon {
    /// At once.
    Kill,
    /// At once, but let it give back the shared memory it holds: PostgreSQL's
    /// immediate shutdown.
    Quit,
    /// Ask first: it has children or folders of its own to clear away.
    Terminate,
}

impl Process {
    /// The process that has this pid now, if there is one.
    pub fn running(name: &str, pid: u32, abandon: Abandon) -> Option<Self> {
        let pid = i32::try_from(pid).ok()?;
        Some(Self { name: name.to_owned(), pid, born: birth(pid)?, abandon })
    }

    /// Its pid.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether it, and not a later process with its pid, is running.
    pub fn is_alive(&self) -> bool {
        birth(self.pid).is_some_and(|born| born == self.born)
    }

    /// Sends it a signal, unless it is gone.
    pub fn signal(&self, signal: Signal) {
        if self.is_alive() {
            // A failure means that it ended just now, or is not ours to end;
            // both show once it is waited for.
            let _ = signal::kill(Pid::from_raw(self.pid), signal);
        }
    }

    /// Waits until it is gone; false when it is still there after `limit`.
    pub fn wait_gone(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while self.is_alive() {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(TICK);
        }
        true
    }

    /// Ends it, whatever it takes; false when even that was refused.
    pub fn end(&self) -> bool {
        let first = match self.abandon {
            Abandon::Kill => Signal::SIGKILL,
            Abandon::Quit => Signal::SIGQUIT,
            Abandon::Terminate => Signal::SIGTERM,
        };
        self.signal(first);
        if self.wait_gone(Duration::from_secs(15)) {
            return true;
        }
        self.signal(Signal::SIGKILL);
        self.wait_gone(Duration::from_secs(5))
    }
}

/// When a process was born, as an opaque text; `None` when there is no such
/// process, or only its unreaped remains.
fn birth(pid: i32) -> Option<String> {
    if cfg!(target_os = "linux") {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let ticks = parse_stat(&stat)?;
        // Ticks count from boot, and a file in /tmp may outlive a boot.
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Some(format!("{ticks}@{}", boot.trim()))
    } else {
        let output =
            Command::new("ps").args(["-o", "stat=,lstart=", "-p", &pid.to_string()]).output().ok()?;
        parse_ps(&String::from_utf8_lossy(&output.stdout))
    }
}

/// The start time in a line of `/proc/PID/stat`. The second field is the
/// program's name in parentheses and may hold blanks and parentheses itself,
/// so the fields are counted from the last one: state is the 3rd, start time
/// the 22nd.
fn parse_stat(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

fn parse_ps(line: &str) -> Option<String> {
    let (state, born) = line.trim().split_once(' ')?;
    (!state.starts_with('Z')).then(|| born.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_start_time_behind_a_hostile_program_name() {
        let stat = "42 (a) R (b) S 1 42 42 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 987654 1 1";
        assert_eq!(parse_stat(stat), Some(987_654));
    }

    #[test]
    fn the_remains_of_a_process_are_no_process() {
        let stat = "42 (java) Z 1 42 42 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 987654 1 1";
        assert_eq!(parse_stat(stat), None);
        assert_eq!(parse_ps("Z+   Mon Nov 23 12:00:00 2026"), None);
        assert_eq!(parse_ps(""), None);
        assert_eq!(parse_ps("S+   Mon Nov 23 12:00:00 2026\n").as_deref(), Some("Mon Nov 23 12:00:00 2026"));
    }

    #[test]
    fn a_pid_that_was_given_to_somebody_else_is_left_alone() {
        let mut child = Command::new("sleep").arg("30").spawn().expect("sleep runs");
        let now = Process::running("sleep", child.id(), Abandon::Kill).expect("it is alive");
        let before = Process { born: "long ago".to_owned(), ..now.clone() };

        assert!(!before.is_alive());
        assert!(before.end(), "there is nothing to end");
        assert!(now.is_alive(), "the process that has the pid now runs on");

        now.signal(Signal::SIGKILL);
        assert!(now.wait_gone(Duration::from_secs(5)));
        child.wait().expect("it is reaped");
    }
}
