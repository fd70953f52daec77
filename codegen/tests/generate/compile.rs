//! Every golden tree is Rust that compiles against the runtime, with handlers
//! written by hand, and that clippy has nothing to say about.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::support::write;

#[test]
fn every_golden_tree_compiles_without_a_warning() {
    let repository = crate::support::repository().canonicalize().expect("the repository");
    // One folder for all cases: what they have in common is compiled once.
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden");
    let mut wrong = Vec::new();
    for case in crate::support::cases() {
        lay_out(&repository, &workspace, &case);
        if let Err(found) = clippy(&workspace) {
            wrong.push(format!("{}:\n{found}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A workspace like the repository's, with the generated crates of a case.
fn lay_out(repository: &Path, workspace: &Path, case: &Path) {
    fs::create_dir_all(workspace).expect("a folder");
    for folder in ["generated", "handlers", "k8s"] {
        let folder = workspace.join(folder);
        if folder.exists() {
            fs::remove_dir_all(folder).expect("the case before");
        }
    }
    for library in ["runtime", "step"] {
        // The target folder may be a copy of another checkout's, with links into that one.
        let link = workspace.join(library);
        _ = fs::remove_file(&link);
        symlink(repository.join(library), link).expect("a link");
    }
    let manifest = fs::read_to_string(repository.join("Cargo.toml")).expect("the root manifest");
    let members = manifest.lines().map(|line| match line.starts_with("members = ") {
        true => "members = [\"generated/*\"]",
        false => line,
    });
    fs::write(workspace.join("Cargo.toml"), members.collect::<Vec<_>>().join("\n")).expect("a manifest");
    fs::copy(repository.join("Cargo.lock"), workspace.join("Cargo.lock")).expect("a lock file");
    let text = fs::read_to_string(case.join("saga.yaml")).expect("a specification");
    let files = crate::support::generated(&text);
    for (path, content) in files.current().chain(files.once()) {
        let by_hand = handlers_by_hand(case, path);
        write(&workspace.join(path), by_hand.as_deref().unwrap_or(content));
    }
}

/// The hand-written decisions of a service: those of the case, or else those of `order`, where there
/// are any.
fn handlers_by_hand(case: &Path, path: &Path) -> Option<String> {
    let service = path.strip_prefix("handlers").ok()?.parent()?.parent()?;
    let is_library = path.ends_with("src/lib.rs");
    let read =
        |case: &Path| fs::read_to_string(case.join("handlers").join(service).with_extension("rs")).ok();
    let written = read(case).or_else(|| read(&case.with_file_name("order")));
    written.filter(|_| is_library)
}

fn clippy(workspace: &Path) -> Result<(), String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["clippy", "--quiet", "--all-targets"])
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target);
    for package in packages(workspace) {
        command.args(["--package", &package]);
    }
    let output = command.args(["--", "-D", "warnings"]).output().expect("cargo");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// The crates of the case: all but the libraries they stand on.
fn packages(workspace: &Path) -> Vec<String> {
    let mut packages = Vec::new();
    for folder in ["generated", "handlers"] {
        for entry in fs::read_dir(workspace.join(folder)).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                packages.push(package(&path.join("Cargo.toml")));
            }
        }
    }
    packages
}

/// The name that a manifest gives its package.
fn package(manifest: &Path) -> String {
    let text = fs::read_to_string(manifest).expect("a manifest");
    let name = text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    name.expect("a name").to_owned()
}
