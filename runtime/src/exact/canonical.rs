//! JSON in which equal values are equal bytes.

use std::cell::Cell;
use std::io;

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};

thread_local! {
    /// Whether this thread writes values for comparison. A type says how it is written without knowing for
    /// whom, so this cannot be an argument.
    static COMPARED: Cell<bool> = const { Cell::new(false) };
}

/// Writes a value as JSON that tells it from others: the same for `1.5` and `1.50`, which are one number.
/// What a service stores or publishes keeps the zeros.
///
/// # Errors
/// Those of its type.
pub(crate) fn write_canonical<T: Serialize>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let before = COMPARED.replace(true);
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Canonical));
    COMPARED.set(before);
    written.map(|()| bytes)
}

/// A decimal with the digits to write: all it came with, unless it is only compared.
pub(super) fn spelt(value: Decimal) -> Decimal {
    if COMPARED.get() { value.normalize() } else { value }
}

struct Canonical;

impl Formatter for Canonical {
    /// Zero has no sign.
    fn write_f64<W: ?Sized + io::Write>(&mut self, to: &mut W, value: f64) -> io::Result<()> {
        CompactFormatter.write_f64(to, if value == 0.0 { 0.0 } else { value })
    }
}
