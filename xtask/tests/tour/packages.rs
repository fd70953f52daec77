//! The packages that a release would publish: cargo packs them, and what is packed compiles without this repository.
//!
//! `CONTRIBUTING.md`, "Releasing", says what else a release needs. Ignored in an ordinary `cargo test`, because it
//! compiles them once more; `cargo xtask test` runs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use testbed::cargo::cargo;
use testbed::repo;

use crate::checkout::Checkout;

/// In the order in which they would be published: each needs only those before it.
const PACKAGES: [(&str, &str); 7] = [
    ("saga-step", "step"),
    ("saga-explore", "codegen/explore"),
    ("saga-testbed", "codegen/testbed"),
    ("saga-runtime", "runtime"),
    ("saga-cli", "codegen"),
    ("saga-simulation", "dev/simulation"),
    ("saga-semantics", "dev/semantics"),
];

#[test]
fn the_page_names_the_packages_in_their_order() {
    let page = fs::read_to_string(repo::root().join("CONTRIBUTING.md")).expect("there is one");
    let (_, releasing) = page.split_once("## Releasing").expect("a section");
    let places: Vec<usize> = PACKAGES.iter().map(|(name, _)| releasing.find(name).expect(name)).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
#[ignore = "compiles the packages"]
fn what_is_packed_compiles_without_this_repository() {
    // Packing writes lock files.
    let checkout = Checkout::new();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target folder");
    // Outside of every workspace.
    let folder = std::env::temp_dir().join(format!("saga-packages-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let mut unpacked: Vec<(&str, PathBuf)> = Vec::new();
    for (name, of) in PACKAGES {
        let mut command = cargo();
        command.args(["package", "--quiet", "--allow-dirty", "--no-verify", "--offline"]);
        command.arg("--manifest-path").arg(checkout.path(of).join("Cargo.toml"));
        // As if those before it were in the registry.
        patch(&mut command, &unpacked);
        command.current_dir(&folder).env("CARGO_TARGET_DIR", folder.join("target"));
        succeed(command, name);
        let packed = folder.join(format!("target/package/{name}-{}.crate", env!("CARGO_PKG_VERSION")));
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(packed).current_dir(&folder);
        succeed(tar, "tar");
        unpacked.push((name, folder.join(format!("{name}-{}", env!("CARGO_PKG_VERSION")))));
    }
    for (name, root) in &unpacked[unpacked.len() - 2..] {
        fs::copy(repo::root().join("dev/Cargo.lock"), root.join("Cargo.lock")).expect("the lock file");
        let mut command = cargo();
        command.args(["check", "--quiet", "--offline", "--lib"]).current_dir(root);
        patch(&mut command, &unpacked);
        // Crates of others are taken as this repository has built them.
        command.env("CARGO_BUILD_BUILD_DIR", target).env("CARGO_TARGET_DIR", folder.join("target"));
        succeed(command, name);
    }
    let _ = fs::remove_dir_all(&folder);
}

fn patch(command: &mut Command, packages: &[(&str, PathBuf)]) {
    for (name, root) in packages {
        command.arg("--config").arg(format!("patch.crates-io.{name}.path={:?}", root.display().to_string()));
    }
}

fn succeed(mut command: Command, what: &str) {
    let done = command.output().expect("it starts");
    assert!(done.status.success(), "{what}: {}", String::from_utf8_lossy(&done.stderr));
}
