//! Specifications with everything that is generated for them. Run with
//! `UPDATE_EXPECT=1` to write the files anew, and read the difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;

#[test]
fn every_specification_gives_the_files_beside_it() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for case in crate::support::cases() {
        let emitted = emitted(&case);
        let folder = case.join("expected");
        if update {
            write(&folder, &emitted);
        }
        let expected = read(&folder);
        let paths = emitted.keys().chain(expected.keys().filter(|path| !emitted.contains_key(*path)));
        wrong.extend(
            paths.filter(|path| emitted.get(*path) != expected.get(*path)).map(|path| folder.join(path)),
        );
    }
    assert!(wrong.is_empty(), "run with UPDATE_EXPECT=1 if these are right: {wrong:#?}");
}

#[test]
fn every_manifest_is_read_back_as_it_was_meant() {
    for case in crate::support::cases() {
        for (path, text) in emitted(&case) {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("yaml") if path.starts_with("k8s") || path.starts_with("k8s-overlays") => {
                    assert_objects(&path, &text);
                }
                Some("rs") => drop(syn::parse_file(&text).expect("Rust")),
                _ => {}
            }
        }
    }
}

fn assert_objects(path: &Path, text: &str) {
    for document in serde_yaml::Deserializer::from_str(text) {
        let object = serde_yaml::Value::deserialize(document).expect("YAML");
        assert!(object["kind"].is_string(), "{} holds no object", path.display());
        let is_list = object["kind"] == "Kustomization" || object["kind"] == "Component";
        let named = object["metadata"]["name"].is_string() || is_list;
        assert!(named, "an object in {} has no name", path.display());
        let placed = object["metadata"]["namespace"].is_string();
        let everywhere = object["kind"] == "Namespace" || is_list;
        assert!(placed || everywhere, "an object in {} is in no namespace", path.display());
    }
}

fn emitted(case: &Path) -> BTreeMap<PathBuf, String> {
    let text = fs::read_to_string(case.join("saga.yaml")).expect("a specification");
    let files = crate::support::generated(&text);
    let all = files.current().chain(files.once());
    all.map(|(path, content)| (path.to_owned(), content.to_owned())).collect()
}

fn read(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("a path below the folder").to_owned();
                files.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    files
}

fn write(folder: &Path, files: &BTreeMap<PathBuf, String>) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("the old files");
    }
    for (path, content) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
}
