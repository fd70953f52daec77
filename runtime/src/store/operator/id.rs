//! Which message an operator means.

use std::fmt;
use std::str::FromStr;

/// A message by where Kafka has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageId {
    /// The topic's name.
    pub topic: String,
    /// The partition's number.
    pub partition: i32,
    /// The message's offset.
    pub offset: i64,
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]@{}", self.topic, self.partition, self.offset)
    }
}

/// A text that names no message.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a message; expected: topic[partition]@offset, such as order-created[3]@42")]
pub struct NoMessage(String);

impl FromStr for MessageId {
    type Err = NoMessage;

    fn from_str(text: &str) -> Result<Self, NoMessage> {
        let parse = || {
            let (place, offset) = text.rsplit_once("]@")?;
            let (topic, partition) = place.rsplit_once('[')?;
            let (partition, offset) = (partition.parse().ok()?, offset.parse().ok()?);
            let is_place = !topic.is_empty() && partition >= 0 && offset >= 0;
            is_place.then(|| Self { topic: topic.to_owned(), partition, offset })
        };
        parse().ok_or_else(|| NoMessage(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_pasted() {
        let id = MessageId { topic: "order-created".into(), partition: 3, offset: 42 };
        assert_eq!(id.to_string(), "order-created[3]@42");
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "order-created", "order-created[3]", "[3]@42", "t[-1]@4", "t[x]@4", "t[1]@"] {
            assert!(text.parse::<MessageId>().is_err(), "{text}");
        }
    }
}
