//! A consumed message, in one buffer.

use crate::wire::{Number, SEQ_HEADER, SKIP_HEADER};

/// Where a partition is, among those a service reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: &'static str,
    /// The partition's number.
    pub partition: i32,
}

impl std::fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}[{}]", self.topic, self.partition)
    }
}

/// A message as it was consumed, byte by byte: any bytes are a key, a body, or a header's name or value,
/// and Kafka's null is not an empty text.
///
/// Key, body and headers stand in one buffer, in the form in which a waiting
/// message is stored, so neither consuming nor storing takes it apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it was read.
    pub origin: TopicPartition,
    /// Its offset.
    pub offset: i64,
    bytes: Box<[u8]>,
    value: Option<(usize, usize)>,
    headers: usize,
}

/// A stored record that this version cannot read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a stored message is corrupt or in a format this version cannot read")]
pub struct Corrupt;

impl Record {
    /// Packs a message into one buffer. `None` is Kafka's null.
    pub fn new<'h>(
        origin: TopicPartition,
        offset: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: impl Iterator<Item = (&'h [u8], Option<&'h [u8]>)>,
    ) -> Self {
        let size = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len);
        let mut bytes = Vec::with_capacity(16 + size(key) + size(value) + 512);
        put(&mut bytes, key);
        let start = bytes.len() + LENGTH;
        put(&mut bytes, value);
        let end = bytes.len();
        for (name, content) in headers {
            put(&mut bytes, Some(name));
            put(&mut bytes, content);
        }
        let value = value.map(|_| (start, end));
        Self { origin, offset, bytes: bytes.into_boxed_slice(), value, headers: end }
    }

    /// Reads a stored message.
    ///
    /// # Errors
    /// [`Corrupt`] when the bytes are not what [`Record::stored`] gives.
    pub fn restore(origin: TopicPartition, offset: i64, bytes: Vec<u8>) -> Result<Self, Corrupt> {
        let mut rest = bytes.as_slice();
        take(&mut rest).ok_or(Corrupt)?;
        let value = take(&mut rest).ok_or(Corrupt)?;
        let end = bytes.len() - rest.len();
        let value = value.map(|value| (end - value.len(), end));
        while !rest.is_empty() {
            take(&mut rest).flatten().ok_or(Corrupt)?;
            take(&mut rest).ok_or(Corrupt)?;
        }
        let bytes = bytes.into_boxed_slice();
        Ok(Self { origin, offset, bytes, value, headers: end })
    }

    /// What is left of it where the database refuses the rest: where it was read, and its number, without
    /// which later messages of its source would wait for it. Nothing reads it as a message.
    pub fn barest(&self) -> Self {
        let number = self.header(SEQ_HEADER).filter(|text| Number::parse(text).is_some());
        let headers = number.iter().map(|number| (SEQ_HEADER.as_bytes(), Some(number.as_bytes())));
        Self::new(self.origin, self.offset, None, None, headers)
    }

    /// The form in which it is stored.
    pub fn stored(&self) -> &[u8] {
        &self.bytes
    }

    /// The key; empty when there is none.
    pub fn key(&self) -> &[u8] {
        self.nullable_key().unwrap_or_default()
    }

    /// The key, if there is one.
    pub fn nullable_key(&self) -> Option<&[u8]> {
        let mut rest = &self.bytes[..];
        take(&mut rest).flatten()
    }

    /// The headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let mut rest = &self.bytes[self.headers..];
        std::iter::from_fn(move || Some((take(&mut rest)??, take(&mut rest)?)))
    }

    /// The body; empty when there is none.
    pub fn value(&self) -> &[u8] {
        self.nullable_value().unwrap_or_default()
    }

    /// The body, if there is one.
    pub fn nullable_value(&self) -> Option<&[u8]> {
        self.value.map(|(start, end)| &self.bytes[start..end])
    }

    /// The first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, content) = self.headers().find(|(found, _)| *found == name.as_bytes())?;
        std::str::from_utf8(content?).ok()
    }

    /// The same, if it is short and has no control characters: it goes into the headers of other messages.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.header(name).filter(|text| text.len() <= LONGEST_LABEL && !text.contains(char::is_control))
    }

    /// The sender's number of this message. A number that names another topic or partition was copied
    /// from another message, and does not count; nor does one from an environment whose topics have
    /// another `prefix`.
    pub fn number(&self, prefix: &str) -> Option<Number<'_>> {
        let TopicPartition { topic, partition } = self.origin;
        Number::parse(self.header(SEQ_HEADER)?).filter(|number| {
            number.partition == partition && number.topic.strip_prefix(prefix) == Some(topic)
        })
    }

    /// Whether its sender has skipped it: only its number counts.
    pub fn is_skipped(&self) -> bool {
        self.value().is_empty() && self.headers().any(|(name, _)| name == SKIP_HEADER.as_bytes())
    }

    /// Memory it takes, in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len() + size_of::<Self>()
    }
}

/// The longest header of another message that is passed on, in bytes.
const LONGEST_LABEL: usize = 255;
/// How many bytes say how long a part is.
const LENGTH: usize = 4;
/// Stands for the length of Kafka's null. Kafka limits a message to 2 GiB, so no part is as long.
const NULL: u32 = u32::MAX;

fn put(bytes: &mut Vec<u8>, part: Option<&[u8]>) {
    let length = part.map_or(NULL, |part| part.len() as u32);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(part.unwrap_or_default());
}

/// The next part; `Some(None)` is a null.
fn take<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let (length, tail) = rest.split_first_chunk::<LENGTH>()?;
    let length = u32::from_le_bytes(*length);
    let (part, tail) = if length == NULL {
        (None, tail)
    } else {
        tail.split_at_checked(length as usize).map(|(part, tail)| (Some(part), tail))?
    };
    *rest = tail;
    Some(part)
}

#[cfg(test)]
mod tests;
