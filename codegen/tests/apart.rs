//! The generator is a workspace of its own: cargo builds it, with what it
//! depends on, while the one around it cannot even be loaded.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn it_loads_while_a_generated_manifest_is_garbled_or_missing() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("apart");
    for path in [
        "Cargo.toml",
        "codegen/Cargo.toml",
        "codegen/Cargo.lock",
        "codegen/explore/Cargo.toml",
        "codegen/testbed/Cargo.toml",
        "step/Cargo.toml",
    ] {
        write(&copy.join(path), &fs::read_to_string(repository.join(path)).expect("a manifest"));
    }
    for path in [
        "codegen/src/lib.rs",
        "codegen/src/main.rs",
        "codegen/explore/src/lib.rs",
        "codegen/testbed/src/lib.rs",
        "step/src/lib.rs",
    ] {
        write(&copy.join(path), "");
    }
    let generated = copy.join("generated/order");
    for (state, manifest) in [("garbled", Some("[package")), ("missing", None)] {
        let _ = fs::remove_dir_all(&generated);
        fs::create_dir_all(generated.join("src")).expect("a folder");
        manifest.into_iter().for_each(|text| write(&generated.join("Cargo.toml"), text));
        assert_ne!(load(&copy.join("Cargo.toml")), Ok(()), "{state}: nothing is wrong around it");
        assert_eq!(load(&copy.join("codegen/Cargo.toml")), Ok(()), "{state}");
    }
}

/// Whether cargo can load a package and all that it depends on.
fn load(manifest: &Path) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    // Of this platform: what others need was perhaps never downloaded.
    command.args(["tree", "--offline", "--locked", "--manifest-path"]);
    let output = command.arg(manifest).output().expect("cargo");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}
