//! Specifications with everything that is generated for them.
//!
//! Nothing is stored twice:
//! - The case `order` is the shipped saga, so the repository itself holds what `generate` keeps up to
//!   date. The case stores what `generate` writes once and the team then edits.
//! - Another case stores the files that differ from those of `order`.
//! - An example is a project of its own, which holds the crates that are generated for it.
//! - Manifests, and documents for others, are stored with three cases ([`WITH_MANIFESTS`]); elsewhere a
//!   fingerprint stands for each. Code includes the OpenAPI documents, so these are stored with it.
//!
//! `expected/not-stored.txt` lists all other generated files of its case, each with where its content
//! is: in the `repository`, with `order`, or nowhere, and then with its fingerprint. Run with
//! `UPDATE_EXPECT=1` to rewrite `expected`, and review the diff.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use saga_cli::files::FileSet;
use serde::Deserialize as _;

use crate::support::{cases, examples, generated, generated_here, repository, shipped, write};

/// The case that is the repository itself.
const SHIPPED: &str = "order";

/// The cases that store their manifests. Apart from names and numbers, every line of every other
/// case's manifests occurs in these.
const WITH_MANIFESTS: [&str; 3] = [SHIPPED, "natural-keys", "servers"];

const NOT_STORED: &str = "not-stored.txt";

/// Where the tests are that run the cases.
const SEMANTICS: &str = "dev/semantics/tests";

const UPDATE: &str = "UPDATE_EXPECT=1 cargo test --manifest-path codegen/Cargo.toml --test generate golden::";

#[test]
fn every_specification_gives_the_files_beside_it() {
    let shipped = generated(&shipped());
    let mut wrong = Vec::new();
    for case in cases() {
        let folder = case.join("expected");
        let emitted = emitted(&case);
        let expected = if name(&case) == SHIPPED {
            stored_for_shipped(&shipped)
        } else {
            stored(&case, &emitted, &all(&shipped))
        };
        if updates() {
            replace(&folder, &expected);
        }
        let differing = differing(&expected, &read(&folder));
        wrong.extend(differing.iter().map(|path| format!("{}: {path}", name(&case))));
    }
    assert!(
        wrong.is_empty(),
        "codegen/tests/golden differs from what is generated now (case: file):\n  {}\n\
         If the new output is right, store it: {UPDATE}",
        wrong.join("\n  ")
    );
}

#[test]
fn the_shipped_tree_is_what_is_generated_for_it() {
    let shipped = generated_here();
    let is_stale = |(path, content): &(&Path, &str)| {
        fs::read_to_string(repository().join(path)).ok().as_deref() != Some(*content)
    };
    let stale: Vec<String> = shipped
        .current()
        .filter(is_stale)
        .map(|(path, _)| format!("{SHIPPED}: {}", path.display()))
        .collect();
    assert!(
        stale.is_empty(),
        "the repository's own tree differs from what is generated now (case: file):\n  {}\n\
         If the new output is right, store it: cargo saga generate",
        stale.join("\n  ")
    );
}

#[test]
fn the_examples_hold_what_is_generated_for_them() {
    let mut wrong = Vec::new();
    for example in examples() {
        let files = generated(&fs::read_to_string(example.join("saga.yaml")).expect("a specification"));
        let code = files.current().filter(|(path, _)| path.starts_with("generated"));
        let expected: BTreeMap<PathBuf, String> =
            code.map(|(path, content)| (path.to_owned(), content.to_owned())).collect();
        let mut stored = read(&example);
        // The certificate of the proof is compared by `generate --check`.
        stored.retain(|path, _| path.starts_with("generated") && !path.ends_with("proof.txt"));
        let differing = differing(&expected, &stored);
        if updates() {
            for path in &differing {
                match expected.get(Path::new(path)) {
                    Some(content) => write(&example.join(path), content),
                    None => fs::remove_file(example.join(path)).expect("an old file"),
                }
            }
        } else {
            wrong.extend(differing.iter().map(|path| format!("{}: {path}", name(&example))));
        }
    }
    assert!(
        wrong.is_empty(),
        "an example differs from what is generated now (example: file):\n  {}\n\
         If the new output is right, store it: {UPDATE}",
        wrong.join("\n  ")
    );
}

