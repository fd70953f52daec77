//! Structs that are only data.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::model::{AnswerType, Body, Decision, Ident, OneOf, RustType};
use crate::names::StepName;

/// The body of a request.
pub(super) fn body(body: &Body) -> TokenStream {
    let about = doc(format!("The body of `{}`.", body.step));
    let ident = &body.ident;
    let fields = body.fields.iter().map(|field| {
        let about = doc(format!("`{}` in JSON.", field.wire));
        let serde = serde_attribute(field.renamed.then_some(&field.wire), &field.ty);
        let (ident, ty) = (&field.ident, &field.ty);
        quote!(#about #serde pub #ident: #ty)
    });
    let Defaults { derive, by_hand } =
        Defaults::of(ident, body.fields.iter().map(|it| (&it.ident, it.ty == RustType::Date)));
    quote! {
        #about
        #[derive(Debug, Clone, #derive PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct #ident { #(#fields),* }

        #by_hand
    }
}

/// The values that a handler returns.
pub(super) fn answer(decision: &Decision, answer: &AnswerType) -> TokenStream {
    let step = &decision.step;
    let what = if answer.variants.is_empty() { "The values that" } else { "What" };
    let about = doc(match decision.ask.error {
        Some(_) => format!("{what} `{step}` decides, if it runs."),
        None => format!("{what} `{step}` decides."),
    });
    let ident = &answer.ident;
    let fields = answer.fields.iter().map(|field| {
        let about = doc(format!("{}.", crate::lower::listed(&field.goes_to)));
        let (ident, ty) = (&field.ident, &field.ty);
        (about, quote!(#ident: #ty))
    });
    if !answer.variants.is_empty() {
        let fields: Vec<TokenStream> = fields.map(|(about, field)| quote!(#about #field)).collect();
        let fields = (!fields.is_empty()).then(|| quote!({ #(#fields),* }));
        let variants = answer.variants.iter().map(|(variant, name)| {
            let about = doc(format!("`{name}`."));
            quote!(#about #variant #fields)
        });
        return quote! {
            #about
            #[derive(Debug, Clone, PartialEq)]
            pub enum #ident { #(#variants),* }
        };
    }
    let fields = fields.map(|(about, field)| quote!(#about pub #field));
    quote! {
        #about
        #[derive(Debug, Clone, PartialEq)]
        pub struct #ident { #(#fields),* }
    }
}

/// The messages that a step needs one of.
pub(super) fn one_of(step: &StepName, one_of: &OneOf) -> TokenStream {
    let about = doc(format!("The one that came of the messages `{step}` needs one of."));
    let ident = &one_of.ident;
    let variants = one_of.alternatives.iter().map(|alternative| {
        let about = doc(format!("`{}`.", alternative.need.what));
        let (variant, event) = (&alternative.ident, &alternative.need.event);
        quote!(#about #variant(&'a #event))
    });
    quote! {
        #about
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum #ident<'a> { #(#variants),* }
    }
}

/// What a test leaves out of a struct: the derive, or an impl where a field has a better default than its type.
pub(super) struct Defaults {
    pub derive: Option<TokenStream>,
    pub by_hand: Option<TokenStream>,
}

impl Defaults {
    /// Those of a struct with these fields, each a date or not.
    pub(super) fn of<'f>(of: &Ident, fields: impl Iterator<Item = (&'f Ident, bool)> + Clone) -> Self {
        if !fields.clone().any(|(_, is_date)| is_date) {
            return Self { derive: Some(quote!(Default,)), by_hand: None };
        }
        let fields = fields.map(|(field, is_date)| match is_date {
            // Its own is in a year that no database has.
            true => quote!(#field: Date::constant(1970, 1, 1)),
            false => quote!(#field: Default::default()),
        });
        let by_hand = quote! {
            impl Default for #of {
                fn default() -> Self {
                    Self { #(#fields),* }
                }
            }
        };
        Self { derive: None, by_hand: Some(by_hand) }
    }
}

/// How a field differs from its name, in JSON, and whether it may be missing.
pub(super) fn serde_attribute(renamed: Option<&String>, ty: &RustType) -> TokenStream {
    let rename = renamed.map(|name| quote!(rename = #name));
    let form = ty.json_form().map(|form| quote!(with = #form));
    let optional = ty.is_optional().then(|| quote!(default, skip_serializing_if = "Option::is_none"));
    let parts: Vec<TokenStream> = [rename, form, optional].into_iter().flatten().collect();
    if parts.is_empty() { TokenStream::new() } else { quote!(#[serde(#(#parts),*)]) }
}
