//! The saga that runs.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::SystemTime;

use saga_testbed::{ChildReaper, Process};

/// A running program, and the file that it was started from.
pub(super) struct Running {
    child: Child,
    process: Option<Process>,
    reaper: ChildReaper,
    file: (PathBuf, Option<Stamp>),
}

/// What changes when a program is linked once more.
type Stamp = (SystemTime, u64);

impl Running {
    /// Starts the program; the reaper ends it if this process is killed.
    ///
    /// # Errors
    /// A text for the user when it cannot be started.
    pub(super) fn start(program: &Path, root: &Path, reaper: &ChildReaper) -> Result<Self, String> {
        let file = (program.to_owned(), stamp(program));
        let mut child = Command::new(program)
            .current_dir(root)
            .stdin(Stdio::null())
            // The terminal's Ctrl-C is for us; we end the saga.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
        let process = reaper.add("the saga", child.id()).map_err(|failure| {
            // Nothing else would end it. That it cannot be killed means that it has ended.
            let _ = child.kill().and_then(|()| child.wait());
            failure.message()
        })?;
        Ok(Self { child, process, reaper: reaper.clone(), file })
    }

    /// Whether it was started from this file, as it is now.
    pub(super) fn is_of(&self, program: &Path) -> bool {
        let (file, started) = &self.file;
        file == program && started.is_some() && *started == stamp(program)
    }

    /// How it ended, once, if it has.
    pub(super) fn exited(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten()?;
        self.forget();
        Some(status)
    }

    /// Asks it to end, and waits until it has.
    pub(super) fn stop(mut self) {
        if let Some(process) = &self.process {
            process.end();
        }
        // That it cannot be waited for means that it has ended.
        let _ = self.child.wait();
        self.forget();
    }

    fn forget(&mut self) {
        if let Some(process) = self.process.take() {
            // The reaper knows a process by its birth too, and would end no other one.
            let _ = self.reaper.forget(&process);
        }
    }
}

fn stamp(program: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(program).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
