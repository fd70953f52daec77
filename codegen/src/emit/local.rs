//! The binary that runs the whole saga in one process.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust;
use crate::model::{Model, Service};

pub(super) fn emit(model: &Model) -> String {
    let mut by_name: Vec<&Service> = model.services.iter().collect();
    by_name.sort_by(|a, b| a.module.cmp(&b.module));
    let imports = by_name.iter().map(|service| {
        let (library, ident) = (&service.module, &service.ident);
        quote!(use #library::#ident;)
    });
    let saga = model.saga.as_str();
    let services = model.services.iter().map(start);
    let items = quote! {
        use std::process::ExitCode;
        #(#imports)*

        fn main() -> ExitCode {
            saga_runtime::Local::new(#saga)#(.serve(#services))*.main()
        }
    };
    rust::file(
        &format!("The whole saga `{}` in one process, on the embedded default.", model.saga),
        false,
        &items,
    )
}

fn start(service: &Service) -> TokenStream {
    let (ident, handlers) = (&service.ident, service.handlers_crate());
    if service.has_handlers() { quote!(#ident::new(#handlers::Handlers)) } else { quote!(#ident) }
}
