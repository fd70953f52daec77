//! Structs that are only data.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::model::{AnswerType, Body, Decision, RustType};

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
    quote! {
        #about
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct #ident { #(#fields),* }
    }
}

/// The values that a handler returns.
pub(super) fn answer(decision: &Decision, answer: &AnswerType) -> TokenStream {
    let step = &decision.step;
    let about = doc(match decision.ask.error {
        Some(_) => format!("The values that `{step}` decides, if it runs."),
        None => format!("The values that `{step}` decides."),
    });
    let ident = &answer.ident;
    let fields = answer.fields.iter().map(|field| {
        let about = doc(format!("{}.", crate::lower::listed(&field.goes_to)));
        let (ident, ty) = (&field.ident, &field.ty);
        quote!(#about pub #ident: #ty)
    });
    quote! {
        #about
        #[derive(Debug, Clone, PartialEq)]
        pub struct #ident { #(#fields),* }
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
