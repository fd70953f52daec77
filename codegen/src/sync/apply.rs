//! Executes a plan.

use std::fs;
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
        write_whole(root, write)?;
    }
    Ok(())
}

/// Writes a temporary file and renames it, so that no reader sees a partial file.
fn write_whole(root: &Path, write: &Write) -> Result<(), SyncError> {
    let Write { path, content } = write;
    let target = root.join(path);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(SyncError::at("create the folder of", path))?;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = target.with_file_name(format!(".{name}.new"));
    fs::write(&beside, content).map_err(SyncError::at("write", path))?;
    fs::rename(&beside, &target).map_err(|error| {
        // Leave no temporary file behind; the error to report is that of the rename.
        let _ = fs::remove_file(&beside);
        SyncError::at("write", path)(error)
    })
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
