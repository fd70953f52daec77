//! A project of a stranger, outside of this repository: installed, begun in three ways, and each command of its
//! README run as it stands there.
//!
//! Crates of others are taken as this repository has built them. That is the only thing a stranger does not have.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use testbed::cargo::cargo;
use testbed::repo;

use crate::bounded::{self, Done};
use crate::checkout::Checkout;
use crate::running::Running;

/// How long one command may take. The first build on a new machine takes minutes.
const LIMIT: Duration = Duration::from_secs(15 * 60);
/// The services of a new project.
const SERVICES: [&str; 2] = ["order", "stock"];
/// What `init` prints after the folder, if not `cd`.
const RUN: &str = "cargo run";
/// What a command of the README is run with besides: few worlds are enough here.
const FEW: (&str, [&str; 2]) = ("cargo saga test", ["--seeds", "5"]);
/// The name of the repository's clone, by which cargo keeps what it fetches.
const CLONE: &str = "saga-outside";

#[test]
#[ignore = "installs the tool, and builds three projects"]
fn a_stranger_installs_begins_runs_and_tests() {
    let outside = Outside::new();
    outside.install();

    let project = outside.init("by-path", &["--runtime", &format!("path={}", repo::root().display())]);
    let readme = Readme::of(&project);
    for command in &readme.commands {
        match command.as_str() {
            RUN => outside.run_one_instance(&project, &readme),
            command => outside.expect(&project, command),
        }
    }
    // What `saga test` has made is part of the workspace now.
    outside.expect(&project, "cargo saga generate --check");

    // The source of the runtime differs, and so does nothing else: what it is built from has to be found.
    let checkout = Checkout::new();
    let clone = outside.clone_of(&checkout);
    outside.compiles("by-git", &["--runtime", &format!("git=file://{}", clone.display())]);
    outside.compiles("vendored", &["--vendor"]);
    outside.expect(&outside.folder.join("vendored/vendor/saga/codegen"), "cargo check --locked --bins");
}

/// A folder outside of this repository, and a tool that is installed there.
struct Outside {
    folder: PathBuf,
    target: PathBuf,
}

