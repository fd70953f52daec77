//! Programs that only the tests of this repository need, installed as those of the testbed are.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use saga_testbed::failure::Result;
use saga_testbed::tools::{Package, find_or_install, on_path};

const OPENSSL_PACKAGE: Package =
    Package { what: "openssl, which creates certificates", debian: &["openssl"], homebrew: "openssl@3" };

/// The `openssl` program.
pub fn openssl() -> Result<PathBuf> {
    find_or_install(&OPENSSL_PACKAGE, || on_path("openssl"))
}

const PYTHON_PACKAGE: Package = Package {
    what: "Python 3 with venv, which runs scanners",
    debian: &["python3", "python3-venv"],
    homebrew: "python3",
};

/// The `python3` program, able to make virtual environments.
pub fn python() -> Result<PathBuf> {
    let makes_environments = |program: &PathBuf| {
        let able =
            Command::new(program).args(["-c", "import ensurepip, venv"]).stderr(Stdio::null()).status();
        able.is_ok_and(|status| status.success())
    };
    find_or_install(&PYTHON_PACKAGE, || on_path("python3").filter(makes_environments))
}

const OPENSSL_LIBRARY: Package = Package {
    what: "the headers of OpenSSL, and pkg-config",
    debian: &["libssl-dev", "pkg-config"],
    homebrew: "openssl@3",
};

/// Makes sure that the services can be built with their feature `tls`.
pub fn openssl_library() -> Result<()> {
    if cfg!(target_os = "macos") {
        // Homebrew's is found without `pkg-config`, which does not know of it.
        return Ok(());
    }
    let known = |program: &PathBuf| {
        Command::new(program).args(["--exists", "openssl"]).status().is_ok_and(|status| status.success())
    };
    find_or_install(&OPENSSL_LIBRARY, || on_path("pkg-config").filter(known)).map(drop)
}
