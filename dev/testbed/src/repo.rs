//! What the commands need to know of the repository they run in.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use saga_testbed::failure::{Doing, Failure, Result};

/// Folders under `generated/` that are not a service.
const NOT_A_SERVICE: [&str; 2] = ["contracts", "local"];

/// The root of the repository.
pub fn root() -> PathBuf {
    // cargo sets the variable for what it runs; the constant, which is this crate's folder, is for a
    // binary started by hand.
    let xtask =
        env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).filter(|folder| folder.ends_with("xtask"));
    let (inside, depth) = match xtask {
        Some(xtask) => (xtask, 1),
        None => (PathBuf::from(env!("CARGO_MANIFEST_DIR")), 2),
    };
    inside.ancestors().nth(depth).map(Path::to_path_buf).unwrap_or(inside)
}

/// The services of the saga: the generated crates other than the shared ones.
pub fn services(root: &Path) -> Result<Vec<String>> {
    let generated = root.join("generated");
    let mut services = Vec::new();
    for entry in fs::read_dir(&generated).doing(|| format!("read {}", generated.display()))? {
        let entry = entry.doing(|| format!("read {}", generated.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !NOT_A_SERVICE.contains(&name.as_str()) && entry.path().join("Cargo.toml").is_file() {
            services.push(name);
        }
    }
    if services.is_empty() {
        return Err(Failure::new(format!("there is no service under {}", generated.display()))
            .advise("run `cargo saga generate`"));
    }
    services.sort();
    Ok(services)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_the_generated_crates_that_are_not_shared() {
        let root = env::temp_dir().join(format!("saga-testbed-repo-{}", std::process::id()));
        for name in ["contracts", "local", "product", "order"] {
            let folder = root.join("generated").join(name);
            fs::create_dir_all(&folder).expect("a temporary folder");
            fs::write(folder.join("Cargo.toml"), "").expect("a file in it");
        }
        fs::create_dir_all(root.join("generated/leftover")).expect("a temporary folder");

        let services = services(&root);

        fs::remove_dir_all(&root).expect("the folder goes again");
        assert_eq!(services.expect("services"), ["order", "product"]);
    }

    #[test]
    fn the_root_holds_the_crates_that_look_for_it() {
        assert!(root().join("xtask/Cargo.toml").is_file());
        assert!(root().join("dev/testbed/Cargo.toml").is_file());
    }
}
