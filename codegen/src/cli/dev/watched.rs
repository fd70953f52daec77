//! What a change of is noticed: the specification, the manifest of the workspace, and the crates that the saga is
//! built from, as far as they are not generated.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

use serde_json::Value;

use super::cargo::cargo;

/// Files with what changes when they do. Looking is cheap for as many files as a team writes; see `check --watch`
/// for why nothing else watches.
type Look = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Files and folders, and how they looked.
pub(super) struct Watched {
    places: BTreeSet<PathBuf>,
    /// What the saga was built from.
    known: Look,
    last: Look,
}

impl Watched {
    /// Begins to watch what every project has.
    pub(super) fn begin(path: &Path, root: &Path) -> Self {
        let places = BTreeSet::from([path.to_owned(), root.join("Cargo.toml"), root.join("handlers")]);
        let known = look(&places);
        Self { places, last: known.clone(), known }
    }

    /// Takes what is there now for known.
    pub(super) fn renew(&mut self) {
        self.known = look(&self.places);
        self.last.clone_from(&self.known);
    }

    /// Watches the crates, too, that the saga is about to be built from. What has changed since the last
    /// [`renew`](Self::renew) stays a change, but for the crates that `generate` has begun under `handlers`.
    pub(super) fn follow(&mut self, path: &Path, root: &Path) {
        let mut places = Self::begin(path, root).places;
        places.extend(crates(root).unwrap_or_default());
        let handlers = root.join("handlers");
        let before: BTreeSet<PathBuf> =
            self.known.keys().filter_map(|file| crate_of(file, &handlers)).collect();
        for (file, seen) in look(&places) {
            let was_watched = self.places.iter().any(|place| file.starts_with(place));
            if !was_watched || crate_of(&file, &handlers).is_some_and(|folder| !before.contains(&folder)) {
                self.known.insert(file, seen);
            }
        }
        // What lies in a folder that is watched is watched.
        let all = places.clone();
        places.retain(|place| !place.ancestors().skip(1).any(|above| all.contains(above)));
        self.known.retain(|file, _| places.iter().any(|place| file.starts_with(place)));
        self.places = places;
    }

    /// What is watched, for people: the runtime and others that are not below the root are left out.
    pub(super) fn named(&self, root: &Path) -> String {
        let inside = self.places.iter().filter_map(|place| place.strip_prefix(root).ok());
        inside.map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ")
    }

    /// Whether anything has changed: the first file that has. What has only just changed may be half written, so two
    /// looks have to agree.
    pub(super) fn changed(&mut self) -> Option<PathBuf> {
        let now = look(&self.places);
        let settled = now == self.last;
        let new = now.iter().find(|(file, seen)| self.known.get(*file) != Some(*seen)).map(|(file, _)| file);
        let gone = || self.known.keys().find(|file| !now.contains_key(*file));
        let changed = new.or_else(gone).filter(|_| settled).cloned();
        if changed.is_some() {
            self.known.clone_from(&now);
        }
        self.last = now;
        changed
    }
}

/// The folder of the crate under `handlers` that a file is in.
fn crate_of(file: &Path, handlers: &Path) -> Option<PathBuf> {
    let inside = file.strip_prefix(handlers).ok()?;
    Some(handlers.join(inside.iter().next()?))
}

/// The folders of the crates that the saga is built from, by what cargo says of the workspace; none while its
/// manifests are garbled, which the build reports better.
fn crates(root: &Path) -> Option<BTreeSet<PathBuf>> {
    let said =
        cargo(root).args(["metadata", "--format-version", "1", "--no-deps"]).stderr(Stdio::null()).output();
    let metadata: Value = serde_json::from_slice(&said.ok()?.stdout).ok()?;
    let generated = Path::new(metadata["workspace_root"].as_str()?).join("generated");
    let mut found = built_from(&metadata);
    found.retain(|folder| !folder.starts_with(&generated));
    Some(found)
}

/// The folder of the package `local`, and of all that it depends on by path.
fn built_from(metadata: &Value) -> BTreeSet<PathBuf> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let path = |value: &Value| value.as_str().map(PathBuf::from);
    let packages: BTreeMap<PathBuf, Value> = list(&metadata["packages"])
        .into_iter()
        .filter_map(|package| Some((path(&package["manifest_path"])?.parent()?.to_owned(), package)))
        .collect();
    let local = packages.iter().find(|(_, package)| package["name"] == "local");
    let mut open: Vec<PathBuf> = local.map(|(folder, _)| folder.clone()).into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(folder) = open.pop() {
        if let Some(package) = packages.get(&folder) {
            let needed = list(&package["dependencies"]);
            // What tests alone need is not in the program.
            let needed = needed.iter().filter(|dependency| dependency["kind"] != "dev");
            open.extend(needed.filter_map(|it| path(&it["path"])).filter(|it| !found.contains(it)));
        }
        found.insert(folder);
    }
    found
}

