//! What a generated event tells the runtime, and how its body is read.

use std::fmt::{self, Debug, Display};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A message type: an event or a command of the saga.
pub trait Event: Clone + Debug + DeserializeOwned + Send + Serialize + Sync + 'static {
    /// The type of the correlation key.
    type Correlation: Display;
    /// The name in `saga.yaml`.
    const NAME: &'static str;
    /// The topic that carries it.
    const TOPIC: &'static str;
    /// The services that read it, separated by blanks. A message names them, so that one that is new to
    /// the topic can tell what was published before it was a reader.
    const READERS: &'static str;

    /// The saga instance this message belongs to; also its Kafka key.
    fn correlation(&self) -> &Self::Correlation;

    /// The variant, for an event with outcomes.
    fn outcome(&self) -> Option<Outcome> {
        None
    }
}

/// The variant of an event with a boolean outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The step did what it was asked.
    Success,
    /// The step was rejected, or could not run any more.
    Failure,
}

impl Outcome {
    /// The variant whose boolean on the wire is `success`.
    pub fn of(success: bool) -> Self {
        if success { Outcome::Success } else { Outcome::Failure }
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
        })
    }
}

/// A body that is not what its topic promises.
#[derive(Debug, thiserror::Error)]
pub enum Undecodable {
    /// The JSON does not parse, or does not have the declared fields.
    #[error("the body is not a valid {event}: {source}")]
    Json {
        /// The event that was expected.
        event: &'static str,
        /// What is wrong with the body.
        source: serde_json::Error,
    },
    /// A string holds a NUL character, which PostgreSQL cannot store.
    #[error("the body of this {event} contains a string with a NUL character")]
    Nul {
        /// The event that was expected.
        event: &'static str,
    },
    /// The topic is not one the service reads.
    #[error("this service does not read topic {0}")]
    Topic(String),
}

/// Reads an event from the JSON of a message.
///
/// # Errors
/// [`Undecodable`] says what is wrong with the body.
pub fn decode<E: Event>(body: &[u8]) -> Result<E, Undecodable> {
    if holds_nul(body) {
        return Err(Undecodable::Nul { event: E::NAME });
    }
    serde_json::from_slice(body).map_err(|source| Undecodable::Json { event: E::NAME, source })
}

/// Whether a JSON text holds an escaped NUL: `\u0000` behind an even number of
/// backslashes. An unescaped one is not JSON, and serde refuses it.
pub(crate) fn holds_nul(json: &[u8]) -> bool {
    const NUL: &[u8] = b"\\u0000";
    json.windows(NUL.len()).enumerate().any(|(at, window)| {
        let escapes = json[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        window == NUL && escapes % 2 == 0
    })
}

#[cfg(test)]
mod tests {
    use super::holds_nul;

    #[test]
    fn an_escaped_nul_is_seen_and_an_escaped_backslash_is_not_one() {
        assert!(holds_nul(br#"{"a":"x\u0000"}"#));
        assert!(holds_nul(br#"{"a":"\\\u0000"}"#));
        assert!(!holds_nul(br#"{"a":"\\u0000"}"#));
        assert!(!holds_nul(br#"{"a":"u0000"}"#));
    }
}
