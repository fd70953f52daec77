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

/// A message as it was consumed.
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
    value: (usize, usize),
    headers: usize,
}

/// A stored record that this version cannot read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a stored message is corrupt or in a format this version cannot read")]
pub struct Corrupt;

impl Record {
    /// Packs a message into one buffer.
    pub fn new<'h>(
        origin: TopicPartition,
        offset: i64,
        key: &[u8],
        value: &[u8],
        headers: impl Iterator<Item = (&'h str, &'h [u8])>,
    ) -> Self {
        let mut bytes = Vec::with_capacity(16 + key.len() + value.len() + 512);
        put(&mut bytes, key);
        let start = bytes.len() + 4;
        put(&mut bytes, value);
        let end = bytes.len();
        for (name, content) in headers {
            put(&mut bytes, name.as_bytes());
            put(&mut bytes, content);
        }
        Self { origin, offset, bytes: bytes.into_boxed_slice(), value: (start, end), headers: end }
    }

    /// Reads a stored message.
    ///
    /// # Errors
    /// [`Corrupt`] when the bytes are not what [`Record::stored`] gives.
    pub fn restore(origin: TopicPartition, offset: i64, bytes: Vec<u8>) -> Result<Self, Corrupt> {
        let mut rest = bytes.as_slice();
        take(&mut rest).ok_or(Corrupt)?;
        let value = take(&mut rest).ok_or(Corrupt)?.len();
        let end = bytes.len() - rest.len();
        while !rest.is_empty() {
            take(&mut rest).ok_or(Corrupt)?;
        }
        let bytes = bytes.into_boxed_slice();
        Ok(Self { origin, offset, bytes, value: (end - value, end), headers: end })
    }

    /// The form in which it is stored.
    pub fn stored(&self) -> &[u8] {
        &self.bytes
    }

    /// The key; empty when there is none.
    pub fn key(&self) -> &[u8] {
        let mut rest = &self.bytes[..];
        take(&mut rest).unwrap_or_default()
    }

    /// The headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = &self.bytes[self.headers..];
        std::iter::from_fn(move || Some((take(&mut rest)?, take(&mut rest)?)))
    }

    /// The body; empty when there is none.
    pub fn value(&self) -> &[u8] {
        &self.bytes[self.value.0..self.value.1]
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, content) = self.headers().find(|(found, _)| *found == name.as_bytes())?;
        std::str::from_utf8(content).ok()
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

fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    // Kafka limits a message to 2 GiB, so lengths fit.
    bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
    bytes.extend_from_slice(part);
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, tail) = rest.split_first_chunk::<4>()?;
    let (part, tail) = tail.split_at_checked(u32::from_le_bytes(*len) as usize)?;
    *rest = tail;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: TopicPartition = TopicPartition { topic: "order-created", partition: 3 };

    fn record(seq: &str) -> Record {
        let headers = [("ce_type", b"order.OrderCreated".as_slice()), (SEQ_HEADER, seq.as_bytes())];
        Record::new(ORIGIN, 42, b"7", b"{}", headers.into_iter())
    }

    #[test]
    fn parts_come_out_as_they_went_in() {
        let record = record("1|order/1|0|order-created|3|5");
        assert_eq!((record.key(), record.value()), (b"7".as_slice(), b"{}".as_slice()));
        assert_eq!(record.headers().count(), 2);
        assert_eq!(record.header("ce_type"), Some("order.OrderCreated"));
        assert_eq!(record.header("absent"), None);
        assert_eq!(record.number("").map(|number| number.dseq), Some(5));
        let restored = Record::restore(ORIGIN, 42, record.stored().to_vec());
        assert_eq!(restored, Ok(record));
    }

    #[test]
    fn a_number_copied_from_another_message_does_not_count() {
        assert_eq!(record("1|order/1|0|order-created|2|5").number(""), None);
        assert_eq!(record("1|order/1|0|another|3|5").number(""), None);
        assert_eq!(record("nonsense").number(""), None);
    }

    #[test]
    fn a_number_of_another_environment_does_not_count() {
        let (plain, test) =
            (record("1|order/1|0|order-created|3|5"), record("1|order/1|0|test.order-created|3|5"));
        assert!(plain.number("").is_some() && plain.number("test.").is_none());
        assert!(test.number("").is_none() && test.number("test.").is_some());
    }

    #[test]
    fn a_cut_record_is_noticed() {
        let stored = record("x").stored().to_vec();
        for end in 1..stored.len() {
            let cut = Record::restore(ORIGIN, 0, stored[..end].to_vec());
            assert!(cut.is_err() || cut.is_ok_and(|cut| cut.stored().len() < stored.len()));
        }
    }
}
