//! The modules of a crate import one another in the order that
//! `ARCHITECTURE.md` draws, so data flows one way and there are no cycles.
//!
//! A layer is a line of the drawing. A module may import modules of lower
//! lines only, not its neighbours on the same line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn codegen_imports_downwards_only() {
    assert_order("codegen");
}

#[test]
fn runtime_imports_downwards_only() {
    assert_order("runtime");
}

fn assert_order(package: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let architecture = fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let layers = layers(&architecture, package);
    let library = Library::read(&root.join(package).join("src"));

    let drawn: BTreeSet<&str> = layers.keys().map(String::as_str).collect();
    let declared: BTreeSet<&str> = library.modules.iter().map(String::as_str).collect();
    assert_eq!(drawn, declared, "ARCHITECTURE.md draws the modules of `{package}`, each once");

    let upward: Vec<String> = library
        .imports()
        .into_iter()
        .filter(|import| layers[&import.from] <= layers[&import.to])
        .map(|import| {
            let Import { from, to, place } = import;
            format!("{place}: `{from}` imports `{to}`, which ARCHITECTURE.md draws above or beside it")
        })
        .collect();
    assert!(upward.is_empty(), "\n{}", upward.join("\n"));
}

/// The depth of each module in the drawing of a package: the block that
/// follows its name in the section "Module order".
fn layers(architecture: &str, package: &str) -> BTreeMap<String, usize> {
    let section = architecture.split("## Module order").nth(1).expect("a section \"Module order\"");
    let drawing = section.split(&format!("\n`{package}`:\n")).nth(1).expect("the package in the section");
    let block = drawing.split("```").nth(1).expect("a fenced block");
    let lines: Vec<&str> = block.lines().skip(1).filter(|line| !line.trim().is_empty()).collect();
    let depth = lines.len();
    let modules = lines.iter().enumerate().flat_map(|(line, modules)| {
        modules.split_whitespace().map(move |module| (module.to_owned(), depth - line))
    });
    modules.collect()
}

/// The top-level modules of a library, and the text of its files.
struct Library {
    modules: BTreeSet<String>,
    /// What `lib.rs` re-exports, and from which module: `crate::Event` is an
    /// import of the module that has it.
    reexports: BTreeMap<String, String>,
    files: Vec<(PathBuf, String)>,
}

/// A module uses another one.
struct Import {
    from: String,
    to: String,
    /// File and line.
    place: String,
}

impl Library {
    fn read(folder: &Path) -> Self {
        let root = without_tests_and_comments(&fs::read_to_string(folder.join("lib.rs")).expect("lib.rs"));
        // What only tests have sees everything.
        let tests = "#[cfg(test)]\nmod ";
        let root = root.split(tests).enumerate().map(|(at, part)| if at == 0 { part } else { rest_of(part) });
        let root: String = root.collect();
        let modules: BTreeSet<String> = root.lines().filter_map(declared_module).collect();
        let mut reexports = BTreeMap::new();
        for statement in root.split(';').filter_map(|it| it.split("pub use ").nth(1)) {
            let mut names = words(statement);
            let module = names.next().expect("a path").to_owned();
            if modules.contains(&module) {
                reexports.extend(names.map(|name| (name.to_owned(), module.clone())));
            }
        }
        let mut files = Vec::new();
        collect(folder, &mut files);
        Self { modules, reexports, files }
    }

    fn imports(&self) -> Vec<Import> {
        let mut imports = Vec::new();
        for (path, text) in &self.files {
            let top = path.iter().next().expect("a name").to_string_lossy();
            let from = top.trim_end_matches(".rs");
            for (at, prefix) in text.match_indices("crate::") {
                let line = text[..at].matches('\n').count() + 1;
                let names = first_names(&text[at + prefix.len()..]);
                let modules = names.iter().filter_map(|name| self.module_of(name));
                imports.extend(modules.filter(|to| *to != from).map(|to| Import {
                    from: from.to_owned(),
                    to: to.to_owned(),
                    place: format!("{}:{line}", path.display()),
                }));
            }
        }
        imports
    }

    /// The module that has what `crate::name` names.
    fn module_of(&self, name: &str) -> Option<&str> {
        let reexported = || self.reexports.get(name).map(String::as_str);
        self.modules.get(name).map(String::as_str).or_else(reexported)
    }
}

/// What follows a declaration.
fn rest_of(text: &str) -> &str {
    text.split_once(';').map_or("", |(_, rest)| rest)
}

/// The Rust files below a folder, by their path in it, without the roots of
/// the library and its programs: those see everything.
fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let is_root = next == folder && ["lib.rs", "main.rs", "bin"].contains(&name.as_str());
            if is_root || is_test(&path) {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(&path).expect("Rust");
                let relative = path.strip_prefix(folder).expect("a path below the folder").to_owned();
                files.push((relative, without_tests_and_comments(&text)));
            }
        }
    }
}

/// Whether the module of a file or folder is declared for tests only.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().expect("a name").to_string_lossy();
    let folder = path.parent().expect("a folder");
    let parents = [folder.join("mod.rs"), folder.join("lib.rs"), folder.with_extension("rs")];
    let declaration = format!("#[cfg(test)]\nmod {name};");
    parents.iter().any(|parent| fs::read_to_string(parent).is_ok_and(|text| text.contains(&declaration)))
}

/// The lines stay where they are.
fn without_tests_and_comments(text: &str) -> String {
    let tests = ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\npub(crate) mod tests {"];
    let code = match tests.iter().find_map(|tests| text.find(tests)) {
        Some(at) => &text[..at],
        None => text,
    };
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn declared_module(line: &str) -> Option<String> {
    let (visibility, name) = line.strip_suffix(';')?.split_once("mod ")?;
    let is_declaration = visibility.is_empty() || visibility.starts_with("pub");
    (is_declaration && !name.contains(' ')).then(|| name.to_owned())
}

/// The names that stand first in a path after `crate::`: one, or those of a group.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return words(path).next().map(str::to_owned).into_iter().collect();
    };
    let mut names = Vec::new();
    let mut depth = 1;
    let mut item = String::new();
    for letter in group.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || depth == 1 && letter == ',' {
            names.extend(words(&item).next().map(str::to_owned));
            item.clear();
        } else {
            item.push(letter);
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

#[test]
fn names_of_a_group_are_its_first_names() {
    assert_eq!(first_names("{a, b::{c, d}, e::f};"), ["a", "b", "e"]);
    assert_eq!(first_names("store::Store;"), ["store"]);
}
