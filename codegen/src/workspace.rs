//! The Cargo workspace around the generated crates, as far as they are deployed from it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use toml_edit::{DocumentMut, Item};

/// The folders that every project has, and that `generate` writes itself.
const OURS: [&str; 2] = ["generated", "handlers"];

/// What a workspace says of the folders that its crates are built from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspace {
    /// Folders below its root that a build needs, beside `generated` and `handlers`.
    pub folders: BTreeSet<String>,
    /// Where a dependency lies that is not below its root, if there is one.
    pub outside: Option<PathBuf>,
}

impl Workspace {
    /// Reads `Cargo.toml` in `root`. A manifest that is missing or garbled says nothing: cargo reports it
    /// better, and services must be generated all the same.
    pub fn read(root: &Path) -> Self {
        let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
        manifest.parse().map(|manifest| Self::of(&manifest)).unwrap_or_default()
    }

    fn of(manifest: &DocumentMut) -> Self {
        let mut found = Self::default();
        let Some(workspace) = manifest.get("workspace") else { return found };
        let members = workspace.get("members").and_then(Item::as_array);
        let members = members.into_iter().flatten().filter_map(|member| member.as_str());
        // A pattern that matches nothing is no error to cargo; a member that is missing is.
        for member in members.filter(|member| !member.contains('*')) {
            found.needs(Path::new(member));
        }
        let dependencies = workspace.get("dependencies").and_then(Item::as_table_like);
        for (_, dependency) in dependencies.into_iter().flat_map(|table| table.iter()) {
            let path = dependency.as_table_like().and_then(|it| it.get("path")).and_then(Item::as_str);
            if let Some(path) = path {
                found.needs(Path::new(path));
            }
        }
        found
    }

    fn needs(&mut self, path: &Path) {
        let mut parts = path.components().filter(|part| *part != Component::CurDir);
        match parts.next() {
            Some(Component::Normal(first)) => {
                let first = first.to_string_lossy();
                if !OURS.contains(&&*first) {
                    self.folders.insert(first.into_owned());
                }
            }
            _ => self.outside = Some(path.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(manifest: &str) -> Workspace {
        Workspace::of(&manifest.parse().expect("a manifest"))
    }

    #[test]
    fn an_image_is_built_from_members_and_from_dependencies_below_the_root() {
        let found = workspace(
            "[workspace]\nmembers = ['generated/*', 'handlers/*', 'handlers/x', 'simulation']\n\
             [workspace.dependencies]\nserde = '1'\nsaga-runtime = { path = './vendor/saga/runtime' }\n",
        );
        assert_eq!(found.folders.iter().collect::<Vec<_>>(), ["simulation", "vendor"]);
        assert_eq!(found.outside, None);
    }

    #[test]
    fn a_dependency_outside_the_root_is_found() {
        let above = "[workspace.dependencies.saga-runtime]\npath = '../saga/runtime'\n";
        assert_eq!(workspace(above).outside, Some(PathBuf::from("../saga/runtime")));
        let absolute = "[workspace.dependencies]\nsaga-runtime = { path = '/opt/saga/runtime' }\n";
        assert_eq!(workspace(absolute).outside, Some(PathBuf::from("/opt/saga/runtime")));
    }

    #[test]
    fn a_manifest_that_cannot_be_read_says_nothing() {
        assert_eq!(Workspace::read(Path::new("/nowhere")), Workspace::default());
    }
}
