//! Steps, as the functions that carry them out.

use std::time::Duration;

use crate::model::{Apart, Ask, Asked, Ident, OneOf, RowAt, Run, RustType, StructValue, Value, VariantTest};
use crate::names::StepName;

/// A step that messages start.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name in the specification.
    pub name: StepName,
    /// The constant with its place in the flow.
    pub place: Ident,
    /// What its functions know of the messages it needs.
    pub sees: Sees,
    /// The rows that its transaction locks.
    pub locks: Vec<RowLock>,
    /// The rows that the flow judges it by, at their places there.
    pub loads: Vec<Load>,
    /// The request it waits for, if any.
    pub asked: Option<Asked>,
    /// What it does once everything it needs is there.
    pub run: Run,
    /// What it publishes when it fails.
    pub fails: Option<Fails>,
    /// The compensations it sends when it fails.
    pub owed: Vec<Owed>,
    /// What undoes it when the saga fails.
    pub undo: Option<Undo>,
    /// How long after its first message it closes by itself.
    pub deadline: Option<Duration>,
    /// The call it makes.
    pub call: Option<CallOf>,
    /// Whether a row that it moves has to be there: it does more than move rows, and cannot fail.
    pub must_act: bool,
    /// How patient it is, if it says so itself or calls another system.
    pub retries: Option<Retries>,
}

impl Step {
    /// Whether its handler is asked inside the transaction.
    pub fn asks(&self) -> bool {
        self.run.ask.is_some() && self.call.is_none()
    }

    /// What it remembers between its messages, if it remembers any.
    pub fn memory(&self) -> Option<&StepRows> {
        match &self.sees {
            Sees::Message(_) | Sees::Request => None,
            Sees::Rows(rows) => Some(rows.as_ref()),
        }
    }
}

/// What the functions of a step know of the messages it needs.
#[derive(Debug, Clone)]
pub enum Sees {
    /// The one message at hand: nothing is remembered.
    Message(Need),
    /// No message: a request alone makes it run.
    Request,
    /// The messages in its row.
    Rows(Box<StepRows>),
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
}

/// The rows of a step, one for each saga instance, as a batch holds them.
#[derive(Debug, Clone)]
pub struct StepRows {
    /// The field that holds them.
    pub field: Ident,
    /// The type of what they keep.
    pub inputs: Ident,
    /// The step.
    pub step: StepName,
    /// The messages they keep.
    pub kept: Vec<Need>,
    /// Those that the step needs one of, if it needs one of several.
    pub one_of: Option<Box<OneOf>>,
    /// What the step did, for its compensation.
    pub did: Box<Did>,
    /// What each need of the flow wants of them.
    pub wants: Vec<Wants>,
}

/// What a step row keeps of what the step did.
#[derive(Debug, Clone, Default)]
pub struct Did {
    /// The messages it published.
    pub published: Vec<Need>,
    /// The key of the row it created: the field, and the type.
    pub created: Option<(Ident, RustType)>,
    /// The keys of the rows it worked on that no message says.
    pub found: Vec<FoundKey>,
}

/// How long a step is patient with what it asks.
#[derive(Debug, Clone)]
pub struct Retries {
    /// How often it is tried.
    pub tries: u32,
    /// How long each attempt of a call may take.
    pub timeout: Duration,
}

/// The key of a row that a step worked on, as its step row keeps it.
#[derive(Debug, Clone)]
pub struct FoundKey {
    /// The field.
    pub field: Ident,
    /// Its type.
    pub ty: RustType,
    /// The key, when the step runs.
    pub key: Value,
    /// The field with the rows of its table.
    pub table: Ident,
    /// Whether these are the keys of several rows.
    pub each: bool,
}

/// The call that a step makes to another system, or to the database.
#[derive(Debug, Clone)]
pub struct CallOf {
    /// To which.
    pub to: Apart,
    /// The rows that it sees, as they are when it is made.
    pub rows: Vec<RowAt>,
    /// The function that makes it.
    pub function: Ident,
    /// The variant of what is answered.
    pub variant: Ident,
}

/// The function that compensates a step, as the saga has failed.
#[derive(Debug, Clone)]
pub struct Undo {
    /// The compensation.
    pub name: StepName,
    /// The function.
    pub function: Ident,
    /// The rows it works on.
    pub changes: Vec<RowAt>,
    /// What the handler is asked.
    pub ask: Ask,
}

/// What a need wants of the messages that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wants {
    /// The field that keeps the message.
    pub field: Ident,
    /// The test for its variant, where the field may keep another one.
    pub test: Option<VariantTest>,
}

/// A row that a transaction locks, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowLock {
    /// The field with the table's rows.
    pub table: Ident,
    /// The column whose value finds the row; none for the key.
    pub column: Option<String>,
    /// The row.
    pub row: LockedRow,
    /// Whether the key is a list of keys.
    pub each: bool,
}

/// Which row is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockedRow {
    /// A new one.
    New,
    /// The one with this key.
    Key(Value),
    /// The one with this key, which a message says: its binding in the key.
    KeyIn(Ident, Value),
    /// The one with this key, which one of several messages says.
    OneOf(Value),
    /// The one with this key, which the request says that the step waits for.
    Asked(Value),
    /// The one that the step created or worked on before, by the field that keeps its key.
    Created(Ident),
}

/// A row that the flow judges a step by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Its place among the rows of the step in the flow.
    pub place: usize,
    /// The row.
    pub row: RowLock,
    /// Whether it has a status.
    pub status: bool,
}

/// A compensation that a step sends when it fails.
#[derive(Debug, Clone)]
pub struct Owed {
    /// The function that sends it.
    pub function: Ident,
    /// The compensated step.
    pub compensates: StepName,
    /// The message that tells of its success.
    pub success: Need,
    /// The command, made of that message.
    pub command: StructValue,
}

/// The function that publishes that a step failed.
#[derive(Debug, Clone)]
pub struct Fails {
    /// The function.
    pub function: Ident,
    /// What is published: `DeliveryCreated.failure`.
    pub publishes: String,
    /// The ways to fail. Those that publish the same are one.
    pub cases: Vec<FailCase>,
}

/// Some ways to fail that publish the same.
#[derive(Debug, Clone)]
pub struct FailCase {
    /// The ways.
    pub whys: Vec<Why>,
    /// The message that is published.
    pub message: StructValue,
}

/// A way to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A rejection.
    Rejected,
    /// A message of this type closes it: of this variant, where it matters.
    Closed(Ident, Option<VariantTest>),
    /// The deadline.
    Deadline,
    /// The saga had failed.
    SagaFailed,
}