fn look(places: &BTreeSet<PathBuf>) -> Look {
    let mut files = Look::new();
    for place in places {
        add(place, &mut files);
    }
    files
}

/// Adds a file, or all files of a folder; what is missing is not there.
fn add(path: &Path, files: &mut Look) {
    let Ok(metadata) = fs::metadata(path) else { return };
    if !metadata.is_dir() {
        files.insert(path.to_owned(), (metadata.modified().ok(), metadata.len()));
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // Cargo's lies beside a manifest; a module may have the name, too.
        let built = name == "target" && path.join("Cargo.toml").is_file();
        // Of a link to a folder, the type is that of a link: it may lead anywhere.
        let leads_away = entry.file_type().is_ok_and(|kind| kind.is_symlink()) && entry.path().is_dir();
        if !name.starts_with('.') && !name.ends_with('~') && !built && !leads_away {
            add(&entry.path(), files);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::env::temp_dir;

    use serde_json::json;

    use super::*;

    #[test]
    fn the_crates_of_the_saga_are_followed_and_others_are_not() {
        let package = |name: &str, folder: &str, needs: &[(&str, Value)]| {
            let needs: Vec<Value> =
                needs.iter().map(|(path, kind)| json!({ "path": path, "kind": kind })).collect();
            json!({ "name": name, "manifest_path": format!("{folder}/Cargo.toml"), "dependencies": needs })
        };
        let metadata = json!({ "packages": [
            package("local", "/p/generated/local", &[("/p/handlers/stock", json!(null)), ("/saga/runtime", json!(null))]),
            package("stock-handlers", "/p/handlers/stock", &[("/p/prices", json!(null)), ("/p/fakes", json!("dev"))]),
            package("prices", "/p/prices", &[("/p/handlers/stock", json!("dev"))]),
            package("fakes", "/p/fakes", &[]),
            package("simulation", "/p/simulation", &[("/p/handlers/stock", json!(null))]),
        ]});
        let expected = ["/p/generated/local", "/p/handlers/stock", "/p/prices", "/saga/runtime"];
        assert_eq!(built_from(&metadata), expected.map(PathBuf::from).into());
    }

    #[test]
    fn a_change_is_noticed_once_and_when_it_has_settled() {
        let root = temp_dir().join(format!("saga-dev-watched-{}", std::process::id()));
        let handlers = root.join("handlers/stock/src");
        fs::create_dir_all(&handlers).expect("a folder");
        let file = handlers.join("lib.rs");
        fs::write(&file, "one").expect("a file");
        let mut watched = Watched::begin(&root.join("saga.yaml"), &root);
        assert_eq!(watched.changed(), None);

        fs::write(&file, "three").expect("a change");
        assert_eq!(watched.changed(), None, "it may be half written");
        assert_eq!(watched.changed(), Some(file.clone()));
        assert_eq!(watched.changed(), None, "it is known");

        fs::write(handlers.join(".lib.rs.swp"), "x").expect("a file of an editor");
        fs::write(handlers.join("lib.rs~"), "x").expect("a file of an editor");
        watched.changed();
        assert_eq!(watched.changed(), None);

        // A module called `target`, unlike cargo's folder.
        let target = handlers.join("target/mod.rs");
        fs::create_dir_all(handlers.join("target")).expect("a folder");
        fs::write(&target, "x").expect("a file");
        watched.changed();
        assert_eq!(watched.changed(), Some(target));
        fs::remove_dir_all(&root).expect("the folder goes again");
    }

    #[test]
    fn what_changes_while_the_saga_is_built_is_a_change() {
        let root = temp_dir().join(format!("saga-dev-building-{}", std::process::id()));
        let (spec, stock) = (root.join("saga.yaml"), root.join("handlers/stock/src"));
        fs::create_dir_all(&stock).expect("a folder");
        let file = stock.join("lib.rs");
        fs::write(&file, "one").expect("a file");
        fs::write(&spec, "one").expect("a file");
        let mut watched = Watched::begin(&spec, &root);
        let mut changed_during = |change: &dyn Fn()| {
            watched.renew();
            change();
            watched.follow(&spec, &root);
            watched.changed();
            watched.changed()
        };
        assert_eq!(changed_during(&|| ()), None);
        let saved = || fs::write(&spec, "two and more").expect("saved");
        assert_eq!(changed_during(&saved), Some(spec.clone()));
        let new = stock.join("prices.rs");
        assert_eq!(changed_during(&|| fs::write(&new, "x").expect("a file")), Some(new.clone()));
        assert_eq!(changed_during(&|| fs::remove_file(&file).expect("removed")), Some(file.clone()));
        let begun = || {
            fs::create_dir_all(root.join("handlers/order/src")).expect("a folder");
            fs::write(root.join("handlers/order/src/lib.rs"), "x").expect("a file");
        };
        assert_eq!(changed_during(&begun), None, "`generate` has begun this crate");
        fs::remove_dir_all(&root).expect("the folder goes again");
    }
}
