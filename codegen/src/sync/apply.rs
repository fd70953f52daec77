//! Executes a plan.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::sync::{Plan, SyncError, Write};
use saga_testbed::interrupt;

pub(super) fn apply(plan: &Plan, root: &Path) -> Result<(), SyncError> {
    let held = interrupt::hold();
    let writes: Vec<&Write> = plan.create.iter().chain(&plan.update).collect();
    let mut beside = Vec::new();
    // All that may not fit on the disk, before anything changes.
    let written = writes.iter().try_for_each(|write| {
        beside.push(beside_of(root, &write.path));
        if held.is_interrupted() {
            return Err(SyncError::at("write", &write.path)(io::ErrorKind::Interrupted.into()));
        }
        write_beside(root, write)
    });
    let renamed = written.and_then(|()| {
        delete(plan, root)?;
        writes.iter().try_for_each(|Write { path, .. }| {
            fs::rename(beside_of(root, path), root.join(path)).map_err(SyncError::at("write", path))
        })
    });
    if renamed.is_err() {
        // Leave no temporary file or new folder behind; the error to report is the first one.
        beside.iter().for_each(|path| drop(fs::remove_file(path)));
        plan.create.iter().for_each(|write| remove_emptied(root, &write.path));
    }
    renamed
}

fn delete(plan: &Plan, root: &Path) -> Result<(), SyncError> {
    for path in &plan.delete {
        fs::remove_file(root.join(path)).map_err(SyncError::at("delete", path))?;
        remove_emptied(root, path);
    }
    for path in &plan.prune {
        fs::remove_dir_all(root.join(path)).map_err(SyncError::at("delete", path))?;
        remove_emptied(root, path);
    }
    Ok(())
}

/// What the name of a file begins and ends with while it is written.
const UNFINISHED: (&str, &str) = (".", ".new");

/// Where a file is written first, so that no reader sees a part of it.
fn beside_of(root: &Path, path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    root.join(path).with_file_name(format!("{}{name}{}", UNFINISHED.0, UNFINISHED.1))
}

/// Whether a process ended while it wrote this file.
pub(super) fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1)
}

/// Replaces one file as a whole: where it cannot be written, what was there stays. Its folder is created if it is
/// missing.
///
/// # Errors
/// Those of the file system. The temporary file is gone then.
pub(crate) fn replace(target: &Path, content: &str) -> io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = beside_of(Path::new(""), target);
    fs::write(&beside, content).and_then(|()| fs::rename(&beside, target)).inspect_err(|_| {
        // The error to report is the first one.
        let _ = fs::remove_file(&beside);
    })
}

fn write_beside(root: &Path, Write { path, content }: &Write) -> Result<(), SyncError> {
    if let Some(folder) = root.join(path).parent() {
        fs::create_dir_all(folder).map_err(SyncError::at("create the folder of", path))?;
    }
    fs::write(beside_of(root, path), content).map_err(SyncError::at("write", path))
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
