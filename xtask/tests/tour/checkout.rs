//! A copy of this repository to edit, as it is right after a clone.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use testbed::cargo::cargo;
use testbed::repo;

use crate::bounded::{self, Done};
use crate::compiler::Complaints;

/// How long cargo may take. The first build on a new machine takes minutes.
const BUILD_LIMIT: Duration = Duration::from_secs(15 * 60);
/// How long anything else may take.
const LIMIT: Duration = Duration::from_secs(60);

/// The copy: committed, and clean.
///
/// It is always in the same folder, so that what was built from it once does
/// not have to be built again; there is one of them at a time.
pub(crate) struct Checkout {
    folder: PathBuf,
    target: PathBuf,
    /// Holds off other tests, in this process and others, until it is dropped.
    _lock: File,
}

impl Checkout {
    /// This repository as it is on disk, with what is not committed yet.
    pub(crate) fn new() -> Self {
        Self::of(|_| true)
    }

    /// The same without what it is tested with: what a project holds.
    pub(crate) fn of_the_product() -> Self {
        Self::of(|path| !path.starts_with("dev") && !path.starts_with("xtask"))
    }

    /// The files of this repository whose paths `keeps` lets through.
    fn of(keeps: impl Fn(&Path) -> bool) -> Self {
        // cargo names a folder in the target folder it builds into.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target folder");
        let tour = target.join("tour");
        let folder = tour.join("checkout");
        fs::create_dir_all(&folder).expect("a folder for the copy");
        let lock = File::create(tour.join("lock")).expect("a file to lock");
        lock.lock().expect("the lock");
        let checkout = Self { folder, target: target.to_owned(), _lock: lock };
        checkout.bring_up_to_date(&repo::root(), keeps);
        checkout.commit();
        checkout
    }

    /// A path in it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Its `cargo`, in the way a user types it.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = cargo();
        command
            .args(arguments)
            .current_dir(&self.folder)
            // What crates of others were compiled to is shared with this
            // repository; the programs are not, or its own would be replaced.
            .env("CARGO_BUILD_BUILD_DIR", &self.target)
            // Its own crates have the names and places of this repository's: with the same
            // settings cargo would take the one for the other. Others' crates have none of this.
            .env("CARGO_PROFILE_DEV_DEBUG", "limited")
            .env("CARGO_TARGET_DIR", self.target.join("tour/target"));
        command
    }

    /// Runs its `cargo` to the end.
    pub(crate) fn run_cargo(&self, arguments: &[&str]) -> Done {
        bounded::run(self.cargo(arguments), BUILD_LIMIT)
    }

    /// What the compiler has to say of the whole saga.
    pub(crate) fn build(&self) -> Complaints {
        // Without `--keep-going` it would be silent on some crates after the
        // first that fails.
        Complaints::of(&self.run_cargo(&["build", "--keep-going", "--message-format", "json"]))
    }

    /// Applies one of the edits that are kept beside this file.
    pub(crate) fn apply(&self, edit: &str) {
        self.git(&["apply", &edit_path(edit)]).expect_success();
    }

    /// Takes an edit back.
    pub(crate) fn revert(&self, edit: &str) {
        self.git(&["apply", "--reverse", &edit_path(edit)]).expect_success();
    }

    /// Puts one of the files that are kept beside this file where it belongs.
    pub(crate) fn write(&self, edit: &str, path: &str) {
        self.copy(Path::new(&edit_path(edit)), path);
    }

    /// Puts a file where it belongs.
    pub(crate) fn copy(&self, file: &Path, path: &str) {
        fs::copy(file, self.path(path)).expect("the file is written");
    }

    /// What differs from the commit, as `git status` marks it.
    pub(crate) fn status(&self) -> Vec<String> {
        let status = self.git(&["status", "--porcelain", "--untracked-files=all"]).expect_success();
        status.lines().map(str::to_owned).collect()
    }

    /// Commits everything.
    pub(crate) fn commit(&self) {
        self.git(&["add", "--all"]).expect_success();
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "as it is"]).expect_success();
    }

    fn git(&self, arguments: &[&str]) -> Done {
        bounded::run(git(&self.folder, arguments), LIMIT)
    }

    /// Makes the folder hold exactly the files of `root` that `keeps` lets through. What is the same is
    /// not touched, or it would be compiled again.
    fn bring_up_to_date(&self, root: &Path, keeps: impl Fn(&Path) -> bool) {
        let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = bounded::run(git(root, &arguments), LIMIT).expect_success();
        let listed = listed.split_terminator('\0').map(PathBuf::from);
        // One that is deleted, but not yet in a commit, is listed as well.
        let wanted: BTreeSet<PathBuf> = listed
            .filter(|path| keeps(path) && (root.join(path).is_file() || is_folder(&root.join(path))))
            .collect();
        assert!(wanted.contains(Path::new("saga.yaml")), "{wanted:?}");
        remove_all_but(&self.folder, Path::new(""), &wanted).expect("what is left over goes");
        for path in &wanted {
            let (from, to) = (root.join(path), self.folder.join(path));
            if is_folder(&from) {
                link_as(&from, &to).expect("a copy of the link");
                continue;
            }
            let content = fs::read(&from).expect("a file of this repository");
            if fs::read(&to).ok().as_ref() != Some(&content) {
                fs::create_dir_all(to.parent().expect("a folder")).expect("its folder");
                fs::copy(&from, &to).expect("a copy of it");
            }
        }
        self.git(&["init", "--quiet"]).expect_success();
    }
}

/// Whether it is a link to a folder.
fn is_folder(path: &Path) -> bool {
    path.is_symlink() && path.is_dir()
}

fn link_as(from: &Path, to: &Path) -> io::Result<()> {
    if fs::read_link(to).is_ok() {
        return Ok(());
    }
    fs::create_dir_all(to.parent().expect("a folder"))?;
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

/// git without a user's own configuration.
fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        // A container may have the repository from another user.
        .args(["-c", "safe.directory=*", "-c", "user.name=tour", "-c", "user.email=tour@example.org"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    // A hook that runs the tests has these set, for another folder.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    command
}

/// Where an edit is kept.
pub(crate) fn edit_path(edit: &str) -> String {
    format!("{}/tests/tour/edits/{edit}", env!("CARGO_MANIFEST_DIR"))
}

/// Removes every file below `folder` that is not in `keep`, and every folder
/// that is empty then.
fn remove_all_but(root: &Path, folder: &Path, keep: &BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if path == Path::new(".git") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            remove_all_but(root, &path, keep)?;
            if fs::read_dir(root.join(&path))?.next().is_none() {
                fs::remove_dir(root.join(&path))?;
            }
        } else if !keep.contains(&path) {
            fs::remove_file(root.join(&path))?;
        }
    }
    Ok(())
}
