//! Rows and their statuses, as a team reads them.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::contracts::data::{Defaults, serde_attribute};
use crate::emit::rust::doc;
use crate::lower::article;
use crate::model::{Column, ColumnType, Entity, Phase, RustType, Status, StatusType};

pub(super) fn tokens(entity: &Entity) -> TokenStream {
    let about = doc(format!("A row of `{}`.", entity.table));
    let ident = &entity.ident;
    let fields = entity.columns.iter().map(field);
    let status = entity.status.as_ref().map(|status| statuses(entity, status));
    let is_date = |column: &Column| matches!(&column.ty, ColumnType::Key(ty) | ColumnType::Value(ty) if *ty == RustType::Date);
    let Defaults { derive, by_hand } =
        Defaults::of(ident, entity.columns.iter().map(|column| (&column.ident, is_date(column))));
    quote! {
        #about
        #[derive(Debug, Clone, #derive PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct #ident { #(#fields),* }

        #by_hand

        #status
    }
}

fn field(column: &Column) -> TokenStream {
    let (ident, ty) = (&column.ident, ty(column));
    let about = doc(match &column.ty {
        ColumnType::Key(_) => "Primary key.".to_owned(),
        ColumnType::Value(_) => format!("`{}` in JSON, `{}` in the table.", column.wire, column.column),
        ColumnType::Status(_) => "The status of the row.".to_owned(),
    });
    let renamed = column.renamed.then_some(&column.wire);
    let serde = match &column.ty {
        ColumnType::Key(ty) | ColumnType::Value(ty) => serde_attribute(renamed, ty),
        ColumnType::Status(_) => TokenStream::new(),
    };
    quote!(#about #serde pub #ident: #ty)
}

pub(super) fn ty(column: &Column) -> TokenStream {
    match &column.ty {
        ColumnType::Key(ty) | ColumnType::Value(ty) => quote!(#ty),
        ColumnType::Status(ident) => quote!(#ident),
    }
}

fn statuses(entity: &Entity, status: &StatusType) -> TokenStream {
    let about = doc(format!("The statuses of {} [`{}`].", article(entity.ident.bare()), entity.ident));
    let ident = &status.ident;
    let variants = status.variants.iter().map(variant);
    quote! {
        #about
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum #ident { #(#variants),* }
    }
}

fn variant(status: &Status) -> TokenStream {
    let value = status.value.as_str();
    let about = doc(match status.phase {
        Phase::Start => format!("`{value}`: the first status."),
        Phase::Open => format!("`{value}`: in progress."),
        Phase::Done => format!("`{value}`: final; every effect is kept."),
        Phase::Failed => format!("`{value}`: final; every effect is compensated."),
    });
    let ident = &status.ident;
    let default = (status.phase == Phase::Start).then(|| quote!(#[default]));
    quote!(#about #default #[serde(rename = #value)] #ident)
}
