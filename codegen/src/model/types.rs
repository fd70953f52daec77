//! Types that events and rows share.

use crate::model::{Field, Ident};
use crate::names::{TypeName, Value};

/// A type of the contracts.
#[derive(Debug, Clone)]
pub struct SharedType {
    /// Its name in the specification.
    pub name: TypeName,
    /// The type.
    pub ident: Ident,
    /// What it consists of.
    pub shape: Shape,
    /// Whether columns hold it.
    pub stored: bool,
}

/// What a type consists of.
#[derive(Debug, Clone)]
pub enum Shape {
    /// The fields of a record.
    Record(Vec<Field>),
    /// The values of an enum.
    Enum(Choice),
}

/// An enum of values as they stand on the wire.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The enum.
    pub ident: Ident,
    /// Its variants, and what they are on the wire.
    pub variants: Vec<(Ident, Value)>,
    /// Whether it is the key of rows.
    pub key: bool,
}
