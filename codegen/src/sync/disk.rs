//! The generated files and folders on disk.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::is_ours;
use crate::sync::SyncError;

/// The files and the empty folders below some folders.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files and their content.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// Folders without a file at any depth, outermost only.
    pub empty: Vec<PathBuf>,
}

impl Found {
    /// Adds the content of `folder`, relative to `root`; nothing if it does not exist.
    pub(super) fn walk(&mut self, root: &Path, folder: &Path) -> Result<(), SyncError> {
        let before = self.files.len();
        let empty_before = self.empty.len();
        let Some(entries) = entries(&root.join(folder))? else { return Ok(()) };
        for (name, is_folder) in entries {
            let path = folder.join(name);
            if is_folder {
                self.walk(root, &path)?;
            } else {
                let content = fs::read(root.join(&path)).map_err(SyncError::at("read", &path))?;
                self.files.insert(path, content);
            }
        }
        if self.files.len() == before {
            self.empty.truncate(empty_before);
            self.empty.push(folder.to_owned());
        }
        Ok(())
    }

    /// Adds a file outside the generated folders, if it exists. Returns whether the generator may write it:
    /// a file without the generated header belongs to the user.
    pub(super) fn read(&mut self, root: &Path, path: &Path) -> Result<bool, SyncError> {
        match fs::read(root.join(path)) {
            Ok(content) if is_ours(&content) => {
                self.files.insert(path.to_owned(), content);
                Ok(true)
            }
            Ok(_) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(SyncError::at("read", path)(error)),
        }
    }
}

/// The handler crates in a folder, recognised by their package name.
pub(super) fn crates_in(root: &Path, folder: &Path) -> Result<Vec<PathBuf>, SyncError> {
    let mut crates = Vec::new();
    for (name, is_folder) in entries(&root.join(folder))?.unwrap_or_default() {
        let path = folder.join(&name);
        let manifest = fs::read_to_string(root.join(&path).join("Cargo.toml")).unwrap_or_default();
        let ours = format!("name = \"{}-handlers\"", name.to_string_lossy());
        if is_folder && manifest.lines().any(|line| line.trim_end() == ours) {
            crates.push(path);
        }
    }
    crates.sort();
    Ok(crates)
}

/// The first two parts of a path: `handlers/order`.
pub(super) fn crate_of(path: &Path) -> &Path {
    let depth = path.components().count();
    path.ancestors().nth(depth.saturating_sub(2)).unwrap_or(path)
}

/// The names in a folder, and whether each is a folder itself; none if it does
/// not exist. A symbolic link counts as a file, whatever its target.
fn entries(folder: &Path) -> Result<Option<Vec<(std::ffi::OsString, bool)>>, SyncError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SyncError::at("read", folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(SyncError::at("read", folder))?;
        let kind = entry.file_type().map_err(SyncError::at("read", &entry.path()))?;
        names.push((entry.file_name(), kind.is_dir()));
    }
    Ok(Some(names))
}
