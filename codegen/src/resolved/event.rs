//! Events as the rest of the pipeline sees them.

use std::time::Duration;

use crate::names::{EventName, FieldName, Topic, TypeName, Value, WireName, upper_camel};
use crate::resolved::{EventId, Literal, SagaId, Type};
use crate::source::Span;

/// An event or a command, everything about it resolved.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place in the list of events.
    pub id: EventId,
    /// The saga it belongs to.
    pub saga: SagaId,
    /// Its name.
    pub name: EventName,
    /// The topic it travels on.
    pub topic: Topic,
    /// Its fields in file order, the outcome's field not among them.
    pub fields: Vec<EventField>,
    /// What tells its variants apart, if it has variants.
    pub outcome: Option<Outcome>,
    /// Who outside the file takes part.
    pub external: External,
    /// How many partitions its topic has, if the file says so.
    pub partitions: Option<u16>,
    /// How long Kafka keeps its messages.
    pub retention: Duration,
    /// Where its name is declared.
    pub span: Span,
}

impl Event {
    /// Whether it is a command: told to one consumer, not a fact for all.
    pub fn is_command(&self) -> bool {
        self.name.as_str().ends_with("Command")
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&EventField> {
        self.fields.iter().find(|field| field.name.as_str() == name)
    }

    /// The failing variant, if it has one.
    pub fn failing(&self) -> Option<VariantIndex> {
        self.outcome.as_ref().and_then(|outcome| outcome.failing)
    }

    /// All its variants; one unnamed for an event without an outcome.
    pub fn variants(&self) -> Vec<Option<VariantIndex>> {
        match &self.outcome {
            None => vec![None],
            Some(outcome) => (0..outcome.variants.len()).map(|index| Some(VariantIndex(index))).collect(),
        }
    }

    /// The name of the enum of its variants, if they are more than success and failure.
    pub fn outcome_type(&self) -> Option<TypeName> {
        let outcome = self.outcome.as_ref().filter(|outcome| outcome.kind == OutcomeKind::Values)?;
        Some(TypeName::new(format!("{}{}", self.name, upper_camel(outcome.field.as_str()))))
    }

    /// The name of a variant.
    pub fn variant(&self, index: VariantIndex) -> &Variant {
        let outcome = self.outcome.as_ref();
        outcome.map_or(&NO_VARIANT, |outcome| &outcome.variants[index.0])
    }
}

/// Answers [`Event::variant`] for an event without an outcome, whose variants
/// no index points to.
static NO_VARIANT: Variant = Variant { name: String::new(), wire: WireValue::Bool(true) };

/// A field of an event.
#[derive(Debug, Clone)]
pub struct EventField {
    /// Its name.
    pub name: FieldName,
    /// Its name on the wire; the same unless `name` says otherwise.
    pub wire: WireName,
    /// Its type.
    pub ty: Type,
    /// Its value in the failing variant. `Literal::Null`: not there, though
    /// the other variants require it.
    pub on_failure: Option<Literal>,
    /// Where it is declared.
    pub span: Span,
}

/// The field on the wire that tells the variants of an event apart.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The field's name, which is also its name on the wire.
    pub field: FieldName,
    /// A boolean or a string on the wire.
    pub kind: OutcomeKind,
    /// `success`, `failure` for a boolean; else the declared values, in order.
    pub variants: Vec<Variant>,
    /// The one variant that fails who needs the event.
    pub failing: Option<VariantIndex>,
    /// Where it is declared.
    pub span: Span,
}

/// How an outcome stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeKind {
    /// `true` or `false`.
    Boolean,
    /// One of several strings.
    Values,
}

/// One variant of an event.
#[derive(Debug, Clone)]
pub struct Variant {
    /// The name as written after the dot: `success`, `approved`.
    pub name: String,
    /// Its value on the wire.
    pub wire: WireValue,
}

/// The value of an outcome's field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireValue {
    /// A boolean outcome.
    Bool(bool),
    /// A string outcome.
    Text(Value),
}

/// The place of a variant in its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariantIndex(pub usize);

impl VariantIndex {
    /// `.success` of a boolean outcome.
    pub const SUCCESS: Self = Self(0);
    /// `.failure` of a boolean outcome.
    pub const FAILURE: Self = Self(1);
}

/// Who outside the file takes part in an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum External {
    /// All its parties are in the file.
    No,
    /// Its producer is outside.
    Publishes,
    /// It has consumers outside, beside those of the file.
    Subscribes,
}

/// An event, or one variant of it, named in the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventRef {
    /// The event.
    pub event: EventId,
    /// The variant; none for the whole event.
    pub variant: Option<VariantIndex>,
    /// Where it is named.
    pub span: Span,
}
