//! The module of all messages.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::contracts::data::serde_attribute;
use crate::emit::imports::Imports;
use crate::emit::rust::{self, doc};
use crate::model::{Event, Field, Model, Role};
use crate::resolved::Literal;

pub(super) fn emit(model: &Model) -> String {
    let events = model.events.iter().map(event);
    let items = quote!(#(#events)*);
    let imports = Imports::of_everything().used_by(&items);
    let doc = format!("The messages of the saga `{}`.", model.saga);
    rust::file(&doc, false, &quote!(#imports #items))
}

fn event(event: &Event) -> TokenStream {
    let kind = if event.command { "command" } else { "event" };
    let about = doc(format!("The {kind} `{}`, on topic `{}`.", event.name, event.topic));
    let ident = &event.ident;
    let fields = event.fields.iter().map(field);
    let name = event.name.as_str();
    let topic = event.topic.as_str();
    let readers = event.readers.iter().map(|reader| reader.as_str()).collect::<Vec<_>>().join(" ");
    let (correlation, correlation_type) = (&event.correlation, &event.correlation_type);
    let outcome = event.outcome.as_ref().map(|field| {
        quote! {
            fn outcome(&self) -> Option<Outcome> {
                Some(Outcome::of(self.#field))
            }
        }
    });
    quote! {
        #about
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct #ident { #(#fields),* }

        impl Event for #ident {
            type Correlation = #correlation_type;
            const NAME: &'static str = #name;
            const TOPIC: &'static str = #topic;
            const READERS: &'static str = #readers;

            fn correlation(&self) -> &#correlation_type {
                &self.#correlation
            }

            #outcome
        }
    }
}

fn field(field: &Field) -> TokenStream {
    let wire = &field.wire;
    let about = doc(match &field.role {
        Role::Correlation => "Correlation key.".to_owned(),
        Role::Value => format!("`{wire}` on the wire."),
        Role::ValueOrOnFailure(Literal::Null) => {
            format!("`{wire}` on the wire; absent in the variant `failure`.")
        }
        Role::ValueOrOnFailure(literal) => {
            format!("`{wire}` on the wire; `{}` in the variant `failure`.", written(literal))
        }
        Role::Outcome => "`true` for the variant `success`, `false` for `failure`.".to_owned(),
    });
    let serde = serde_attribute(field.renamed.then_some(wire), &field.ty);
    let (ident, ty) = (&field.ident, &field.ty);
    quote!(#about #serde pub #ident: #ty)
}

/// A literal as the specification writes it.
fn written(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::I32(value) => value.to_string(),
        Literal::I64(value) => value.to_string(),
        Literal::String(text) => format!("{text:?}"),
        Literal::F64(text)
        | Literal::Decimal(text)
        | Literal::Uuid(text)
        | Literal::Timestamp(text)
        | Literal::Date(text) => text.clone(),
        Literal::Enum(_, value) => value.to_string(),
        Literal::Null | Literal::List(_) | Literal::Record(..) => "null".to_owned(),
    }
}
