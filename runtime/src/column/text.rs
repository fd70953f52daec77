//! Values as a path or a query spells them.

use std::borrow::Cow;
use std::str::FromStr;

use super::{Cell, Column, ColumnType};
use crate::exact;

impl ColumnType {
    /// A column of the one value that `text` spells; `None` if no value of this type is spelt like that, or
    /// one of the databases does not have it.
    pub(crate) fn parse(self, text: &str) -> Option<Column<'static>> {
        fn one<T: FromStr>(text: &str) -> Option<Vec<Option<T>>> {
            text.parse().ok().map(|value| vec![Some(value)])
        }
        let column = match self {
            ColumnType::Bool => Column::Bool(one(text)?),
            ColumnType::Int => Column::Int(one(text)?),
            ColumnType::BigInt => Column::BigInt(one(text)?),
            ColumnType::Double => Column::Double(one(text)?),
            ColumnType::Text => Column::Text(vec![Some(Cow::Owned(text.to_owned()))]),
            ColumnType::Decimal => spelt(&exact::decimal(text)?),
            ColumnType::Uuid => spelt(&text.parse::<uuid::Uuid>().ok()?),
            ColumnType::Timestamp => spelt(&exact::timestamp(text)?),
            ColumnType::Date => spelt(&exact::date(text)?),
            ColumnType::Bytes | ColumnType::Json => return None,
        };
        column.unstorable().is_none().then_some(column)
    }

    /// Whether values of this type can be spelt in a path or a query.
    pub(crate) fn is_spelt(self) -> bool {
        !matches!(self, ColumnType::Bytes | ColumnType::Json)
    }

    /// What a value must be, for the sender of one that is not.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            ColumnType::Bool => "`true` or `false`",
            ColumnType::Int => "an integer of 32 bits",
            ColumnType::BigInt => "an integer of 64 bits",
            ColumnType::Double => "a finite number",
            ColumnType::Text => "a text without a NUL character",
            ColumnType::Decimal => "a decimal number",
            ColumnType::Uuid => "a UUID",
            ColumnType::Timestamp => "a time such as `2026-01-31T12:00:00Z`",
            ColumnType::Date => "a date such as `2026-01-31`",
            ColumnType::Bytes | ColumnType::Json => "nothing: it cannot be written here",
        }
    }
}

/// A value in the form in which a column keeps it.
fn spelt<C: Cell>(value: &C) -> Column<'static> {
    let mut column = Column::with_capacity(C::TYPE, 1);
    value.put(&mut column);
    column.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_value_of_its_type_or_none() {
        for (ty, text, expected) in [
            (ColumnType::Bool, "true", Some(Column::Bool(vec![Some(true)]))),
            (ColumnType::Bool, "1", None),
            (ColumnType::Int, "-2147483648", Some(Column::Int(vec![Some(i32::MIN)]))),
            (ColumnType::Int, "2147483648", None),
            (ColumnType::Int, "", None),
            (ColumnType::Int, "1.0", None),
            (ColumnType::BigInt, "9007199254740993", Some(Column::BigInt(vec![Some((1 << 53) + 1)]))),
            (ColumnType::BigInt, " 1", None),
            (ColumnType::Double, "1e3", Some(Column::Double(vec![Some(1e3)]))),
            (ColumnType::Double, "1e999", None),
            (ColumnType::Double, "NaN", None),
            (ColumnType::Text, "", Some(Column::Text(vec![Some("".into())]))),
            (ColumnType::Text, "a\0", None),
            (ColumnType::Bytes, "a", None),
        ] {
            assert_eq!(ty.parse(text), expected, "{ty:?} {text:?}");
        }
    }
}
