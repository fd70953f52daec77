//! The crate `<saga>-contracts`: what the services agree on.

mod data;
mod database;
pub(in crate::emit) mod decisions;
mod events;
mod flow;
mod rows;
mod status;
mod table;
mod types;

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::imports::{ContractNames, Imports};
use crate::emit::{cargo, rust};
use crate::files::FileSet;
use crate::model::{Ident, Model, Service};
pub(super) use events::written;

pub(super) fn emit(model: &Model, names: &ContractNames<'_>, files: &mut FileSet) {
    files.add("generated/contracts/Cargo.toml", cargo::contracts(model));
    files.add("generated/contracts/src/lib.rs", library(model));
    files.add("generated/contracts/src/events.rs", events::emit(model, names));
    files.add("generated/contracts/src/flow.rs", flow::emit(model));
    if !model.types.is_empty() {
        files.add("generated/contracts/src/types.rs", types::emit(model));
    }
    if model.has_tables() {
        files.add("generated/contracts/src/database.rs", database::list(model));
    }
    if model.stores_shared_types() {
        files.add("generated/contracts/src/database/types.rs", types::database(model));
    }
}

/// The module of one service.
pub(super) fn emit_module(names: &ContractNames<'_>, service: &Service, files: &mut FileSet) {
    let module = service.module.bare();
    files.add(format!("generated/contracts/src/{module}.rs"), self::module(names, service));
    if service.has_tables() {
        files.add(format!("generated/contracts/src/database/{module}.rs"), database::module(names, service));
    }
}

fn library(model: &Model) -> String {
    let public = |module: &Ident| (module.clone(), quote!(pub mod #module;));
    let mut modules: Vec<(Ident, TokenStream)> =
        model.services.iter().map(|service| public(&service.module)).collect();
    modules.push(public(&Ident::plain("events")));
    modules.push(public(&Ident::plain("flow")));
    if !model.types.is_empty() {
        modules.push(public(&Ident::plain("types")));
    }
    if model.has_tables() {
        modules.push((
            Ident::plain("database"),
            quote!(
                mod database;
            ),
        ));
    }
    modules.sort_by(|(a, _), (b, _)| a.bare().cmp(b.bare()));
    let modules = modules.into_iter().map(|(_, declaration)| declaration);
    let doc = format!(
        "Everything the services of the saga `{}` agree on: the messages on the wire, the rows each service \
         keeps, and the decisions each team writes.",
        model.saga,
    );
    let tool = env!("CARGO_PKG_VERSION");
    let items = quote! {
        #(#modules)*
        const _: () = saga_runtime::made_by(#tool);
    };
    rust::file(&doc, true, &items)
}

fn module(names: &ContractNames<'_>, service: &Service) -> String {
    let entities = service.entities.iter().map(rows::tokens);
    let bodies = service.bodies.iter().map(data::body);
    let answers = service
        .decisions
        .iter()
        .filter_map(|decision| Some(data::answer(decision, decision.ask.answer.as_ref()?)));
    let one_of = service.steps.iter().filter_map(|step| Some((step, step.memory()?.one_of.as_ref()?)));
    let one_of: Vec<TokenStream> = one_of.map(|(step, one_of)| data::one_of(&step.name, one_of)).collect();
    let handlers = if service.has_handlers() { decisions::tokens(service) } else { TokenStream::new() };
    let items = quote! {
        #(#entities)*
        #(#bodies)*
        #(#answers)*
        #(#one_of)*
        #handlers
    };
    // A call ends in what its error is made from.
    let rejection = service.calls().then(|| quote!(Rejection Unanswered));
    let used = quote!(#handlers #(#one_of)* #rejection);
    // A team that writes `use <saga>_contracts::<service>::*` has every name of the trait.
    let (imports, exports) = Imports::of_contracts(names).split(&items, &used);
    let doc = format!("The rows that the service `{}` keeps, and the decisions it makes.", service.name);
    rust::file(&doc, false, &quote!(#imports #exports #items))
}
