//! Where values come from, and how steps are compensated.

use crate::names::{FieldName, ParamName};
use crate::resolved::{CompensationId, EntityId, EventId, EventRef, Literal, StepId, TriggerIndex};
use crate::source::Span;

/// Where the value of a field comes from. Resolved once, by the checker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldSource {
    /// A literal under `set`.
    Literal(Literal),
    /// The field's `on_failure`.
    OnFailure(Literal),
    /// The correlation of the instance, known to every step.
    Correlation,
    /// The key of a row the step loads or creates.
    EntityKey(EntityId),
    /// A field of a row the step loads or creates.
    EntityField(EntityId, FieldName),
    /// A field of a trigger, through records if the path is longer than one.
    Trigger(TriggerIndex, FieldPath),
    /// A field that each of these triggers has, of whichever came.
    OneOf(Vec<TriggerIndex>, FieldName),
    /// A field of the event that closes the step under `unless`.
    Closer(FieldName),
    /// A field of the request's body.
    Body(FieldName),
    /// A parameter of the request's path.
    PathParam(ParamName),
    /// Why the step failed: the rejection's reason, or the closer's name.
    Reason,
    /// Nowhere: the field is optional, and absent.
    Absent,
    /// The handler returns it.
    Handler,
}

/// A path through records: at least one field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldPath(pub(crate) Vec<FieldName>);

impl FieldPath {
    /// The fields, outermost first.
    pub fn fields(&self) -> &[FieldName] {
        &self.0
    }
}

/// A field and where its value comes from.
#[derive(Debug, Clone)]
pub struct SourcedField {
    /// The field.
    pub field: FieldName,
    /// Where its value comes from.
    pub source: FieldSource,
}

/// How the effect of a step is compensated.
#[derive(Debug, Clone)]
pub struct Compensation {
    /// Its place in the list of compensations.
    pub id: CompensationId,
    /// The compensated step.
    pub of: StepId,
    /// How.
    pub kind: CompensationKind,
    /// Where it is declared.
    pub span: Span,
}

/// How the effect of a step is compensated.
#[derive(Debug, Clone)]
pub enum CompensationKind {
    /// `none`: the effect may stay.
    Nothing,
    /// The service hears of the saga's failure by itself. The lookups of the
    /// compensating step count the triggers of the compensated one, which its
    /// transaction kept.
    Derived {
        /// The step that compensates.
        step: StepId,
        /// The events on which the saga fails.
        failures: Vec<EventRef>,
    },
    /// A command tells it to.
    Command {
        /// The step that compensates.
        step: StepId,
        /// The command.
        command: EventId,
        /// The steps that send it; each has a `CommandEmission`.
        senders: Vec<StepId>,
    },
}
