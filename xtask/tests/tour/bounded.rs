//! Waiting, with a time limit.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What became of a command.
#[derive(Debug)]
pub(crate) struct Done {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Done {
    /// What it wrote, if it succeeded.
    pub(crate) fn expect_success(self) -> String {
        assert!(self.status.success(), "{self:#?}");
        self.stdout
    }
}

/// Runs a command to its end, or ends it after `limit` and fails.
pub(crate) fn run(mut command: Command, limit: Duration) -> Done {
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = thread::spawn({
        let stdout = child.stdout.take();
        move || read(stdout)
    });
    let stderr = thread::spawn({
        let stderr = child.stderr.take();
        move || read(stderr)
    });
    let Some(status) = end_of(&mut child, limit) else {
        child.kill().expect("it is still running");
        panic!("still running after {limit:?}: {command:?}");
    };
    Done { status, stdout: stdout.join().expect("its output"), stderr: stderr.join().expect("its errors") }
}

/// How a process ended, if it did within `limit`.
pub(crate) fn end_of(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    find(limit, || child.try_wait().expect("it is ours"))
}

/// What `probe` finds within `limit`.
pub(crate) fn find<T>(limit: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        let found = probe();
        if found.is_some() || Instant::now() > deadline {
            return found;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn read(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    pipe.expect("it is piped").read_to_end(&mut bytes).expect("a pipe can be read");
    String::from_utf8_lossy(&bytes).into_owned()
}
