//! typos, which checks the spelling of everything in the repository; typos.toml has the exceptions.

use std::path::{Path, PathBuf};

use testbed::failure::Result;

use crate::tools::Toolbox;

/// The package, a binary wheel. Another version may know other misspellings.
const PACKAGE: &str = "typos==1.52.0";

/// The `typos` program.
pub(super) fn program(root: &Path) -> Result<PathBuf> {
    let toolbox = Toolbox::open(root, "typos")?;
    toolbox.install_python(PACKAGE, PACKAGE, &["--only-binary=:all:", PACKAGE])?;
    Ok(toolbox.python("typos"))
}
