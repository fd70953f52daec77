//! Commands that are programs of their own: builds one, and runs it.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use testbed::cargo::{program, programs};
use testbed::failure::{Doing, Failure, Result};
use testbed::interrupt::{self, TICK};

/// Builds the program `name` of the package of that name, and runs it to its end. It parses the arguments, so `--help`
/// and a wrong flag are answered before it builds the services.
pub(crate) fn run(root: &Path, name: &'static str, arguments: &[OsString]) -> Result<()> {
    let mut child = Command::new(build(root, name)?)
        .current_dir(root)
        .args(arguments)
        .stdin(Stdio::null())
        .spawn()
        .doing(|| format!("run {name}"))?;
    // Ctrl-C reaches it as well, and it cleans up; a SIGTERM reaches only this process.
    let mut passed_on = false;
    loop {
        if let Some(status) = child.try_wait().doing(|| format!("wait for {name}"))? {
            return ended(name, status);
        }
        if interrupt::raised() && !passed_on {
            passed_on = true;
            interrupt::pass_on(child.id());
        }
        thread::sleep(TICK);
    }
}

fn build(root: &Path, name: &str) -> Result<PathBuf> {
    eprintln!("{name:<9} building the program");
    let built = programs(root, &["--manifest-path", "dev/Cargo.toml", "--package", name, "--bin", name])?;
    program(&built, name)
}

/// How the program ended. It has printed why, unless a signal ended it.
fn ended(name: &str, status: ExitStatus) -> Result<()> {
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(()),
        (_, Some(signal)) => Err(Failure::new(format!("signal {signal} ended {name}"))),
        (code, None) => Err(Failure::silent(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_no_silent_end() {
        assert!(ended("chaos", ExitStatus::from_raw(0)).is_ok());
        assert!(ended("chaos", ExitStatus::from_raw(1 << 8)).is_err_and(|failure| failure.is_silent()));
        assert!(
            ended("chaos", ExitStatus::from_raw(11))
                .is_err_and(|failure| failure.what().contains("signal 11"))
        );
    }

    #[test]
    fn the_exit_code_of_the_adversary_is_ours() {
        let code = |code: i32| {
            ended("chaos", ExitStatus::from_raw(code << 8)).map_err(|failure| failure.exit_code())
        };
        assert_eq!([code(0), code(1), code(2)], [Ok(()), Err(1), Err(2)]);
    }
}
