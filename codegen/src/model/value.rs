//! Values as generated code writes them down.

use crate::model::Ident;
use crate::names::StepName;
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
    /// A value that a binding holds, and whether it is copied or cloned.
    Held(Ident, Taken),
    /// What a reference refers to, and whether it is copied.
    Reference(Ident, bool),
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
    /// A field that every alternative has, of the one that came.
    OneOf {
        /// The binding of the alternative, and its enum.
        of: (Ident, Ident),
        /// The variants of this enum, and how the value is taken out of each.
        variants: Vec<(Ident, Taken)>,
        /// The field.
        field: Ident,
    },
    /// A field of whichever message came, of several that a step keeps.
    First {
        /// The step.
        step: StepName,
        /// The bindings of the messages, and how the value is taken out of each.
        of: Vec<(Ident, Taken)>,
        /// The field.
        field: Ident,
    },
    /// A field of a message that need not have come, or that may lack it: `None` then.
    IfCame {
        /// The binding of the message.
        of: Ident,
        /// The field.
        field: Ident,
        /// Whether the field itself may be missing.
        lacks: bool,
        /// How the value is taken out.
        taken: Taken,
    },
    /// The correlation of the instance at hand, and whether a copy is taken.
    Correlation(bool),
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
    /// Whether the expression uses `binding`.
    pub fn mentions(&self, binding: &Ident) -> bool {
        match self {
            Self::Literal(_) | Self::Absent | Self::Variant(..) => false,
            Self::Correlation(_) | Self::First { .. } | Self::IfCame { .. } => false,
            Self::Present(inner) | Self::Within { of: inner, .. } | Self::Each { of: inner, .. } => {
                inner.mentions(binding)
            }
            Self::Binding(name) | Self::Reference(name, _) | Self::Held(name, _) => name == binding,
            Self::Field { of, .. } | Self::OneOf { of: (of, _), .. } => of == binding,
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
