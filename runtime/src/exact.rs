//! JSON forms that keep every digit, named by generated code as `#[serde(with = "…")]`.
//!
//! A number in JSON is a float to most who read it. So a `decimal` is written as text, and a number that comes
//! in its place is read from its digits. Times are instants in UTC, whole microseconds, as both databases keep
//! them; years have four digits. This module is the form of these types, alone, optional or in a list;
//! [`text`] is that of an `i64 as string`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::io;
use std::marker::PhantomData;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};
use serde_json::value::RawValue;

use crate::mutation::{self, Mutation};

pub(crate) use canonical::write_canonical;

mod canonical;

/// Writes an exact value.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error>
where
    Exact: Form<T>,
{
    Exact::write(value, to)
}

/// Reads an exact value.
///
/// # Errors
/// When it is not one, or has more digits than can be kept.
pub fn deserialize<'de, T, D: Deserializer<'de>>(from: D) -> Result<T, D::Error>
where
    Exact: Form<T>,
{
    Exact::read(from)
}

/// Whole numbers as text: `"9007199254740993"`. JavaScript has no number for it.
pub mod text {
    use serde::{Deserializer, Serializer};

    use super::{Form, Text};

    /// Writes a number as text.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error>
    where
        Text: Form<T>,
    {
        Text::write(value, to)
    }

    /// Reads a number, written as text or as a number.
    ///
    /// # Errors
    /// When it is none, or has more than 64 bits.
    pub fn deserialize<'de, T, D: Deserializer<'de>>(from: D) -> Result<T, D::Error>
    where
        Text: Form<T>,
    {
        Text::read(from)
    }
}

/// The JSON form of `T`, where it is not the one that `T` brings along.
pub trait Form<T> {
    /// Writes a value.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write<S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error>;

    /// Reads a value.
    ///
    /// # Errors
    /// When it is not of this form.
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<T, D::Error>;
}

/// The form of decimals and times.
pub struct Exact;

/// The form of numbers as text.
pub struct Text;

macro_rules! form {
    ($form:ty, $rust:ty, $parse:path, $write:path, $expected:literal) => {
        impl Form<$rust> for $form {
            fn write<S: Serializer>(value: &$rust, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(&$write(*value))
            }

            fn read<'de, D: Deserializer<'de>>(from: D) -> Result<$rust, D::Error> {
                let json = <Box<RawValue>>::deserialize(from)?;
                let text = content(json.get()).ok_or_else(|| D::Error::custom($expected))?;
                $parse(&text).ok_or_else(|| D::Error::custom(format_args!("{}, not {json}", $expected)))
            }
        }
    };
}

form!(Exact, Decimal, decimal, canonical::spelt, "expected a decimal of at most 28 digits");
form!(Exact, Timestamp, timestamp, cut, "expected a time such as 2026-01-31T12:00:00Z");
form!(Exact, Date, date, std::convert::identity, "expected a day such as 2026-01-31");
form!(Text, i64, whole, std::convert::identity, "expected a whole number of 64 bits, as text");

/// What stands between the quotes of a string; a number as it is written.
fn content(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(json)),
        _ => None,
    }
}

impl<T, F: Form<T>> Form<Option<T>> for F {
    fn write<S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.serialize_some(&Borrowed::<T, F>(value, PhantomData)),
            None => to.serialize_none(),
        }
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        let read = Option::<Owned<T, F>>::deserialize(from)?;
        Ok(read.map(|owned| owned.0))
    }
}

impl<T, F: Form<T>> Form<Vec<T>> for F {
    fn write<S: Serializer>(value: &Vec<T>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(value.iter().map(|item| Borrowed::<T, F>(item, PhantomData)))
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
        let read = Vec::<Owned<T, F>>::deserialize(from)?;
        Ok(read.into_iter().map(|owned| owned.0).collect())
    }
}

