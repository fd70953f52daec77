//! How the statuses of an entity are stored, and what they mean for the saga.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{Entity, Phase, StatusType};

pub(super) fn tokens(entity: &Entity, status: &StatusType) -> TokenStream {
    let lifecycle = lifecycle(entity, status);
    let texts = texts(status);
    let phases = phases(status);
    let display = display(status);
    let cell = cell(status);
    quote! {
        #lifecycle
        #texts
        #phases
        #display
        #cell
    }
}

fn lifecycle(entity: &Entity, status: &StatusType) -> TokenStream {
    let (entity, status) = (&entity.ident, &status.ident);
    quote! {
        impl Lifecycle for #entity {
            type Status = #status;

            fn status(&self) -> #status {
                self.status
            }

            fn set_status(&mut self, status: #status) {
                self.status = status;
            }
        }
    }
}

fn texts(status: &StatusType) -> TokenStream {
    let ident = &status.ident;
    let values: Vec<&str> = status.variants.iter().map(|it| it.value.as_str()).collect();
    let texts = status.variants.iter().map(|it| {
        let (variant, value) = (&it.ident, it.value.as_str());
        quote!(Self::#variant => #value)
    });
    quote! {
        impl #ident {
            /// Every status, as it is stored and sent.
            pub const VALUES: &'static [&'static str] = &[#(#values),*];

            /// The status as it is stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { #(#texts),* }
            }
        }
    }
}

fn phases(status: &StatusType) -> TokenStream {
    let ident = &status.ident;
    let arms = status.variants.iter().map(|it| {
        let variant = &it.ident;
        let phase = match it.phase {
            Phase::Start | Phase::Open => quote!(Open),
            Phase::Done => quote!(Done),
            Phase::Failed => quote!(Failed),
        };
        quote!(Self::#variant => Phase::#phase)
    });
    quote! {
        impl Status for #ident {
            fn phase(self) -> Phase {
                match self { #(#arms),* }
            }

            fn place(self) -> u8 {
                self as u8
            }

            fn name(self) -> &'static str {
                self.as_str()
            }
        }
    }
}

fn display(status: &StatusType) -> TokenStream {
    let ident = &status.ident;
    quote! {
        impl fmt::Display for #ident {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    }
}

fn cell(status: &StatusType) -> TokenStream {
    let ident = &status.ident;
    let name = ident.as_str();
    let arms = status.variants.iter().map(|it| {
        let (variant, value) = (&it.ident, it.value.as_str());
        quote!(#value => Ok(Self::#variant))
    });
    quote! {
        impl Cell for #ident {
            const TYPE: ColumnType = ColumnType::Text;

            fn put<'a>(&'a self, column: &mut Column<'a>) {
                column.push_str(self.as_str());
            }

            fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
                match column.str(row)? {
                    #(#arms,)*
                    other => Err(RowError::unknown(#name, other)),
                }
            }
        }
    }
}
