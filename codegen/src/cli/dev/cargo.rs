//! Running cargo from something that cargo may run.

use std::io::{Error, ErrorKind};
use std::path::Path;
use std::process::Command;

/// cargo in a folder, as from a terminal: the variables that cargo sets for the program it runs must not reach build
/// scripts, or they are run again each time.
pub(super) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Why cargo did not run.
pub(super) fn failed(error: Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "cargo is not installed; https://rustup.rs installs it".to_owned(),
        _ => format!("cannot run cargo: {error}"),
    }
}
