//! The rows a batch works on, and what its steps keep.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::model::{Service, StepRows};

pub(super) fn tokens(service: &Service) -> TokenStream {
    let tables = service.tables.iter().map(|table| {
        let about = doc(format!("The rows of `{}`.", table.table));
        let (field, entity) = (&table.field, &table.entity);
        quote!(#about pub #field: Table<#entity>)
    });
    let steps = service.step_rows.iter().map(|step| {
        let about = doc(format!("What `{}` has seen of each saga.", step.step));
        let (field, inputs) = (&step.field, &step.inputs);
        quote!(#about pub #field: StepRows<#inputs>)
    });
    let fields = tables.chain(steps);
    let kept = service.step_rows.iter().map(kept);
    let in_lock_order = in_lock_order(service);
    quote! {
        /// The rows one batch works on.
        #[derive(Default)]
        pub struct Rows { #(#fields),* }

        #(#kept)*
        #in_lock_order
    }
}

fn kept(step: &StepRows) -> TokenStream {
    let about = doc(format!("What `{}` has seen of one saga.", step.step));
    let (ident, name) = (&step.inputs, step.step.as_str());
    let fields = step.kept.iter().map(|kept| {
        let about = doc(format!("`{}`, once it has arrived.", kept.what));
        let (field, event) = (&kept.field, &kept.event);
        quote!(#about pub #field: Option<#event>)
    });
    let present = step.kept.iter().map(|kept| {
        let field = &kept.field;
        quote!(self.#field.is_some())
    });
    quote! {
        #about
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        pub struct #ident { #(#fields),* }

        impl Inputs for #ident {
            const STEP: &'static str = #name;

            fn complete(&self) -> bool {
                #(#present)&&*
            }
        }
    }
}

fn in_lock_order(service: &Service) -> TokenStream {
    let fields: Vec<_> = service.tables.iter().map(|table| &table.field).collect();
    let tables = if fields.is_empty() { quote!(Vec::new()) } else { quote!(vec![#(&mut self.#fields),*]) };
    let steps = service.step_rows.iter().map(|step| &step.field);
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
