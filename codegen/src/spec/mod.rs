//! The specification as written: names are strings, nothing is resolved, and
//! everything that a finding may point at carries its location.

mod deploy;
mod event;
mod findings;
mod hint;
mod http;
mod name;
mod platform;
mod reader;
mod scalar;
mod schema;
mod service;
mod step;
mod top;

use std::time::Duration;

pub(crate) use deploy::{DeployDecl, Quantity, ReplicasDecl, ResourcesDecl};
pub(crate) use platform::{
    EgressDecl, KafkaDecl, PlatformDecl, PostgresDecl, ReferenceDecl, VariableDecl, VariableDeclValue,
};
pub use schema::SCHEMA;

use crate::diagnostic::Diagnostics;
use crate::resolved::{External, HandlerKind, Method, Segment};
use crate::source::{Source, Span, Spanned};
use crate::yaml::{self, Node};

/// A name and its location.
pub(crate) type Word = Spanned<String>;

/// A specification as written. Parts that could not be read are left out, with
/// the reason in [`Spec::findings`].
#[derive(Debug, Clone, Default)]
pub struct Spec {
    pub(crate) saga: Option<Word>,
    pub(crate) namespace: Option<Word>,
    pub(crate) correlation: Option<Word>,
    pub(crate) platform: PlatformDecl,
    pub(crate) types: Vec<TypeDecl>,
    pub(crate) events: Vec<EventDecl>,
    pub(crate) services: Vec<ServiceDecl>,
    pub(crate) compensations: Vec<CompensationDecl>,
    /// The problems with its shape.
    pub findings: Diagnostics,
}

/// An entry of `types`.
#[derive(Debug, Clone)]
pub(crate) struct TypeDecl {
    pub(crate) name: Word,
    /// A mapping is a record, a list an enum.
    pub(crate) shape: ShapeDecl,
}

/// The right side of an entry of `types`.
#[derive(Debug, Clone)]
pub(crate) enum ShapeDecl {
    /// A record's fields.
    Record(Vec<FieldDecl>),
    /// An enum's values.
    Enum(Vec<Word>),
}

/// `name: type`
#[derive(Debug, Clone)]
pub(crate) struct FieldDecl {
    pub(crate) name: Word,
    pub(crate) ty: Spanned<TypeExpr>,
}

/// A type as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TypeExpr {
    /// `i32`, `Address`
    Named(String),
    /// `[T]`
    List(Box<Spanned<TypeExpr>>),
    /// `T?`
    Optional(Box<Spanned<TypeExpr>>),
}

/// An entry of `events`.
#[derive(Debug, Clone)]
pub(crate) struct EventDecl {
    pub(crate) name: Word,
    pub(crate) fields: Vec<EventFieldDecl>,
    pub(crate) outcome: Option<OutcomeDecl>,
    pub(crate) failure: Option<Word>,
    pub(crate) topic: Option<Word>,
    pub(crate) external: Option<Spanned<External>>,
    pub(crate) partitions: Option<Spanned<u16>>,
    pub(crate) retention: Option<Spanned<Duration>>,
    /// Whether a part of it could not be read.
    pub(crate) broken: bool,
}

/// A field of an event.
#[derive(Debug, Clone)]
pub(crate) struct EventFieldDecl {
    pub(crate) name: Word,
    pub(crate) ty: Spanned<TypeExpr>,
    /// `name`: its name on the wire.
    pub(crate) wire: Option<Word>,
    /// `on_failure`: its value in the failing variant.
    pub(crate) on_failure: Option<Node>,
}

/// `outcome: field` or `outcome: { field: [a, b] }`
#[derive(Debug, Clone)]
pub(crate) struct OutcomeDecl {
    pub(crate) field: Word,
    /// The values; none for a boolean.
    pub(crate) values: Option<Vec<Word>>,
}

/// An entry of `services`.
#[derive(Debug, Clone)]
pub(crate) struct ServiceDecl {
    pub(crate) name: Word,
    pub(crate) port: Option<Spanned<u16>>,
    pub(crate) entities: Vec<EntityDecl>,
    /// `requests`, then `subscriptions`
    pub(crate) steps: Vec<StepDecl>,
    pub(crate) deploy: DeployDecl,
}

