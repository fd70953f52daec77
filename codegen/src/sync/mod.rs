//! Synchronises the files on disk with the generated ones: first a plan, which
//! changes nothing, then its execution.

mod apply;
mod disk;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::{FileSet, is_ours};
use crate::source::unix_lines;
use crate::unasked::Unasked;
use apply::is_unfinished;
use disk::Found;

pub(crate) use apply::replace;

/// The folders that contain only generated files.
const OURS: [&str; 3] = ["generated", "k8s", "k8s-overlays"];

/// Generated files in the root. A file of the same name without our header is the user's.
const IN_ROOT: [&str; 3] = ["Dockerfile", ".dockerignore", "compose.yaml"];

/// The folder of the handler crates, which users write.
const HANDLERS: &str = "handlers";

/// The changes to make on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Files that are missing.
    pub create: Vec<Write>,
    /// Files that differ from what is generated.
    pub update: Vec<Write>,
    /// Generated files that are no longer generated.
    pub delete: Vec<PathBuf>,
    /// Folders without a file.
    pub prune: Vec<PathBuf>,
    /// Files in generated folders that were not generated: reported, never touched.
    pub foreign: Vec<PathBuf>,
    /// Hand-written files that no longer match the specification: handler crates of a removed service, and a
    /// Dockerfile without the generated header. Reported, never touched.
    pub kept: Vec<PathBuf>,
    /// Hand-written functions that nothing asks for, likewise.
    pub unasked: Vec<Unasked>,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Relative to the root.
    pub path: PathBuf,
    /// The complete content.
    pub content: String,
}

impl Write {
    /// Whether it says what an image is built from.
    pub fn is_of_image(&self) -> bool {
        [Path::new("Dockerfile"), Path::new(".dockerignore")].contains(&self.path.as_path())
    }
}

impl Plan {
    /// Whether the disk matches what is generated.
    pub fn is_current(&self) -> bool {
        self.is_done() && self.foreign.is_empty()
    }

    /// Whether there is nothing to write or delete.
    pub fn is_done(&self) -> bool {
        self.create.is_empty() && self.update.is_empty() && self.delete.is_empty() && self.prune.is_empty()
    }

    /// Whether crates are added or removed, so that `Cargo.lock` changes.
    pub fn changes_crates(&self) -> bool {
        let is_manifest = |path: &Path| path.starts_with("generated") && path.ends_with("Cargo.toml");
        self.create.iter().any(|write| is_manifest(&write.path))
            || self.delete.iter().any(|path| is_manifest(path))
    }

    /// Whether a handler crate is created: for a new service, or for one whose
    /// crate is missing.
    pub fn begins_handlers(&self) -> bool {
        self.create.iter().any(|write| write.path.starts_with(HANDLERS))
    }

    /// Writes and deletes files.
    ///
    /// # Errors
    /// [`SyncError`] names the path that could not be changed. If a file could not be written, nothing has changed;
    /// if one could not be deleted or replaced, earlier changes remain, and the next run continues from there.
    pub fn apply(&self, root: &Path) -> Result<(), SyncError> {
        apply::apply(self, root)
    }
}

/// A path that could not be read or changed.
#[derive(Debug)]
pub struct SyncError {
    /// The failed operation: `read`, `write`.
    pub doing: &'static str,
    /// The path it failed on.
    pub path: PathBuf,
    /// The cause.
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

/// Compares the generated files with those below `root`.
///
/// # Errors
/// [`SyncError`] when a folder or a file there cannot be read.
pub fn plan(files: &FileSet, root: &Path) -> Result<Plan, SyncError> {
    let mut plan = Plan::default();
    let mut found = Found::default();
    for folder in OURS {
        found.walk(root, Path::new(folder))?;
    }
    for path in IN_ROOT.map(Path::new).into_iter().filter(|path| files.get(path).is_none()) {
        found.read(root, path)?;
    }
    for (path, content) in files.current() {
        if !OURS.iter().any(|folder| path.starts_with(folder)) && !found.read(root, path)? {
            plan.kept.push(path.to_owned());
            continue;
        }
        let write = || Write { path: path.to_owned(), content: content.to_owned() };
        match found.files.remove(path) {
            None => plan.create.push(write()),
            Some(there) if same_lines(&there, content) => {}
            Some(_) => plan.update.push(write()),
        }
    }
    for (path, content) in found.files {
        if is_ours(&content) || is_unfinished(&path) { &mut plan.delete } else { &mut plan.foreign }
            .push(path);
    }
    plan.prune = found.empty;
    handlers(files, root, &mut plan)?;
    Ok(plan)
}

/// Whether a file has the content, whatever its line ends.
fn same_lines(there: &[u8], content: &str) -> bool {
    there == content.as_bytes() || std::str::from_utf8(there).is_ok_and(|there| unix_lines(there) == content)
}

/// Plans the handler crates: created if their manifest is missing, reported if
/// their service is gone.
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
