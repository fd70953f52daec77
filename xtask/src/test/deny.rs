//! `cargo deny`, which checks licences, sources, duplicates and advisories.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use testbed::failure::{Doing, Failure, Result};
use testbed::on_path;

use super::child;

/// The version that is built if none is installed.
const VERSION: &str = "0.20.2";

/// The `cargo-deny` program: the machine's, or one built under target/tools.
///
/// It is built from source, since no registry that cargo knows ships the
/// binary; and without optimisation, which takes a third of the time (about a
/// minute on two cores instead of three) and is fast enough for one run.
pub(super) fn program(root: &Path) -> Result<PathBuf> {
    let tools = root.join("target/tools");
    let built = tools.join("bin/cargo-deny");
    if let Some(found) = on_path("cargo-deny").or_else(|| built.is_file().then(|| built.clone())) {
        return Ok(found);
    }
    println!("cargo-deny is not installed: building {VERSION} (once, about a minute)");
    let mut install = Command::new("cargo");
    install
        .args(["install", "--quiet", "--locked", "--debug", "cargo-deny"])
        .args(["--version", VERSION, "--root"])
        .arg(&tools)
        // Not our target folder: other features of the same crates would be
        // built into it, and it would grow by a gigabyte.
        .arg("--target-dir")
        .arg(tools.join("build"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .current_dir(root);
    let outcome = child::run(install, Duration::from_secs(15 * 60))?;
    let _ = std::fs::remove_dir_all(tools.join("build"));
    if outcome.status.success() {
        Ok(built)
    } else {
        Err(Failure::new("cargo-deny could not be built")
            .advise(format!("cargo install --locked cargo-deny@{VERSION}")))
    }
}

/// Fetches the advisory database; the error says why it could not.
pub(super) fn fetch_advisories(program: &Path, root: &Path) -> Result<()> {
    let output = Command::new(program)
        .args(["--config", "deny.toml", "fetch", "db"])
        .current_dir(root)
        // git would ask for a password where the address is not answered as
        // it expects.
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .output()
        .doing(|| "run cargo-deny".to_owned())?;
    if output.status.success() {
        Ok(())
    } else {
        Err(Failure::new("the advisory database cannot be fetched from here").with_output(&output.stderr))
    }
}
