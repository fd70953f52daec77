//! A project whose code another version of the tool has made.

use std::fs;

use crate::folder::Folder;

const MADE_BY: &str = "shop/generated/contracts/src/lib.rs";

/// A project as another version of the tool has left it.
fn made_by(folder: &Folder, version: &str) {
    folder.done(&["init", "shop", "--runtime", "git=https://git.example/saga.git#v1"]);
    let ours = format!("made_by(\"{}\")", env!("CARGO_PKG_VERSION"));
    let text = folder.read(MADE_BY);
    assert!(text.contains(&ours), "{text}");
    fs::write(folder.0.join(MADE_BY), text.replace(&ours, &format!("made_by(\"{version}\")")))
        .expect("a file");
}

#[test]
fn a_project_of_this_version_has_nothing_to_do() {
    let folder = Folder::new("current");
    folder.done(&["init", "shop"]);
    let told = folder.done(&["upgrade", "shop/saga.yaml"]);
    assert!(told.contains("nothing to do: they fit"), "{told}");
}

#[test]
fn a_newer_project_is_left_alone_and_names_the_tool_that_it_needs() {
    let folder = Folder::new("newer");
    made_by(&folder, "9.0.0");
    let before = folder.files();
    let refused = folder.refused(&["generate", "shop/saga.yaml"]);
    assert!(
        refused.contains("made by version 9.0.0") && refused.contains("`cargo saga upgrade`"),
        "{refused}"
    );
    let output = folder.saga(&["upgrade", "shop/saga.yaml"]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let install = "cargo install --locked --git https://git.example/saga.git --rev v1 saga-cli";
    assert!(told.contains(install), "{told}");
    assert_eq!(folder.files(), before);

    // A key that this version does not know may be one of that version.
    let yaml = folder.read("shop/saga.yaml") + "forecast: sunny\n";
    fs::write(folder.0.join("shop/saga.yaml"), yaml).expect("a file");
    for command in ["check", "generate", "test"] {
        let output = folder.saga(&[command, "shop/saga.yaml"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("shop/saga.yaml:") && said.contains("made by version 9.0.0"),
            "{command}: {said}"
        );
    }
}

#[test]
fn an_older_project_is_told_each_edit_and_one_is_made() {
    let folder = Folder::new("older");
    made_by(&folder, "0.0.9");
    let manifest = folder.read("shop/Cargo.toml");
    let line = r#"saga-runtime = { git = "https://git.example/saga.git", rev = "v1" }"#;
    let older = manifest.replace(line, "saga-runtime = \"0.0.9\"");
    assert_ne!(older, manifest);
    fs::write(folder.0.join("shop/Cargo.toml"), &older).expect("a file");
    let lock = "version = 4\n\n[[package]]\nname = \"saga-runtime\"\nversion = \"0.0.9\"\n";
    fs::write(folder.0.join("shop/Cargo.lock"), lock).expect("a file");

    let output = folder.saga(&["upgrade", "shop/saga.yaml"]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("1. let Cargo.toml take the runtime from 0.1: "), "{told}");
    assert!(told.contains("2. generate the code again: cargo saga generate"), "{told}");
    assert_eq!(folder.read("shop/Cargo.toml"), older, "only on request");

    let output = folder.saga(&["upgrade", "--write", "shop/saga.yaml"]);
    assert_eq!(output.status.code(), Some(1), "the code is still to be generated");
    assert_eq!(folder.read("shop/Cargo.toml"), older.replace("0.0.9", "0.1"));
    folder.done(&["generate", "shop/saga.yaml"]);
    assert!(folder.read(MADE_BY).contains(env!("CARGO_PKG_VERSION")));
}
