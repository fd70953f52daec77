//! `dev`: the whole saga on the embedded default, and again after each change.
//!
//! A change goes through the stages of the command line: generate, build, run. What runs goes on running until its
//! successor is built: a file that is refused or does not compile stops nothing.

mod build;
mod cargo;
mod running;
mod watched;

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use saga_testbed::{ChildReaper, interrupt};

use super::generate::{self, Told, Written};
use super::{Outcome, allowable, locate, progress, read, say};
use crate::diagnostic::Code;
use build::Built;
use running::Running;
use watched::Watched;

/// How often files and the saga are looked at, as in `check --watch`.
const PAUSE: Duration = Duration::from_millis(100);

/// What `dev --help` says after its options.
pub(super) const NOTES: &str = "What `cargo run` takes from the environment, this takes as well: PORT_<SERVICE>, HOST, RUST_LOG and others.

Exit codes: 0 stopped by Ctrl-C; 2 invalid usage, an unreadable file, or no cargo.";

/// What is run, and how it is generated.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// The specification [default: saga.yaml in this or a parent folder]
    file: Option<PathBuf>,
    /// Generate only the crates: no Dockerfile, no compose file, no manifests for Kubernetes
    #[arg(long)]
    code_only: bool,
    /// Generate despite this finding of the proof, such as SG0404; it stays a warning
    #[arg(long, value_name = "RULE", value_parser = allowable)]
    allow: Vec<Code>,
}

/// Runs the saga until Ctrl-C.
///
/// # Errors
/// A text for the user: there is no file to begin with, or cargo cannot be run.
pub(super) fn dev(wanted: Wanted) -> Result<Outcome, String> {
    let path = locate(wanted.file.clone())?;
    read(&path)?;
    interrupt::listen().map_err(|failure| failure.message())?;
    let file = std::fs::canonicalize(&path)
        .map_err(|error| format!("cannot find the folder of {}: {error}", path.display()))?;
    let root = file.parent().map(Path::to_path_buf).unwrap_or_default();
    let manifest = root.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(format!(
            "there is no {}; `cargo saga init --adopt` in that folder makes a project of it",
            manifest.display()
        ));
    }
    let reaper = ChildReaper::start(&root).map_err(|failure| failure.message())?;
    let mut session = Session {
        watched: Watched::begin(&file, &root),
        path,
        file,
        root,
        wanted,
        reaper,
        shown: None,
        running: None,
    };
    loop {
        session.turn()?;
        let Some(changed) = session.wait() else { return session.end() };
        let changed = changed.strip_prefix(&session.root).unwrap_or(&changed);
        note(&format!("changed: {}", changed.display()));
    }
}

/// The saga while it is worked on.
struct Session {
    /// The specification as the user named it, for what is shown, and where it is.
    path: PathBuf,
    file: PathBuf,
    root: PathBuf,
    wanted: Wanted,
    reaper: ChildReaper,
    watched: Watched,
    /// The specification whose findings were shown last.
    shown: Option<String>,
    running: Option<Running>,
}

impl Session {
    /// One change, through all stages.
    fn turn(&mut self) -> Result<(), String> {
        let begun = Instant::now();
        // Before anything is read: what changes from here on is another change.
        self.watched.renew();
        let generated = self.generate();
        self.watched.follow(&self.file, &self.root);
        if let Err(why) = generated {
            self.remains(&why);
            return Ok(());
        }
        match build::build(&self.root)? {
            Built::Interrupted => {}
            Built::Failed => self.remains("the build failed"),
            Built::Program(program) => self.run(&program, begun),
        }
        Ok(())
    }

    /// Generates the services, also when the file is as it was: what is generated may have been deleted.
    fn generate(&mut self) -> Result<(), String> {
        let text = std::fs::read_to_string(&self.path).ok();
        let known = text.is_some() && self.shown == text;
        let wanted = generate::Wanted {
            check: false,
            code_only: self.wanted.code_only,
            told: if known { Told::Written } else { Told::Changes },
            limits: progress::limits(None, true),
        };
        let written = generate::written(&self.path, &self.wanted.allow, wanted);
        self.shown = if written.is_ok() { text } else { None };
        match written {
            // Files of others keep no service from running.
            Ok(Written::All | Written::BesideForeign) => Ok(()),
            Ok(Written::Refused) => {
                let still = if known { "still " } else { "" };
                let name = self.path.file_name().unwrap_or_default().to_string_lossy();
                Err(format!("{name} is {still}refused"))
            }
            Err(message) => {
                say(&mut std::io::stderr(), &format!("error: {message}\n"));
                Err("generating failed".to_owned())
            }
        }
    }

    /// Starts a new program in place of the old one.
    fn run(&mut self, program: &Path, begun: Instant) {
        if self.running.as_ref().is_some_and(|running| running.is_of(program)) {
            note("nothing of the running saga has changed");
            return;
        }
        let built = begun.elapsed().as_secs_f32();
        match self.running.take() {
            Some(running) => {
                note(&format!("built in {built:.1} s; restarting, and the saga begins with its first rows"));
                running.stop();
            }
            None => {
                let watched = self.watched.named(&self.root);
                note(&format!("built in {built:.1} s; watching {watched}; Ctrl-C stops"));
            }
        }
        match Running::start(program, &self.root, &self.reaper) {
            Ok(running) => self.running = Some(running),
            Err(message) => {
                say(&mut std::io::stderr(), &format!("error: {message}\n"));
                self.remains("the saga cannot be started");
            }
        }
    }

    /// What becomes of a change that leads to no new program.
    fn remains(&self, why: &str) {
        if interrupt::raised() {
            return;
        }
        note(&match &self.running {
            Some(_) => format!("{why}; the saga from before this change goes on running"),
            None => format!("{why}; waiting for a change, Ctrl-C stops"),
        });
    }

    /// Waits for a change: none at Ctrl-C.
    fn wait(&mut self) -> Option<PathBuf> {
        while !interrupt::raised() {
            if let Some(status) = self.running.as_mut().and_then(Running::exited) {
                self.running = None;
                note(&format!("the saga has ended ({status}); it starts again after the next change"));
            }
            let changed = self.watched.changed();
            if changed.is_some() {
                return changed;
            }
            sleep(PAUSE);
        }
        None
    }

    fn end(self) -> Result<Outcome, String> {
        if let Some(running) = self.running {
            running.stop();
        }
        Ok(Outcome::Good)
    }
}

/// A line of this command, among those of cargo and of the saga.
fn note(line: &str) {
    say(&mut std::io::stderr(), &format!("saga dev: {line}\n"));
}
