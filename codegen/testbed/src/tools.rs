//! Finds the programs that are needed, and installs missing ones where that needs no confirmation:
//! as root, with apt.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::geteuid;

use crate::failure::{Failure, Result};
use crate::run;

/// The oldest Java that runs the broker.
const JAVA: u32 = 17;
/// The oldest PostgreSQL with `pg_stat_wal`, which the tests read.
const POSTGRES: u32 = 14;

/// Folders that hold one folder a PostgreSQL version, with the programs in its
/// `bin`: Debian's, Homebrew's two, and Red Hat's. They are off the PATH, since
/// several versions may be installed.
const POSTGRES_HOMES: [&str; 4] = ["/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt", "/usr"];

/// Something that has to be installed.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// What it is, and what it is for.
    pub what: &'static str,
    /// The packages of Debian that hold it.
    pub debian: &'static [&'static str],
    /// The package of Homebrew.
    pub homebrew: &'static str,
}

const JAVA_PACKAGE: Package = Package {
    what: "Java 17 or newer, which runs Apache Kafka",
    debian: &["default-jre-headless"],
    homebrew: "openjdk",
};

const MAVEN_PACKAGE: Package =
    Package { what: "Maven (mvn), which downloads Apache Kafka", debian: &["maven"], homebrew: "maven" };

const POSTGRES_PACKAGE: Package = Package {
    what: "the server programs of PostgreSQL 14 or newer",
    debian: &["postgresql"],
    homebrew: "postgresql@17",
};

const PSQL_PACKAGE: Package =
    Package { what: "psql, PostgreSQL's client", debian: &["postgresql-client"], homebrew: "libpq" };

/// The `java` program.
pub(crate) fn java() -> Result<PathBuf> {
    find_or_install(&JAVA_PACKAGE, || {
        let home = env::var_os("JAVA_HOME").map(|home| Path::new(&home).join("bin/java"));
        home.into_iter()
            .chain(on_path("java"))
            .find(|java| java_version(java).is_some_and(|version| version >= JAVA))
    })
}

/// The `mvn` program.
pub(crate) fn maven() -> Result<PathBuf> {
    find_or_install(&MAVEN_PACKAGE, || on_path("mvn"))
}

/// The folder with `initdb`, `postgres` and `psql`.
pub(crate) fn postgres() -> Result<PathBuf> {
    find_or_install(&POSTGRES_PACKAGE, || {
        let versioned = POSTGRES_HOMES.iter().flat_map(|home| bin_folders(Path::new(home)));
        on_path("postgres")
            .and_then(|program| program.parent().map(Path::to_path_buf))
            .into_iter()
            .chain(versioned)
            .filter(|bin| bin.join("initdb").is_file() && bin.join("psql").is_file())
            .filter_map(|bin| Some((postgres_version(&bin.join("postgres"))?, bin)))
            .filter(|(version, _)| *version >= POSTGRES)
            .max_by_key(|(version, _)| *version)
            .map(|(_, bin)| bin)
    })
}

/// The `psql` program.
pub(crate) fn psql() -> Result<PathBuf> {
    find_or_install(&PSQL_PACKAGE, || on_path("psql"))
}

/// The major version that a `postgres` program says it has.
pub(crate) fn postgres_version(postgres: &Path) -> Option<u32> {
    let output = Command::new(postgres).arg("--version").output().ok()?;
    parse_postgres_version(&String::from_utf8_lossy(&output.stdout))
}

/// A program on the PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

/// What `find` finds, if need be after an installation.
///
/// # Errors
/// With the line to type, when it is neither there nor can be installed without asking.
pub fn find_or_install(package: &Package, find: impl Fn() -> Option<PathBuf>) -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if geteuid().is_root() && on_path("apt-get").is_some() {
        install(package)?;
        if let Some(found) = find() {
            return Ok(found);
        }
    }
    Err(package.missing())
}

fn install(package: &Package) -> Result<()> {
    eprintln!("installing {}: apt-get install {}", package.what, package.debian.join(" "));
    let install = [&["install", "--yes", "--no-install-recommends"], package.debian].concat();
    for arguments in [&["update"][..], &install] {
        let mut apt = Command::new("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        let output = run::to_the_end(&mut apt, "apt-get")?;
        if !output.status.success() {
            return Err(package.missing().with_output(&[output.stdout, output.stderr].concat()));
        }
    }
    Ok(())
}

impl Package {
    fn missing(&self) -> Failure {
        let command = if cfg!(target_os = "macos") {
            format!("brew install {}", self.homebrew)
        } else if on_path("apt-get").is_some() {
            format!("sudo apt-get install {}", self.debian.join(" "))
        } else {
            "install it with your system's package manager".to_owned()
        };
        Failure::missing(format!("missing on this machine: {}", self.what), command)
    }
}

/// `HOME/<version>/bin` and `HOME/postgresql@<version>/bin`, whatever is there.
fn bin_folders(home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home).into_iter().flatten().flatten();
    entries.map(|entry| entry.path().join("bin")).filter(|bin| bin.join("postgres").is_file()).collect()
}

fn java_version(java: &Path) -> Option<u32> {
    let output = Command::new(java).arg("-version").output().ok()?;
    parse_java_version(&String::from_utf8_lossy(&output.stderr))
}

/// `openjdk version "17.0.15" 2025-04-15`; before 9 it was `"1.8.0_402"`.
fn parse_java_version(text: &str) -> Option<u32> {
    let version = text.split('"').nth(1)?;
    let version = version.strip_prefix("1.").unwrap_or(version);
    leading_number(version)
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn parse_postgres_version(text: &str) -> Option<u32> {
    let (_, version) = text.split_once("(PostgreSQL)")?;
    leading_number(version.trim_start())
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_versions_that_programs_print() {
        let java = |text: &str| parse_java_version(text);
        assert_eq!(java("openjdk version \"17.0.15\" 2025-04-15\n"), Some(17));
        assert_eq!(java("openjdk version \"21\" 2023-09-19"), Some(21));
        assert_eq!(java("java version \"1.8.0_402\""), Some(8));
        assert_eq!(java("java: not found"), None);

        let postgres = |text: &str| parse_postgres_version(text);
        assert_eq!(postgres("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(postgres("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(postgres("something else"), None);
    }

    #[test]
    fn finds_programs_in_versioned_folders() {
        let home = env::temp_dir().join(format!("saga-testbed-tools-{}", std::process::id()));
        let bin = home.join("15/bin");
        fs::create_dir_all(&bin).expect("a temporary folder");
        fs::create_dir_all(home.join("16/bin")).expect("a folder without a server");
        fs::write(bin.join("postgres"), "").expect("a file in it");

        let found = bin_folders(&home);

        fs::remove_dir_all(&home).expect("the folder goes again");
        assert_eq!(found, [bin]);
    }

    #[test]
    fn what_is_missing_says_what_to_type() {
        let failure = MAVEN_PACKAGE.missing();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains("\nhelp: "));
    }
}
