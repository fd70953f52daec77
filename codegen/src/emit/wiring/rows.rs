//! The rows a batch works on, and what its steps keep.

use proc_macro2::{Literal as Token, TokenStream};
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{owned, param};
use crate::model::{Ident, Need, OneOf, Service, StepRows, Value, VariantTest, Wants};
use crate::resolved::Literal;

pub(super) fn tokens(service: &Service) -> TokenStream {
    let tables = service.tables.iter().map(|table| {
        let about = doc(format!("The rows of `{}`.", table.table));
        let (field, entity) = (&table.field, &table.entity);
        quote!(#about pub #field: Table<#entity>)
    });
    let step_rows = service.step_rows();
    let steps = step_rows.iter().map(|step| {
        let about = doc(format!("What `{}` has seen of each saga.", step.step));
        let (field, inputs) = (&step.field, &step.inputs);
        quote!(#about pub #field: StepRows<#inputs>)
    });
    let fields = tables.chain(steps);
    let kept = step_rows.iter().map(|step| kept(step, service.inputs.len()));
    let in_lock_order = in_lock_order(service);
    quote! {
        /// The rows one batch works on.
        #[derive(Default)]
        pub struct Rows { #(#fields),* }

        #(#kept)*
        #in_lock_order
    }
}

fn kept(step: &StepRows, inputs: usize) -> TokenStream {
    let about = doc(format!("What `{}` has seen of one saga.", step.step));
    let (ident, name) = (&step.inputs, step.step.as_str());
    let fields = step.kept.iter().map(|kept| {
        let about = doc(format!("`{}`, once it has arrived.", kept.what));
        let (field, event) = (&kept.binding, &kept.event);
        quote!(#about pub #field: Option<#event>)
    });
    let published = step.did.published.iter().map(|did| {
        let about = doc(format!("`{}`, once it has published it.", did.what));
        let (field, event) = (&did.binding, &did.event);
        quote!(#about pub #field: Option<#event>)
    });
    let created = step.did.created.iter().map(|(field, ty)| {
        quote!(/// The key of the row it created.
            pub #field: Option<#ty>)
    });
    let found = step.did.found.iter().map(|found| {
        let (field, ty) = (&found.field, &found.ty);
        quote!(/// The key of the row it worked on.
            pub #field: Option<#ty>)
    });
    let fields = fields.chain(published).chain(created).chain(found);
    let has = has(&step.wants);
    let one_of = one_of(step);
    let keep = keep(&step.kept, inputs);
    let message = if inputs == 0 { quote!(Infallible) } else { quote!(Input) };
    quote! {
        #about
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        pub struct #ident { #(#fields),* }

        impl Inputs for #ident {
            const STEP: &'static str = #name;
            type Message = #message;

            #has
            #keep
        }

        #one_of
    }
}

/// Whether a need has arrived.
fn has(wants: &[Wants]) -> TokenStream {
    let tests: Vec<TokenStream> = wants.iter().map(there).collect();
    let body = match tests.as_slice() {
        // Nothing but a request makes it run.
        [] => quote!(false),
        [only] => quote!(#only),
        tests => {
            let last = tests.len() - 1;
            let arms = tests.iter().enumerate().map(|(place, test)| {
                let place = Token::usize_unsuffixed(place);
                if place.to_string() == last.to_string() {
                    quote!(_ => #test)
                } else {
                    quote!(#place => #test)
                }
            });
            quote!(match need { #(#arms),* })
        }
    };
    let need = param(&Ident::plain("need"), &body);
    quote! {
        fn has(&self, #need: usize) -> bool {
            #body
        }
    }
}

fn there(wants: &Wants) -> TokenStream {
    let field = &wants.field;
    match &wants.test {
        None => quote!(self.#field.is_some()),
        Some(test) => {
            let test = is_variant(test);
            quote!(self.#field.as_ref().is_some_and(|event| #test))
        }
    }
}

/// Whether `event` is one variant.
fn is_variant(test: &VariantTest) -> TokenStream {
    let field = &test.field;
    match &test.value {
        Value::Literal(Literal::Bool(true)) => quote!(event.#field),
        Value::Literal(Literal::Bool(false)) => quote!(!event.#field),
        value => {
            let value = owned(value);
            quote!(event.#field == #value)
        }
    }
}

/// What came of the messages that the step needs one of.
fn one_of(step: &StepRows) -> Option<TokenStream> {
    let (inputs, OneOf { ident, alternatives, .. }) = (&step.inputs, step.one_of.as_deref()?);
    let all = alternatives.iter().map(|alternative| {
        let (variant, field) = (&alternative.ident, &alternative.need.binding);
        let kept = quote!(self.#field.as_ref());
        let kept = match alternative.test.as_ref().map(is_variant) {
            Some(test) => quote!(#kept.filter(|event| #test)),
            None => kept,
        };
        quote!(#kept.map(#ident::#variant))
    });
    let all: Vec<TokenStream> = all.collect();
    let (first, others) = all.split_first()?;
    Some(quote! {
        impl #inputs {
            /// The first that has arrived of the messages the step needs one of.
            fn one_of(&self) -> Option<#ident<'_>> {
                #first #(.or_else(|| #others))*
            }
        }
    })
}

/// Keeps a message that the step needs.
fn keep(kept: &[Need], inputs: usize) -> TokenStream {
    match (kept, inputs) {
        (_, 0) => {
            return quote! {
                fn keep(&mut self, _need: usize, message: &Infallible) {
                    match *message {}
                }
            };
        }
        ([], _) => {
            return quote!(
                fn keep(&mut self, _need: usize, _message: &Input) {}
            );
        }
        _ => {}
    }
    let arms = kept.iter().map(|kept| {
        let (event, field) = (&kept.event, &kept.binding);
        quote!(Input::#event(event) => self.#field = Some(event.clone()))
    });
    if let ([only], true) = (kept, inputs > 1) {
        let (event, field) = (&only.event, &only.binding);
        return quote! {
            fn keep(&mut self, _need: usize, message: &Input) {
                if let Input::#event(event) = message {
                    self.#field = Some(event.clone());
                }
            }
        };
    }
    let others = (kept.len() < inputs).then(|| quote!(_ => {}));
    quote! {
        fn keep(&mut self, _need: usize, message: &Input) {
            match message {
                #(#arms,)*
                #others
            }
        }
    }
}

fn in_lock_order(service: &Service) -> TokenStream {
    let fields: Vec<_> = service.tables.iter().map(|table| &table.field).collect();
    let tables = if fields.is_empty() { quote!(Vec::new()) } else { quote!(vec![#(&mut self.#fields),*]) };
    let step_rows = service.step_rows();
    let steps = step_rows.iter().map(|step| &step.field);
    let steps = service.keeps_inputs().then(|| {
        quote! {
            fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
                vec![#(&mut self.#steps),*]
            }
        }
    });
    quote! {
        impl saga_runtime::Rows for Rows {
            fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
                #tables
            }

            #steps
        }
    }
}
