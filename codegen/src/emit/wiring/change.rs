//! How the code of a step changes its rows.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::tokens::{borrowed, closure_param, keys, owned};
use crate::model::{Ident, Move, RowAt, Takes};

/// What changes rows: it decides what becomes of one that is missing.
#[derive(Debug, Clone, Copy)]
pub(super) enum By<'s> {
    /// A step: it is rejected.
    Step,
    /// A step that waited for a request: that is refused.
    Request,
    /// A request that no step waits for: it is refused.
    RequestAlone,
    /// The compensation of that name: it is a fault.
    Compensation(&'s str),
}

/// The rows, one inside the other: if any part says no, none of them changes.
pub(super) fn changed(rows: &[RowAt], by: By<'_>, inner: TokenStream) -> TokenStream {
    (0..rows.len()).rev().fold(inner, |body, at| one_inside(rows, at, by, &body))
}

fn one_inside(rows: &[RowAt], at: usize, by: By<'_>, body: &TokenStream) -> TokenStream {
    let row = &rows[at];
    let (table, binding) = (&row.table, closure_param(&row.binding, body));
    let step = if let By::Compensation(step) = by { Some(quote!(#step,)) } else { None };
    let (method, found) = match &row.takes {
        Takes::One => (method(by, "change", "ask", "compensate"), borrowed(&row.key)),
        Takes::Each(_) => (method(by, "change_all", "ask_all", "compensate_all"), keys(&row.key)),
        Takes::OrNew(new) => {
            let key = borrowed(&row.key);
            let method = method(by, "change_or_create", "ask_or_create", "compensate");
            if rows[..at].iter().any(|outer| new.mentions(&outer.binding)) {
                // The other row is lent to the handler by then.
                return quote!({
                    let initial = #new;
                    cx.rows.#table.#method(#step #key, || initial, |#binding| #body)
                });
            }
            (method, quote!(#key, || #new))
        }
    };
    quote!(cx.rows.#table.#method(#step #found, |#binding| #body))
}

fn method(by: By<'_>, step: &str, request: &str, compensation: &str) -> TokenStream {
    let (name, error) = match by {
        By::Step => (step, None),
        // Its error is that of the step, which a refusal is a part of.
        By::Request => (request, Some(quote!(::<_, Halt>))),
        By::RequestAlone => (request, None),
        By::Compensation(_) => (compensation, None),
    };
    let name = Ident::plain(name);
    quote!(#name #error)
}

/// What the file itself writes into rows.
pub(super) fn sets(rows: &[RowAt]) -> TokenStream {
    let written = rows.iter().filter(|row| !row.sets.is_empty()).map(|row| match &row.takes {
        Takes::Each(one) => {
            let (rows, sets) = (&row.binding, assigned(one, row));
            quote!(for #one in #rows.iter_mut() { #sets })
        }
        Takes::One | Takes::OrNew(_) => assigned(&row.binding, row),
    });
    written.collect()
}

fn assigned(binding: &Ident, row: &RowAt) -> TokenStream {
    let sets = row.sets.iter().map(|(field, value)| {
        let value = owned(value);
        quote!(#binding.#field = #value;)
    });
    sets.collect()
}

/// Gives the row a name that what is written mentions.
pub(super) fn read(row: &RowAt) -> TokenStream {
    let (table, key, binding) = (&row.table, borrowed(&row.key), &row.binding);
    quote!(let #binding = cx.rows.#table.row(#key)?;)
}

/// Moves a row to another status.
pub(super) fn moved(name: &str, it: &Move) -> TokenStream {
    let table = &it.row.table;
    let (of, to) = &it.to;
    let set = if it.row.is_many() {
        let keys = keys(&it.row.key);
        quote!(cx.rows.#table.set_status_of_all(#keys, #of::#to);)
    } else {
        let key = borrowed(&it.row.key);
        quote!(cx.rows.#table.set_status(#key, #of::#to);)
    };
    quote! {
        #set
        cx.out.moved(#name, cx.key, #of::#to);
    }
}
