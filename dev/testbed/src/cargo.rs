//! Running cargo from something that cargo runs.

use std::env;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::failure::{Doing, Failure, Result};
use crate::interrupt;

/// cargo, as from a terminal: what cargo told us of this crate must not reach
/// the build scripts of others, or they are built again each time.
pub fn cargo() -> Command {
    let mut command = Command::new("cargo");
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Builds with these arguments, and returns the programs that came of it.
pub fn programs(root: &Path, arguments: &[&str]) -> Result<Vec<PathBuf>> {
    let mut child = cargo()
        .current_dir(root)
        .args(["build", "--quiet"])
        .args(arguments)
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .doing(|| "run cargo".to_owned())?;
    let mut output = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut output).doing(|| "read what cargo says".to_owned())?;
    }
    interrupt::check()?;
    if !child.wait().doing(|| "wait for cargo".to_owned())?.success() {
        return Err(Failure::new("the services cannot be built"));
    }
    let messages = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(messages.filter_map(|message| Some(message["executable"].as_str()?.into())).collect())
}
