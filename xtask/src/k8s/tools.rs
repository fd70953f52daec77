//! The scanners, of pinned versions, kept under `target/tools/k8s`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use testbed::failure::{Doing, Failure, Result};
use testbed::{on_path, python};

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
pub struct Tools {
    home: PathBuf,
}

impl Tools {
    /// Installs what is not there, or is of another version.
    pub fn ready(root: &Path) -> Result<Self> {
        let home = root.join("target/tools/k8s");
        fs::create_dir_all(&home).doing(|| format!("create the folder {}", home.display()))?;
        let tools = Self { home };
        tools.python_tools(root)?;
        for (name, package, version) in GO {
            tools.go_tool(name, package, version)?;
        }
        Ok(tools)
    }

    /// A command of one of the Python tools.
    pub fn python(&self, name: &str) -> Command {
        Command::new(self.home.join("python/bin").join(name))
    }

    /// A command of one of the Go tools.
    pub fn go(&self, name: &str) -> Command {
        Command::new(self.home.join("go").join(name))
    }

    /// The folder with etcd (called `server`), `kube-apiserver` and `kubectl`.
    pub fn control_plane(&self, root: &Path) -> Result<PathBuf> {
        let folder = self.home.join("control-plane");
        let what = "etcd, kube-apiserver and kubectl, which takes some minutes";
        self.once("control-plane", CONTROL_PLANE, what, || {
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
        self.once("python", &wanted, "checkov, kubernetes-validate, yamllint and hadolint", || {
            let home = self.home.join("python");
            if home.exists() {
                fs::remove_dir_all(&home).doing(|| format!("remove {}", home.display()))?;
            }
            finish(Command::new(python()?).args(["-m", "venv"]).arg(&home))?;
            let folder = root.join("xtask/k8s");
            let mut pip = self.python("pip");
            pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]);
            pip.arg(folder.join("requirements.txt")).arg("--constraint").arg(folder.join("constraints.txt"));
            finish(&mut pip)
        })
    }

    fn go_tool(&self, name: &str, package: &str, version: &str) -> Result<()> {
        self.once(name, version, name, || {
            let mut install = Command::new(go()?);
            install.arg("install").arg(format!("{package}@{version}"));
            finish(install.env("GOBIN", self.home.join("go")))
        })
    }

    /// Does a work whose result is kept, unless it was done for the same `wanted`.
    fn once(&self, name: &str, wanted: &str, what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let mark = self.home.join(format!("{name}.installed"));
        if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        eprintln!("installing {what} (once)");
        let begun = Instant::now();
        work()?;
        eprintln!("installed after {:.0} s", begun.elapsed().as_secs_f32());
        fs::write(&mark, wanted).doing(|| format!("write {}", mark.display()))
    }
}

fn go() -> Result<PathBuf> {
    let advice = "install Go 1.24 or newer (go.dev), which builds what is written in it";
    on_path("go").ok_or_else(|| Failure::missing("this machine does not have Go", advice))
}

fn finish(command: &mut Command) -> Result<()> {
    let name = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().doing(|| format!("run {name}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("{name} could not install it"))
            .with_output(&[output.stdout, output.stderr].concat()))
    }
}
