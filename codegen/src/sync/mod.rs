//! Brings the files on disk and the generated ones together: first a plan,
//! which changes nothing, then its execution.

mod apply;
mod disk;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::{FileSet, is_ours};
use disk::Found;

/// The folders that hold nothing but generated files.
const OURS: [&str; 3] = ["generated", "k8s", "k8s-overlays"];

/// The folder of the crates that teams write.
const HANDLERS: &str = "handlers";

/// What has to happen on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Files that are missing.
    pub create: Vec<Write>,
    /// Files that differ from what is generated.
    pub update: Vec<Write>,
    /// Files of ours that nothing generates any more.
    pub delete: Vec<PathBuf>,
    /// Folders without any file.
    pub prune: Vec<PathBuf>,
    /// Files in our folders that are not ours: reported, never touched.
    pub foreign: Vec<PathBuf>,
    /// What is hand-written where nothing or something generated would be: crates of handlers whose service
    /// is gone, and a Dockerfile of the team's own. Named, never touched.
    pub kept: Vec<PathBuf>,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Its path from the root.
    pub path: PathBuf,
    /// Its whole content.
    pub content: String,
}

impl Plan {
    /// Whether the disk holds exactly what is generated.
    pub fn is_current(&self) -> bool {
        self.is_done() && self.foreign.is_empty()
    }

    /// Whether there is nothing to write or delete.
    pub fn is_done(&self) -> bool {
        self.create.is_empty() && self.update.is_empty() && self.delete.is_empty() && self.prune.is_empty()
    }

    /// Whether crates come or go, so that `Cargo.lock` changes with them.
    pub fn changes_crates(&self) -> bool {
        let is_manifest = |path: &Path| path.starts_with("generated") && path.ends_with("Cargo.toml");
        self.create.iter().any(|write| is_manifest(&write.path))
            || self.delete.iter().any(|path| is_manifest(path))
    }

    /// Whether a crate of handlers is made: for a new service, or for one whose
    /// crate was lost.
    pub fn begins_handlers(&self) -> bool {
        self.create.iter().any(|write| write.path.starts_with(HANDLERS))
    }

    /// Writes and deletes.
    ///
    /// # Errors
    /// [`SyncError`] names the path that could not be changed. What was done
    /// by then stays; the next run goes on from there.
    pub fn apply(&self, root: &Path) -> Result<(), SyncError> {
        apply::apply(self, root)
    }
}

/// A path that could not be read or changed.
#[derive(Debug)]
pub struct SyncError {
    /// What was tried: `read`, `write`.
    pub doing: &'static str,
    /// Where.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}

impl SyncError {
    fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { doing, path: path.to_owned(), source }
    }
}

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: {}", self.doing, self.path.display(), self.source)
    }
}

impl std::error::Error for SyncError {}

/// Compares what is generated with what is below `root`.
///
/// # Errors
/// [`SyncError`] when a folder or a file there cannot be read.
pub fn plan(files: &FileSet, root: &Path) -> Result<Plan, SyncError> {
    let mut plan = Plan::default();
    let mut found = Found::default();
    for folder in OURS {
        found.walk(root, Path::new(folder))?;
    }
    for (path, content) in files.current() {
        if !OURS.iter().any(|folder| path.starts_with(folder)) && !found.read(root, path)? {
            plan.kept.push(path.to_owned());
            continue;
        }
        let write = || Write { path: path.to_owned(), content: content.to_owned() };
        match found.files.remove(path) {
            None => plan.create.push(write()),
            Some(there) if there == content.as_bytes() => {}
            Some(_) => plan.update.push(write()),
        }
    }
    for (path, content) in found.files {
        if is_ours(&content) { &mut plan.delete } else { &mut plan.foreign }.push(path);
    }
    plan.prune = found.empty;
    handlers(files, root, &mut plan)?;
    Ok(plan)
}

/// Plans the crates that teams write: made when their manifest is missing,
/// named when nobody needs them any more.
fn handlers(files: &FileSet, root: &Path, plan: &mut Plan) -> Result<(), SyncError> {
    let mut wanted: BTreeSet<&Path> = BTreeSet::new();
    for (path, content) in files.once() {
        let folder = disk::crate_of(path);
        wanted.insert(folder);
        if !root.join(folder).join("Cargo.toml").exists() && !root.join(path).exists() {
            plan.create.push(Write { path: path.to_owned(), content: content.to_owned() });
        }
    }
    let crates = disk::crates_in(root, Path::new(HANDLERS))?;
    plan.kept.extend(crates.into_iter().filter(|folder| !wanted.contains(folder.as_path())));
    Ok(())
}