/// A value inside another that is written in form `F`.
struct Borrowed<'v, T, F>(&'v T, PhantomData<F>);

impl<T, F: Form<T>> Serialize for Borrowed<'_, T, F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        F::write(self.0, to)
    }
}

/// A value inside another that is read in form `F`.
struct Owned<T, F>(T, PhantomData<F>);

impl<'de, T, F: Form<T>> Deserialize<'de> for Owned<T, F> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        F::read(from).map(|value| Self(value, PhantomData))
    }
}

/// Appends an event, or a record or list of a row, as JSON.
///
/// # Errors
/// When it holds what its readers would refuse: a number that JSON does not have, or a NUL character.
pub(crate) fn write_json<T: Serialize>(bytes: &mut Vec<u8>, value: &T) -> serde_json::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(bytes, Strict))
}

/// Compact JSON, of events, records and lists: in them an absent value is left out, so `null` stands for a
/// number that is not finite.
struct Strict;

impl Formatter for Strict {
    fn write_null<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        Err(io::Error::other("JSON has no number for an infinite value or one that is not a number"))
    }

    fn write_char_escape<W: ?Sized + io::Write>(&mut self, to: &mut W, escape: CharEscape) -> io::Result<()> {
        match escape {
            CharEscape::AsciiControl(0) => Err(io::Error::other("a string contains a NUL character")),
            escape => CompactFormatter.write_char_escape(to, escape),
        }
    }
}

/// A decimal from its digits; `None` where one of them would be lost. JavaScript writes small numbers with an
/// exponent.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    if !is_plain(digits) {
        return None;
    }
    let mut value = Decimal::from_str_exact(digits).ok()?;
    if mutation::active(Mutation::DecimalRounded) {
        value = value.round_dp(15);
    }
    let scale = i64::from(value.scale()) - i64::from(exponent);
    value.set_scale(u32::try_from(scale.max(0)).ok()?).ok()?;
    if scale < 0 {
        let factor = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
        value = value.checked_mul(Decimal::try_from_i128_with_scale(factor, 0).ok()?)?;
    }
    // Zero has no sign in a database.
    if value.is_zero() {
        value.set_sign_positive(true);
    }
    Some(value)
}

/// Compares decimals by their values, as PostgreSQL does: `1.5` is `1.50`. What is none comes last.
pub(crate) fn compare_decimals(one: &str, other: &str) -> Ordering {
    match (decimal(one), decimal(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => one.cmp(other),
    }
}

/// `-12.50`: what every reader of decimals takes for one.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

/// A time from RFC 3339, cut to microseconds.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    text.parse().ok().map(cut).filter(has_four_digits)
}

/// The same time in whole microseconds, as PostgreSQL keeps it.
pub(crate) fn cut(time: Timestamp) -> Timestamp {
    let micros = i64::try_from(time.as_nanosecond().div_euclid(1_000));
    micros.ok().and_then(|micros| Timestamp::from_microsecond(micros).ok()).unwrap_or(time)
}

/// Whether its year is one that RFC 3339 can write.
pub(crate) fn has_four_digits(time: &Timestamp) -> bool {
    /// 0001-01-01, in seconds since 1970. The last [`Timestamp`] is in 9999.
    const FIRST: i64 = -62_135_596_800;
    time.as_second() >= FIRST
}

/// A day.
pub(crate) fn date(text: &str) -> Option<Date> {
    // Its parser would take a time as well.
    text.parse().ok().filter(|date: &Date| text.len() == 10 && date.year() > 0)
}

/// A literal of `saga.yaml` that Rust has no literal for. The generator has checked it.
///
/// # Panics
/// When `text` is no `T`: in code that was not generated.
pub fn literal<T: FromStr>(text: &str) -> T {
    match text.parse() {
        Ok(value) => value,
        Err(_) => panic!("`{text}` is not a {}", std::any::type_name::<T>()),
    }
}

fn whole(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

#[cfg(test)]
mod tests;
