//! The crate `<saga>-contracts`: what the services agree on.

mod data;
mod decisions;
mod entity;
mod events;
mod status;

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::imports::{EventTypes, Imports};
use crate::emit::{cargo, rust};
use crate::files::FileSet;
use crate::model::{Ident, Model, Service};

pub(super) fn emit(model: &Model, files: &mut FileSet) {
    files.add("generated/contracts/Cargo.toml", cargo::contracts(model));
    files.add("generated/contracts/src/lib.rs", library(model));
    files.add("generated/contracts/src/events.rs", events::emit(model));
}

/// The module of one service.
pub(super) fn emit_module(types: &EventTypes<'_>, service: &Service, files: &mut FileSet) {
    files.add(format!("generated/contracts/src/{}.rs", service.module.bare()), module(types, service));
}

fn library(model: &Model) -> String {
    let mut modules: Vec<Ident> = model.services.iter().map(|service| service.module.clone()).collect();
    modules.push(Ident::plain("events"));
    modules.sort_by(|a, b| a.bare().cmp(b.bare()));
    let doc = format!(
        "Everything the services of the saga `{}` agree on: the messages on the wire, the rows each service \
         keeps, and the decisions each team writes.",
        model.saga,
    );
    rust::file(&doc, true, &quote!(#(pub mod #modules;)*))
}

fn module(types: &EventTypes<'_>, service: &Service) -> String {
    let entities = service.entities.iter().map(entity::tokens);
    let bodies = service.bodies.iter().map(data::body);
    let answers = service
        .decisions
        .iter()
        .filter_map(|decision| Some(data::answer(decision, decision.ask.answer.as_ref()?)));
    let handlers = if service.has_handlers() { decisions::tokens(service) } else { TokenStream::new() };
    let items = quote! {
        #(#entities)*
        #(#bodies)*
        #(#answers)*
        #handlers
    };
    // A team that writes `use <saga>_contracts::<service>::*` has every name of the trait.
    let (imports, exports) = Imports::of_contracts(types).split(&items, &handlers);
    let doc = format!("What the service `{}` keeps and decides.", service.name);
    rust::file(&doc, false, &quote!(#imports #exports #items))
}
