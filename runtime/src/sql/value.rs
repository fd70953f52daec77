//! Values that statements return.

use std::borrow::Cow;

use crate::column::{Cell, Column, ColumnType, RowError};

/// A value as a database has it, in a form that both have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    /// A text, and all that SQLite keeps as text, in its canonical form.
    Text(String),
}

/// A value as a field's type. What SQL computes has types of its own, so a number is read as what it is.
pub(super) fn read<C: Cell>(value: &Value) -> Result<C, RowError> {
    let text = |text: String| Column::Text(vec![Some(Cow::Owned(text))]);
    let column = match (C::TYPE, value) {
        (ty, Value::Null) => {
            let mut column = Column::with_capacity(ty, 1);
            column.push_null();
            column
        }
        (ColumnType::Bool, Value::Bool(value)) => Column::Bool(vec![Some(*value)]),
        (ColumnType::Bool, Value::Int(value @ (0 | 1))) => Column::Bool(vec![Some(*value == 1)]),
        (ColumnType::Int, Value::Int(value)) => {
            let narrow = i32::try_from(*value);
            Column::Int(vec![Some(narrow.map_err(|_| RowError(format!("{value} has more than 32 bits")))?)])
        }
        (ColumnType::BigInt, Value::Int(value)) => Column::BigInt(vec![Some(*value)]),
        // A sum of BIGINT is NUMERIC.
        (ColumnType::BigInt, Value::Text(digits)) => Column::BigInt(vec![Some(
            digits.parse().map_err(|_| RowError(format!("`{digits}` is no number of 64 bits")))?,
        )]),
        (ColumnType::Double, Value::Double(value)) => Column::Double(vec![Some(*value)]),
        (ColumnType::Decimal, Value::Int(value)) => text(value.to_string()),
        (
            ColumnType::Text
            | ColumnType::Decimal
            | ColumnType::Uuid
            | ColumnType::Timestamp
            | ColumnType::Date
            | ColumnType::Json,
            Value::Text(value),
        ) => text(value.clone()),
        (ty, value) => return Err(RowError(format!("expected {ty:?}, found {value:?}"))),
    };
    C::take(&column, 0)
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn a_number_is_read_as_what_it_is() {
        assert_eq!(read::<bool>(&Value::Int(1)), Ok(true));
        assert_eq!(read::<i64>(&Value::Text("9007199254740993".into())), Ok(9_007_199_254_740_993));
        assert_eq!(read::<Decimal>(&Value::Int(3)), Ok(Decimal::from(3)));
        assert_eq!(read::<Option<i32>>(&Value::Null), Ok(None));
        assert!(read::<i32>(&Value::Int(1 << 40)).is_err(), "too large");
        assert!(read::<Decimal>(&Value::Double(12.5)).is_err(), "a float is not exact");
        assert!(read::<i32>(&Value::Null).is_err());
    }
}
