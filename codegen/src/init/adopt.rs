//! A saga in a workspace that exists: what is missing is added, and what is there stays as it is.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use super::project::Project;
use super::{Begun, Files, Wish, generate, name, write, write_one};

/// Adds what is missing to a folder with a Cargo workspace or package, or to any other.
///
/// # Errors
/// As [`init`](super::init()).
pub fn adopt(folder: &Path, wish: Wish) -> Result<Begun, String> {
    if wish.vendor || wish.example.is_some() {
        return Err("--adopt keeps what is there; --vendor and --from are for new projects".to_owned());
    }
    let root = fs::canonicalize(folder).map_err(|error| {
        format!("cannot read {}: {error}; --adopt is for a folder that exists", folder.display())
    })?;
    let wish = Wish { runtime: wish.runtime.found()?, ..wish };
    let project = match fs::read_to_string(root.join("saga.yaml")) {
        Ok(saga) => {
            let name = root.file_name().unwrap_or_default().to_string_lossy();
            Project::around_saga(&name, &wish, Files::from([(PathBuf::from("saga.yaml"), saga)]))?
        }
        Err(_) => Project::begin(&name(&root)?, &wish)?,
    };
    let mut files = project.files();
    let manifest = root.join("Cargo.toml");
    files.retain(|path, _| !root.join(path).exists());
    let there = fs::read_to_string(&manifest).ok();
    let completed = there.as_deref().map(|there| completed(there, &project.dependency())).transpose()?;
    write(&root, &files)?;
    let changed = completed.filter(|completed| there.as_ref() != Some(completed));
    if let Some(completed) = &changed {
        write_one(&manifest, completed)?;
    }
    generate(&root)?;
    let files = files.into_keys().collect();
    Ok(Begun { files, changed_manifest: changed.is_some(), begin: project.begin_line() })
}

/// A manifest with all that the generated crates need of their workspace.
fn completed(there: &str, runtime: &str) -> Result<String, String> {
    let mut manifest: DocumentMut =
        there.parse().map_err(|error| format!("cannot read Cargo.toml: {error}"))?;
    let runtime: DocumentMut = runtime.parse().map_err(|error| format!("the runtime's source: {error}"))?;
    let workspace = manifest.entry("workspace").or_insert_with(implicit);
    let workspace = workspace.as_table_mut().ok_or("`workspace` in Cargo.toml is no table")?;
    let members = workspace.entry("members").or_insert_with(|| Item::Value(Value::Array(Array::new())));
    let members = members.as_array_mut().ok_or("`workspace.members` in Cargo.toml is no list")?;
    for crates in ["generated/*", "handlers/*"] {
        if !members.iter().any(|member| member.as_str() == Some(crates)) {
            members.push(crates);
        }
    }
    let dependencies = workspace.entry("dependencies").or_insert_with(|| Item::Table(Table::new()));
    let dependencies = dependencies.as_table_like_mut().ok_or("`workspace.dependencies` is no table")?;
    for (package, source) in runtime.iter() {
        if !dependencies.contains_key(package) {
            dependencies.insert(package, source.clone());
        }
    }
    let lints = workspace.entry("lints").or_insert_with(implicit);
    let lints = lints.as_table_like_mut().ok_or("`workspace.lints` is no table")?;
    if lints.is_empty() {
        lints.insert("rust", Item::Value(Value::InlineTable(InlineTable::new())));
    }
    Ok(manifest.to_string())
}

/// A table whose own header is not written, only those of its parts.
fn implicit() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNTIME: &str = "saga-runtime = \"0.1\"";

    #[test]
    fn a_workspace_gets_what_is_missing_and_keeps_the_rest() {
        let there =
            "# Ours.\n[workspace]\nmembers = [\"app\"] # one\n\n[workspace.dependencies]\nserde = \"1\"\n";
        let text = completed(there, RUNTIME).expect("a manifest");
        assert_eq!(
            text,
            "# Ours.\n[workspace]\nmembers = [\"app\", \"generated/*\", \"handlers/*\"] # one\n\n\
             [workspace.dependencies]\nserde = \"1\"\nsaga-runtime = \"0.1\"\n\n[workspace.lints]\nrust = {}\n"
        );
        assert_eq!(completed(&text, RUNTIME), Ok(text.clone()), "nothing is missing now");
    }

    #[test]
    fn a_package_becomes_the_root_of_a_workspace() {
        let text = completed("[package]\nname = \"app\"\n", RUNTIME).expect("a manifest");
        assert!(text.starts_with("[package]\nname = \"app\"\n"), "{text}");
        assert!(text.contains("members = [\"generated/*\", \"handlers/*\"]"), "{text}");
    }

    #[test]
    fn a_runtime_that_is_named_already_stays() {
        let there = "[workspace.dependencies]\nsaga-runtime = { path = \"../saga/runtime\" }\n";
        let text = completed(there, RUNTIME).expect("a manifest");
        assert!(text.contains("saga-runtime = { path = \"../saga/runtime\" }"), "{text}");
        assert!(completed("[workspace", RUNTIME).expect_err("garbled").contains("Cargo.toml"));
    }
}
