//! The bytes of the messages to publish.

use std::ops::Range;

use super::{Outbox, Result, StoreError};

impl Outbox {
    /// The bytes of one key, headers or value.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the range reaches outside of [`Outbox::bytes`].
    pub(super) fn slice(&self, range: &Range<usize>) -> Result<&[u8]> {
        let outside =
            || StoreError::Refused(format!("a message refers to {range:?} of {} bytes", self.bytes.len()));
        self.bytes.get(range.clone()).ok_or_else(outside)
    }

    /// The same, as text.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when it is not UTF-8.
    pub(super) fn text(&self, range: &Range<usize>) -> Result<&str> {
        std::str::from_utf8(self.slice(range)?)
            .map_err(|error| StoreError::Refused(format!("a key or header is not UTF-8: {error}")))
    }
}

/// Appends `part` to `bytes`, and says where it is.
pub(super) fn push(bytes: &mut Vec<u8>, part: &[u8]) -> Range<usize> {
    let start = bytes.len();
    bytes.extend_from_slice(part);
    start..bytes.len()
}
