//! Tools of pinned versions, installed once under `target/tools`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use testbed::failure::{Doing, Failure, Result};
use testbed::python;

/// A folder of installed tools.
pub(crate) struct Toolbox {
    home: PathBuf,
}

impl Toolbox {
    /// The folder of this name, which is created if it is missing.
    pub(crate) fn open(root: &Path, name: &str) -> Result<Self> {
        let home = root.join("target/tools").join(name);
        fs::create_dir_all(&home).doing(|| format!("create the folder {}", home.display()))?;
        Ok(Self { home })
    }

    /// The path of a file or folder in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// A program of the virtual environment that [`Self::install_python`] made.
    pub(crate) fn python(&self, program: &str) -> PathBuf {
        self.path("python/bin").join(program)
    }

    /// Installs Python packages into a virtual environment of their own: `pip install` with `arguments`.
    pub(crate) fn install_python(&self, wanted: &str, what: &str, arguments: &[&str]) -> Result<()> {
        self.once("python", wanted, what, || {
            let environment = self.path("python");
            if environment.exists() {
                fs::remove_dir_all(&environment).doing(|| format!("remove {}", environment.display()))?;
            }
            finish(Command::new(python()?).args(["-m", "venv"]).arg(&environment))?;
            let mut pip = Command::new(self.python("pip"));
            pip.args(["install", "--quiet", "--disable-pip-version-check"]);
            finish(pip.args(arguments))
        })
    }

    /// Does work whose result is kept, unless it was done for the same `wanted` before.
    pub(crate) fn once(
        &self,
        name: &str,
        wanted: &str,
        what: &str,
        work: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let mark = self.path(&format!("{name}.installed"));
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

/// Runs an installer to its end; an error shows the end of its output.
pub(crate) fn finish(command: &mut Command) -> Result<()> {
    let name = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().doing(|| format!("run {name}"))?;
    if output.status.success() {
        Ok(())
    } else {
        let failure = Failure::new(format!("the installation with {name} failed"));
        Err(failure.with_output(&[output.stdout, output.stderr].concat()))
    }
}