impl Outside {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("{CLONE}-{}", std::process::id()));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target folder");
        fs::create_dir_all(folder.join(".cargo")).expect("a folder");
        fs::write(folder.join(".cargo/config.toml"), settings()).expect("a file");
        Self { folder, target: target.to_owned() }
    }

    /// Installs the tool as its page says, but for the profile: its dependencies are built by now.
    fn install(&self) {
        let root = self.folder.join("installed");
        let mut command = cargo();
        command.args(["install", "--debug", "--locked", "--path", "codegen", "--root"]).arg(&root);
        command.current_dir(repo::root()).env("CARGO_TARGET_DIR", &self.target);
        bounded::run(command, LIMIT).expect_success();
        for program in ["saga", "cargo-saga"] {
            assert!(root.join("bin").join(program).is_file(), "{program} is not installed");
        }
    }

    /// A command line in a folder, with the installed tool.
    fn command(&self, folder: &Path, line: &str) -> Command {
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next().expect("a program"));
        if line.starts_with("cargo ") {
            command = cargo();
        }
        let bin = self.folder.join("installed/bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).expect("a path");
        command.args(words).current_dir(folder).env("PATH", path);
        command
            .env("CARGO_BUILD_BUILD_DIR", &self.target)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            // The crates of the three projects have the same names.
            .env("CARGO_PROFILE_DEV_DEBUG", "limited");
        command
    }

    fn run(&self, folder: &Path, line: &str) -> Done {
        let mut command = self.command(folder, line);
        if line == FEW.0 {
            command.args(FEW.1);
        }
        bounded::run(command, LIMIT)
    }

    fn expect(&self, folder: &Path, line: &str) {
        let done = self.run(folder, line);
        assert!(done.status.success(), "{line}\n{}\n{}", done.stdout, done.stderr);
    }

    /// A new project, with the versions of dependencies that this repository has.
    fn init(&self, name: &str, source: &[&str]) -> PathBuf {
        let line = format!("cargo saga init {name} {}", source.join(" "));
        let done = self.run(&self.folder, &line);
        assert!(done.status.success(), "{line}\n{}\n{}", done.stdout, done.stderr);
        assert!(done.stdout.contains(&format!("\n  cd {name}\n  {RUN}")), "{}", done.stdout);
        let project = self.folder.join(name);
        fs::copy(repo::root().join("Cargo.lock"), project.join("Cargo.lock")).expect("a file");
        project
    }

    /// Runs the saga, and begins the instance that the README begins.
    fn run_one_instance(&self, project: &Path, readme: &Readme) {
        self.expect(project, "cargo build");
        let saga = Running::start_with(self.command(project, "cargo run --quiet"), &SERVICES);
        let begun = saga.post("order", &readme.path, &readme.body);
        let path = format!("{}/{}", readme.path, begun["id"]);
        let end = saga.wait_for("the end of the first instance", || {
            let order = saga.get("order", &path);
            (order["status"] != "PENDING").then_some(order)
        });
        assert_eq!(end["status"], "CONFIRMED");
        saga.stop();
    }

    /// This repository as it is on disk, as a repository that can be cloned.
    fn clone_of(&self, checkout: &Checkout) -> PathBuf {
        let clone = self.folder.join(CLONE);
        std::os::unix::fs::symlink(checkout.path(""), &clone).expect("a link");
        clone
    }

    /// Begins a project and its simulation, and has the compiler look at all of it.
    fn compiles(&self, name: &str, source: &[&str]) {
        let project = self.init(name, source);
        self.expect(&project, "cargo saga generate --check");
        // Makes the crate, and runs nothing.
        let mut test = self.command(&project, "cargo-saga saga test");
        test.env("CARGO", "true");
        bounded::run(test, LIMIT).expect_success();
        assert!(project.join("simulation/Cargo.toml").is_file());
        self.expect(&project, "cargo check --workspace --tests");
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("it is left in {}", self.folder.display());
            return;
        }
        let _ = fs::remove_dir_all(&self.folder);
        // What cargo has fetched from a repository that is no more.
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
        for kept in ["db", "checkouts"] {
            let Some(folder) = home.as_ref().map(|home| home.join("git").join(kept)) else { continue };
            let of_clone = |name: &str| name.strip_prefix(CLONE).is_some_and(|it| it.starts_with('-'));
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.file_name().to_str().is_some_and(of_clone) {
                    let _ = fs::remove_dir_all(entry.path());
                }
            }
        }
    }
}

/// What dependencies are built with in this repository, so that they are not built again.
fn settings() -> String {
    let manifest = fs::read_to_string(repo::root().join("Cargo.toml")).expect("a manifest");
    let profiles = manifest.split("\n[").filter(|table| table.starts_with("profile.dev.package."));
    let profiles =
        profiles.map(|table| format!("[{}\n", table.split("\n#").next().unwrap_or(table).trim_end()));
    let config = fs::read_to_string(repo::root().join(".cargo/config.toml")).expect("a file");
    let flags = config.lines().find(|line| line.starts_with("CFLAGS")).expect("the flags of C");
    format!("{}\n[env]\n{flags}\n", profiles.collect::<String>())
}

/// What the README of a project tells to type.
struct Readme {
    commands: Vec<String>,
    /// Where a request begins an instance, and its body.
    path: String,
    body: Value,
}

impl Readme {
    fn of(project: &Path) -> Self {
        let text = fs::read_to_string(project.join("README.md")).expect("a README");
        let blocks: Vec<&str> =
            text.split("```sh\n").skip(1).filter_map(|it| it.split("\n```").next()).collect();
        let [commands, begin] = blocks.as_slice() else {
            panic!("two blocks of commands are expected:\n{text}")
        };
        let bare = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
        let commands: Vec<String> = commands.lines().map(bare).collect();
        assert_eq!(commands.len(), 5, "{commands:?}");
        assert!(
            commands.iter().any(|command| command == RUN) && commands.iter().any(|command| command == FEW.0)
        );
        let (_, address) = begin.split_once("localhost:").expect("an address");
        let path = address.split_whitespace().next().and_then(|it| it.split_once('/')).expect("a path").1;
        let body = begin.split("-d '").nth(1).and_then(|it| it.split('\'').next()).expect("a body");
        Self { commands, path: format!("/{path}"), body: serde_json::from_str(body).expect("JSON") }
    }
}
