//! What a generated event tells the runtime, and how its body is read.

use std::fmt::{self, Debug, Display, Write as _};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::ser::Error as _;

use crate::column::LONGEST_KEY;
use crate::exact::write_json;

/// A message type: an event or a command of the saga.
pub trait Event: Clone + Debug + DeserializeOwned + Send + Serialize + Sync + 'static {
    /// The type of the correlation key.
    type Correlation: Display;
    /// The name in `saga.yaml`.
    const NAME: &'static str;
    /// The topic that carries it.
    const TOPIC: &'static str;
    /// The services that read it, separated by blanks. A message names them, so that one that is new to
    /// the topic can tell what was published before it was a reader. Generated code always says it.
    const READERS: &'static str = "";

    /// The saga instance this message belongs to; also its Kafka key.
    fn correlation(&self) -> &Self::Correlation;

    /// Whether it is the failing variant, for an event that can fail.
    fn outcome(&self) -> Option<Outcome> {
        None
    }

    /// The variant, as its place among those that `saga.yaml` declares: of a boolean outcome, success is 0 and
    /// failure 1; 0 without an outcome.
    fn variant(&self) -> usize {
        0
    }

    /// What the variant is called in `saga.yaml`, for an event that has variants.
    fn variant_name(&self) -> Option<&'static str> {
        self.outcome().map(Outcome::as_str)
    }

    /// The field that is not there, though every variant but the failing one has it.
    fn missing(&self) -> Option<&'static str> {
        None
    }
}

/// Whether an event tells of a success.
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

    /// What a boolean variant is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
        }
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A body that is not what its topic promises.
#[derive(Debug, thiserror::Error)]
pub enum Undecodable {
    /// The JSON does not parse, is not an object, or does not have the declared fields.
    #[error("the body is not a valid {event}: {source}")]
    Json {
        /// The event that was expected.
        event: &'static str,
        /// What is wrong with the body.
        source: BadJson,
    },
    /// Its correlation is longer than an index takes.
    #[error("the correlation of this {event} has more than {} bytes", LONGEST_KEY)]
    LongKey {
        /// The event that was expected.
        event: &'static str,
    },
    /// The topic is not one the service reads.
    #[error("this service does not read topic {0}")]
    Topic(String),
}

/// A text that is not the JSON object it should be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadJson {
    /// A string holds a NUL character, which PostgreSQL cannot store.
    #[error("a string contains a NUL character")]
    Nul,
    /// It is an array, a bare value, or nothing at all. `serde` would take the items of an array for fields.
    #[error("a JSON object is expected")]
    NoObject,
    /// A field is not there.
    #[error("missing field `{0}`")]
    Missing(String),
    /// The value of a field is not what it should be.
    #[error("`{field}`: {reason}")]
    Field {
        /// The field, as it is named on the wire: `note`, `lines[0].quantity`.
        field: String,
        /// What the parser says of it, bounded.
        reason: String,
    },
    /// It does not parse: what the parser says, bounded.
    #[error("{0}")]
    Fields(String),
}

impl BadJson {
    /// The field that is wrong, if it is a single one.
    pub(crate) fn field(&self) -> Option<&str> {
        match self {
            Self::Missing(field) | Self::Field { field, .. } => Some(field),
            Self::Nul | Self::NoObject | Self::Fields(_) => None,
        }
    }
}

/// Reads an event from the JSON of a message.
///
/// # Errors
/// [`Undecodable`] says what is wrong with the body.
pub fn decode<E: Event>(body: &[u8]) -> Result<E, Undecodable> {
    let event: E = read_object(body).map_err(|source| Undecodable::Json { event: E::NAME, source })?;
    if let Some(field) = event.missing() {
        return Err(Undecodable::Json { event: E::NAME, source: BadJson::Missing(field.to_owned()) });
    }
    // Counted as it is written, into nothing.
    match write!(Room(LONGEST_KEY), "{}", event.correlation()) {
        Ok(()) => Ok(event),
        Err(_) => Err(Undecodable::LongKey { event: E::NAME }),
    }
}

/// So many bytes that may still be written.
struct Room(usize);

impl fmt::Write for Room {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.len()).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// Reads a JSON object that comes from outside: the body of a message or of a request. The work is
/// linear in its length, and so is the memory.
///
/// # Errors
/// [`BadJson`] says what is wrong with it, in a bounded text.
pub(crate) fn read_object<T: DeserializeOwned>(json: &[u8]) -> Result<T, BadJson> {
    if json.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(BadJson::NoObject);
    }
    if holds_nul(json) {
        return Err(BadJson::Nul);
    }
    // What is refused is read twice, so that what is not costs nothing more.
    serde_json::from_slice(json).map_err(|error| refused::why::<T>(json, &error))
}

/// Whether a JSON text holds an escaped NUL: `\u0000` behind an even number of
/// backslashes. An unescaped one is not JSON, and serde refuses it.
fn holds_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = &rest[at + 1..];
        if escape.starts_with(b"u0000") {
            return true;
        }
        // What follows a backslash is escaped by it, and begins no escape of its own.
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

/// Appends an event as JSON.
///
/// # Errors
/// When its readers would refuse it.
pub(crate) fn write_event<E: Event>(bytes: &mut Vec<u8>, event: &E) -> serde_json::Result<()> {
    match event.missing() {
        Some(field) => Err(serde_json::Error::custom(BadJson::Missing(field.to_owned()))),
        None => write_json(bytes, event),
    }
}

mod refused;
#[cfg(test)]
mod tests;
