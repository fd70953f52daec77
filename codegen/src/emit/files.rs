//! Files in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Generated files by their path from the root of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet {
    current: BTreeMap<PathBuf, String>,
    once: BTreeMap<PathBuf, String>,
}

impl FileSet {
    /// Adds a file that is always kept as it is made.
    pub(crate) fn add(&mut self, path: impl Into<PathBuf>, content: String) {
        self.current.insert(path.into(), content);
    }

    /// Adds a file that is made once, with all others of its crate, and then
    /// belongs to the team.
    pub(crate) fn add_once(&mut self, path: impl Into<PathBuf>, content: String) {
        self.once.insert(path.into(), content);
    }

    /// Adds all files of another set.
    pub(crate) fn extend(&mut self, other: Self) {
        self.current.extend(other.current);
        self.once.extend(other.once);
    }

    /// The files that are kept as they are made.
    pub fn current(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.current.iter().map(|(path, content)| (path.as_path(), content.as_str()))
    }

    /// The files that are made once, if the manifest of their crate is missing.
    pub fn once(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.once.iter().map(|(path, content)| (path.as_path(), content.as_str()))
    }

    /// The content of a file that is kept as it is made.
    pub fn get(&self, path: &Path) -> Option<&str> {
        self.current.get(path).map(String::as_str)
    }
}
