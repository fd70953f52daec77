//! Steps: what they wait for, what they touch, what they publish, and where
//! every value they write comes from.

use std::time::Duration;

use crate::names::{FieldName, ParamName, StepName, Value};
use crate::resolved::{
    CompensationId, EntityId, EventId, EventRef, FieldSource, Resolved, ServiceId, SourcedField, StepId,
    Type, VariantIndex,
};
use crate::source::Span;

/// One step of the saga at one service.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its place in the list of steps.
    pub id: StepId,
    /// The service that runs it.
    pub service: ServiceId,
    /// Its name.
    pub name: StepName,
    /// How it came into the file.
    pub kind: StepKind,
    /// The messages it needs: `on`, then `any`, in file order.
    pub triggers: Vec<Trigger>,
    /// What closes it before it ran.
    pub closers: Vec<Closer>,
    /// The route of a request.
    pub http: Option<Http>,
    /// The body of a request, declared or derived.
    pub body: Vec<BodyField>,
    /// What a `GET` answers.
    pub reads: Option<Read>,
    /// The row it creates.
    pub creates: Option<Creation>,
    /// The rows it loads.
    pub rows: Vec<RowUse>,
    /// What it publishes when it runs.
    pub emissions: Vec<Emission>,
    /// What it publishes when it fails, if it can.
    pub failure: Option<Failure>,
    /// The compensating commands it owes when it fails.
    pub commands: Vec<CommandEmission>,
    /// Where the correlation of the instance comes from: the message, or a
    /// part of the request. None for a request outside any instance, which
    /// neither waits for a message nor publishes one.
    pub correlation: Option<FieldSource>,
    /// Where `set` names sources, if it does; they are in the fields already.
    pub set: Option<Span>,
    /// Which kind of handler decides.
    pub handler: HandlerKind,
    /// Where the kind is written, if it is.
    pub handler_span: Option<Span>,
    /// Whether anything is left to decide.
    pub decision: Decision,
    /// Tries before it gives up.
    pub retry: u32,
    /// The time one call may take.
    pub timeout: Duration,
    /// Where its name is declared.
    pub span: Span,
}

impl Step {
    /// `retry`, where a step does not say it.
    pub const RETRY: u32 = 10;

    /// `timeout`, where a step does not say it.
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    /// Whether an HTTP call is among its needs.
    pub fn is_request(&self) -> bool {
        self.http.is_some()
    }

    /// The triggers it needs all of.
    pub fn needs_all(&self) -> impl Iterator<Item = (TriggerIndex, &Trigger)> {
        triggers_at(&self.triggers, Place::All)
    }

    /// The triggers it needs one of.
    pub fn needs_one(&self) -> impl Iterator<Item = (TriggerIndex, &Trigger)> {
        triggers_at(&self.triggers, Place::Any)
    }

    /// The time after which it closes by itself.
    pub fn deadline(&self) -> Option<Duration> {
        self.closers.iter().find_map(|closer| match closer {
            Closer::Deadline(after, _) => Some(*after),
            Closer::FailedTrigger(..) | Closer::Unless(_) => None,
        })
    }
}

/// The triggers of one of the lists of a step.
pub(crate) fn triggers_at(
    triggers: &[Trigger],
    place: Place,
) -> impl Iterator<Item = (TriggerIndex, &Trigger)> {
    let all = triggers.iter().enumerate();
    all.filter(move |(_, trigger)| trigger.place == place)
        .map(|(index, trigger)| (TriggerIndex(index), trigger))
}

/// How a step came into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// Written under `requests`.
    Request,
    /// Written under `subscriptions`.
    Subscription,
    /// Named by a compensation.
    Compensation(CompensationId),
}

/// A message a step needs.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// The event.
    pub event: EventId,
    /// The variant it must be; none: any variant that does not fail.
    pub variant: Option<VariantIndex>,
    /// Needed in any case, or one of several.
    pub place: Place,
    /// Where it is named.
    pub span: Span,
}

/// The place of a trigger in its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TriggerIndex(pub usize);

/// Which list of a step names a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `on`: all of these.
    All,
    /// `any`: one of these.
    Any,
}

/// What closes a step that has not run.
#[derive(Debug, Clone)]
pub enum Closer {
    /// The failing variant of a whole event the step needs.
    FailedTrigger(TriggerIndex, VariantIndex),
    /// An event or variant under `unless`.
    Unless(EventRef),
    /// The time since its first trigger came.
    Deadline(Duration, Span),
}

/// A route.
#[derive(Debug, Clone)]
pub struct Http {
    /// The method.
    pub method: Method,
    /// The path, segment by segment.
    pub segments: Vec<Segment>,
    /// The parameters of the path, resolved.
    pub params: Vec<PathParam>,
    /// Where it is written.
    pub span: Span,
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Http {
    /// Whether a parameter of the path is the correlation of an instance.
    pub fn is_instance(&self, spec: &Resolved, name: &ParamName) -> bool {
        let correlation = &spec.sagas()[0].correlation;
        self.params.iter().filter(|param| param.name == *name).any(|param| match param.meaning {
            ParamMeaning::Correlation => true,
            ParamMeaning::Key(id) => spec.entity(id).key_reference() == *correlation,
            ParamMeaning::Field(..) | ParamMeaning::Value => false,
        })
    }
}

/// A segment of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Matches itself.
    Literal(String),
    /// Matches anything, and names it.
    Param(ParamName),
}

