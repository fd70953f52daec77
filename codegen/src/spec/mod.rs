//! The specification as it is written: names are text, nothing is resolved,
//! and everything a finding may point at carries its place.

mod deploy;
mod event;
mod hint;
mod http;
mod name;
mod reader;
mod scalar;
mod service;
mod step;
mod top;

use std::time::Duration;

pub use deploy::{DeployDecl, Quantity, ReplicasDecl, ResourcesDecl};

use crate::diagnostic::Diagnostics;
use crate::resolved::{External, HandlerKind, Method, Segment};
use crate::source::{Source, Span, Spanned};
use crate::yaml::{self, Node};

/// A name, and where it is written.
pub type Word = Spanned<String>;

/// A specification as it is written. What could not be read is left out, and
/// [`Spec::findings`] says why.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    /// `saga`
    pub saga: Option<Word>,
    /// `namespace`
    pub namespace: Option<Word>,
    /// `correlation`
    pub correlation: Option<Word>,
    /// `types`
    pub types: Vec<TypeDecl>,
    /// `events`
    pub events: Vec<EventDecl>,
    /// `services`
    pub services: Vec<ServiceDecl>,
    /// `compensations`
    pub compensations: Vec<CompensationDecl>,
    /// What is wrong with its shape.
    pub findings: Diagnostics,
}

/// An entry of `types`.
#[derive(Debug, Clone)]
pub struct TypeDecl {
    /// Its name.
    pub name: Word,
    /// A mapping is a record, a list an enum.
    pub shape: ShapeDecl,
}

/// The right side of an entry of `types`.
#[derive(Debug, Clone)]
pub enum ShapeDecl {
    /// A record's fields.
    Record(Vec<FieldDecl>),
    /// An enum's values.
    Enum(Vec<Word>),
}

/// `name: type`
#[derive(Debug, Clone)]
pub struct FieldDecl {
    /// The name.
    pub name: Word,
    /// The type.
    pub ty: Spanned<TypeExpr>,
}

/// A type as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeExpr {
    /// `i32`, `Address`
    Named(String),
    /// `[T]`
    List(Box<Spanned<TypeExpr>>),
    /// `T?`
    Optional(Box<Spanned<TypeExpr>>),
}

/// An entry of `events`.
#[derive(Debug, Clone)]
pub struct EventDecl {
    /// Its name.
    pub name: Word,
    /// `fields`
    pub fields: Vec<EventFieldDecl>,
    /// `outcome`
    pub outcome: Option<OutcomeDecl>,
    /// `failure`
    pub failure: Option<Word>,
    /// `topic`
    pub topic: Option<Word>,
    /// `external`
    pub external: Option<Spanned<External>>,
    /// `partitions`
    pub partitions: Option<Spanned<u16>>,
    /// `retention`
    pub retention: Option<Spanned<Duration>>,
    /// Whether a part of it could not be read.
    pub broken: bool,
}

/// A field of an event.
#[derive(Debug, Clone)]
pub struct EventFieldDecl {
    /// Its name.
    pub name: Word,
    /// Its type.
    pub ty: Spanned<TypeExpr>,
    /// `name`: its name on the wire.
    pub wire: Option<Word>,
    /// `on_failure`: its value in the failing variant.
    pub on_failure: Option<Node>,
}

/// `outcome: field` or `outcome: { field: [a, b] }`
#[derive(Debug, Clone)]
pub struct OutcomeDecl {
    /// The field.
    pub field: Word,
    /// The values; none for a boolean.
    pub values: Option<Vec<Word>>,
}

/// An entry of `services`.
#[derive(Debug, Clone)]
pub struct ServiceDecl {
    /// Its name.
    pub name: Word,
    /// `port`
    pub port: Option<Spanned<u16>>,
    /// `entities`
    pub entities: Vec<EntityDecl>,
    /// `requests`, then `subscriptions`
    pub steps: Vec<StepDecl>,
    /// `deploy`
    pub deploy: DeployDecl,
}

/// An entry of `entities`.
#[derive(Debug, Clone)]
pub struct EntityDecl {
    /// Its name.
    pub name: Word,
    /// `key`
    pub key: Option<KeyDecl>,
    /// `fields`
    pub fields: Vec<FieldDecl>,
    /// `status`
    pub status: Option<StatusDecl>,
    /// `rows`
    pub rows: Vec<RowDecl>,
    /// `table`
    pub table: Option<Word>,
    /// Whether a part of it could not be read.
    pub broken: bool,
}

