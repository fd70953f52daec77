//! Statements of handlers.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, civil::Date, civil::date};
use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

use super::rows::{failed, state};
use super::session::PostgresSession;
use super::statements::bind_cell;
use crate::column::Column;
use crate::sql::{Done, SqlRow, Statement, Value, checked, with_types};
use crate::store::{Result, StoreError};

const CANCELED: &str = "57014";
/// 2000-01-01, from which PostgreSQL counts, in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;
const FIRST_DAY: Date = date(2000, 1, 1);

impl PostgresSession {
    pub(super) async fn limit_statements(&mut self, limit: Duration) -> Result<()> {
        self.script(AssertSqlSafe(format!("SET LOCAL statement_timeout = {}", limit.as_millis()))).await
    }

    pub(super) async fn execute_for_handler(
        &mut self,
        statement: &Statement,
    ) -> Result<std::result::Result<Done, String>> {
        if let Err(wrong) = checked(&statement.text) {
            return Ok(Err(wrong));
        }
        let text = with_types(&statement.text, |at| statement.values.get(at).map(|(ty, _)| *ty));
        // Texts of handlers are few, and are kept prepared like our own.
        let mut query = sqlx::query(AssertSqlSafe(text));
        for (_, value) in &statement.values {
            query = bind_cell(query, value, 0);
        }
        let done = if statement.returns {
            self.raw_rows(query).await.map(|rows| {
                let rows = rows.iter().map(row).collect::<std::result::Result<Vec<_>, String>>();
                rows.map(|rows| Done { changed: 0, rows })
            })
        } else {
            self.raw_affected(query).await.map(|changed| Ok(Done { changed, rows: Vec::new() }))
        };
        match done {
            Ok(done) => Ok(done),
            Err(error) if state(&error) == CANCELED => Ok(Err("a statement took too long".into())),
            Err(error) => match failed(error) {
                // What is missing, or may not be used, is the statement's fault here.
                StoreError::Refused(why) | StoreError::Incompatible(why) => Ok(Err(why)),
                other => Err(other),
            },
        }
    }
}

fn row(row: &PgRow) -> std::result::Result<SqlRow, String> {
    let names: Arc<[String]> = row.columns().iter().map(|column| column.name().to_owned()).collect();
    let values = (0..names.len()).map(|at| {
        let raw = row.try_get_raw(at).map_err(|error| error.to_string())?;
        value(&raw).ok_or_else(|| {
            let (name, ty) = (&names[at], raw.type_info().name().to_owned());
            format!("column `{name}` has the type {ty}, which no field has: cast it in the statement")
        })
    });
    let values = values.collect::<std::result::Result<Vec<_>, String>>()?;
    Ok(SqlRow::new(names, values))
}

/// A value in the form that PostgreSQL sends; none of a type that fields do not have.
fn value(raw: &PgValueRef<'_>) -> Option<Value> {
    if raw.is_null() {
        return Some(Value::Null);
    }
    let bytes = raw.as_bytes().ok()?;
    let text = || String::from_utf8(bytes.to_vec()).ok().map(Value::Text);
    let cell = |value: Column<'_>| value.str(0).ok().map(|text| Value::Text(text.to_owned()));
    let int = || Some(i64::from_be_bytes(bytes.try_into().ok()?));
    Some(match raw.type_info().name() {
        "BOOL" => Value::Bool(bytes == [1]),
        "INT2" => Value::Int(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        "INT4" => Value::Int(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        "INT8" => Value::Int(int()?),
        "FLOAT4" => Value::Double(f32::from_be_bytes(bytes.try_into().ok()?).into()),
        "FLOAT8" => Value::Double(f64::from_be_bytes(bytes.try_into().ok()?)),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "JSON" | "UNKNOWN" => text()?,
        "JSONB" => Value::Text(String::from_utf8(bytes.get(1..)?.to_vec()).ok()?),
        "UUID" => cell(Column::of([&Uuid::from_slice(bytes).ok()?]))?,
        "TIMESTAMPTZ" => {
            let time = Timestamp::from_microsecond(int()?.checked_add(EPOCH)?).ok()?;
            cell(Column::of([&time]))?
        }
        "DATE" => {
            let days = i32::from_be_bytes(bytes.try_into().ok()?);
            let day = FIRST_DAY.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
            cell(Column::of([&day]))?
        }
        "NUMERIC" => Value::Text(numeric(bytes)?),
        _ => return None,
    })
}

/// A NUMERIC as text, digit for digit.
fn numeric(bytes: &[u8]) -> Option<String> {
    const NEGATIVE: u16 = 0x4000;
    let word = |at: usize| Some(u16::from_be_bytes(bytes.get(at * 2..at * 2 + 2)?.try_into().ok()?));
    let (count, sign, scale) = (usize::from(word(0)?), word(2)?, usize::from(word(3)?));
    let weight = i32::from(i16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?));
    if sign != 0 && sign != NEGATIVE {
        return None;
    }
    let group = |place: i32| match usize::try_from(weight - place) {
        Ok(at) if at < count => word(4 + at),
        _ => Some(0),
    };
    let mut text = String::from(if sign == NEGATIVE { "-" } else { "" });
    let mut whole = String::new();
    for place in (0..=weight.max(0)).rev() {
        let _ = write!(whole, "{:04}", group(place)?);
    }
    let digits = whole.trim_start_matches('0');
    text.push_str(if digits.is_empty() { "0" } else { digits });
    if scale > 0 {
        let mut fraction = String::new();
        for place in 1..=i32::try_from(scale.div_ceil(4)).ok()? {
            let _ = write!(fraction, "{:04}", group(-place)?);
        }
        text.push('.');
        text.push_str(fraction.get(..scale)?);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::numeric;

    #[test]
    fn a_numeric_is_read_digit_for_digit() {
        let bytes = |weight: i16, sign: u16, scale: u16, digits: &[u16]| -> Vec<u8> {
            let count = u16::try_from(digits.len()).expect("few");
            let words =
                [count, weight.cast_unsigned(), sign, scale].into_iter().chain(digits.iter().copied());
            words.flat_map(u16::to_be_bytes).collect()
        };
        for (weight, sign, scale, digits, text) in [
            (0, 0, 2, &[12, 5000][..], "12.50"),
            (0, 0x4000, 2, &[12, 5000], "-12.50"),
            (1, 0, 0, &[1, 2], "10002"),
            (1, 0, 0, &[1], "10000"),
            (-1, 0, 4, &[5], "0.0005"),
            (-2, 0, 6, &[1200], "0.000012"),
            (0, 0, 0, &[], "0"),
            (0, 0, 3, &[], "0.000"),
        ] {
            assert_eq!(numeric(&bytes(weight, sign, scale, digits)).as_deref(), Some(text));
        }
        assert_eq!(numeric(&bytes(0, 0xc000, 0, &[])), None, "not a number");
    }
}