/// A parameter of a path.
#[derive(Debug, Clone)]
pub struct PathParam {
    /// Its name.
    pub name: ParamName,
    /// Its type.
    pub ty: Type,
    /// What it stands for.
    pub meaning: ParamMeaning,
}

/// What a parameter of a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamMeaning {
    /// The key of a row.
    Key(EntityId),
    /// A field of a row.
    Field(EntityId, FieldName),
    /// The correlation of the instance.
    Correlation,
    /// A value for a field the step writes.
    Value,
}

/// A field of a request's body.
#[derive(Debug, Clone)]
pub struct BodyField {
    /// Its name.
    pub name: FieldName,
    /// Its type.
    pub ty: Type,
    /// Where it is declared, or the field it was derived from.
    pub span: Span,
}

/// What a `GET` answers.
#[derive(Debug, Clone)]
pub struct Read {
    /// The entity.
    pub entity: EntityId,
    /// The parameter with the key: one row. None: a page of rows.
    pub key: Option<ParamName>,
    /// Parameters that filter a page by a field.
    pub filters: Vec<(ParamName, FieldName)>,
}

/// A row that a step creates when it succeeds.
#[derive(Debug, Clone)]
pub struct Creation {
    /// The entity.
    pub entity: EntityId,
    /// A given key's source; none where the service allocates.
    pub key: Option<FieldSource>,
    /// One source a field, in the order of the entity's fields.
    pub fields: Vec<SourcedField>,
    /// Where it is named.
    pub span: Span,
}

/// A row, or several, that a step loads and may change.
#[derive(Debug, Clone)]
pub struct RowUse {
    /// The entity.
    pub entity: EntityId,
    /// What finds the row.
    pub lookup: Lookup,
    /// The statuses it must have; none for an entity without statuses.
    pub guard: Option<Guard>,
    /// The status it gets.
    pub to: Option<Value>,
    /// The fields that `set` gives a value, once the handler, if there is one, has
    /// accepted.
    pub set: Vec<SourcedField>,
    /// What a missing row is created with: one source a field, in the order of the
    /// entity's fields. None, unless the step upserts it: a missing row fails the
    /// step.
    pub missing: Option<Vec<SourcedField>>,
    /// Where it is named.
    pub span: Span,
}

/// What finds a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The row whose key is this value.
    Key(FieldSource),
    /// The row in which a field has this value.
    Field(FieldName, FieldSource),
    /// One row for each element of a list.
    Keys(FieldSource),
    /// The row that the compensated step created, by its key as that step's
    /// transaction kept it.
    Kept,
}

impl Lookup {
    /// Whether the path or the body of a request says which row it is.
    pub fn is_said(&self) -> bool {
        let (Self::Key(source) | Self::Field(_, source)) = self else { return false };
        matches!(source, FieldSource::PathParam(_) | FieldSource::Body(_))
    }
}

/// The statuses a row must have for the step to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Any status that is not an end.
    Unended,
    /// One of these.
    From(Vec<Value>),
}

/// An event that a step publishes when it runs.
#[derive(Debug, Clone)]
pub struct Emission {
    /// The event.
    pub event: EventId,
    /// What decides its variant.
    pub choice: Choice,
    /// One source a field, in the order of the event's fields, for every
    /// variant this emission can be but the failing one of a whole event,
    /// which [`Step::failure`] describes.
    pub fields: Vec<SourcedField>,
    /// Where it is named.
    pub span: Span,
}

/// What decides the variant of an emission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The event has no variants.
    Plain,
    /// Always this one when the step runs.
    Fixed(VariantIndex),
    /// The value of a field: nothing is left to decide.
    Source(FieldSource),
    /// The handler.
    Handler,
}

/// What a step publishes when it fails. The handler is not asked.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The event.
    pub event: EventId,
    /// Its failing variant.
    pub variant: VariantIndex,
    /// The ways to fail, and for each where the fields come from.
    pub cases: Vec<FailureCase>,
}

/// One way to fail.
#[derive(Debug, Clone)]
pub struct FailureCase {
    /// The way.
    pub cause: Cause,
    /// One source a field, in the order of the event's fields.
    pub fields: Vec<SourcedField>,
}

/// Why a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The handler rejected, a row was not there, or the tries were spent.
    /// Every trigger has come.
    Rejected,
    /// The source of the outcome chose the failing variant.
    Chosen,
    /// The closer at this place in [`Step::closers`] came first.
    Closed(usize),
    /// The saga failed before the step ran: it was waiting, or it was barred and one
    /// of its triggers came. Only a step with a derived compensation has this case.
    SagaFailed,
}

/// A compensating command a step owes when it fails although the compensated
/// step succeeded: at once if that success has come, else when it comes.
#[derive(Debug, Clone)]
pub struct CommandEmission {
    /// The compensation.
    pub compensation: CompensationId,
    /// The command.
    pub command: EventId,
    /// The trigger that tells of the compensated step's success.
    pub success: TriggerIndex,
    /// One source a field, in the order of the command's fields.
    pub fields: Vec<SourcedField>,
}

/// Which kind of handler decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandlerKind {
    /// A pure function over loaded rows.
    State,
    /// An async function on the transaction.
    Sql,
    /// An external effect, awaited outside the transaction.
    Call,
}

/// Whether a step asks its handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is left to decide: no handler.
    Wiring,
    /// A request: a hook that accepts unless it is written.
    Hook,
    /// The handler must be written.
    Required,
}
