//! Running a tool that may take minutes.

use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Doing, Failure, Result};
use crate::interrupt::{self, TICK};

/// How long a tool is silent. The next line comes after twice that time.
const SILENT: Duration = Duration::from_secs(15);

/// Runs a tool to its end, however it ends, and says from time to time that it still runs. An interruption of this
/// process ends it, with what it has started.
///
/// # Errors
/// When it cannot be started, or was interrupted.
pub(crate) fn to_the_end(command: &mut Command, name: &str) -> Result<Output> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // So that it can be ended as a whole, by a SIGTERM to this process as by Ctrl-C.
        .process_group(0)
        .spawn()
        .doing(|| format!("run {name}"))?;
    let pid = child.id();
    let (begun, mut next) = (Instant::now(), SILENT);
    let ended = thread::spawn(move || child.wait_with_output());
    let mut passed_on = false;
    while !ended.is_finished() {
        if interrupt::raised() && !passed_on {
            passed_on = true;
            interrupt::pass_on_to_group(pid);
        }
        if begun.elapsed() > next {
            eprintln!("          {name} has run for {} s", next.as_secs());
            next *= 2;
        }
        thread::sleep(TICK);
    }
    let output = ended.join().unwrap_or_else(|_| Err(std::io::ErrorKind::Other.into()));
    interrupt::check()?;
    output.map_err(|error| Failure::new(format!("cannot wait for {name}: {error}")))
}
