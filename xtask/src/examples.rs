//! `cargo xtask examples`: what a change must leave of the sagas in `examples`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use testbed::cargo::cargo;
use testbed::failure::{Doing, Failure, Result};
use testbed::interrupt;

/// Checks each example: its generated files are current, its code is formatted and clean, its tests pass. All of them
/// are checked, also after one that failed.
pub(crate) fn examples(root: &Path) -> Result<()> {
    let mut failed = Vec::new();
    for example in all(root)? {
        let name = example.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for arguments in commands(&example)? {
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

fn commands(example: &Path) -> Result<[Vec<String>; 4]> {
    // What is generated has no tests, and each of its crates would be linked once more for them. The simulation has
    // stages of its own, which run it optimised.
    let mut excluded = vec!["--exclude".to_owned(), "*-simulation".to_owned()];
    for folder in folders(&example.join("generated"))? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let package = if name == "contracts" { "*-contracts".to_owned() } else { name };
        excluded.extend(["--exclude".to_owned(), package]);
    }
    let words = |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    let mut tests = words("test --quiet --workspace --no-fail-fast");
    tests.extend(excluded);
    Ok([
        words("saga generate --check --code-only"),
        words("fmt --all --check"),
        words("clippy --quiet --workspace --all-targets -- -D warnings"),
        tests,
    ])
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
    fn the_examples_are_found_and_what_is_generated_is_not_tested() {
        let examples = all(&repo::root()).expect("examples");
        let travel = examples.iter().find(|example| example.ends_with("travel")).expect("a saga");
        let [_, _, _, tests] = commands(travel).expect("commands");
        for package in ["local", "payment", "*-contracts", "*-simulation"] {
            assert!(tests.windows(2).any(|pair| pair == ["--exclude", package]), "{tests:?}");
        }
    }
}
