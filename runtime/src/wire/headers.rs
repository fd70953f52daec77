//! Headers in the form in which the outbox keeps them.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The headers of one of our own messages: text alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headers<'a>(#[serde(borrow)] pub Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// What is sent beside a key and a body. [`Headers`] are a short form of it; in this one any bytes are
/// a name or a value, as the copy of another producer's message needs them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutgoingHeaders<'a> {
    /// Names and values; no value is Kafka's null.
    #[serde(borrow)]
    pub headers: Vec<(Part<'a>, Option<Part<'a>>)>,
    /// The key is Kafka's null, not an empty one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub null_key: bool,
    /// The body is Kafka's null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub null_value: bool,
}

/// The name or the value of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a>(pub Cow<'a, [u8]>);

impl<'a> OutgoingHeaders<'a> {
    /// Reads what the outbox keeps of a message; `None` when this version cannot.
    pub fn read(kept: &'a [u8]) -> Option<Self> {
        if kept.first() == Some(&b'{') {
            return serde_json::from_slice(kept).ok();
        }
        let Headers(texts) = serde_json::from_slice(kept).ok()?;
        let headers = texts.into_iter().map(|(name, value)| (name.into(), Some(value.into()))).collect();
        Some(Self { headers, ..Self::default() })
    }

    /// The short form of it, if it has one.
    pub fn short<'s>(&'s self) -> Option<Headers<'s>> {
        if self.null_key || self.null_value {
            return None;
        }
        let pair =
            |(name, value): &'s (Part<'a>, Option<Part<'a>>)| Some((name.text()?, value.as_ref()?.text()?));
        self.headers.iter().map(pair).collect::<Option<_>>().map(Headers)
    }

    /// The first header of this name, if it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(found, _)| *found.0 == *name.as_bytes())?;
        std::str::from_utf8(&value.as_ref()?.0).ok()
    }
}

impl Part<'_> {
    fn text(&self) -> Option<Cow<'_, str>> {
        std::str::from_utf8(&self.0).map(Cow::Borrowed).ok()
    }
}

impl<'a> From<Cow<'a, str>> for Part<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self(match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        })
    }
}

impl<'a> From<&'a [u8]> for Part<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }
}

/// How a [`Part`] is written: as text, or in hexadecimal where it is none.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written<'a> {
    Text(Cow<'a, str>),
    Bytes { hex: String },
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => Written::Text(text.into()),
            Err(_) => Written::Bytes { hex: hex(&self.0) },
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Part<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = match Written::deserialize(deserializer)? {
            Written::Text(text) => text.into_owned().into_bytes(),
            Written::Bytes { hex } => {
                unhex(&hex).ok_or_else(|| serde::de::Error::custom("bytes are hexadecimal"))?
            }
        };
        Ok(Self(Cow::Owned(bytes)))
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_out_as_they_went_in() {
        let headers: [(&[u8], Option<&[u8]>); 6] = [
            (b"plain", Some(b"text \"quoted\" \0")),
            (b"\xff", Some(b"\x00\xff\x80")),
            (b"h", None),
            (b"h", Some(b"")),
            (b"", Some("{\"hex\":\"00\"}".as_bytes())),
            (b"{", Some(b"[")),
        ];
        let part =
            |(name, value): (&'static [u8], Option<&'static [u8]>)| (name.into(), value.map(Part::from));
        for (null_key, null_value) in [(false, false), (true, false), (false, true)] {
            let headers = headers.into_iter().map(part).collect();
            let sent = OutgoingHeaders { headers, null_key, null_value };
            let kept = serde_json::to_vec(&sent).expect("a Vec takes everything");
            assert_eq!(OutgoingHeaders::read(&kept), Some(sent));
            // PostgreSQL keeps it as text.
            assert!(std::str::from_utf8(&kept).is_ok_and(|text| !text.contains('\0')));
        }
    }

    #[test]
    fn the_short_form_is_read_as_well() {
        let kept = serde_json::to_vec(&Headers(vec![("ce_id".into(), "a/1\"".into())])).expect("text");
        let read = OutgoingHeaders::read(&kept).expect("a short form");
        assert_eq!((read.text("ce_id"), read.text("absent")), (Some("a/1\""), None));
        assert_eq!((read.null_key, read.null_value), (false, false));
        assert_eq!(OutgoingHeaders::read(b"rubbish"), None);
        assert_eq!(OutgoingHeaders::read(br#"{"headers":[[{"hex":"0"},null]]}"#), None);
    }
}
