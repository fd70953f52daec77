//! A message in its parts: headers, numbers, and what bodies say.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde_json::Value;

/// The header with a message's number.
const NUMBER: &str = "saga-seq";

/// The length that stands for null.
const NULL: u32 = u32::MAX;

/// A partition of a topic of the saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// Its topic.
    pub topic: &'static str,
    /// Its number.
    pub partition: i32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}[{}]", self.topic, self.partition)
    }
}

/// A message in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// Kafka's key; none is null.
    pub key: Option<&'a [u8]>,
    /// The body; none is null.
    pub value: Option<&'a [u8]>,
    /// The headers, in order; no content is null.
    pub headers: Vec<(&'a [u8], Option<&'a [u8]>)>,
}

impl<'a> Parts<'a> {
    /// Takes a packed message apart: key, body, and name and content of each
    /// header, each behind its length in four bytes, the lowest first; the greatest length is null. The
    /// runtime keeps waiting messages in this form.
    pub(super) fn of(packed: &'a [u8]) -> Option<Self> {
        let mut rest = packed;
        let (key, value) = (part(&mut rest)?, part(&mut rest)?);
        let mut headers = Vec::new();
        while !rest.is_empty() {
            headers.push((part(&mut rest)??, part(&mut rest)?));
        }
        Some(Self { key, value, headers })
    }

    /// The body; empty when there is none.
    pub(super) fn body(&self) -> &'a [u8] {
        self.value.unwrap_or_default()
    }

    /// Its number. One that names another place was copied from another
    /// message, and is none.
    pub(super) fn number(&self, place: Place, mut source: impl FnMut(&str) -> Arc<str>) -> Option<Number> {
        let (_, text) = self.headers.iter().find(|(name, _)| *name == NUMBER.as_bytes())?;
        let fields: Vec<&str> = std::str::from_utf8((*text)?).ok()?.split('|').collect();
        let ["1", sender, incarnation, topic, partition, dseq] = fields.as_slice() else { return None };
        let own = *topic == place.topic && partition.parse() == Ok(place.partition);
        let (incarnation, dseq) = (incarnation.parse().ok()?, dseq.parse().ok()?);
        // A number that no service would write is none: a source that is no name, a life after the year
        // 2100, more messages than a float can count.
        let credible = sender.len() <= 255
            && sender.bytes().all(|byte| byte.is_ascii_graphic())
            && (0..=4_102_444_800_000).contains(&incarnation)
            && (1..1 << 53).contains(&dseq);
        (own && credible).then(|| Number { source: source(sender), incarnation, dseq })
    }
}

/// Appends a message in the form that [`Parts::of`] reads.
pub(super) fn pack(bytes: &mut Vec<u8>, parts: &Parts<'_>) {
    let mut put = |part: Option<&[u8]>| {
        // Kafka limits a message to 2 GiB, so lengths fit.
        let length = part.map_or(NULL, |part| part.len() as u32);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(part.unwrap_or_default());
    };
    put(parts.key);
    put(parts.value);
    for (name, content) in &parts.headers {
        put(Some(name));
        put(*content);
    }
}

/// The next part; null is a part, too.
fn part<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let (len, tail) = rest.split_first_chunk::<4>()?;
    let len = u32::from_le_bytes(*len);
    if len == NULL {
        *rest = tail;
        return Some(None);
    }
    let (part, tail) = tail.split_at_checked(len as usize)?;
    *rest = tail;
    Some(Some(part))
}

/// The number of a message among those of its source to its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Number {
    /// `<service>/<shard>`.
    pub source: Arc<str>,
    /// Which life of the source's database.
    pub incarnation: i64,
    /// From 1, without a gap.
    pub dseq: i64,
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{} of {} in its life {}", self.dseq, self.source, self.incarnation)
    }
}

/// The content of a message, to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Digest {
    /// Of the key.
    pub key: u32,
    /// Of the body.
    pub value: u32,
    /// Of the headers, in order.
    pub headers: u32,
}

impl Digest {
    /// The digest of a message.
    pub(super) fn of(parts: &Parts<'_>) -> Self {
        Self { key: digest(parts.key), value: digest(parts.value), headers: digest(&parts.headers) }
    }

    /// What differs between two messages that should be one.
    pub(super) fn difference(self, other: Self) -> Option<&'static str> {
        match (self.key == other.key, self.value == other.value, self.headers == other.headers) {
            (true, true, true) => None,
            (false, _, _) => Some("key"),
            (_, false, _) => Some("body"),
            (_, _, false) => Some("headers"),
        }
    }
}

fn digest(content: impl Hash) -> u32 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    // The lower half is as good as the whole: it tells apart what should be the same.
    hasher.finish() as u32
}

/// What the body of a message says, whichever of the saga's it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    /// `orderId`.
    pub order: i64,
    /// `productId`, or 0.
    pub product: i64,
    /// `quantity`, or 0.
    pub quantity: i64,
    /// `success`, or true.
    pub success: bool,
    /// A digest of `address`.
    pub address: u32,
}

impl Said {
    /// Reads a body; `None` when it is no JSON, or names no order.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let number = |field: &str| body[field].as_i64();
        Some(Self {
            order: number("orderId")?,
            product: number("productId").unwrap_or_default(),
            quantity: number("quantity").unwrap_or_default(),
            success: body["success"].as_bool().unwrap_or(true),
            address: address(body["address"].as_str().unwrap_or_default()),
        })
    }
}

/// The digest of an address.
pub(super) fn address(text: &str) -> u32 {
    digest(text)
}
