//! Types that a column holds as text: what they are in canonical form, so that equal values are equal texts and
//! times sort as text. PostgreSQL casts them to types of its own, SQLite keeps them as they are.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::temporal::DateTimePrinter;
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Cell, Column, ColumnType, RowError};
use crate::exact;

/// Stands for a value that no database has, or JSON: [`Column::unstorable`] finds it.
pub(super) const NOT_STORABLE: &str = "\0";

/// Six digits of a second, always: without them a text with a fraction would sort before one without.
const MICROSECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(6));

macro_rules! text_cell {
    ($rust:ty, $ty:ident, $write:expr, $read:expr) => {
        impl Cell for $rust {
            const TYPE: ColumnType = ColumnType::$ty;

            fn put<'a>(&'a self, column: &mut Column<'a>) {
                column.push_text(Cow::Owned($write(self)));
            }

            fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
                let text = column.str(row)?;
                $read(text).ok_or_else(|| RowError::unknown(stringify!($ty), text))
            }
        }
    };
}

text_cell!(Decimal, Decimal, Decimal::to_string, exact::decimal);
text_cell!(Uuid, Uuid, Uuid::to_string, |text: &str| text.parse().ok());
text_cell!(Timestamp, Timestamp, timestamp, exact::timestamp);
text_cell!(Date, Date, date, exact::date);

fn timestamp(time: &Timestamp) -> String {
    if exact::has_four_digits(time) {
        MICROSECONDS.timestamp_to_string(&exact::cut(*time))
    } else {
        NOT_STORABLE.to_owned()
    }
}

fn date(day: &Date) -> String {
    if day.year() > 0 { day.to_string() } else { NOT_STORABLE.to_owned() }
}

impl<T: Serialize + DeserializeOwned> Cell for Vec<T> {
    const TYPE: ColumnType = ColumnType::Json;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_json(self);
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        column.json(row)
    }
}

impl<'a> Column<'a> {
    fn push_text(&mut self, text: Cow<'a, str>) {
        if let Column::Text(values) = self {
            values.push(Some(text));
        }
    }

    /// Appends a record or a list, as JSON.
    pub fn push_json<T: Serialize>(&mut self, value: &T) {
        let mut json = Vec::new();
        let written = exact::write_json(&mut json, value).ok().and_then(|()| String::from_utf8(json).ok());
        self.push_text(written.map_or(Cow::Borrowed(NOT_STORABLE), Cow::Owned));
    }

    /// The record or the list of row `row`.
    ///
    /// # Errors
    /// [`RowError`] when the column holds another type, or NULL, or it has not the fields it should have.
    pub fn json<T: DeserializeOwned>(&self, row: usize) -> Result<T, RowError> {
        serde_json::from_str(self.str(row)?).map_err(|error| RowError(error.to_string()))
    }
}
