//! `init` as its users meet it: a project from nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that is deleted with its owner.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("saga-init-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).expect("a temporary folder");
        Self(path)
    }

    fn saga(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saga"));
        command.current_dir(&self.0).args(arguments).output().expect("the command starts")
    }

    /// Runs a command that must succeed, and returns what it printed.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.saga(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs a command that must fail, and returns what it said.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.saga(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Every file, with its content.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut files, mut folders) = (BTreeMap::new(), vec![self.0.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => drop(files.insert(path.clone(), fs::read(&path).expect("a file"))),
                }
            }
        }
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whether `generate` wrote a file, and keeps it up to date.
fn is_generated(path: &Path) -> bool {
    let ours =
        ["generated", "k8s", "k8s-images", "k8s-overlays", "Dockerfile", ".dockerignore", "compose.yaml"];
    ours.iter().any(|ours| path.starts_with(ours))
}

#[test]
fn a_project_has_twelve_files_of_its_own_and_is_current() {
    let folder = Folder::new("twelve");
    let told = folder.done(&["init", "food-order"]);
    assert!(told.contains("  cd food-order\n  cargo run"), "{told}");
    let files = folder.files();
    let root = folder.0.join("food-order");
    let theirs: Vec<_> = files.keys().filter_map(|path| path.strip_prefix(&root).ok()).collect();
    let theirs: Vec<_> = theirs.into_iter().filter(|path| !is_generated(path)).collect();
    assert_eq!(theirs.len(), 12, "{theirs:#?}");
    assert!(folder.read("food-order/saga.yaml").contains("\nsaga: food-order\n"));
    assert!(
        folder.read("food-order/handlers/stock/src/lib.rs").contains("use food_order_contracts::stock::*;")
    );
    assert!(folder.done(&["check", "food-order/saga.yaml"]).contains("every run ends well"));
    assert!(folder.done(&["generate", "--check", "food-order/saga.yaml"]).contains("up to date"));
    let generated = folder.done(&["generate", "food-order/saga.yaml"]);
    assert!(generated.contains("the Dockerfile cannot be built while Cargo.toml takes"), "{generated}");
    let kept = [root.join("generated/proof.txt"), root.join("k8s/kustomization.yaml")];
    assert!(kept.iter().all(|path| files.contains_key(path)));
}

#[test]
fn a_runtime_is_named_by_its_source() {
    let folder = Folder::new("runtime");
    folder.done(&["init", "by-git", "--runtime", "git=https://git.example/saga.git#v1"]);
    let manifest = folder.read("by-git/Cargo.toml");
    let line = r#"saga-runtime = { git = "https://git.example/saga.git", rev = "v1" }"#;
    assert!(manifest.contains(line), "{manifest}");
    assert!(
        folder
            .read("by-git/.github/workflows/ci.yaml")
            .contains("--git https://git.example/saga.git --rev v1")
    );
    folder.done(&["init", "by-version", "--runtime", "0.1"]);
    assert!(folder.read("by-version/Cargo.toml").contains("saga-runtime = \"0.1\"\n"));
}

