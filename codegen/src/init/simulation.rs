//! The crate in which a saga is simulated, begun when it is first wanted.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Value};

use super::{Files, write, write_one};
use crate::emit::simulation;
use crate::model::Model;
use saga_testbed::interrupt;

/// Makes the crate in a project that has none, and makes it a member of the workspace. Returns what was made.
///
/// # Errors
/// A text for the user: the manifest of the workspace cannot be read, or something cannot be written.
pub fn begin_simulation(root: &Path, model: &Model) -> Result<Vec<PathBuf>, String> {
    if root.join(simulation::FOLDER).join("Cargo.toml").exists() {
        return Ok(Vec::new());
    }
    let manifest = root.join("Cargo.toml");
    let there = fs::read_to_string(&manifest)
        .map_err(|error| format!("cannot read {}: {error}", manifest.display()))?;
    let completed = with_member(&there)?;
    let made = simulation::simulation(model);
    let files: Files = made.once().map(|(path, content)| (path.to_owned(), content.to_owned())).collect();
    let files: Files = files.into_iter().filter(|(path, _)| !root.join(path).exists()).collect();
    let _held = interrupt::hold();
    // Its own manifest comes last: a run that ends before that begins the crate again.
    let (last, first): (Files, Files) = files
        .iter()
        .map(|(path, content)| (path.clone(), content.clone()))
        .partition(|(path, _)| path.ends_with("Cargo.toml"));
    write(root, &first)?;
    write_one(&manifest, &completed)?;
    write(root, &last)?;
    Ok(files.into_keys().collect())
}

/// The manifest of a workspace with the crate as a member, and where what it needs comes from: the same source as
/// the runtime's.
fn with_member(there: &str) -> Result<String, String> {
    let mut manifest: DocumentMut =
        there.parse().map_err(|error| format!("cannot read Cargo.toml: {error}"))?;
    let workspace = manifest.get_mut("workspace").and_then(Item::as_table_like_mut);
    let workspace = workspace.ok_or("Cargo.toml is no workspace: `cargo saga init --adopt` makes it one")?;
    let members = workspace.entry("members").or_insert_with(|| Item::Value(Value::Array(Array::new())));
    let members = members.as_array_mut().ok_or("`workspace.members` in Cargo.toml is no list")?;
    if !members.iter().any(|member| member.as_str() == Some(simulation::FOLDER)) {
        members.push(simulation::FOLDER);
    }
    let dependencies = workspace.get_mut("dependencies").and_then(Item::as_table_like_mut);
    let runtime = dependencies.as_ref().and_then(|table| table.get("saga-runtime")).cloned();
    let (Some(dependencies), Some(mut source)) = (dependencies, runtime) else {
        return Err(
            "Cargo.toml does not say where the runtime comes from: `cargo saga init --adopt` adds it"
                .to_owned(),
        );
    };
    if !dependencies.contains_key("saga-simulation") {
        if let Some(path) = source.as_table_like_mut().and_then(|table| table.get_mut("path")) {
            let beside =
                Path::new(path.as_str().unwrap_or_default()).with_file_name("dev").join("simulation");
            *path = Item::Value(beside.to_string_lossy().into_owned().into());
        }
        dependencies.insert("saga-simulation", source);
    }
    Ok(manifest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulation_comes_from_where_the_runtime_comes_from() {
        let text = with_member(
            "[workspace]\nmembers = [\"generated/*\"] # all\n\n[workspace.dependencies]\n\
             saga-runtime = { path = \"vendor/saga/runtime\" }\n",
        );
        assert_eq!(
            text.as_deref(),
            Ok(
                "[workspace]\nmembers = [\"generated/*\", \"simulation\"] # all\n\n[workspace.dependencies]\n\
                saga-runtime = { path = \"vendor/saga/runtime\" }\n\
                saga-simulation = { path = \"vendor/saga/dev/simulation\" }\n"
            )
        );
        let git = "[workspace.dependencies]\nsaga-runtime = { git = \"file:///b\", rev = \"c\" }\n";
        let git = with_member(git).expect("a workspace");
        assert!(git.contains("saga-simulation = { git = \"file:///b\", rev = \"c\" }\n"), "{git}");
    }

    #[test]
    fn a_manifest_without_a_runtime_is_refused() {
        assert!(with_member("[package]\n").expect_err("no workspace").contains("--adopt"));
        assert!(with_member("[workspace]\n").expect_err("no runtime").contains("--adopt"));
    }
}
