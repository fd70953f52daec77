//! Entities whose tables are as awkward as a saga's file allows.

macro_rules! entity {
    (
        $(#[$doc:meta])* $name:ident in $table:literal, allocated: $allocated:literal,
        $key:ident: $key_type:ty as $key_column:literal
        $(, $field:ident: $type:ty as $column:literal $([$($value:literal),*] $(open [$($open:literal),*])?)?)*
        $(; seed: $seed:expr)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        pub(crate) struct $name {
            pub $key: $key_type,
            $(pub $field: $type,)*
        }

        impl saga_runtime::Entity for $name {
            type Key = $key_type;
            const NAME: &'static str = stringify!($name);
            const TABLE: saga_runtime::TableDef = saga_runtime::TableDef {
                name: $table,
                columns: &[
                    saga_runtime::ColumnDef::of::<$key_type>($key_column),
                    $(saga_runtime::ColumnDef::of::<$type>($column)$(.one_of(&[$($value),*])$(.open(&[$($open),*]))?)?,)*
                ],
                allocated: $allocated,
            };

            fn key(&self) -> &$key_type {
                &self.$key
            }

            fn write<'a>(&'a self, row: &mut saga_runtime::RowWriter<'_, 'a>) {
                row.put(&self.$key);
                $(row.put(&self.$field);)*
            }

            fn read(row: &mut saga_runtime::RowReader<'_>) -> Result<Self, saga_runtime::RowError> {
                Ok(Self { $key: row.take()?, $($field: row.take()?,)* })
            }

            $(fn seed() -> Vec<Self> {
                $seed
            })?
        }
    };
}

pub(crate) use entity;

entity!(
    /// Every type, with and without NULL; a key that is given.
    Account in "account_tb", allocated: false,
    id: i64 as "id",
    small: i32 as "small", maybe_small: Option<i32> as "maybe_small",
    big: i64 as "big", maybe_big: Option<i64> as "maybe_big",
    real: f64 as "real", maybe_real: Option<f64> as "maybe_real",
    flag: bool as "flag", maybe_flag: Option<bool> as "maybe_flag",
    text: String as "text", maybe_text: Option<String> as "maybe_text"
);

entity!(
    /// Called as SQL calls its own things, with a text key.
    Order in "order", allocated: false,
    group: String as "group",
    user: Option<i32> as "user", select: String as "select" ["WHERE", "it's", "fin"],
    quoted: String as "quo\"ted"
);

entity!(
    /// Has a status, and two of its values are no ends.
    Trip in "trip_tb", allocated: false,
    id: i32 as "id", status: String as "status" ["ASKED", "it's on", "DONE"] open ["ASKED", "it's on"]
);

entity!(
    /// Numbered by the service, with first rows.
    Product in "product_tb", allocated: true,
    id: i32 as "id", name: String as "name", quantity: i32 as "quantity";
    seed: ["MacBook Pro", "iPhone 15", "AirPods"].iter().zip(1..)
        .map(|(name, id)| Product { id, name: (*name).to_owned(), quantity: 10 }).collect()
);

impl Account {
    /// An account without anything in it.
    pub(crate) fn empty(id: i64) -> Self {
        Self {
            id,
            small: 0,
            maybe_small: None,
            big: 0,
            maybe_big: None,
            real: 0.0,
            maybe_real: None,
            flag: false,
            maybe_flag: None,
            text: String::new(),
            maybe_text: None,
        }
    }
}
