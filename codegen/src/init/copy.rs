//! What is copied from a checkout of the repository: an example, or the runtime with all that it is built from.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item};

use super::{Files, Runtime};

/// Where a copied runtime lies in a project.
pub(super) const VENDORED: &str = "vendor/saga";

/// What a project needs: the runtime, and this tool. With them, and with what it is tested with, comes what they are
/// built from.
const PACKAGES: [&str; 2] = ["runtime", "codegen"];

/// The packages that a project is tested with, and their folders.
pub(super) const TESTED_WITH: [(&str, &str); 2] =
    [("saga-semantics", "dev/semantics"), ("saga-simulation", "dev/simulation")];

/// What belongs to all packages.
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Parts of a package that nothing of another workspace is built from.
const APART: [&str; 5] = ["benches", "examples", "target", "tests", "fuzz"];

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
    let copied = Packages::of(&checkout)?;
    let mut files = Files::new();
    for licence in LICENCES {
        add(&checkout, Path::new(licence), &mut files)?;
    }
    for package in &copied.packages {
        copied.add(package, &mut files)?;
    }
    for workspace in copied.packages.iter().map(|package| copied.workspace(package)) {
        let mut manifest = copied.without_tests(&workspace, copied.manifest(&workspace)?);
        copied.keep_members(&workspace, &mut manifest);
        files.insert(workspace.join("Cargo.toml"), manifest.to_string());
    }
    super::write(&root.join(VENDORED), &files)
}

/// The packages of a checkout that are copied.
struct Packages<'c> {
    checkout: &'c Path,
    packages: BTreeSet<PathBuf>,
}

impl<'c> Packages<'c> {
    /// Those that a project needs, with those that they depend on.
    fn of(checkout: &'c Path) -> Result<Self, String> {
        let mut found = Self { checkout, packages: BTreeSet::new() };
        let tested_with = TESTED_WITH.iter().map(|(_, folder)| folder);
        let mut next: Vec<PathBuf> = PACKAGES.iter().chain(tested_with).map(PathBuf::from).collect();
        while let Some(package) = next.pop() {
            if !found.packages.contains(&package) {
                next.extend(found.depends_on(&package)?);
                found.packages.insert(package);
            }
        }
        Ok(found)
    }

    /// The packages of the checkout that a package is built from.
    fn depends_on(&self, package: &Path) -> Result<Vec<PathBuf>, String> {
        let (manifest, workspace) = (self.manifest(package)?, self.workspace(package));
        let shared = self.manifest(&workspace)?;
        let shared = shared.get("workspace").and_then(|it| it.get("dependencies"));
        let mut paths = Vec::new();
        for section in ["dependencies", "build-dependencies"] {
            let dependencies = manifest.get(section).and_then(Item::as_table_like);
            for (name, source) in dependencies.into_iter().flat_map(|it| it.iter()) {
                let is_shared = source.get("workspace").is_some();
                let (source, from) = match is_shared {
                    true => (shared.and_then(|shared| shared.get(name)), workspace.as_path()),
                    false => (Some(source), package),
                };
                let path = source.and_then(|source| source.get("path")).and_then(Item::as_str);
                paths.extend(path.map(|path| plain(&from.join(path))));
            }
        }
        Ok(paths)
    }

    /// The folder of the workspace that a package belongs to.
    fn workspace(&self, package: &Path) -> PathBuf {
        let is_workspace =
            |folder: &&Path| self.manifest(folder).is_ok_and(|it| it.contains_key("workspace"));
        package.ancestors().find(is_workspace).unwrap_or(Path::new("")).to_owned()
    }

    fn manifest(&self, folder: &Path) -> Result<DocumentMut, String> {
        let path = self.checkout.join(folder).join("Cargo.toml");
        let text = fs::read_to_string(&path);
        let text = text.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        text.parse().map_err(|error| format!("cannot read {}: {error}", path.display()))
    }

    /// Adds the files of a package, without tests and without the packages in its folder.
    fn add(&self, package: &Path, files: &mut Files) -> Result<(), String> {
        for entry in entries(&self.checkout.join(package))? {
            let part = package.join(&entry);
            let is_package = self.checkout.join(&part).join("Cargo.toml").is_file();
            if !is_package && !entry.starts_with('.') && !APART.contains(&&*entry) {
                add(self.checkout, &part, files)?;
            }
        }
        let manifest = self.without_tests(package, self.manifest(package)?);
        files.insert(package.join("Cargo.toml"), manifest.to_string());
        Ok(())
    }

    /// The manifest of a package whose tests are not copied. A lock file that is copied names what tests need, and stays
    /// as it is: the tool is installed with `--locked`.
    fn without_tests(&self, package: &Path, mut manifest: DocumentMut) -> DocumentMut {
        let is_locked = self.packages.contains(&self.workspace(package));
        manifest.remove("test");
        manifest.remove("bench");
        if !is_locked {
            manifest.remove("dev-dependencies");
        }
        manifest
    }

    /// Leaves only the members of a workspace that are copied.
    fn keep_members(&self, folder: &Path, manifest: &mut DocumentMut) {
        let Some(workspace) = manifest.get_mut("workspace").and_then(Item::as_table_mut) else { return };
        let members = self.packages.iter().filter(|package| self.workspace(package) == folder);
        let members = members.filter_map(|package| package.strip_prefix(folder).ok());
        let members = members.filter(|member| !member.as_os_str().is_empty());
        let members = members.map(|member| member.to_string_lossy().into_owned());
        workspace.insert("members", Array::from_iter(members).into());
        workspace.remove("default-members");
    }
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
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

/// The names of all folders in a folder, but hidden ones.
fn folders(folder: &Path) -> Result<Vec<String>, String> {
    let mut names = entries(folder)?;
    names.retain(|name| folder.join(name).is_dir() && !name.starts_with('.') && name != "target");
    Ok(names)
}

/// The names in a folder, in order.
fn entries(folder: &Path) -> Result<Vec<String>, String> {
    let failed = |error| format!("cannot read {}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
