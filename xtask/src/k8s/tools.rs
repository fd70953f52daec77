//! The scanners, of pinned versions, installed under `target/tools/k8s`.

use std::path::{Path, PathBuf};
use std::process::Command;

use testbed::failure::{Failure, Result};
use testbed::on_path;

use crate::tools::{Toolbox, finish};

const REQUIREMENTS: &str = include_str!("../../k8s/requirements.txt");
const CONSTRAINTS: &str = include_str!("../../k8s/constraints.txt");

/// Programs in Go: name, package, version.
const GO: [(&str, &str, &str); 2] = [
    ("kube-score", "github.com/zegl/kube-score/cmd/kube-score", "v1.20.0"),
    ("kustomize", "sigs.k8s.io/kustomize/kustomize/v5", "v5.8.1"),
];

/// What the control plane is built from.
const CONTROL_PLANE: &str = include_str!("../../k8s/server/go.mod");
const CONTROL_PLANE_PROGRAMS: [&str; 3] =
    ["go.etcd.io/etcd/server/v3", "k8s.io/kubernetes/cmd/kube-apiserver", "k8s.io/kubernetes/cmd/kubectl"];
/// Its version, as in that file.
const KUBERNETES: &str = "1.34.1";

/// Where the scanners are.
pub(super) struct Tools {
    toolbox: Toolbox,
}

impl Tools {
    /// Installs what is missing or of another version.
    pub(super) fn ready(root: &Path) -> Result<Self> {
        let tools = Self { toolbox: Toolbox::open(root, "k8s")? };
        tools.python_tools(root)?;
        for (name, package, version) in GO {
            tools.go_tool(name, package, version)?;
        }
        Ok(tools)
    }

    /// A command of one of the Python tools.
    pub(super) fn python(&self, name: &str) -> Command {
        Command::new(self.toolbox.python(name))
    }

    /// A command of one of the Go tools.
    pub(super) fn go(&self, name: &str) -> Command {
        Command::new(self.toolbox.path("go").join(name))
    }

    /// The folder with etcd (called `server`), `kube-apiserver` and `kubectl`.
    pub(super) fn control_plane(&self, root: &Path) -> Result<PathBuf> {
        let folder = self.toolbox.path("control-plane");
        let what = "etcd, kube-apiserver and kubectl, which takes some minutes";
        self.toolbox.once("control-plane", CONTROL_PLANE, what, || {
            let mut build = Command::new(go()?);
            build.current_dir(root.join("xtask/k8s/server")).args(["build", "-tags", "programs"]);
            // The version is not in the modules; without one kubectl stumbles over a placeholder.
            build.arg(format!("-ldflags=-s -w -X k8s.io/component-base/version.gitVersion=v{KUBERNETES}"));
            build.arg("-o").arg(format!("{}/", folder.display()));
            finish(build.args(CONTROL_PLANE_PROGRAMS))
        })?;
        Ok(folder)
    }

    fn python_tools(&self, root: &Path) -> Result<()> {
        let wanted = format!("{REQUIREMENTS}{CONSTRAINTS}");
        let file = |name: &str| root.join("xtask/k8s").join(name).display().to_string();
        let (requirements, constraints) = (file("requirements.txt"), file("constraints.txt"));
        self.toolbox.install_python(
            &wanted,
            "checkov, kubernetes-validate, yamllint and hadolint",
            &["--requirement", &requirements, "--constraint", &constraints],
        )
    }

    fn go_tool(&self, name: &str, package: &str, version: &str) -> Result<()> {
        self.toolbox.once(name, version, name, || {
            let mut install = Command::new(go()?);
            install.arg("install").arg(format!("{package}@{version}"));
            finish(install.env("GOBIN", self.toolbox.path("go")))
        })
    }
}

fn go() -> Result<PathBuf> {
    let advice = "install Go 1.24 or newer from go.dev";
    on_path("go").ok_or_else(|| Failure::missing("missing on this machine: Go", advice))
}
