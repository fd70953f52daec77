//! The module of all messages.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::contracts::data::{Defaults, serde_attribute};
use crate::emit::contracts::types;
use crate::emit::imports::{ContractNames, Imports};
use crate::emit::rust::{self, doc};
use crate::model::{Event, Field, Ident, Model, Outcome, Role, RustType};
use crate::resolved::{External, Literal};

pub(super) fn emit(model: &Model, names: &ContractNames<'_>) -> String {
    let events = model.events.iter().map(event);
    let items = quote!(#(#events)*);
    let imports = Imports::of_events(names).used_by(&items);
    let doc = format!("The messages of the saga `{}`.", model.saga);
    rust::file(&doc, false, &quote!(#imports #items))
}

fn event(event: &Event) -> TokenStream {
    let kind = if event.command { "command" } else { "event" };
    let outside = match event.external {
        External::No => "",
        External::Publishes => " An external producer publishes it.",
        External::Subscribes => " External consumers read it too, so its form is a contract with them.",
    };
    let about = doc(format!("The {kind} `{}`, on topic `{}`.{outside}", event.name, event.topic));
    let ident = &event.ident;
    let fields = event.fields.iter().map(|it| field(event, it));
    let name = event.name.as_str();
    let topic = event.topic.as_str();
    let readers = event.readers.iter().map(|reader| reader.as_str()).collect::<Vec<_>>().join(" ");
    let (correlation, correlation_type) = (&event.correlation, &event.correlation_type);
    let choice = event
        .outcome
        .as_ref()
        .and_then(|outcome| outcome.choice.as_ref())
        .map(|choice| types::choice_type(&format!("The variants of [`{}`].", event.ident), choice));
    let outcome = event.outcome.as_ref().map(outcome);
    let Defaults { derive, by_hand } =
        Defaults::of(ident, event.fields.iter().map(|it| (&it.ident, it.ty == RustType::Date)));
    let missing = missing(event);
    let present = present(event);
    quote! {
        #about
        #[derive(Debug, Clone, #derive PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct #ident { #(#fields),* }

        #by_hand

        impl Event for #ident {
            type Correlation = #correlation_type;
            const NAME: &'static str = #name;
            const TOPIC: &'static str = #topic;
            const READERS: &'static str = #readers;

            fn correlation(&self) -> &#correlation_type {
                &self.#correlation
            }

            #outcome

            #missing
        }

        #present

        #choice
    }
}

/// Which variant a message is.
fn outcome(outcome: &Outcome) -> TokenStream {
    let field = &outcome.field;
    let failing = outcome.failing.as_deref();
    let Some(choice) = &outcome.choice else {
        // Success is the failing variant where the file says so.
        let inverted = failing == Some("success");
        let good = if inverted { quote!(!self.#field) } else { quote!(self.#field) };
        let name = inverted.then(|| {
            quote! {
                fn variant_name(&self) -> Option<&'static str> {
                    Some(if self.#field { "success" } else { "failure" })
                }
            }
        });
        return quote! {
            fn outcome(&self) -> Option<Outcome> {
                Some(Outcome::of(#good))
            }

            fn variant(&self) -> usize {
                usize::from(!self.#field)
            }

            #name
        };
    };
    let of = &choice.ident;
    let outcome = failing.map(|failing| {
        let failing = Ident::upper_camel(failing);
        quote! {
            fn outcome(&self) -> Option<Outcome> {
                Some(Outcome::of(self.#field != #of::#failing))
            }
        }
    });
    quote! {
        #outcome

        fn variant(&self) -> usize {
            self.#field as usize
        }

        fn variant_name(&self) -> Option<&'static str> {
            Some(self.#field.as_str())
        }
    }
}

/// Fields that the failing variant alone does without.
fn lacking(event: &Event) -> Vec<&Field> {
    let lacks = |field: &&Field| matches!(field.role, Role::AbsentOnFailure(_));
    event.fields.iter().filter(lacks).collect()
}

/// What a message must have unless it is the failing variant.
fn missing(event: &Event) -> Option<TokenStream> {
    let lacking = lacking(event);
    let outcome = event.outcome.as_ref().filter(|_| !lacking.is_empty())?;
    let failing = outcome.failing.as_deref().unwrap_or_default();
    let field = &outcome.field;
    let fails = match &outcome.choice {
        Some(choice) => {
            let (of, variant) = (&choice.ident, Ident::upper_camel(failing));
            quote!(self.#field == #of::#variant)
        }
        None if failing == "success" => quote!(self.#field),
        None => quote!(!self.#field),
    };
    let checks = lacking.iter().map(|field| {
        let (ident, wire) = (&field.ident, &field.wire);
        quote!(if self.#ident.is_none() { return Some(#wire); })
    });
    Some(quote! {
        fn missing(&self) -> Option<&'static str> {
            if #fails {
                return None;
            }
            #(#checks)*
            None
        }
    })
}

/// Access to these fields without a question, for those who know the variant.
fn present(event: &Event) -> Option<TokenStream> {
    let lacking = lacking(event);
    if lacking.is_empty() {
        return None;
    }
    let ident = &event.ident;
    let failing = event.outcome.as_ref().and_then(|outcome| outcome.failing.clone()).unwrap_or_default();
    let accessors = lacking.into_iter().filter_map(|field| {
        let Role::AbsentOnFailure(ty) = &field.role else { return None };
        let about = doc(format!(
            "`{}`, which every variant but `{failing}` has.\n\n# Panics\nIn the variant `{failing}`.",
            field.wire
        ));
        let (name, lacks) = (&field.ident, format!("the variant `{failing}` has no `{}`", field.wire));
        Some(match ty.is_copy() {
            true => quote!(#about pub fn #name(&self) -> #ty { self.#name.expect(#lacks) }),
            false => quote!(#about pub fn #name(&self) -> &#ty { self.#name.as_ref().expect(#lacks) }),
        })
    });
    Some(quote!(impl #ident { #(#accessors)* }))
}

fn field(event: &Event, field: &Field) -> TokenStream {
    let wire = &field.wire;
    let failing = event.outcome.as_ref().and_then(|outcome| outcome.failing.as_deref()).unwrap_or_default();
    let about = doc(match &field.role {
        Role::Correlation => "Correlation key.".to_owned(),
        Role::Value => format!("`{wire}` on the wire."),
        Role::AbsentOnFailure(_) | Role::ValueOrOnFailure(Literal::Null) => {
            format!("`{wire}` on the wire; absent in the variant `{failing}`.")
        }
        Role::ValueOrOnFailure(literal) => {
            format!("`{wire}` on the wire; `{}` in the variant `{failing}`.", written(literal))
        }
        Role::Outcome if matches!(field.ty, RustType::Bool) => {
            "`true` for the variant `success`, `false` for `failure`.".to_owned()
        }
        Role::Outcome => format!("`{wire}` on the wire: the variant."),
    });
    let serde = serde_attribute(field.renamed.then_some(wire), &field.ty);
    let (ident, ty) = (&field.ident, &field.ty);
    quote!(#about #serde pub #ident: #ty)
}

/// A literal as the specification writes it.
pub(in crate::emit) fn written(literal: &Literal) -> String {
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
        Literal::Null => "null".to_owned(),
        Literal::Present(inner) => written(inner),
        Literal::List(items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        Literal::Record(_, fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}: {}", written(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
    }
}