/// An entry of `entities`.
#[derive(Debug, Clone)]
pub(crate) struct EntityDecl {
    pub(crate) name: Word,
    pub(crate) key: Option<KeyDecl>,
    pub(crate) fields: Vec<FieldDecl>,
    pub(crate) status: Option<StatusDecl>,
    pub(crate) rows: Vec<RowDecl>,
    pub(crate) table: Option<Word>,
    /// Whether a part of it could not be read.
    pub(crate) broken: bool,
}

/// `key: i32` or `key: { sku: string }`
#[derive(Debug, Clone)]
pub(crate) enum KeyDecl {
    /// The service allocates it.
    Allocated(Spanned<TypeExpr>),
    /// The step that creates the row supplies it.
    Given(FieldDecl),
}

/// `status: { start, open, done, failed }`
#[derive(Debug, Clone)]
pub(crate) struct StatusDecl {
    pub(crate) start: Option<Word>,
    pub(crate) open: Vec<Word>,
    pub(crate) done: Vec<Word>,
    pub(crate) failed: Vec<Word>,
    /// The whole mapping.
    pub(crate) span: Span,
}

/// An item of `rows`.
#[derive(Debug, Clone)]
pub(crate) struct RowDecl {
    /// Field by field, as written.
    pub(crate) values: Vec<(Word, Node)>,
    /// The whole mapping.
    pub(crate) span: Span,
}

/// An entry of `requests` or `subscriptions`.
#[derive(Debug, Clone)]
pub(crate) struct StepDecl {
    pub(crate) name: Word,
    pub(crate) section: Section,
    pub(crate) on: Vec<EventPath>,
    pub(crate) any: Vec<EventPath>,
    pub(crate) unless: Vec<EventPath>,
    pub(crate) deadline: Option<Spanned<Duration>>,
    pub(crate) http: Option<HttpDecl>,
    pub(crate) body: Option<Vec<FieldDecl>>,
    pub(crate) reads: Option<Word>,
    pub(crate) creates: Option<Word>,
    pub(crate) entity: Vec<EntityUse>,
    pub(crate) upserts: Vec<EntityUse>,
    pub(crate) from: Vec<Word>,
    pub(crate) to: Option<Word>,
    pub(crate) emits: Vec<EventPath>,
    pub(crate) set: Vec<(Word, SetValue)>,
    pub(crate) handler: Option<Spanned<HandlerKind>>,
    pub(crate) retry: Option<Spanned<u32>>,
    pub(crate) timeout: Option<Spanned<Duration>>,
    /// Whether a part of it could not be read.
    pub(crate) broken: bool,
}

/// The section that declares a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Under `requests`.
    Requests,
    /// Under `subscriptions`.
    Subscriptions,
}

impl StepDecl {
    /// The rows that it works on: under `entity`, then under `upserts`.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &EntityUse> {
        self.entity.iter().chain(&self.upserts)
    }
}

/// `Event` or `Event.variant`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventPath {
    /// Before the dot.
    pub(crate) event: Word,
    /// After the dot.
    pub(crate) variant: Option<Word>,
    /// All of it.
    pub(crate) span: Span,
}

/// `METHOD /path`
#[derive(Debug, Clone)]
pub(crate) struct HttpDecl {
    pub(crate) method: Method,
    pub(crate) segments: Vec<Spanned<Segment>>,
    /// All of it.
    pub(crate) span: Span,
}

/// `Product` or `{ Product: path }`
#[derive(Debug, Clone)]
pub(crate) struct EntityUse {
    pub(crate) name: Word,
    /// The path that finds the row.
    pub(crate) path: Option<Spanned<Vec<String>>>,
}

/// The right side of an entry of `set`.
#[derive(Debug, Clone)]
pub(crate) enum SetValue {
    /// `Trigger.field` or `Entity.field`
    Path(Spanned<Vec<String>>),
    /// Anything else.
    Literal(Node),
}

/// An entry of `compensations`.
#[derive(Debug, Clone)]
pub(crate) struct CompensationDecl {
    pub(crate) of: Word,
    pub(crate) kind: CompensationDeclKind,
}

/// The right side of an entry of `compensations`.
#[derive(Debug, Clone)]
pub(crate) enum CompensationDeclKind {
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
    /// Reads a file. Problems with single parts of it go to [`Spec::findings`], so
    /// that later checks can add theirs.
    ///
    /// # Errors
    /// The findings of a file in which there is nothing to check.
    pub fn parse(source: &Source) -> Result<Self, Diagnostics> {
        let root = yaml::parse(source).map_err(|found| hint::explain(*found, source))?;
        top::read(&root)
    }
}
