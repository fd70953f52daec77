//! Where a project's runtime comes from.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The version of this tool, and of the runtime that its code fits.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The folder of this package while it was built.
const BUILT_IN: &str = env!("CARGO_MANIFEST_DIR");

/// A checkout of the repository, if the tool was built in one.
pub(super) const BUILT_IN_CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Where a project's runtime comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// A checkout of the repository.
    Path(PathBuf),
    /// A Git repository, at a revision if there is one.
    Git {
        /// Its address.
        url: String,
        /// A commit, a tag or a branch.
        rev: Option<String>,
    },
    /// A version in the registry.
    Version(String),
}

impl FromStr for Runtime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some(("path", path)) if !path.is_empty() => Ok(Self::Path(PathBuf::from(path))),
            Some(("git", url)) if !url.is_empty() => Ok(match url.split_once('#') {
                Some((url, rev)) => Self::Git { url: url.to_owned(), rev: Some(rev.to_owned()) },
                None => Self::Git { url: url.to_owned(), rev: None },
            }),
            None if text.starts_with(|first: char| first.is_ascii_digit()) => {
                Ok(Self::Version(text.to_owned()))
            }
            _ => Err("expected path=FOLDER, git=URL, git=URL#REVISION, or a version such as 0.1".to_owned()),
        }
    }
}

impl Runtime {
    /// Where this tool comes from. Cargo's own folder says from which Git repository it was installed.
    pub fn of_this_tool(cargo_home: Option<&Path>) -> Self {
        // Cargo builds what it installs from Git in a folder of its own, which it may clean up.
        let is_of_cargo = Path::new(BUILT_IN).components().any(|part| part.as_os_str() == "checkouts");
        if is_of_cargo {
            let list = cargo_home.and_then(|home| fs::read_to_string(home.join(".crates.toml")).ok());
            if let Some(git) = list.as_deref().and_then(noted) {
                return git;
            }
        }
        match Self::Path(PathBuf::from(BUILT_IN_CHECKOUT)).found() {
            Ok(checkout) => checkout,
            Err(_) => Self::Version(VERSION.to_owned()),
        }
    }

    /// The same, with a folder that exists, as an absolute path.
    pub(super) fn found(self) -> Result<Self, String> {
        let Self::Path(folder) = self else { return Ok(self) };
        let absolute = fs::canonicalize(&folder)
            .map_err(|error| format!("cannot read the runtime in {}: {error}", folder.display()))?;
        // The folder of the runtime itself is meant as well.
        let checkout = match absolute.ends_with("runtime") && !is_checkout(&absolute) {
            true => absolute.parent().unwrap_or(&absolute).to_owned(),
            false => absolute,
        };
        match is_checkout(&checkout) {
            true => Ok(Self::Path(checkout)),
            false => Err(format!(
                "{} holds no runtime: expected a checkout of the repository, with runtime/Cargo.toml",
                folder.display()
            )),
        }
    }

    /// The line of `[workspace.dependencies]` for one of the repository's packages, in that folder of it.
    pub(super) fn dependency(&self, package: &str, folder: &str) -> String {
        let source = match self {
            Self::Path(checkout) => format!("{{ path = {} }}", quoted(checkout.join(folder))),
            Self::Git { url, rev: None } => format!("{{ git = {} }}", quoted(url)),
            Self::Git { url, rev: Some(rev) } => {
                format!("{{ git = {}, rev = {} }}", quoted(url), quoted(rev))
            }
            Self::Version(version) => quoted(version),
        };
        format!("{package} = {source}")
    }

    /// The command that installs the tool of the same source.
    pub(super) fn install(&self) -> String {
        match self {
            Self::Path(checkout) => {
                format!("cargo install --locked --path {}", checkout.join("codegen").display())
            }
            Self::Git { url, rev: None } => format!("cargo install --locked --git {url} saga-cli"),
            Self::Git { url, rev: Some(rev) } => {
                format!("cargo install --locked --git {url} --rev {rev} saga-cli")
            }
            Self::Version(version) => format!("cargo install --locked saga-cli --version {version}"),
        }
    }
}

fn is_checkout(folder: &Path) -> bool {
    folder.join("runtime/Cargo.toml").is_file() && folder.join("step/Cargo.toml").is_file()
}

/// The source of this package in cargo's list of what is installed:
/// `"saga-cli 0.1.0 (git+URL?branch=main#COMMIT)" = [...]`.
fn noted(list: &str) -> Option<Runtime> {
    let line = list.lines().find(|line| line.starts_with("\"saga-cli "))?;
    let (source, _) = line.split_once("(git+")?.1.split_once(')')?;
    let (url, commit) = source.split_once('#')?;
    let url = url.split_once('?').map_or(url, |(url, _)| url);
    Some(Runtime::Git { url: url.to_owned(), rev: Some(commit.to_owned()) })
}

/// A basic string of TOML.
fn quoted(text: impl AsRef<Path>) -> String {
    toml_edit::Value::from(text.as_ref().to_string_lossy().into_owned()).to_string()
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(checkout) => write!(f, "path={}", checkout.display()),
            Self::Git { url, rev: None } => write!(f, "git={url}"),
            Self::Git { url, rev: Some(rev) } => write!(f, "git={url}#{rev}"),
            Self::Version(version) => f.write_str(version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_and_becomes_a_dependency() {
        let line = |text: &str| text.parse::<Runtime>().map(|it| it.dependency("saga-runtime", "runtime"));
        assert_eq!(line("path=/saga").as_deref(), Ok(r#"saga-runtime = { path = "/saga/runtime" }"#));
        assert_eq!(
            line("git=https://a.example/b.git").as_deref(),
            Ok(r#"saga-runtime = { git = "https://a.example/b.git" }"#)
        );
        let rev = r#"saga-runtime = { git = "file:///b", rev = "abc" }"#;
        assert_eq!(line("git=file:///b#abc").as_deref(), Ok(rev));
        assert_eq!(line("0.1").as_deref(), Ok(r#"saga-runtime = "0.1""#));
        for wrong in ["", "path=", "git=", "latest", "svn=x"] {
            assert!(line(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn cargo_knows_the_repository_that_the_tool_was_installed_from() {
        let list = "[v1]\n\"ripgrep 14.0.0 (registry+x)\" = [\"rg\"]\n\
                    \"saga-cli 0.1.0 (git+https://a.example/b?branch=main#abc)\" = [\"saga\"]\n";
        let git = Runtime::Git { url: "https://a.example/b".to_owned(), rev: Some("abc".to_owned()) };
        assert_eq!(noted(list), Some(git));
        assert_eq!(noted("\"saga-cli 0.1.0 (path+file:///b)\" = [\"saga\"]\n"), None);
    }

    #[test]
    fn a_folder_without_a_runtime_is_refused() {
        let here = Runtime::Path(PathBuf::from(BUILT_IN));
        assert!(here.found().expect_err("this is the generator").contains("holds no runtime"));
        let runtime = Runtime::Path(Path::new(BUILT_IN).join("../runtime"));
        let above = fs::canonicalize(Path::new(BUILT_IN).join("..")).expect("the repository");
        assert_eq!(runtime.found(), Ok(Runtime::Path(above)));
        assert!(
            Runtime::Path(PathBuf::from("/nowhere")).found().expect_err("no folder").contains("/nowhere")
        );
    }
}
