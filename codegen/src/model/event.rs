//! Messages as types.

use std::time::Duration;

use crate::model::{Choice, Ident, RustType};
use crate::names::{EventName, ServiceName, Topic};
use crate::resolved::{External, Literal};

/// A message type.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name in the specification.
    pub name: EventName,
    /// Its type.
    pub ident: Ident,
    /// Whether it tells one consumer to do something.
    pub command: bool,
    /// The topic that carries it.
    pub topic: Topic,
    /// Whether systems outside of the saga publish it, or read it too.
    pub external: External,
    /// The services that read it, in the order of their names.
    pub readers: Vec<ServiceName>,
    /// How many partitions the topic has.
    pub partitions: u16,
    /// How long Kafka keeps its messages.
    pub retention: Duration,
    /// The fields of the struct, the outcome last.
    pub fields: Vec<Field>,
    /// The field with the correlation key.
    pub correlation: Ident,
    /// The type of that field.
    pub correlation_type: RustType,
    /// The boolean that tells its variants apart, if it has variants.
    pub outcome: Option<Outcome>,
}

/// The field that tells the variants of an event apart.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The field.
    pub field: Ident,
    /// Its enum; none for a boolean.
    pub choice: Option<Choice>,
    /// The name of the failing variant, if it has one.
    pub failing: Option<String>,
}

/// A field of a generated struct that is read and written as JSON.
#[derive(Debug, Clone)]
pub struct Field {
    /// The field.
    pub ident: Ident,
    /// Its name in JSON.
    pub wire: String,
    /// Whether its name in JSON has to be told to serde.
    pub renamed: bool,
    /// Its type.
    pub ty: RustType,
    /// What it is there for.
    pub role: Role,
}

/// What a field is there for.
#[derive(Debug, Clone)]
pub enum Role {
    /// It tells one saga instance from another.
    Correlation,
    /// It carries a value.
    Value,
    /// It carries a value, and this one in the failing variant.
    ValueOrOnFailure(Literal),
    /// It carries a value of this type, and the failing variant does without.
    AbsentOnFailure(RustType),
    /// It tells the variants apart.
    Outcome,
}
