//! The module of the types that events and rows share.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::contracts::data::{Defaults, serde_attribute};
use crate::emit::imports::Imports;
use crate::emit::rust::{self, doc};
use crate::model::{Choice, Field, Ident, Model, RustType, Shape, SharedType};

pub(super) fn emit(model: &Model) -> String {
    let types = model.types.iter().map(shared);
    let items = quote!(#(#types)*);
    let imports = Imports::of_everything().used_by(&items);
    let doc = format!("The types that messages and rows of the saga `{}` share.", model.saga);
    rust::file(&doc, false, &quote!(#imports #items))
}

/// How the types that columns hold are stored.
pub(super) fn database(model: &Model) -> String {
    let types = model.types.iter().filter(|shared| shared.stored).map(stored);
    let items = quote!(#(#types)*);
    let imports = Imports::of_shared_database(model).used_by(&items);
    rust::file("How the types that rows share are stored.", false, &quote!(#imports #items))
}

fn shared(shared: &SharedType) -> TokenStream {
    let about = format!("`{}` of the specification.", shared.name);
    match &shared.shape {
        Shape::Record(fields) => record(&about, &shared.ident, fields),
        Shape::Enum(choice) => choice_type(&about, choice),
    }
}

fn record(about: &str, ident: &Ident, fields: &[Field]) -> TokenStream {
    let about = doc(about);
    let Defaults { derive, by_hand } =
        Defaults::of(ident, fields.iter().map(|it| (&it.ident, it.ty == RustType::Date)));
    let fields = fields.iter().map(|field| {
        let about = doc(format!("`{}` in JSON.", field.wire));
        let serde = serde_attribute(field.renamed.then_some(&field.wire), &field.ty);
        let (ident, ty) = (&field.ident, &field.ty);
        quote!(#about #serde pub #ident: #ty)
    });
    quote! {
        #about
        #[derive(Debug, Clone, #derive PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct #ident { #(#fields),* }

        #by_hand
    }
}

/// An enum with its values as they are written.
pub(super) fn choice_type(about: &str, choice: &Choice) -> TokenStream {
    let about = doc(about);
    let ident = &choice.ident;
    let variants = choice.variants.iter().enumerate().map(|(at, (variant, value))| {
        let value = value.as_str();
        let about = doc(format!("`{value}`"));
        let default = (at == 0).then(|| quote!(#[default]));
        quote!(#about #default #[serde(rename = #value)] #variant)
    });
    let values = choice.variants.iter().map(|(_, value)| value.as_str());
    let texts = choice.variants.iter().map(|(variant, value)| {
        let value = value.as_str();
        quote!(Self::#variant => #value)
    });
    quote! {
        #about
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum #ident { #(#variants),* }

        impl #ident {
            /// Every value, as it is stored and sent.
            pub const VALUES: &'static [&'static str] = &[#(#values),*];

            /// The value as it is stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { #(#texts),* }
            }
        }

        impl fmt::Display for #ident {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    }
}

fn stored(shared: &SharedType) -> TokenStream {
    let ident = &shared.ident;
    let Shape::Enum(choice) = &shared.shape else {
        return quote! {
            impl Cell for #ident {
                const TYPE: ColumnType = ColumnType::Json;

                fn put<'a>(&'a self, column: &mut Column<'a>) {
                    column.push_json(self);
                }

                fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
                    column.json(row)
                }
            }
        };
    };
    let arms = choice.variants.iter().map(|(variant, value)| {
        let value = value.as_str();
        quote!(#value => Ok(Self::#variant))
    });
    let key = choice.key.then(|| {
        quote! {
            impl saga_runtime::Key for #ident {
                fn allocated(_: i64) -> Option<Self> {
                    None
                }
            }
        }
    });
    let name = ident.as_str();
    quote! {
        impl FromStr for #ident {
            type Err = RowError;

            fn from_str(text: &str) -> Result<Self, RowError> {
                match text {
                    #(#arms,)*
                    other => Err(RowError::unknown(#name, other)),
                }
            }
        }

        impl Cell for #ident {
            const TYPE: ColumnType = ColumnType::Text;

            fn put<'a>(&'a self, column: &mut Column<'a>) {
                column.push_str(self.as_str());
            }

            fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
                column.str(row)?.parse()
            }
        }

        #key
    }
}