#[test]
fn every_manifest_is_read_back_as_it_was_meant() {
    for case in cases().into_iter().chain(examples()) {
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

/// The tests that run a case compile its files, each from where it is stored.
#[test]
fn the_semantics_tests_compile_what_is_generated() {
    if updates() {
        return; // The files are being rewritten.
    }
    let folder = repository().join(SEMANTICS);
    let mut compiled = 0;
    for case in cases() {
        let test = folder.join(name(&case).replace('-', "_")).with_extension("rs");
        let Ok(test) = fs::read_to_string(test) else { continue };
        let paths = test.lines().filter_map(|line| line.strip_prefix("#[path = \"")?.strip_suffix("\"]"));
        // The others are parts of the test.
        for path in paths.filter(|path| path.starts_with("../")) {
            let (_, file) = path.split_once("/expected/").unwrap_or(("", path.trim_start_matches("../")));
            let stored = case.join("expected").join(file);
            let place = if stored.exists() { stored } else { repository().join(file) };
            let place = place.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", place.display()));
            let is_there = folder.join(path).canonicalize().is_ok_and(|path| path == place);
            assert!(is_there, "the test of {} has to compile {}, not {path}", name(&case), place.display());
            compiled += 1;
        }
    }
    assert!(compiled > 0, "no test in {SEMANTICS} compiles a generated file");
}

fn updates() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

fn name(case: &Path) -> &str {
    case.file_name().and_then(|name| name.to_str()).expect("a name")
}

fn emitted(case: &Path) -> BTreeMap<PathBuf, String> {
    all(&generated(&fs::read_to_string(case.join("saga.yaml")).expect("a specification")))
}

fn all(files: &FileSet) -> BTreeMap<PathBuf, String> {
    let all = files.current().chain(files.once());
    all.map(|(path, content)| (path.to_owned(), content.to_owned())).collect()
}

/// What the shipped case stores: the files that belong to the team once they are written.
fn stored_for_shipped(shipped: &FileSet) -> BTreeMap<PathBuf, String> {
    let once = shipped.once().map(|(path, content)| (path.to_owned(), content.to_owned()));
    let elsewhere = shipped.current().map(|(path, _)| ("repository".to_owned(), path));
    with_list(once.collect(), elsewhere)
}

/// What another case stores.
fn stored(
    case: &Path,
    emitted: &BTreeMap<PathBuf, String>,
    shipped: &BTreeMap<PathBuf, String>,
) -> BTreeMap<PathBuf, String> {
    let mut stored = BTreeMap::new();
    let mut elsewhere = Vec::new();
    for (path, content) in emitted {
        let is_manifest = !path.starts_with("generated") && !path.starts_with("handlers");
        // The code of its service includes it from where it stands.
        let is_included = path.ends_with("openapi.json");
        let is_document = path.extension().is_some_and(|kind| kind == "json" || kind == "yaml");
        let may_be_left_out = (is_manifest || is_document) && !is_included;
        if shipped.get(path) == Some(content) && !is_included {
            elsewhere.push((SHIPPED.to_owned(), path.as_path()));
        } else if may_be_left_out && !WITH_MANIFESTS.contains(&name(case)) {
            elsewhere.push((fingerprint(content), path.as_path()));
        } else {
            stored.insert(path.clone(), content.clone());
        }
    }
    with_list(stored, elsewhere.into_iter())
}

fn with_list<'a>(
    mut stored: BTreeMap<PathBuf, String>,
    elsewhere: impl Iterator<Item = (String, &'a Path)>,
) -> BTreeMap<PathBuf, String> {
    let lines = elsewhere.map(|(place, path)| format!("{place:10}  {}\n", path.display()));
    stored.insert(NOT_STORED.into(), lines.collect());
    stored
}

/// FNV-1a, since the standard library's hashes may change with its version.
fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{:010x}", hash >> 24)
}

/// The generated files, stored or listed, that are not the same in both.
fn differing(expected: &BTreeMap<PathBuf, String>, stored: &BTreeMap<PathBuf, String>) -> BTreeSet<String> {
    let list = Path::new(NOT_STORED);
    let paths = expected.keys().chain(stored.keys()).filter(|path| *path != list);
    let differ = paths.filter(|path| expected.get(*path) != stored.get(*path));
    let mut differing: BTreeSet<String> = differ.map(|path| path.display().to_string()).collect();
    let lines = |files: &BTreeMap<PathBuf, String>| -> BTreeSet<String> {
        files.get(list).iter().flat_map(|text| text.lines()).map(str::to_owned).collect()
    };
    let listed = lines(expected);
    let listed = listed.symmetric_difference(&lines(stored)).cloned().collect::<Vec<_>>();
    differing.extend(listed.iter().filter_map(|line| line.split_whitespace().last()).map(str::to_owned));
    if differing.is_empty() && expected.get(list) != stored.get(list) {
        differing.insert(NOT_STORED.to_owned());
    }
    differing
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

/// Leaves these files in the folder, and no others.
fn replace(folder: &Path, files: &BTreeMap<PathBuf, String>) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("the old files");
    }
    for (path, content) in files {
        write(&folder.join(path), content);
    }
}
