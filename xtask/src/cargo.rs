//! Running cargo from something that cargo runs.

use std::env;
use std::process::Command;

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
