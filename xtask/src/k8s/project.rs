//! Whose manifests are checked: this repository's, and those of sagas that are deployed in other ways.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use testbed::cargo::cargo;
use testbed::failure::{Doing, Failure, Result};

/// Sagas whose manifests have another shape: with servers that a team has, and with a system to call.
const SAGAS: [&str; 2] = ["codegen/tests/golden/servers", "examples/travel"];

/// A folder with manifests.
pub(super) struct Project {
    /// What it is called before the names of its targets; nothing for this repository.
    pub name: String,
    pub folder: PathBuf,
}

impl Project {
    /// All of them, generated where they are not committed.
    pub(super) fn all(root: &Path) -> Result<Vec<Self>> {
        let mut projects = vec![Self { name: String::new(), folder: root.to_owned() }];
        for saga in SAGAS {
            projects.push(Self::generated(root, saga)?);
        }
        Ok(projects)
    }

    fn generated(root: &Path, saga: &str) -> Result<Self> {
        let name = saga.rsplit('/').next().unwrap_or(saga).to_owned();
        let folder = root.join("target/k8s-projects").join(&name);
        if folder.exists() {
            fs::remove_dir_all(&folder).doing(|| format!("remove {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).doing(|| format!("create {}", folder.display()))?;
        let (from, to) = (root.join(saga).join("saga.yaml"), folder.join("saga.yaml"));
        fs::copy(&from, &to).doing(|| format!("copy {}", from.display()))?;
        let mut generate = cargo();
        generate.args(["run", "--quiet", "--manifest-path", "codegen/Cargo.toml", "--", "generate"]);
        let output = generate.arg(&to).current_dir(root).stdin(Stdio::null()).output();
        let output = output.doing(|| "run cargo".to_owned())?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            return Err(Failure::new(format!("nothing is generated for {saga}")).with_output(&said));
        }
        Ok(Self { name, folder })
    }

    /// Whether its manifests are those that are committed here.
    pub(super) fn is_this_repository(&self) -> bool {
        self.name.is_empty()
    }

    /// The name of one of its targets.
    pub(super) fn target(&self, name: &str) -> String {
        if self.is_this_repository() { name.to_owned() } else { format!("{}: {name}", self.name) }
    }
}