/// `key: i32` or `key: { sku: string }`
#[derive(Debug, Clone)]
pub enum KeyDecl {
    /// The service allocates.
    Allocated(Spanned<TypeExpr>),
    /// Whoever creates the row gives it.
    Given(FieldDecl),
}

/// `status: { start, open, done, failed }`
#[derive(Debug, Clone)]
pub struct StatusDecl {
    /// `start`
    pub start: Option<Word>,
    /// `open`
    pub open: Vec<Word>,
    /// `done`
    pub done: Vec<Word>,
    /// `failed`
    pub failed: Vec<Word>,
    /// The whole mapping.
    pub span: Span,
}

/// An item of `rows`.
#[derive(Debug, Clone)]
pub struct RowDecl {
    /// Field by field, as written.
    pub values: Vec<(Word, Node)>,
    /// The whole mapping.
    pub span: Span,
}

/// An entry of `requests` or `subscriptions`.
#[derive(Debug, Clone)]
pub struct StepDecl {
    /// Its name.
    pub name: Word,
    /// Under which of the two it stands.
    pub section: Section,
    /// `on`
    pub on: Vec<EventPath>,
    /// `any`
    pub any: Vec<EventPath>,
    /// `unless`
    pub unless: Vec<EventPath>,
    /// `deadline`
    pub deadline: Option<Spanned<Duration>>,
    /// `http`
    pub http: Option<HttpDecl>,
    /// `body`
    pub body: Option<Vec<FieldDecl>>,
    /// `reads`
    pub reads: Option<Word>,
    /// `creates`
    pub creates: Option<Word>,
    /// `entity`
    pub entity: Vec<EntityUse>,
    /// `from`
    pub from: Vec<Word>,
    /// `to`
    pub to: Option<Word>,
    /// `emits`
    pub emits: Vec<EventPath>,
    /// `set`
    pub set: Vec<(Word, SetValue)>,
    /// `handler`
    pub handler: Option<Spanned<HandlerKind>>,
    /// `retry`
    pub retry: Option<Spanned<u32>>,
    /// `timeout`
    pub timeout: Option<Spanned<Duration>>,
    /// Whether a part of it could not be read.
    pub broken: bool,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Under `requests`.
    Requests,
    /// Under `subscriptions`.
    Subscriptions,
}

/// `Event` or `Event.variant`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPath {
    /// Before the dot.
    pub event: Word,
    /// After the dot.
    pub variant: Option<Word>,
    /// All of it.
    pub span: Span,
}

/// `METHOD /path`
#[derive(Debug, Clone)]
pub struct HttpDecl {
    /// The method.
    pub method: Method,
    /// The path.
    pub segments: Vec<Spanned<Segment>>,
    /// All of it.
    pub span: Span,
}

/// `Product` or `{ Product: path }`
#[derive(Debug, Clone)]
pub struct EntityUse {
    /// The entity.
    pub name: Word,
    /// The path that finds the row.
    pub path: Option<Spanned<Vec<String>>>,
}

/// The right side of an entry of `set`.
#[derive(Debug, Clone)]
pub enum SetValue {
    /// `Trigger.field` or `Entity.field`
    Path(Spanned<Vec<String>>),
    /// Anything else.
    Literal(Node),
}

/// An entry of `compensations`.
#[derive(Debug, Clone)]
pub struct CompensationDecl {
    /// The compensated step.
    pub of: Word,
    /// The right side.
    pub kind: CompensationDeclKind,
}

/// The right side of an entry of `compensations`.
#[derive(Debug, Clone)]
pub enum CompensationDeclKind {
    /// `none`
    Nothing,
    /// `name`
    Derived(Word),
    /// `{ step: name, command: Event }`
    Command {
        /// `step`
        step: Word,
        /// `command`
        command: Word,
    },
}

impl Spec {
    /// Reads a file. What is wrong with single parts of it is kept in
    /// [`Spec::findings`], so that the checks behind can add theirs; an error
    /// here means there is nothing to check.
    pub fn parse(source: &Source) -> Result<Self, Diagnostics> {
        let root = yaml::parse(source).map_err(|found| hint::explain(*found, source))?;
        top::read(&root)
    }
}
