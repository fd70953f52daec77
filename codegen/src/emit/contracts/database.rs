//! How the rows of a service are stored: everything about them that its team
//! need not read.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::contracts::{status, table};
use crate::emit::imports::{ContractNames, Imports};
use crate::emit::rust;
use crate::model::{Entity, Ident, Model, Service};

/// The list of the services that have tables.
pub(super) fn list(model: &Model) -> String {
    let mut modules: Vec<&Ident> =
        model.services.iter().filter(|it| it.has_tables()).map(|it| &it.module).collect();
    let types = Ident::plain("types");
    if model.stores_shared_types() {
        modules.push(&types);
    }
    modules.sort_by_key(|module| module.bare());
    rust::file("How the rows of each service are stored.", false, &quote!(#(mod #modules;)*))
}

/// The tables of one service.
pub(super) fn module(names: &ContractNames<'_>, service: &Service) -> String {
    let entities = service.entities.iter().map(entity);
    let items = quote!(#(#entities)*);
    let imports = Imports::of_database(names, service).used_by(&items);
    let doc = format!("How the rows of the service `{}` are stored.", service.name);
    rust::file(&doc, false, &quote!(#imports #items))
}

fn entity(entity: &Entity) -> TokenStream {
    let table = table::tokens(entity);
    let status = entity.status.as_ref().map(|status| status::tokens(entity, status));
    quote!(#table #status)
}
