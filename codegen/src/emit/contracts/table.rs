//! What makes a table of a row type: columns, and how rows are read and written.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::contracts::rows::ty;
use crate::emit::tokens::literal;
use crate::model::{Cell, Column, ColumnType, Entity};
use crate::resolved::Literal;

pub(super) fn tokens(entity: &Entity) -> TokenStream {
    let (ident, name, table) = (&entity.ident, entity.name.as_str(), entity.table.as_str());
    let (key, key_type) = (&entity.key().ident, ty(entity.key()));
    let allocated = entity.allocated;
    let columns = entity.columns.iter().map(|it| column(entity, it));
    let writes = entity.columns.iter().map(|column| {
        let field = &column.ident;
        quote!(row.put(&self.#field);)
    });
    let reads = entity.columns.iter().map(|column| {
        let field = &column.ident;
        quote!(#field: row.take()?)
    });
    // Clippy takes the method for the getter of that field.
    let hides = |column: &Column| column.ident.as_str() == "key" && column.ident != *key;
    let expected = entity.columns.iter().any(hides).then(|| {
        quote!(#[expect(clippy::misnamed_getters, reason = "the row has a field `key` that is not its key")])
    });
    let seed = (!entity.rows.is_empty()).then(|| seed(entity));
    quote! {
        impl Entity for #ident {
            type Key = #key_type;
            const NAME: &'static str = #name;
            const TABLE: TableDef = TableDef {
                name: #table,
                columns: &[#(#columns),*],
                allocated: #allocated,
            };

            #expected
            fn key(&self) -> &#key_type {
                &self.#key
            }

            fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
                #(#writes)*
            }

            fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
                Ok(Self { #(#reads),* })
            }

            #seed
        }
    }
}

fn column(entity: &Entity, column: &Column) -> TokenStream {
    let (name, wire, ty) = (&column.column, &column.wire, ty(column));
    let field = (name != wire).then(|| quote!(.field(#wire)));
    let looked_up = column.looked_up.then(|| quote!(.looked_up()));
    match &column.ty {
        ColumnType::Key(of) | ColumnType::Value(of) => {
            let values = of.choice().map(|choice| quote!(.one_of(#choice::VALUES)));
            quote!(ColumnDef::of::<#ty>(#name) #field #values #looked_up)
        }
        ColumnType::Status(status) => {
            let open = open(entity);
            quote!(ColumnDef::of::<#ty>(#name) #field.one_of(#status::VALUES) #open)
        }
    }
}

/// Which statuses are no ends. Rows that never end are not open for too long.
fn open(entity: &Entity) -> Option<TokenStream> {
    let variants = &entity.status.as_ref()?.variants;
    let (ends, open): (Vec<_>, Vec<_>) = variants.iter().partition(|it| it.phase.is_end());
    let open = open.iter().map(|it| it.value.as_str());
    (!ends.is_empty()).then(|| quote!(.open(&[#(#open),*])))
}

fn seed(entity: &Entity) -> TokenStream {
    let rows = entity.rows.iter().map(|row| {
        let cells = entity.columns.iter().zip(row).map(|(column, cell)| {
            let (field, value) = (&column.ident, value(cell));
            quote!(#field: #value)
        });
        quote!(Self { #(#cells),* })
    });
    quote! {
        fn seed() -> Vec<Self> {
            vec![#(#rows),*]
        }
    }
}

fn value(cell: &Cell) -> TokenStream {
    match cell {
        Cell::Literal(Literal::Null, _) => quote!(None),
        Cell::Literal(value, ty) => {
            let value = literal(value);
            if ty.is_optional() { quote!(Some(#value)) } else { value }
        }
        Cell::Status(of, variant) => quote!(#of::#variant),
    }
}
