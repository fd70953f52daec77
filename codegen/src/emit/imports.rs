//! The `use` declarations of a file, from the names its code mentions.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::model::{Ident, Model, RUNTIME_TYPES, Service};

/// Names that are defined elsewhere, and what they need to be in scope.
pub(super) struct Imports {
    /// Where a group of names comes from, and the names.
    sources: Vec<(TokenStream, Vec<Ident>)>,
}

impl Imports {
    /// For a module of the contracts.
    pub fn of_contracts(model: &Model) -> Self {
        let mut imports = Self::of_everything();
        imports.sources.push((quote!(crate::events), event_types(model)));
        imports
    }

    /// For the events themselves.
    pub fn of_everything() -> Self {
        let plain = |names: &[&str]| names.iter().map(|name| Ident::plain(name)).collect();
        Self {
            sources: vec![
                (quote!(std::convert), plain(&["Infallible"])),
                (quote!(std), plain(&["fmt"])),
                (quote!(runtime), plain(&RUNTIME_TYPES)),
                (quote!(serde), plain(&["Deserialize", "Serialize"])),
            ],
        }
    }

    /// For the wiring of a service.
    pub fn of_wiring(model: &Model, service: &Service) -> Self {
        let mut imports = Self::of_everything();
        let mut own: Vec<Ident> = service.entities.iter().map(|entity| entity.ident.clone()).collect();
        let statuses = service.entities.iter().filter_map(|entity| entity.status.as_ref());
        own.extend(statuses.map(|status| status.ident.clone()));
        own.extend(service.bodies.iter().map(|body| body.ident.clone()));
        own.push(Ident::plain("Handlers"));
        let module = &service.module;
        let mut contracts =
            [(quote!(contracts::events), event_types(model)), (quote!(contracts::#module), own)];
        contracts.sort_by_key(|(source, _)| source.to_string());
        imports.sources.splice(2..2, contracts);
        imports
    }

    /// The declarations that `code` needs.
    pub fn used_by(&self, code: &TokenStream) -> TokenStream {
        let mentioned = mentioned(code);
        declarations(&self.sources, &quote!(use), |name| mentioned.contains(name))
    }

    /// The declarations that `code` needs, and those that hand on what the part
    /// `public` of it mentions.
    pub fn split(&self, code: &TokenStream, public: &TokenStream) -> (TokenStream, TokenStream) {
        let (mentioned, mut public) = (mentioned(code), mentioned(public));
        // A method may be called `fmt`.
        public.retain(|name| name.starts_with(char::is_uppercase));
        let private = |name: &str| mentioned.contains(name) && !public.contains(name);
        let exported = |name: &str| public.contains(name);
        let mut sources = self.sources.clone();
        let imports = declarations(&sources, &quote!(use), private);
        sources.sort_by_key(|(source, _)| source.to_string());
        (imports, declarations(&sources, &quote!(pub use), exported))
    }
}

/// The names that code mentions, one way or another.
fn mentioned(code: &TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(code, &mut names);
    // These traits are used without being named.
    for (method, of) in [("TOPIC", "Event"), ("unended", "Lifecycle")] {
        if names.contains(method) {
            names.insert(of.to_owned());
        }
    }
    names
}

/// A declaration for each source that has a name which is wanted.
fn declarations(
    sources: &[(TokenStream, Vec<Ident>)],
    keyword: &TokenStream,
    wanted: impl Fn(&str) -> bool,
) -> TokenStream {
    let uses = sources.iter().filter_map(|(source, names)| {
        let mut used: Vec<&Ident> = names.iter().filter(|name| wanted(name.as_str())).collect();
        used.sort();
        match used.as_slice() {
            [] => None,
            [only] => Some(quote!(#keyword #source::#only;)),
            _ => Some(quote!(#keyword #source::{#(#used),*};)),
        }
    });
    quote!(#(#uses)*)
}

fn event_types(model: &Model) -> Vec<Ident> {
    model.events.iter().map(|event| event.ident.clone()).collect()
}

/// The names that a path begins with.
fn collect(code: &TokenStream, names: &mut BTreeSet<String>) {
    let mut in_path = false;
    let mut colons = 0;
    for token in code.clone() {
        match token {
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                if !in_path || name == "TOPIC" {
                    names.insert(name);
                }
                in_path = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
                in_path = colons == 2;
                continue;
            }
            TokenTree::Group(group) => {
                collect(&group.stream(), names);
                in_path = false;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => in_path = false,
        }
        colons = 0;
    }
}
