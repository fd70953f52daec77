//! Running one stage's command: its output streams through, and is counted.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use testbed::failure::{Doing, Failure, Result};
use testbed::interrupt::{self, TICK};

/// How long output may go on after the command has ended.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// What became of a command.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Its exit status.
    pub status: ExitStatus,
    /// The tests it ran, if it ran any.
    pub tests: Tally,
}

/// How many tests passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    /// Those that passed.
    pub passed: u32,
    /// Those that failed.
    pub failed: u32,
}

/// Runs a command to its end, to `limit` or to an interruption.
pub(super) fn run(mut command: Command, limit: Duration) -> Result<Outcome> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // A group of its own, so that what it started can be ended with it.
        .process_group(0)
        .spawn()
        .doing(|| format!("run {}", command.get_program().display()))?;
    let (done, counted) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || done.send(pass_through(stdout, io::stdout())));
    }
    let status = wait(&mut child, limit)?;
    // Its output ends with the last process that holds it.
    match counted.recv_timeout(LAST_WORDS) {
        Ok(tests) => Ok(Outcome { status, tests }),
        Err(_) => {
            end_group(&mut child);
            Err(Failure::new("the command ended but left processes running"))
        }
    }
}

fn wait(child: &mut Child, limit: Duration) -> Result<ExitStatus> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().doing(|| "wait for a command".to_owned())? {
            return Ok(status);
        }
        let overdue = begun.elapsed() > limit;
        if overdue || interrupt::raised() {
            end_group(child);
            interrupt::check()?;
            return Err(Failure::new(format!(
                "still running after {} min, so it was killed",
                limit.as_secs() / 60
            )));
        }
        thread::sleep(TICK);
    }
}

/// Ends a command and everything that it started and that is still in its
/// group: the id names that group as long as it has a member, reaped or not.
fn end_group(child: &mut Child) {
    let Ok(group) = i32::try_from(child.id()).map(Pid::from_raw) else {
        return;
    };
    // cargo ends at the first signal and leaves its children to the second.
    let _ = signal::killpg(group, Signal::SIGTERM);
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(TICK);
    }
    let _ = signal::killpg(group, Signal::SIGKILL);
    let _ = child.wait();
}

/// Copies lines to our own output, and counts what the test runners say.
fn pass_through(from: impl Read, mut to: impl Write) -> Tally {
    let mut tally = Tally::default();
    for line in BufReader::new(from).split(b'\n').map_while(|line| line.ok()) {
        // A closed standard output is no reason to stop.
        let _ = to.write_all(&line).and_then(|()| to.write_all(b"\n"));
        tally.count(&String::from_utf8_lossy(&line));
    }
    tally
}

impl Tally {
    /// Adds up lines like `test result: ok. 12 passed; 0 failed; 1 ignored; …`.
    fn count(&mut self, line: &str) {
        let Some(result) = line.trim().strip_prefix("test result:") else {
            return;
        };
        for part in result.split([';', '.']) {
            let mut words = part.split_whitespace();
            if let (Some(number), Some(kind)) = (words.next(), words.next())
                && let Ok(number) = number.parse::<u32>()
            {
                match kind {
                    "passed" => self.passed += number,
                    "failed" => self.failed += number,
                    _ => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_the_results_of_all_test_binaries() {
        let output = "\
running 2 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.00s

test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s
";
        let expected = Tally { passed: 3, failed: 3 };
        let mut copy = Vec::new();
        assert_eq!(pass_through(output.as_bytes(), &mut copy), expected);
        assert_eq!(copy, output.as_bytes());
    }

    #[test]
    fn a_command_that_hangs_is_ended_with_what_it_started() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & wait"]);
        let begun = Instant::now();

        let overdue = run(command, Duration::from_millis(100));

        assert!(overdue.is_err());
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_command_that_leaves_processes_behind_has_failed() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 &"]);

        let left = run(command, Duration::from_secs(30)).expect_err("it is not clean");

        assert!(left.to_string().contains("left processes"), "{left}");
    }
}