#[test]
fn a_copied_runtime_is_all_that_a_build_needs() {
    let folder = Folder::new("vendor");
    folder.done(&["init", "shop", "--vendor"]);
    let manifest = folder.read("shop/Cargo.toml");
    assert!(manifest.contains("saga-runtime = { path = \"vendor/saga/runtime\" }"), "{manifest}");
    assert!(manifest.contains("exclude = [\"vendor\"]"), "{manifest}");
    assert!(folder.read("shop/Dockerfile").contains("\nCOPY vendor vendor\n"));
    assert!(folder.read("shop/.dockerignore").contains("\n!vendor\n"));
    assert!(!folder.done(&["generate", "shop/saga.yaml"]).contains("Dockerfile"));
    // Cargo reads every manifest of it, and finds every file that they name.
    for workspace in ["", "codegen", "dev"] {
        let mut cargo = Command::new(env!("CARGO"));
        // The tool is installed with `--locked`, so its lock file has to be right.
        let how = if workspace == "codegen" { ["--locked", "--offline"] } else { ["--no-deps", "--offline"] };
        cargo
            .args(["metadata", "--format-version", "1"])
            .args(how)
            .current_dir(folder.0.join("shop/vendor/saga").join(workspace));
        let output = cargo.output().expect("cargo starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    // The rules have pages that the tool prints.
    assert!(folder.0.join("shop/vendor/saga/docs/checks/SG0101.md").is_file());
}

#[test]
fn an_example_brings_its_handlers_and_what_it_calls() {
    let folder = Folder::new("from");
    folder.done(&["init", "trips", "--from", "travel"]);
    let manifest = folder.read("trips/Cargo.toml");
    assert!(manifest.contains(r#"members = ["generated/*", "handlers/*", "gateway""#), "{manifest}");
    assert!(folder.read("trips/handlers/payment/src/lib.rs").contains("charge_trip"));
    assert!(folder.done(&["generate", "--check", "trips/saga.yaml"]).contains("up to date"));
    let missing = folder.refused(&["init", "x", "--from", "banana"]);
    assert!(missing.contains("there is no example `banana`; there are order, approval, "), "{missing}");
    assert!(!folder.0.join("x").exists());
}

#[test]
fn what_cannot_be_begun_leaves_nothing() {
    let folder = Folder::new("refused");
    fs::create_dir(folder.0.join("taken")).expect("a folder");
    fs::write(folder.0.join("taken/notes.txt"), "mine").expect("a file");
    fs::write(folder.0.join("file"), "mine").expect("a file");
    let before = folder.files();
    let cases: [(&[&str], &str); 6] = [
        (&["init", "taken"], "is not empty"),
        (&["init", "file"], "is a file"),
        (&["init", "FoodOrder"], "`food-order`"),
        (&["init", "shop", "--runtime", "path=/nowhere"], "cannot read the runtime in /nowhere"),
        (&["init", "shop", "--runtime", "latest"], "expected path=FOLDER"),
        (&["init"], "NAME"),
    ];
    for (arguments, why) in cases {
        let said = folder.refused(arguments);
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
    assert_eq!(folder.files(), before);
    assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 2);
}

#[test]
fn an_empty_folder_is_as_good_as_none() {
    let folder = Folder::new("empty");
    fs::create_dir(folder.0.join("shop")).expect("a folder");
    folder.done(&["init", "shop"]);
    assert!(folder.read("shop/saga.yaml").contains("\nsaga: shop\n"));
}

#[test]
fn adopting_changes_nothing_that_is_there_and_is_done_once() {
    let folder = Folder::new("adopt");
    let theirs = "# Ours.\n[workspace]\nmembers = [\"app\"]\n";
    fs::write(folder.0.join("Cargo.toml"), theirs).expect("a file");
    fs::write(folder.0.join("README.md"), "Mine.\n").expect("a file");
    let yaml = include_str!("golden/notification/saga.yaml");
    fs::write(folder.0.join("saga.yaml"), yaml).expect("a file");
    let told = folder.done(&["init", "--adopt", "."]);
    assert!(told.contains("added to  Cargo.toml\n"), "{told}");
    assert_eq!(folder.read("README.md"), "Mine.\n");
    assert_eq!(folder.read("saga.yaml"), yaml);
    let manifest = folder.read("Cargo.toml");
    assert!(manifest.starts_with("# Ours.\n[workspace]\nmembers = [\"app\", \"generated/*\""), "{manifest}");
    let once = folder.files();
    let told = folder.done(&["init", "--adopt", "."]);
    assert!(!told.contains("created") && !told.contains("added"), "{told}");
    assert_eq!(folder.files(), once);
}

/// Waits for a moment that comes.
fn until(what: &str, mut is_there: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !is_there() {
        assert!(start.elapsed().as_secs() < 60, "{what}: not within a minute");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// A checkout with a file that cannot be read before somebody writes it: there the copy stops.
#[cfg(unix)]
#[test]
fn what_is_interrupted_leaves_nothing() {
    let folder = Folder::new("interrupted");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::create_dir(folder.0.join("checkout")).expect("a folder");
    for part in ["Cargo.toml", "LICENSE-MIT", "codegen", "dev", "docs", "runtime", "step"] {
        let there = folder.0.join("checkout").join(part);
        std::os::unix::fs::symlink(repository.join(part), there).expect("a link");
    }
    let pipe = folder.0.join("checkout/LICENSE-APACHE");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let mut init = Command::new(env!("CARGO_BIN_EXE_saga"))
        .args(["init", "shop", "--vendor", "--runtime", "path=checkout"])
        .current_dir(&folder.0)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the command starts");
    let entries = || fs::read_dir(&folder.0).expect("a folder").count();
    until("the new folder", || entries() == 2);
    // The pipe opens for writing once the command reads it: it is in the middle then.
    let mut opened = fs::OpenOptions::new().write(true).open(&pipe).expect("a reader");
    let sent = Command::new("kill").args(["-INT", &init.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    std::io::Write::write_all(&mut opened, b"text").expect("the reader is there");
    drop(opened);
    assert_eq!(init.wait().expect("it ends").code(), Some(2));
    let mut said = String::new();
    std::io::Read::read_to_string(&mut init.stderr.take().expect("it is piped"), &mut said).expect("text");
    assert_eq!(said, "error: interrupted\n");
    assert_eq!(entries(), 1, "only the checkout is left");
}

#[test]
fn a_manifest_that_cannot_be_written_stays_as_it_was() {
    let folder = Folder::new("unwritable");
    let theirs = "# Ours.\n[workspace]\nmembers = [\"app\"]\n";
    fs::write(folder.0.join("Cargo.toml"), theirs).expect("a file");
    // As on a full disk, the new one cannot be written.
    fs::create_dir(folder.0.join(".Cargo.toml.new")).expect("a folder");
    let yaml = include_str!("golden/notification/saga.yaml");
    fs::write(folder.0.join("saga.yaml"), yaml).expect("a file");
    let said = folder.refused(&["init", "--adopt", "."]);
    assert!(said.contains("cannot write ") && said.contains("Cargo.toml: "), "{said}");
    assert_eq!(folder.read("Cargo.toml"), theirs);
    // The same for the crate that `test` begins.
    fs::remove_dir(folder.0.join(".Cargo.toml.new")).expect("it goes");
    folder.done(&["init", "--adopt", "."]);
    let adopted = folder.read("Cargo.toml");
    fs::create_dir(folder.0.join(".Cargo.toml.new")).expect("a folder");
    let said = folder.refused(&["test", "--seeds", "1"]);
    assert!(said.contains("cannot write ") && said.contains("Cargo.toml: "), "{said}");
    assert_eq!(folder.read("Cargo.toml"), adopted);
    assert!(!folder.0.join("simulation/Cargo.toml").exists(), "the next run begins it again");
}

#[test]
fn without_cargo_the_way_to_it_is_named() {
    let folder = Folder::new("no-cargo");
    folder.done(&["init", "shop"]);
    let test = Command::new(env!("CARGO_BIN_EXE_saga"))
        .args(["test", "--seeds", "1"])
        .current_dir(folder.0.join("shop"))
        .env_remove("CARGO")
        .env("PATH", "/nowhere")
        .output()
        .expect("the command starts");
    assert_eq!(test.status.code(), Some(2));
    let said = String::from_utf8_lossy(&test.stderr).into_owned();
    assert_eq!(said, "error: cargo is not installed; https://rustup.rs installs it\n");
}
