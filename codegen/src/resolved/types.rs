//! Types of fields, and literals read by them.

use crate::names::{FieldName, TypeName, Value};
use std::hash::{Hash, Hasher};

use crate::resolved::{EventId, TypeId};
use crate::source::Span;

/// The type of a field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// `bool`
    Bool,
    /// `i32`
    I32,
    /// `i64`, or `i64 as string`
    I64(Form),
    /// `f64`
    F64,
    /// `string`
    String,
    /// `decimal`
    Decimal,
    /// `uuid`
    Uuid,
    /// `timestamp`
    Timestamp,
    /// `date`
    Date,
    /// A type declared under `types`: a record or an enum.
    Declared(Declared),
    /// The outcome of an event as a value: the type of a derived body's field
    /// that chooses among named variants.
    OutcomeOf(EventId, TypeName),
    /// `[T]`
    List(Box<Type>),
    /// `T?`
    Optional(Box<Type>),
}

impl Type {
    /// Whether a value may be missing.
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_))
    }

    /// The type without its `?`.
    pub fn required(&self) -> &Type {
        match self {
            Self::Optional(inner) => inner,
            other => other,
        }
    }

    /// Whether a value of `source` can stand where this type is wanted: the
    /// same type, or a present value for an optional field.
    pub fn accepts(&self, source: &Type) -> bool {
        self == source || (self.is_optional() && self.required() == source)
    }
}

/// How a number stands in JSON. To the checks, types that differ in nothing else are the same type: a value of
/// one goes wherever the other is wanted.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// As a number.
    Number,
    /// As a string, for readers whose numbers have 53 bits.
    Text,
}

impl PartialEq for Form {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Form {}

impl Hash for Form {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// A type declared under `types`, as fields name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Declared {
    /// The type.
    pub id: TypeId,
    /// Its name.
    pub name: TypeName,
    /// Whether it is an enum, or else a record.
    pub is_enum: bool,
}

/// A type declared under `types`.
#[derive(Debug, Clone)]
pub struct TypeDef {
    /// Its place in the list of types.
    pub id: TypeId,
    /// Its name.
    pub name: TypeName,
    /// A record's fields or an enum's values.
    pub shape: TypeShape,
    /// Where it is declared.
    pub span: Span,
}

/// What a declared type consists of.
#[derive(Debug, Clone)]
pub enum TypeShape {
    /// A record with named fields.
    Record(Vec<RecordField>),
    /// An enum of values as they stand on the wire.
    Enum(Vec<Value>),
}

/// A field of a record.
#[derive(Debug, Clone)]
pub struct RecordField {
    /// Its name.
    pub name: FieldName,
    /// Its type.
    pub ty: Type,
    /// Where it is declared.
    pub span: Span,
}

/// A value written in the specification, read by the type it is meant for.
/// Numbers with a fraction keep their digits as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `null`: the value is absent.
    Null,
    /// A `bool`.
    Bool(bool),
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// An `f64`, its digits as written.
    F64(String),
    /// A `string`.
    String(String),
    /// A `decimal`, its digits as written.
    Decimal(String),
    /// A `uuid`, in lower case with hyphens.
    Uuid(String),
    /// A `timestamp`, RFC 3339 with `Z`.
    Timestamp(String),
    /// A `date`, `2026-01-31`.
    Date(String),
    /// A value of an enum.
    Enum(TypeName, Value),
    /// A list.
    List(Vec<Literal>),
    /// A record, its fields in the order of the type.
    Record(TypeName, Vec<(FieldName, Literal)>),
    /// A value of a record's field that may be missing.
    Present(Box<Literal>),
}
