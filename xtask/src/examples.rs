//! `cargo xtask examples`: what a change must leave of the sagas in `examples`, beside their tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use testbed::cargo::cargo;
use testbed::failure::{Doing, Failure, Result};
use testbed::interrupt;

/// Checks each example: its generated files are current, its code is formatted and clean. All of them are checked, also
/// after one that failed.
pub(crate) fn examples(root: &Path) -> Result<()> {
    let mut failed = Vec::new();
    for example in all(root)? {
        let name = example.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for arguments in commands() {
            println!("\n── {name} ── cargo {}", arguments.join(" "));
            let status = cargo()
                .args(&arguments)
                .current_dir(&example)
                // Its configuration says where it builds.
                .env_remove("CARGO_TARGET_DIR")
                .stdin(Stdio::null())
                .status()
                .doing(|| "run cargo".to_owned())?;
            interrupt::check()?;
            if !status.success() {
                failed.push(format!("{name}: cargo {}", arguments.join(" ")));
            }
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(format!("these failed:\n  {}", failed.join("\n  ")))),
    }
}

/// The folders of the examples.
fn all(root: &Path) -> Result<Vec<PathBuf>> {
    let mut examples = folders(&root.join("examples"))?;
    examples.retain(|folder| folder.join("saga.yaml").exists());
    Ok(examples)
}

fn commands() -> [Vec<String>; 3] {
    [
        "saga generate --check --code-only",
        "fmt --all --check",
        "clippy --quiet --workspace --all-targets -- -D warnings",
    ]
    .map(|line| line.split_whitespace().map(str::to_owned).collect())
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || format!("read {}", folder.display());
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).doing(read)? {
        let path = entry.doing(read)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use testbed::repo;

    use super::*;

    #[test]
    fn the_examples_are_found() {
        let examples = all(&repo::root()).expect("examples");
        assert!(examples.iter().any(|example| example.ends_with("travel")), "{examples:?}");
        assert!(examples.iter().all(|example| example.join("Cargo.toml").is_file()), "{examples:?}");
    }
}
