//! The binary of one service.

use quote::quote;

use crate::emit::rust;
use crate::model::Service;

pub(super) fn emit(service: &Service) -> String {
    let (library, ident) = (&service.module, &service.ident);
    let handlers = service.handlers_crate();
    let (import, start) = if service.has_handlers() {
        (Some(quote!(use #handlers::Handlers;)), quote!(#ident::new(Handlers)))
    } else {
        (None, quote!(#ident))
    };
    let items = quote! {
        use std::process::ExitCode;
        use #library::#ident;
        #import

        fn main() -> ExitCode {
            saga_runtime::main(#start)
        }
    };
    rust::file(&format!("The service `{}`, as it is deployed.", service.name), false, &items)
}
