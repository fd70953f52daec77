//! Running cargo from something that cargo runs.

use std::env;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use saga_testbed::failure::{Doing, Failure, Result};
use saga_testbed::interrupt;

/// cargo, as from a terminal: the variables that cargo sets for this crate must not reach the build
/// scripts of others, or they are rebuilt each time.
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

/// Builds with these arguments, and returns the paths of the programs built.
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
        return Err(Failure::new("the build failed"));
    }
    let messages = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(messages.filter_map(|message| Some(message["executable"].as_str()?.into())).collect())
}

/// The program of this name among those that were built.
pub fn program(built: &[PathBuf], name: &str) -> Result<PathBuf> {
    let program = built.iter().find(|program| program.file_stem().is_some_and(|stem| stem == name));
    program.cloned().ok_or_else(|| Failure::new(format!("cargo built no program called `{name}`")))
}
