//! What is in the way of a command: no space, Ctrl-C, no cargo. Nothing is left half done.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::folder::Folder;

/// Runs a command that may write no file of more than eight blocks: what follows is what follows on a full disk.
fn cramped(folder: &Folder, arguments: &str) -> Output {
    let saga = env!("CARGO_BIN_EXE_saga");
    let script = format!("trap '' XFSZ; ulimit -f 8; exec {saga} {arguments}");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(&folder.0).output().expect("a shell")
}

fn expect_no_space(output: &Output, what: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains(&format!("error: cannot write {what}")) && said.contains("File too large"),
        "{said}"
    );
}

#[test]
fn a_project_for_which_there_is_no_space_is_not_begun() {
    let folder = Folder::new("no-space");
    expect_no_space(&cramped(&folder, "init shop"), "");
    assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 0);
    expect_no_space(&cramped(&folder, "init shop --vendor"), "");
    assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 0);
}

#[test]
fn services_for_which_there_is_no_space_are_as_they_were() {
    let folder = Folder::new("no-space-left");
    folder.done(&["init", "shop"]);
    let root = folder.0.join("shop");
    // One file is to be deleted, some to be changed, and one that is large to be made.
    let yaml = folder.read("shop/saga.yaml").replace("quantity", "pieces");
    fs::write(root.join("saga.yaml"), yaml).expect("a file");
    fs::remove_file(root.join("generated/saga.schema.json")).expect("a file");
    let header = "// Made by `cargo saga generate` from saga.yaml; edit that file instead.\n";
    fs::write(root.join("generated/order/src/gone.rs"), header).expect("a file");
    let before = folder.files();
    expect_no_space(&cramped(&folder, "generate shop/saga.yaml"), "generated/");
    assert_eq!(folder.files().keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert_eq!(folder.files(), before);
    folder.done(&["generate", "shop/saga.yaml"]);
    assert!(!root.join("generated/order/src/gone.rs").exists());
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
    for part in ["Cargo.toml", "LICENSE-MIT", "codegen", "dev", "runtime", "step"] {
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
    assert_eq!(said, "error: interrupted: nothing of the project is left\n");
    assert_eq!(entries(), 1, "only the checkout is left");
}

#[test]
fn a_manifest_that_cannot_be_written_stays_as_it_was() {
    let folder = Folder::new("unwritable");
    let theirs = "# Ours.\n[workspace]\nmembers = [\"app\"]\n";
    fs::write(folder.0.join("Cargo.toml"), theirs).expect("a file");
    // As on a full disk, the new one cannot be written.
    fs::create_dir(folder.0.join(".Cargo.toml.new")).expect("a folder");
    let yaml = include_str!("../golden/notification/saga.yaml");
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
