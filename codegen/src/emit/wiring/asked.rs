//! Requests as a service gets them; those that steps wait for: which step and which instance, and what they
//! are answered.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::tokens::{borrowed, closure_param, mentions, reads};
use crate::emit::wiring::locks::locked;
use crate::model::{Asked, Ident, LockedRow, Requested, RowLock, SaidBy, Service, Step};

/// `asked`, where any step waits for a request.
pub(super) fn of_service(service: &Service) -> Option<TokenStream> {
    let correlation = &service.correlation;
    let asked = service.asked().map(|(step, asked)| {
        let place = &step.place;
        let instance = instance(&asked.instance);
        let pattern = pattern(&asked.requested, &instance);
        quote!(#pattern => Some((step::#place, #instance)))
    });
    let asked: Vec<TokenStream> = asked.collect();
    let others = others(&service.requests.iter().map(|it| &it.requested).collect::<Vec<_>>(), &quote!(None));
    let body = quote!(match request { #(#asked,)* #others });
    let rows = if mentions(&body, "rows") { quote!(rows) } else { quote!(_rows) };
    (!asked.is_empty()).then(|| {
        quote! {
            fn asked<'r>(request: &'r Request, #rows: &'r Rows) -> Option<(usize, &'r #correlation)> {
                #body
            }
        }
    })
}

fn instance(instance: &SaidBy) -> TokenStream {
    match instance {
        SaidBy::Path(param) => quote!(#param),
        SaidBy::Body(field) => quote!(&body.#field),
        SaidBy::Row(row, field) => {
            let key = key_of(row, &quote!(rows));
            let (table, key) = (&row.table, key.unwrap_or_default());
            quote!(&rows.#table.get(#key)?.#field)
        }
    }
}

/// The key of a row that a request says, or which is found by what it says.
fn key_of(row: &RowLock, rows: &TokenStream) -> Option<TokenStream> {
    let LockedRow::Asked(value) = &row.row else { return None };
    let (table, value) = (&row.table, borrowed(value));
    Some(match &row.column {
        Some(column) => quote!(#rows.#table.find_by(#column, #value)?),
        None => value,
    })
}

/// `look`, where a row says which instance any request is about.
pub(super) fn look(service: &Service) -> Option<TokenStream> {
    let mut looks: Vec<(Vec<TokenStream>, TokenStream)> = Vec::new();
    let mut rest: Vec<&Requested> = service.requests.iter().map(|it| &it.requested).collect();
    for (_, asked) in service.asked() {
        let SaidBy::Row(row, _) = &asked.instance else {
            rest.push(&asked.requested);
            continue;
        };
        let body = locked(row, &Ident::plain("at"));
        let pattern = pattern(&asked.requested, &body);
        match looks.iter_mut().find(|(_, known)| known.to_string() == body.to_string()) {
            Some((patterns, _)) => patterns.push(pattern),
            None => looks.push((vec![pattern], body)),
        }
    }
    let arms = looks.iter().map(|(patterns, body)| quote!(#(#patterns)|* => #body));
    let arms: Vec<TokenStream> = arms.collect();
    let others = others(&rest, &quote!({}));
    (!arms.is_empty()).then(|| {
        quote! {
            fn look(request: &Request, rows: &mut Rows) {
                match request { #(#arms,)* #others }
            }
        }
    })
}

/// An arm for other requests.
pub(super) fn others(requests: &[&Requested], body: &TokenStream) -> Option<TokenStream> {
    let patterns = requests.iter().map(|it| pattern(it, &TokenStream::new()));
    (!requests.is_empty()).then(|| quote!(#(#patterns)|* => #body))
}

/// A variant of `Request`.
pub(super) fn variant(requested: &Requested) -> TokenStream {
    let Requested { variant, params, body, .. } = requested;
    let params = params.iter().map(|param| &param.ty);
    quote!(#variant(#(#params,)* #body))
}

/// A pattern for a request, with a name for what `code` mentions.
pub(super) fn pattern(requested: &Requested, code: &TokenStream) -> TokenStream {
    let (variant, names) = (&requested.variant, requested.bindings());
    if !names.iter().any(|name| reads(code, name.as_str())) {
        return if requested.params.is_empty() {
            quote!(Request::#variant(_))
        } else {
            quote!(Request::#variant(..))
        };
    }
    let names = names.iter().map(|name| if reads(code, name.as_str()) { quote!(#name) } else { quote!(_) });
    quote!(Request::#variant(#(#names),*))
}

/// What makes the request of its path and its body.
pub(super) fn made(requested: &Requested) -> TokenStream {
    let Requested { variant, params, .. } = requested;
    let params = params.iter().map(|param| {
        let name = &param.name;
        match &param.key_of {
            Some(entity) => quote!(path.key::<#entity>(#name)?),
            None => quote!(path.value(#name)?),
        }
    });
    let made = quote!(Ok(Request::#variant(#(#params,)* body)));
    let path = closure_param(&Ident::plain("path"), &made);
    quote!(|#path, body| #made)
}

/// Its answer, once its step has run: the row, if what it says finds it.
pub(super) fn answered(asked: &Asked) -> TokenStream {
    let body = match asked.shows.as_ref().and_then(|row| Some((row, key_of(row, &quote!(cx.rows))?))) {
        None => quote!(Ok(Answer::done())),
        Some((row, key)) => {
            let table = &row.table;
            match (&row.row, &row.column) {
                (LockedRow::Asked(value), Some(column)) => {
                    let value = borrowed(value);
                    quote!(cx.rows.#table.found_by(#column, #value).and_then(Answer::changed))
                }
                _ => quote!(cx.rows.#table.found(#key).and_then(Answer::changed)),
            }
        }
    };
    let pattern = pattern(&asked.requested, &body);
    quote!(#pattern => #body)
}

/// What the request says, in a function of its step whose `code` mentions it.
pub(super) fn said(step: &Step, code: &TokenStream, ends: &TokenStream) -> Option<TokenStream> {
    let requested = &step.asked.as_ref()?.requested;
    if !requested.bindings().iter().any(|name| reads(code, name.as_str())) {
        return None;
    }
    let pattern = pattern(requested, code);
    Some(quote! {
        let Some(#pattern) = cx.request else {
            #ends;
        };
    })
}
