//! Steps, as the functions that carry them out.

use crate::model::{Ident, RowLock, RustType, StructValue, Value};
use crate::names::StepName;

/// A step that messages start.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name in the specification.
    pub name: StepName,
    /// What it does once everything it needs is there.
    pub run: Run,
    /// What it waits for.
    pub needs: Needs,
    /// What it does when it can only fail any more.
    pub closings: Vec<Closing>,
    /// The compensations it sends when it fails.
    pub owed: Vec<Owed>,
    /// Whether a message without our headers may run it once only.
    pub once: bool,
}

impl Step {
    /// What it remembers between its messages, if it waits for several.
    pub fn join(&self) -> Option<&Join> {
        match &self.needs {
            Needs::One(_) => None,
            Needs::Several(join) => Some(join),
        }
    }

    /// Whether running it can go wrong through no decision of the business.
    pub fn faults(&self) -> bool {
        self.run.faults()
    }

    /// Whether its functions belong to the service, because they ask a handler.
    pub fn is_method(&self) -> bool {
        self.run.ask.is_some()
    }
}

/// What a step waits for.
#[derive(Debug, Clone)]
pub enum Needs {
    /// One message: nothing is remembered.
    One(Need),
    /// Several messages, remembered in a step row until all are there.
    Several(Join),
}

/// A message a step needs.
#[derive(Debug, Clone)]
pub struct Need {
    /// Its type.
    pub event: Ident,
    /// What it is: `ProductDecreased.success`.
    pub what: String,
    /// The name of a reference to it.
    pub binding: Ident,
    /// Its correlation, taken from `binding`.
    pub correlation: Value,
}

/// A step row, and the messages that fill it.
#[derive(Debug, Clone)]
pub struct Join {
    /// The field with the step's rows.
    pub rows: Ident,
    /// The type of what they keep.
    pub inputs: Ident,
    /// The correlation's type.
    pub correlation: RustType,
    /// The messages, each with the function that takes it in.
    pub arrivals: Vec<Arrival>,
}

/// The function that takes one of several messages in.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The function.
    pub function: Ident,
    /// The message.
    pub need: Need,
    /// The functions that send the compensations which are owed for it, if the
    /// step had failed by then.
    pub late: Vec<Ident>,
}

/// A compensation that a step sends when it fails.
#[derive(Debug, Clone)]
pub struct Owed {
    /// The function that sends it.
    pub function: Ident,
    /// The compensated step.
    pub compensates: StepName,
    /// The message that tells of its success; without it nothing is owed yet.
    pub success: Need,
    /// The command, made of that message.
    pub command: StructValue,
}

/// The function that fails a step without asking its handler.
#[derive(Debug, Clone)]
pub struct Closing {
    /// The function.
    pub function: Ident,
    /// The message's type.
    pub event: Ident,
    /// What it is: `ProductDecreased.failure`.
    pub what: String,
    /// Its correlation.
    pub correlation: Value,
    /// What is published: `DeliveryCreated.failure`.
    pub publishes: String,
    /// The message that is published.
    pub failure: StructValue,
}

/// What a step does once everything it needs is there.
#[derive(Debug, Clone)]
pub struct Run {
    /// The function.
    pub function: Ident,
    /// What it does, for its documentation.
    pub summary: String,
    /// The correlation at hand.
    pub correlation: Value,
    /// Statuses that rows must have, or the message is ignored.
    pub guards: Vec<RowGuard>,
    /// Rows that are moved to a status; if one does not move, nothing else is
    /// done.
    pub moves: Vec<Move>,
    /// Rows that the decision may change, or reads.
    pub touches: Vec<Touch>,
    /// What the handler is asked.
    pub ask: Option<Ask>,
    /// The row that is created.
    pub creates: Option<Creates>,
    /// The messages that are published on success.
    pub publishes: Vec<StructValue>,
    /// What happens on a rejection.
    pub on_rejection: OnRejection,
}

impl Run {
    /// Whether something in it can say no: a handler, a row that is not there,
    /// a row that cannot be created.
    pub fn decides(&self) -> bool {
        let asks = self.ask.as_ref().is_some_and(|ask| ask.error.is_some());
        asks || !self.touches.is_empty() || self.creates.is_some()
    }

    /// Whether it can go wrong through no decision of the business.
    pub fn faults(&self) -> bool {
        self.decides() && !matches!(self.on_rejection, OnRejection::Publish(_) | OnRejection::PublishSame(_))
    }

    /// The messages that a success hands on to be published. None if one
    /// expression serves success and failure.
    pub fn carried(&self) -> &[StructValue] {
        match self.on_rejection {
            OnRejection::PublishSame(_) => &[],
            OnRejection::Publish(_) | OnRejection::NothingToCompensate | OnRejection::Fault => {
                &self.publishes
            }
        }
    }

