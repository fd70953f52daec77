//! The build of the program that runs the whole saga.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::{self, sleep};

use saga_testbed::interrupt;
use serde_json::Value;

use super::PAUSE;
use super::cargo::{cargo, failed};

/// The package that runs the whole saga.
const LOCAL: &str = "local";

/// How a build ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Built {
    /// The program is this one, new or as it was.
    Program(PathBuf),
    /// cargo has said why not.
    Failed,
    /// By Ctrl-C.
    Interrupted,
}

/// Builds, while cargo shows its progress and its errors.
///
/// # Errors
/// A text for the user when cargo cannot be run.
pub(super) fn build(root: &Path) -> Result<Built, String> {
    let mut child = cargo(root)
        // All that is missing is said at once, as the tour of the documentation does.
        .args(["build", "--package", LOCAL, "--keep-going", "--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // So that it can be ended as a whole, by a SIGTERM to this process as by Ctrl-C.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let stdout = child.stdout.take();
    let said = thread::spawn(move || {
        let mut text = String::new();
        // What cannot be read names no program.
        let _ = stdout.map(|mut stdout| stdout.read_to_string(&mut text));
        text
    });
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if interrupt::raised() {
            interrupt::pass_on_to_group(child.id());
            child.wait().map_err(failed)?;
            return Ok(Built::Interrupted);
        }
        sleep(PAUSE / 4);
    };
    let said = said.join().unwrap_or_default();
    Ok(match program(&said).filter(|_| status.success()) {
        Some(program) => Built::Program(program),
        None => Built::Failed,
    })
}

/// The program among the messages of cargo.
fn program(said: &str) -> Option<PathBuf> {
    let messages = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = messages.filter(|message| message["target"]["name"] == LOCAL);
    programs.find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_the_messages() {
        let said = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"order"},"executable":"/t/order"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"local"},"executable":"/t/debug/local"}"#,
            "\nnot JSON\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(program(said), Some(PathBuf::from("/t/debug/local")));
        assert_eq!(program(r#"{"target":{"name":"local"},"executable":null}"#), None);
    }
}
