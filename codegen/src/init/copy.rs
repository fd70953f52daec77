//! What is copied from a checkout of the repository: an example, or the runtime with all that it is built from.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item};

use super::{Files, Runtime};

/// Where a copied runtime lies in a project.
pub(super) const VENDORED: &str = "vendor/saga";

/// The packages of a copied runtime, by the workspace that they belong to.
const PACKAGES: [(&str, &[&str]); 2] = [("", &["runtime", "step"]), ("codegen", &["explore"])];

/// What a copied package is built from.
const PARTS: [&str; 6] = ["src", "templates", "build.rs", "clippy.toml", "Cargo.lock", "README.md"];

/// The example that is the repository itself.
const OF_THE_REPOSITORY: &str = "order";

/// The files of an example that its team writes.
pub(super) fn example(runtime: &Runtime, name: &str) -> Result<Files, String> {
    let checkout = checkout(runtime, "the examples")?;
    let folder = match name {
        OF_THE_REPOSITORY => checkout.clone(),
        name => checkout.join("examples").join(name),
    };
    if !folder.join("saga.yaml").is_file() || name.contains(['/', '\\', '.']) {
        return Err(format!("there is no example `{name}`; there are {}", names(&checkout).join(", ")));
    }
    let mut files = Files::new();
    add(&folder, Path::new("saga.yaml"), &mut files)?;
    // Its code is laid out as ours is.
    add(&checkout, Path::new("rustfmt.toml"), &mut files)?;
    for entry in folders(&folder)? {
        let is_repository = name == OF_THE_REPOSITORY;
        // A crate beside the generated ones, such as a server that the example calls.
        let is_beside =
            !is_repository && entry != "generated" && folder.join(&entry).join("Cargo.toml").is_file();
        if entry == "handlers" || is_beside {
            add(&folder, Path::new(&entry), &mut files)?;
        }
    }
    Ok(files)
}

/// The names of all examples.
fn names(checkout: &Path) -> Vec<String> {
    let mut names = vec![OF_THE_REPOSITORY.to_owned()];
    names.extend(folders(&checkout.join("examples")).unwrap_or_default());
    names
}

/// Copies the runtime, and what it is built from, into a project.
pub(super) fn runtime(runtime: &Runtime, root: &Path) -> Result<(), String> {
    let checkout = checkout(runtime, "the runtime")?;
    let mut files = Files::new();
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        add(&checkout, Path::new(licence), &mut files)?;
    }
    for (workspace, packages) in PACKAGES {
        let own = (!workspace.is_empty()).then_some(workspace);
        let packages = packages.iter().map(|package| Path::new(workspace).join(package));
        for package in packages.chain(own.map(PathBuf::from)) {
            add(&checkout, &package.join("Cargo.toml"), &mut files)?;
            for part in PARTS.map(|part| package.join(part)).iter().filter(|it| checkout.join(it).exists()) {
                add(&checkout, part, &mut files)?;
            }
        }
        add(&checkout, &Path::new(workspace).join("Cargo.toml"), &mut files)?;
    }
    for (path, content) in &mut files {
        if path.ends_with("Cargo.toml") {
            *content = built(content, path)?;
        }
    }
    super::write(&root.join(VENDORED), &files)
}

/// A manifest of what is copied: without tests, and without members that are not.
fn built(manifest: &str, path: &Path) -> Result<String, String> {
    let garbled = |error| format!("cannot read {}: {error}", path.display());
    let mut manifest: DocumentMut = manifest.parse().map_err(garbled)?;
    for part in ["dev-dependencies", "test", "bench"] {
        manifest.remove(part);
    }
    if let Some(workspace) = manifest.get_mut("workspace").and_then(Item::as_table_mut) {
        let folder = path.parent().unwrap_or(Path::new("")).to_string_lossy();
        let packages =
            PACKAGES.iter().find(|(of, _)| *of == folder).map_or(&[][..], |(_, packages)| packages);
        workspace.insert("members", Array::from_iter(packages.iter().copied()).into());
        workspace.remove("default-members");
    }
    Ok(manifest.to_string())
}

/// The checkout that a runtime comes from, or that this tool was built in.
fn checkout(runtime: &Runtime, what: &str) -> Result<PathBuf, String> {
    let checkout = match runtime {
        Runtime::Path(checkout) => checkout.clone(),
        Runtime::Git { .. } | Runtime::Version(_) => super::runtime::BUILT_IN_CHECKOUT.into(),
    };
    let found = Runtime::Path(checkout).found();
    match found {
        Ok(Runtime::Path(checkout)) => Ok(checkout),
        _ => Err(format!(
            "{what} cannot be copied: this tool was not built in a checkout of the repository that is still there; \
             name one with --runtime path=FOLDER"
        )),
    }
}

/// Adds a file, or all files of a folder.
fn add(root: &Path, path: &Path, files: &mut Files) -> Result<(), String> {
    let from = root.join(path);
    let failed = |error| format!("cannot read {}: {error}", from.display());
    if !from.is_dir() {
        files.insert(path.to_owned(), fs::read_to_string(&from).map_err(failed)?);
        return Ok(());
    }
    for entry in fs::read_dir(&from).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name != "target" {
            add(root, &path.join(name), files)?;
        }
    }
    Ok(())
}

fn folders(folder: &Path) -> Result<Vec<String>, String> {
    let failed = |error| format!("cannot read {}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && !name.starts_with('.') && name != "target" {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