    /// Whether a success is nothing but the consent of the handler.
    pub fn only_consents(&self) -> bool {
        let plain = self.ask.as_ref().is_some_and(|ask| ask.error.is_some() && ask.answer.is_none());
        let untouched = self.touches.iter().all(|touch| !touch.unended && touch.to.is_none());
        plain && untouched && self.creates.is_none() && self.carried().is_empty()
    }

    /// Whether anything happens after the rows were moved.
    pub fn goes_on_after_moves(&self) -> bool {
        self.ask.is_some() || self.decides() || !self.publishes.is_empty()
    }
}

/// What happens on a rejection.
#[derive(Debug, Clone)]
pub enum OnRejection {
    /// The failing variant is published.
    Publish(StructValue),
    /// The failing variant is published, which is the other one but for its
    /// outcome: one expression for both.
    PublishSame(StructValue),
    /// It is a fault: the row a compensation works on is not there.
    NothingToCompensate,
    /// It is a fault: the step has no failing outcome.
    Fault,
}

/// A status a row must have, or the message is ignored.
#[derive(Debug, Clone)]
pub struct RowGuard {
    /// The row.
    pub row: RowAt,
    /// The statuses.
    pub allowed: Allowed,
}

/// Statuses a row may have.
#[derive(Debug, Clone)]
pub enum Allowed {
    /// Any that is not an end.
    Unended,
    /// These variants of this type.
    From(Ident, Vec<Ident>),
}

/// A row that moves to a status.
#[derive(Debug, Clone)]
pub struct Move {
    /// The row.
    pub row: RowAt,
    /// The statuses it moves from.
    pub from: Allowed,
    /// The type and variant of the new status.
    pub to: (Ident, Ident),
}

/// A row that a decision may change, or reads.
#[derive(Debug, Clone)]
pub struct Touch {
    /// The row.
    pub row: RowAt,
    /// A row that has ended rejects the step.
    pub unended: bool,
    /// The type and variant of the status it gets.
    pub to: Option<(Ident, Ident)>,
}

/// A row, by its key.
#[derive(Debug, Clone)]
pub struct RowAt {
    /// The field with the table's rows.
    pub table: Ident,
    /// The row's type.
    pub entity: Ident,
    /// The name of a reference to it.
    pub binding: Ident,
    /// Its key.
    pub key: Value,
}

/// A call of the team's code.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The method.
    pub method: Ident,
    /// The rows it may change.
    pub rows: Vec<Param>,
    /// The messages, or the body, it sees.
    pub inputs: Vec<Param>,
    /// How it says no, if it may.
    pub error: Option<AskError>,
    /// What only it can know, if anything.
    pub answer: Option<AnswerType>,
}

/// A parameter of a handler.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub binding: Ident,
    /// The type behind the reference.
    pub ty: Ident,
}

/// How a handler says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskError {
    /// The step publishes its failing variant.
    Rejection,
    /// The request is answered with a 4xx.
    Refusal,
}

/// What a handler returns.
#[derive(Debug, Clone)]
pub struct AnswerType {
    /// The struct.
    pub ident: Ident,
    /// The name of its value.
    pub binding: Ident,
    /// Its fields, and what they are for.
    pub fields: Vec<AnswerField>,
}

/// A field that a handler fills.
#[derive(Debug, Clone)]
pub struct AnswerField {
    /// The field.
    pub ident: Ident,
    /// Its type.
    pub ty: RustType,
    /// The field of a message or a row it goes to.
    pub of: Ident,
    /// Where it goes, for its documentation: `text` of `Notice`.
    pub goes_to: Vec<String>,
    /// How often it is written.
    pub uses: usize,
}

impl AnswerField {
    /// Whether this is the value for a field of that name and type.
    pub fn serves(&self, field: &Ident, ty: &RustType) -> bool {
        self.of == *field && self.ty == *ty
    }
}

/// A row that is created.
#[derive(Debug, Clone)]
pub struct Creates {
    /// The field with the table's rows.
    pub table: Ident,
    /// The name of a reference to the new row.
    pub binding: Ident,
    /// The name of the key, where the service allocates it.
    pub allocates: Option<Ident>,
    /// The row.
    pub row: StructValue,
}

/// A request that writes.
#[derive(Debug, Clone)]
pub struct RequestStep {
    /// Its name in the specification.
    pub name: StepName,
    /// The variant of the request.
    pub variant: Ident,
    /// Its body's type.
    pub body: Ident,
    /// Method and path, as written.
    pub http: String,
    /// The function.
    pub function: Ident,
    /// What it does, for its documentation.
    pub summary: String,
    /// The rows it may touch.
    pub row_locks: Vec<RowLock>,
    /// What the handler is asked.
    pub ask: Ask,
    /// The row it creates.
    pub creates: Creates,
    /// The messages it publishes.
    pub publishes: Vec<StructValue>,
}
