//! A new project: what a team owns of it, written once, and then the services that are generated from it.
//!
//! Everything is made in a folder beside the new one, and renamed when it is complete: a project that cannot be
//! begun leaves nothing behind.

mod adopt;
mod copy;
mod project;
mod runtime;
mod simulation;
mod versions;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub use adopt::adopt;
pub use runtime::{Runtime, VERSION};
pub use simulation::begin_simulation;
pub use versions::{Advice, Versions, newer, write_source};

use crate::accepted::Verdict;
use crate::pipeline::{self, Content, Terms};
use crate::prove::explore::Limits;
use crate::source::Source;
use crate::sync;
use project::Project;
use saga_testbed::interrupt;

/// What a new project is made of.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Where the runtime comes from.
    pub runtime: Runtime,
    /// Whether the runtime is copied into the project.
    pub vendor: bool,
    /// The example that it begins with, instead of two services.
    pub example: Option<String>,
}

/// Files by their path in the project.
type Files = BTreeMap<PathBuf, String>;

/// What was done for a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The files that were made, and belong to the team.
    pub files: Vec<PathBuf>,
    /// Whether something was added to the manifest of a workspace that exists.
    pub changed_manifest: bool,
    /// A request that begins an instance.
    pub begin: Option<String>,
}

/// Makes a project in a folder that does not exist yet, or is empty.
///
/// # Errors
/// A text for the user: the folder is taken, the name cannot be that of a saga, the runtime is not found, or
/// something cannot be written.
pub fn init(folder: &Path, wish: Wish) -> Result<Begun, String> {
    let name = name(folder)?;
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(format!(
            "{} is not empty; choose another name, or run `cargo saga init --adopt` in it to add what is missing",
            folder.display()
        ));
    }
    if folder.is_file() {
        return Err(format!("{} is a file; choose another name", folder.display()));
    }
    let wish = Wish { runtime: wish.runtime.found()?, ..wish };
    let project = Project::begin(&name, &wish)?;
    let beside = folder.with_file_name(format!(".{name}.new-{}", std::process::id()));
    let held = interrupt::hold();
    let made = make(&beside, &project, &wish);
    let made = match held.is_interrupted() {
        true => Err("interrupted: nothing of the project is left".to_owned()),
        false => made,
    };
    let made = made.and_then(|begun| {
        fs::rename(&beside, folder)
            .map_err(|error| format!("cannot create {}: {error}", folder.display()))
            .map(|()| begun)
    });
    if made.is_err() {
        // Nothing is left; the error to report is the first one.
        let _ = fs::remove_dir_all(&beside);
    }
    made
}

fn make(root: &Path, project: &Project, wish: &Wish) -> Result<Begun, String> {
    let files = project.files();
    write(root, &files)?;
    if wish.vendor {
        copy::runtime(&wish.runtime, root)?;
    }
    generate(root)?;
    let files = files.into_keys().collect();
    Ok(Begun { files, changed_manifest: false, begin: project.begin_line() })
}

/// The name of the saga in that folder.
fn name(folder: &Path) -> Result<String, String> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_kebab = name.split('-').all(|word| {
        let mut letters = word.chars();
        letters.next().is_some_and(|first| first.is_ascii_lowercase())
            && letters.all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    });
    if is_kebab {
        return Ok(name);
    }
    let kebab = crate::names::kebab(&name).replace(|it: char| !it.is_ascii_alphanumeric(), "-");
    Err(format!(
        "a saga's name is in kebab case, of a-z, 0-9 and hyphens, as `{}`; this folder would be `{name}`",
        if kebab.trim_matches('-').is_empty() { "food-order" } else { kebab.trim_matches('-') }
    ))
}

fn write(root: &Path, files: &Files) -> Result<(), String> {
    for (path, content) in files {
        let path = root.join(path);
        write_one(&path, content)?;
    }
    Ok(())
}

/// Writes a file, or leaves it as it was.
fn write_one(path: &Path, content: &str) -> Result<(), String> {
    sync::replace(path, content).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Generates the services of a file that is known to be right.
fn generate(root: &Path) -> Result<(), String> {
    let file = root.join("saga.yaml");
    let source = Source::read(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let accepted = accepted(&source)?;
    let plan = pipeline::plan(&accepted, Content::All, root).map_err(|error| error.to_string())?;
    plan.apply(root).map_err(|error| error.to_string())
}

fn accepted(source: &Source) -> Result<crate::accepted::Accepted, String> {
    let terms = Terms { certificate: "", allow: &[], limits: Limits::up_to(None) };
    let Verdict { accepted, .. } = pipeline::accept(source, &terms);
    accepted.ok_or_else(|| format!("{} is refused; `cargo saga check` says why", source.path().display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_names_its_saga() {
        assert_eq!(name(Path::new("../food-order2")), Ok("food-order2".to_owned()));
        assert!(name(Path::new("FoodOrder")).expect_err("upper case").contains("`food-order`"));
        assert!(name(Path::new("..")).expect_err("no name").contains("`food-order`"));
        assert!(name(Path::new("food--order")).is_err());
    }
}
