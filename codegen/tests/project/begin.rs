//! `init` as its users meet it: a project from nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::folder::Folder;

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
    metadata(&folder.0.join("shop/vendor/saga"));
    metadata(&folder.0.join("shop/vendor/saga/dev"));
    // The tool is installed with `--locked`, so its lock file has to be right.
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--offline"]);
    let output = cargo.current_dir(folder.0.join("shop/vendor/saga/codegen")).output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // The rules have pages that the tool prints.
    assert!(folder.0.join("shop/vendor/saga/codegen/checks/SG0101.md").is_file());
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
fn a_simulation_that_begins_leaves_the_project_current() {
    let folder = Folder::new("simulated");
    folder.done(&["init", "shop", "--vendor"]);
    let mut test = Command::new(env!("CARGO_BIN_EXE_saga"));
    // Nothing is run.
    test.args(["test", "shop/saga.yaml"]).current_dir(&folder.0).env("CARGO", "true");
    let output = test.output().expect("the command starts");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("updated   Dockerfile\n"), "{output:?}");
    assert!(folder.read("shop/Dockerfile").contains("COPY simulation simulation\n"));
    assert!(folder.done(&["generate", "--check", "shop/saga.yaml"]).contains("up to date"));
}

/// With its simulation, which needs more of the repository than a runtime.
#[test]
fn cargo_takes_a_project_of_every_example() {
    let folder = Folder::new("examples");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let examples = fs::read_dir(repository.join("examples")).expect("a folder");
    let examples = examples.map(|entry| entry.expect("an entry").path());
    let examples: Vec<_> = examples.filter(|path| path.join("saga.yaml").is_file()).collect();
    assert!(examples.len() > 5, "{examples:?}");
    for example in &examples {
        let name = example.file_name().expect("a name").to_string_lossy();
        folder.done(&["init", &format!("of-{name}"), "--from", &name]);
        let root = folder.0.join(format!("of-{name}"));
        metadata(&root);
        let first = folder.read(&format!("of-{name}/saga.yaml"));
        assert!(
            first.starts_with("# yaml-language-server: $schema=generated/saga.schema.json\n# "),
            "{first}"
        );
    }
    folder.done(&["init", "vendored", "--from", "travel", "--vendor"]);
    metadata(&folder.0.join("vendored"));
    for package in ["simulation", "semantics"] {
        let line = format!("saga-{package} = {{ path = \"vendor/saga/dev/{package}\" }}\n");
        assert!(folder.read("vendored/Cargo.toml").contains(&line), "no {package}");
        metadata(&folder.0.join("vendored/vendor/saga/dev").join(package));
    }
}

/// Has cargo read a manifest with all that belongs to its workspace.
fn metadata(root: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--no-deps"]).current_dir(root);
    let output = cargo.output().expect("cargo starts");
    assert!(output.status.success(), "{}: {}", root.display(), String::from_utf8_lossy(&output.stderr));
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
    let yaml = include_str!("../golden/notification/saga.yaml");
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
