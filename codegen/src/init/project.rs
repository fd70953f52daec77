//! The files of a project that belong to its team.

use std::path::{Path, PathBuf};

use askama::Template;

use super::{Files, Runtime, Wish, accepted, copy};
use crate::emit::render;
use crate::lower::lower;
use crate::model::{Model, Route};
use crate::names;
use crate::source::Source;

/// A project that is about to be written.
pub(super) struct Project {
    name: String,
    runtime: Runtime,
    vendored: bool,
    /// What its saga is: `saga.yaml`, and crates beside the generated ones.
    saga: Files,
    model: Model,
}

impl Project {
    /// # Errors
    /// A text for the user: there is no such example, or it cannot be read.
    pub(super) fn begin(name: &str, wish: &Wish) -> Result<Self, String> {
        let saga = match &wish.example {
            Some(example) => copy::example(&wish.runtime, example)?,
            None => two_services(name),
        };
        Self::around_saga(name, wish, saga)
    }

    /// A project around a saga that is there.
    ///
    /// # Errors
    /// A text for the user: its file is refused.
    pub(super) fn around_saga(name: &str, wish: &Wish, saga: Files) -> Result<Self, String> {
        let file = Path::new("saga.yaml");
        let model = lower(&accepted(&Source::new(file, saga[file].clone()))?);
        Ok(Self { name: name.to_owned(), runtime: wish.runtime.clone(), vendored: wish.vendor, saga, model })
    }

    /// All of its files.
    pub(super) fn files(&self) -> Files {
        let mut files = self.saga.clone();
        files.extend(self.around());
        files
    }

    /// What every project has, whatever its saga.
    fn around(&self) -> Files {
        let install = self.install();
        let readme = Readme { title: title(&self.name), begin: self.begin_line(), install: &install };
        let manifest =
            Manifest { members: &self.members(), vendored: self.vendored, ours: &self.dependencies() };
        let files = [
            ("Cargo.toml", render(&manifest)),
            ("README.md", render(&readme)),
            ("AGENTS.md", include_str!("../../templates/init/AGENTS.md").to_owned()),
            (".gitignore", include_str!("../../templates/init/gitignore").to_owned()),
            (".gitattributes", include_str!("../../templates/init/gitattributes").to_owned()),
            (".pre-commit-config.yaml", include_str!("../../templates/init/pre-commit.yaml").to_owned()),
            (".github/workflows/ci.yaml", render(&Ci { install: &install })),
        ];
        files.into_iter().map(|(path, content)| (PathBuf::from(path), content)).collect()
    }

    /// The members of the workspace.
    fn members(&self) -> Vec<String> {
        let folder_of = |path: &Path| Some(path.parent()?.to_string_lossy().into_owned());
        let manifests = self.saga.keys().filter(|path| path.ends_with("Cargo.toml"));
        let crates = manifests.filter_map(|path| folder_of(path)).filter(|it| !it.starts_with("handlers/"));
        ["generated/*".to_owned(), "handlers/*".to_owned()].into_iter().chain(crates).collect()
    }

    /// The line that says where the runtime comes from.
    pub(super) fn dependency(&self) -> String {
        self.dependency_on("saga-runtime", "runtime")
    }

    /// The same for all packages of the repository that crates of the project need.
    fn dependencies(&self) -> Vec<String> {
        let manifests = || self.saga.iter().filter(|(path, _)| path.ends_with("Cargo.toml"));
        let is_needed = |package: &str| {
            manifests().any(|(_, manifest)| manifest.contains(&format!("\n{package}.workspace = true")))
        };
        let tested = copy::TESTED_WITH.iter().filter(|(package, _)| is_needed(package));
        let tested = tested.map(|(package, folder)| self.dependency_on(package, folder));
        [self.dependency()].into_iter().chain(tested).collect()
    }

    fn dependency_on(&self, package: &str, folder: &str) -> String {
        match self.vendored {
            true => format!("{package} = {{ path = \"{}/{folder}\" }}", copy::VENDORED),
            false => self.runtime.dependency(package, folder),
        }
    }

    fn install(&self) -> String {
        match self.vendored {
            true => format!("cargo install --locked --path {}/codegen", copy::VENDORED),
            false => self.runtime.install(),
        }
    }

    /// The command that begins an instance of the saga.
    pub(super) fn begin_line(&self) -> Option<String> {
        let mut routes = self.model.services.iter().flat_map(|it| it.routes.iter().map(move |at| (it, at)));
        routes.find_map(|(service, route)| match route {
            Route::Create { path, example, .. } if !path.contains('{') => {
                let example = if self.is_ours() { ORDER } else { example };
                let port = service.port;
                Some(format!(
                    "curl localhost:{port}{path} -H 'content-type: application/json' -d '{example}'"
                ))
            }
            _ => None,
        })
    }

    /// Whether it is the project of our own two services.
    fn is_ours(&self) -> bool {
        self.saga.contains_key(Path::new("handlers/stock/src/lib.rs")) && self.model.services.len() == 2
    }
}

/// What there is in the rows of the two services.
const ORDER: &str = r#"{"item":"chair","quantity":2}"#;

/// A saga of two services and one decision.
fn two_services(name: &str) -> Files {
    let contracts = names::contracts_package(name).replace('-', "_");
    let files = [
        ("saga.yaml", render(&Saga { name })),
        ("handlers/stock/src/lib.rs", render(&Stock { contracts: &contracts })),
    ];
    files.into_iter().map(|(path, content)| (PathBuf::from(path), content)).collect()
}

/// A name as the title of a page.
fn title(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[derive(Template)]
#[template(path = "init/workspace.toml", escape = "none")]
struct Manifest<'a> {
    members: &'a [String],
    vendored: bool,
    ours: &'a [String],
}

#[derive(Template)]
#[template(path = "init/README.md", escape = "none")]
struct Readme<'a> {
    title: String,
    begin: Option<String>,
    install: &'a str,
}

#[derive(Template)]
#[template(path = "init/ci.yaml", escape = "none")]
struct Ci<'a> {
    install: &'a str,
}

#[derive(Template)]
#[template(path = "init/saga.yaml", escape = "none")]
struct Saga<'a> {
    name: &'a str,
}

#[derive(Template)]
#[template(path = "init/stock.rs", escape = "none")]
struct Stock<'a> {
    contracts: &'a str,
}
