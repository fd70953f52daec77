//! Executes a plan.

use std::fs;
use std::io;
use std::path::Path;

use crate::sync::{Plan, SyncError, Write};

pub(super) fn apply(plan: &Plan, root: &Path) -> Result<(), SyncError> {
    for path in &plan.delete {
        fs::remove_file(root.join(path)).map_err(SyncError::at("delete", path))?;
        remove_emptied(root, path);
    }
    for path in &plan.prune {
        fs::remove_dir_all(root.join(path)).map_err(SyncError::at("delete", path))?;
        remove_emptied(root, path);
    }
    for write in plan.create.iter().chain(&plan.update) {
        let Write { path, content } = write;
        replace(&root.join(path), content).map_err(SyncError::at("write", path))?;
    }
    Ok(())
}

/// What the name of a file begins and ends with while it is written.
const UNFINISHED: (&str, &str) = (".", ".new");

/// Writes a temporary file and renames it: no reader sees a part of it, and where it cannot be written, what was
/// there stays. Its folder is created if it is missing.
///
/// # Errors
/// Those of the file system. The temporary file is gone then.
pub(crate) fn replace(target: &Path, content: &str) -> io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = target.with_file_name(format!("{}{name}{}", UNFINISHED.0, UNFINISHED.1));
    fs::write(&beside, content).and_then(|()| fs::rename(&beside, target)).inspect_err(|_| {
        // The error to report is the first one.
        let _ = fs::remove_file(&beside);
    })
}

/// Whether a process ended while it wrote this file.
pub(super) fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1)
}

/// Removes the parent folders that are now empty.
fn remove_emptied(root: &Path, path: &Path) {
    let folders = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    for folder in folders {
        // A folder that is not empty cannot be removed, nor can those above it.
        if fs::remove_dir(root.join(folder)).is_err() {
            return;
        }
    }
}
