//! Requests that steps wait for: which step and which instance, and what they are answered.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{Asked, Ident, SaidBy, Service, Step};

/// `asked`, where any step waits for a request.
pub(super) fn of_service(service: &Service) -> Option<TokenStream> {
    let correlation = &service.correlation;
    let asked = service.asked().map(|(step, asked)| {
        let place = &step.place;
        let (pattern, instance) = match &asked.instance {
            SaidBy::Path(..) => (matched(asked, &quote!(id), &quote!(_)), quote!(id)),
            SaidBy::Body(field) => (matched(asked, &quote!(_), &quote!(body)), quote!(&body.#field)),
        };
        quote!(#pattern => Some((step::#place, #instance)))
    });
    let asked: Vec<TokenStream> = asked.collect();
    let begin = service.requests.iter().map(|request| &request.variant);
    let begin: Vec<&Ident> = begin.collect();
    let none = (!begin.is_empty()).then(|| quote!(#(Request::#begin(_))|* => None,));
    (!asked.is_empty()).then(|| {
        quote! {
            fn asked(request: &Request) -> Option<(usize, &#correlation)> {
                match request {
                    #(#asked,)*
                    #none
                }
            }
        }
    })
}

/// A variant of `Request`.
pub(super) fn variant(service: &Service, asked: &Asked) -> TokenStream {
    let (variant, body, correlation) = (&asked.variant, &asked.body, &service.correlation);
    match asked.instance {
        SaidBy::Path(..) => quote!(#variant(#correlation, #body)),
        SaidBy::Body(_) => quote!(#variant(#body)),
    }
}

/// A pattern for it.
pub(super) fn matched(asked: &Asked, id: &TokenStream, body: &TokenStream) -> TokenStream {
    let variant = &asked.variant;
    match asked.instance {
        SaidBy::Path(..) => quote!(Request::#variant(#id, #body)),
        SaidBy::Body(_) => quote!(Request::#variant(#body)),
    }
}

/// What makes the request of its path and its body.
pub(super) fn made(request: &Ident, instance: &SaidBy) -> TokenStream {
    match instance {
        SaidBy::Path(name, Some(entity)) => {
            quote!(|path, body| Ok(Request::#request(path.key::<#entity>(#name)?, body)))
        }
        SaidBy::Path(name, None) => quote!(|path, body| Ok(Request::#request(path.value(#name)?, body))),
        SaidBy::Body(_) => quote!(|_, body| Ok(Request::#request(body))),
    }
}

/// Its answer, once its step has run: the row, if it is one of the instance's.
pub(super) fn answered(asked: &Asked) -> TokenStream {
    match (&asked.shows, &asked.instance) {
        (Some(table), SaidBy::Path(..)) => {
            let pattern = matched(asked, &quote!(id), &quote!(_));
            quote!(#pattern => cx.rows.#table.found(id).and_then(Answer::changed))
        }
        (Some(table), SaidBy::Body(field)) => {
            let pattern = matched(asked, &quote!(_), &quote!(body));
            quote!(#pattern => cx.rows.#table.found(&body.#field).and_then(Answer::changed))
        }
        (None, _) => {
            let pattern = matched(asked, &quote!(..), &quote!(..));
            let pattern = if matches!(asked.instance, SaidBy::Path(..)) {
                let variant = &asked.variant;
                quote!(Request::#variant(..))
            } else {
                pattern
            };
            quote!(#pattern => Ok(Answer::done()))
        }
    }
}

/// The body, in a function of its step.
pub(super) fn body(step: &Step, ends: &TokenStream) -> Option<TokenStream> {
    let pattern = matched(step.asked.as_ref()?, &quote!(_), &quote!(body));
    Some(quote! {
        let Some(#pattern) = cx.request else {
            #ends;
        };
    })
}
