//! What is scanned: `k8s/` as it is, and what kustomize makes of overlays.

use std::fs;
use std::path::{Path, PathBuf};

use testbed::failure::{Doing, Failure, Result};

use super::project::Project;
use super::tools::Tools;

/// The components, on top of `prod`. A saga has those for what its manifests bring.
const COMPONENTS: [&str; 4] = ["keda", "strimzi", "cnpg", "monitoring"];

/// Groups of Kubernetes itself: the kinds of all others are their operators'.
const NATIVE: [&str; 6] = ["v1", "apps", "autoscaling", "batch", "networking.k8s.io", "policy"];

/// A set of manifests.
pub(super) struct Target {
    /// `k8s`, `dev`, `prod+keda`
    pub name: String,
    /// The files: for a scanner of whole sets.
    pub files: Vec<PathBuf>,
    /// Those with one object each, of kinds that Kubernetes has.
    pub native: Vec<PathBuf>,
    /// How many objects are of kinds that operators bring.
    pub foreign: usize,
}

impl Target {
    /// Everything there is to scan of a project.
    pub(super) fn all(tools: &Tools, project: &Project) -> Result<Vec<Self>> {
        let root = project.folder.as_path();
        let built = root.join("target/k8s-check");
        if built.exists() {
            fs::remove_dir_all(&built).doing(|| format!("remove {}", built.display()))?;
        }
        let mut targets = vec![Self::plain(root)?];
        let there = |component: &&str| root.join("k8s-overlays/components").join(component).exists();
        let components: Vec<&str> = COMPONENTS.into_iter().filter(there).collect();
        for overlay in ["dev", "prod"] {
            let folder = root.join("k8s-overlays").join(overlay);
            targets.push(Self::built(tools, overlay, &folder, &built)?);
        }
        // Each by itself only here: elsewhere they differ by names.
        let alone = if project.is_this_repository() { components.as_slice() } else { &[] };
        for component in alone {
            targets.push(Self::with_components(tools, &format!("prod+{component}"), &[component], &built)?);
        }
        targets.push(Self::with_components(tools, "prod+all", &components, &built)?);
        for target in &mut targets {
            target.name = project.target(&target.name);
        }
        Ok(targets)
    }

    /// The files of `k8s/`, which hold one object each.
    fn plain(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        let mut open = vec![root.join("k8s")];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).doing(|| format!("read {}", folder.display()))? {
                let path = entry.doing(|| format!("read {}", folder.display()))?.path();
                if path.is_dir() {
                    open.push(path);
                } else if !path.ends_with("kustomization.yaml") {
                    files.push(path);
                }
            }
        }
        files.sort();
        Ok(Self { name: "k8s".to_owned(), native: files.clone(), files, foreign: 0 })
    }

    fn with_components(tools: &Tools, name: &str, components: &[&str], built: &Path) -> Result<Self> {
        let folder = built.join(name);
        fs::create_dir_all(&folder).doing(|| format!("create {}", folder.display()))?;
        let up = "../../../k8s-overlays";
        let listed: String = components.iter().map(|it| format!("  - {up}/components/{it}\n")).collect();
        let text = format!(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - {up}/prod\ncomponents:\n{listed}"
        );
        let file = folder.join("kustomization.yaml");
        fs::write(&file, text).doing(|| format!("write {}", file.display()))?;
        Self::built(tools, name, &folder, built)
    }

    fn built(tools: &Tools, name: &str, folder: &Path, built: &Path) -> Result<Self> {
        let output = tools.go("kustomize").arg("build").arg(folder).output();
        let output = output.doing(|| "run kustomize".to_owned())?;
        if !output.status.success() {
            return Err(Failure::new(format!("kustomize cannot build {name}")).with_output(&output.stderr));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let folder = built.join(format!("{name}.objects"));
        fs::create_dir_all(&folder).doing(|| format!("create {}", folder.display()))?;
        let whole = built.join(format!("{name}.yaml"));
        fs::write(&whole, &text).doing(|| format!("write {}", whole.display()))?;
        let (mut native, mut foreign) = (Vec::new(), 0);
        for (at, object) in objects(&text).enumerate() {
            if !is_native(object) {
                foreign += 1;
                continue;
            }
            let file = folder.join(format!("{at}.yaml"));
            fs::write(&file, object).doing(|| format!("write {}", file.display()))?;
            native.push(file);
        }
        Ok(Self { name: name.to_owned(), files: vec![whole], native, foreign })
    }
}

/// The documents of what kustomize writes: nothing else in it is a line of
/// three dashes.
fn objects(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n---\n").filter(|object| !object.trim().is_empty())
}

fn is_native(object: &str) -> bool {
    let version = object.lines().find_map(|line| line.strip_prefix("apiVersion: ")).unwrap_or_default();
    let group = version.split_once('/').map_or(version, |(group, _)| group);
    NATIVE.contains(&group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_operators_are_told_from_those_of_kubernetes() {
        let text = "apiVersion: v1\nkind: Service\n---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\n---\n\
                    apiVersion: apps/v1\nkind: Deployment\n";
        let native: Vec<bool> = objects(text).map(is_native).collect();
        assert_eq!(native, [true, false, true]);
    }
}
