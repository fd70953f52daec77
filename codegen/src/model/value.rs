//! Values as generated code writes them down.

use crate::model::Ident;
use crate::resolved::Literal;

/// An expression for the value of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A literal.
    Literal(Literal),
    /// `None`.
    Absent,
    /// A value that is there, for a field that may be missing.
    Present(Box<Value>),
    /// A binding as it is.
    Binding(Ident),
    /// A field of what a binding names.
    Field {
        /// The binding.
        of: Ident,
        /// The field.
        field: Ident,
        /// How the value is taken out.
        taken: Taken,
    },
    /// What a path leads to, from a value through records.
    Within {
        /// Where it begins, as it is.
        of: Box<Value>,
        /// The fields of one record after the other.
        path: Vec<Ident>,
        /// How the value is taken out.
        taken: Taken,
    },
    /// What a path leads to in each record of a list, as a list.
    Each {
        /// The list.
        of: Box<Value>,
        /// The fields of one record after the other.
        path: Vec<Ident>,
        /// How each value is taken out.
        taken: Taken,
    },
    /// A variant of an enum.
    Variant(Ident, Ident),
    /// Whether the step succeeded.
    Succeeded,
}

/// How a value is taken out of where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// As it is: a copy, or the last use.
    AsIs,
    /// By cloning it.
    Cloned,
    /// By the method of an event for a field that its failing variant lacks.
    Called,
    /// By cloning what this method returns.
    CalledCloned,
}

impl Value {
    /// The same expression with another name for a binding.
    pub fn rebound(&self, from: &Ident, to: &Ident) -> Self {
        match self {
            Self::Field { of, field, taken } if of == from => {
                Self::Field { of: to.clone(), field: field.clone(), taken: *taken }
            }
            Self::Binding(name) if name == from => Self::Binding(to.clone()),
            Self::Present(inner) => Self::Present(Box::new(inner.rebound(from, to))),
            Self::Within { of, path, taken } => {
                Self::Within { of: Box::new(of.rebound(from, to)), path: path.clone(), taken: *taken }
            }
            Self::Each { of, path, taken } => {
                Self::Each { of: Box::new(of.rebound(from, to)), path: path.clone(), taken: *taken }
            }
            other => other.clone(),
        }
    }

    /// Whether the expression uses `binding`.
    pub fn mentions(&self, binding: &Ident) -> bool {
        match self {
            Self::Literal(_) | Self::Absent | Self::Variant(..) | Self::Succeeded => false,
            Self::Present(inner) | Self::Within { of: inner, .. } | Self::Each { of: inner, .. } => {
                inner.mentions(binding)
            }
            Self::Binding(name) => name == binding,
            Self::Field { of, .. } => of == binding,
        }
    }
}

/// A value of a struct, written field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructValue {
    /// The struct.
    pub of: Ident,
    /// Its fields, in order.
    pub fields: Vec<(Ident, Value)>,
}

impl StructValue {
    /// Whether a field's expression uses `binding`.
    pub fn mentions(&self, binding: &Ident) -> bool {
        self.fields.iter().any(|(_, value)| value.mentions(binding))
    }
}
