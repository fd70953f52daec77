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
        let mut mentioned = BTreeSet::new();
        collect(code, &mut mentioned);
        // These traits are used without being named.
        for (method, of) in [("TOPIC", "Event"), ("phase", "Status")] {
            if mentioned.contains(method) {
                mentioned.insert(of.to_owned());
            }
        }
        let uses = self.sources.iter().filter_map(|(source, names)| {
            let wanted = |name: &&Ident| mentioned.contains(name.as_str());
            let mut used: Vec<&Ident> = names.iter().filter(wanted).collect();
            used.sort();
            match used.as_slice() {
                [] => None,
                [only] => Some(quote!(use #source::#only;)),
                _ => Some(quote!(use #source::{#(#used),*};)),
            }
        });
        quote!(#(#uses)*)
    }
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
