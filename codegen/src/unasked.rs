//! Functions of handlers that nothing asks for. The compiler only says that the trait has no such member.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{ImplItem, Item, ItemImpl};

use crate::model::{Model, Service};
use crate::names::{kebab, words};

/// A function that a team has written for a decision that is none any more, or never was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unasked {
    /// The file, relative to the root.
    pub path: PathBuf,
    /// The function.
    pub function: String,
    /// The step that it is called after, and whether its service has it.
    step: String,
    is_step: bool,
}

impl fmt::Display for Unasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, function, step, is_step } = self;
        write!(f, "`{function}` in {}: ", path.display())?;
        match is_step {
            true => write!(
                f,
                "the file leaves `{step}` nothing to decide; remove the function, or write `handler: state` for the step"
            ),
            false => write!(f, "its service has no step `{step}`; remove or rename the function"),
        }
    }
}

/// The functions of handlers below `root` that the traits do not have.
pub fn unasked(model: &Model, root: &Path) -> Vec<Unasked> {
    model.services.iter().flat_map(|service| of_service(service, root)).collect()
}

fn of_service(service: &Service, root: &Path) -> Vec<Unasked> {
    let folder = Path::new("handlers").join(service.name.as_str()).join("src");
    let mut files = Vec::new();
    sources(root, &folder, &mut files);
    let functions = files.into_iter().flat_map(|path| {
        let text = fs::read_to_string(root.join(&path)).unwrap_or_default();
        functions(&text).into_iter().map(move |function| (path.clone(), function))
    });
    let asked = |name: &str| service.decisions.iter().any(|it| it.ask.method.as_str() == name);
    let unasked = functions.filter(|(_, function)| !asked(function)).map(|(path, function)| {
        let step = kebab(&words(&function).join("-"));
        let steps = service.steps.iter().map(|it| it.name.as_str());
        let requests = service.requests.iter().map(|it| it.name.as_str());
        let is_step = steps.chain(requests).any(|name| name == step);
        Unasked { path, function, step, is_step }
    });
    unasked.collect()
}

/// The Rust files below a folder, in the order of their names.
fn sources(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| folder.join(entry.file_name())).collect();
    paths.sort();
    for path in paths {
        if root.join(&path).is_dir() {
            sources(root, &path, files);
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
}

/// The functions with which a file implements `Handlers`. One that does not parse has none: the compiler says why.
fn functions(text: &str) -> Vec<String> {
    let file = syn::parse_file(text).ok();
    let items = file.into_iter().flat_map(|file| file.items);
    let implementations = items.filter_map(|item| match item {
        Item::Impl(it) if implements_handlers(&it) => Some(it.items),
        _ => None,
    });
    let functions = implementations.flatten().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
        _ => None,
    });
    functions.collect()
}

fn implements_handlers(it: &ItemImpl) -> bool {
    let of = it.trait_.as_ref().and_then(|(path, _)| path.segments.last());
    of.is_some_and(|segment| segment.ident == "Handlers")
}
