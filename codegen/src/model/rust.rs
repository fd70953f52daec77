//! Names and types as they stand in generated Rust.

use std::fmt;

use crate::names::{TypeName, snake, upper_camel};
use crate::resolved::Form;

/// A Rust identifier, raw where the name is a keyword.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ident(String);

impl Ident {
    /// The name of a module, a function, a field or a binding.
    pub(crate) fn snake(name: &str) -> Self {
        Self::escaped(&snake(name))
    }

    /// The name of a method of the team's trait. Every type has some methods
    /// that would be found first.
    pub(crate) fn method(name: &str) -> Self {
        let ident = Self::snake(name);
        if ["into", "try_into"].contains(&ident.as_str()) { ident.with("_step") } else { ident }
    }

    /// The name of a type or a variant.
    pub(crate) fn upper_camel(name: &str) -> Self {
        Self::escaped(&upper_camel(name))
    }

    /// The name of a constant. No keyword is in capitals.
    pub(crate) fn constant(name: &str) -> Self {
        let name = name.split('.').map(snake).collect::<Vec<_>>().join("_").to_uppercase();
        Self::escaped(&name)
    }

    /// The same name with a word added.
    pub(crate) fn with(&self, suffix: &str) -> Self {
        Self::escaped(&format!("{}{suffix}", self.bare()))
    }

    /// A name that is written here as it is.
    pub(crate) fn plain(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Whether Rust expects a method of this name to make or consume its type.
    pub(crate) fn reads_as_conversion(&self) -> bool {
        let name = self.bare();
        name == "new" || name.starts_with("from_") || name.starts_with("into_")
    }

    /// The same name for a parameter that nothing uses.
    pub(crate) fn unused(&self) -> Self {
        Self(format!("_{}", self.bare()))
    }

    /// The identifier as code spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without the mark of a raw identifier, as files are named.
    pub fn bare(&self) -> &str {
        self.0.strip_prefix("r#").unwrap_or(&self.0)
    }

    fn escaped(name: &str) -> Self {
        let starts_well = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
        Self(match name {
            _ if !starts_well => format!("N{name}"),
            "self" | "super" | "crate" | "Self" => format!("{name}_"),
            _ if KEYWORDS.contains(&name) => format!("r#{name}"),
            _ => name.to_owned(),
        })
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The words Rust keeps for itself, but those that cannot be raw identifiers.
const KEYWORDS: [&str; 49] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
    "union",
];

/// The types of the runtime that generated code names.
pub(crate) const RUNTIME_TYPES: [&str; 46] = [
    "AnySteps",
    "AnyTable",
    "Answer",
    "At",
    "Call",
    "CallError",
    "Calling",
    "Cell",
    "Column",
    "ColumnDef",
    "ColumnType",
    "Date",
    "Decimal",
    "Entity",
    "Event",
    "Failing",
    "Fault",
    "Flow",
    "Halt",
    "Inputs",
    "Lifecycle",
    "Method",
    "Outcome",
    "Phase",
    "Refusal",
    "Rejection",
    "RequestContext",
    "Routes",
    "RowError",
    "RowReader",
    "RowStatus",
    "RowWriter",
    "Selection",
    "Service",
    "Status",
    "Sql",
    "SqlError",
    "StepRows",
    "Steps",
    "Table",
    "TableDef",
    "TableSchema",
    "Timestamp",
    "Unanswered",
    "Undecodable",
    "Uuid",
];

/// Other types that generated code names or defines.
const OTHER_TYPES: [&str; 11] = [
    "Answered",
    "Arc",
    "Context",
    "Deserialize",
    "Duration",
    "Handlers",
    "Infallible",
    "Input",
    "Request",
    "Rows",
    "Serialize",
];

impl Ident {
    /// The types that generated code names or defines by itself.
    pub(crate) fn generated_types() -> impl Iterator<Item = Self> {
        RUNTIME_TYPES.iter().chain(&OTHER_TYPES).map(|name| Self::plain(name))
    }

    /// The name of a type of the specification; with `suffix`, if generated
    /// code means something else by it.
    pub(crate) fn spec_type(name: &str, suffix: &str) -> Self {
        let ident = Self::upper_camel(name);
        let taken = Self::generated_types().any(|generated| generated == ident);
        if taken { ident.with(suffix) } else { ident }
    }
}

impl Ident {
    /// A type of the contracts that events and rows share.
    pub(crate) fn declared(name: &TypeName) -> Self {
        Self::spec_type(name.as_str(), "Type")
    }
}

/// The type of a generated field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RustType {
    /// `bool`
    Bool,
    /// `i32`
    I32,
    /// `i64`
    I64(Form),
    /// `f64`
    F64,
    /// `String`
    String,
    /// `Decimal`
    Decimal,
    /// `Uuid`
    Uuid,
    /// `Timestamp`
    Timestamp,
    /// `Date`
    Date,
    /// An enum of the contracts.
    Enum(Ident),
    /// A struct of the contracts.
    Record(Ident),
    /// `Vec<T>`
    List(Box<RustType>),
    /// `Option<T>`
    Optional(Box<RustType>),
}

impl RustType {
    /// Whether a value is passed on by copying it.
    pub fn is_copy(&self) -> bool {
        match self {
            Self::Bool | Self::I32 | Self::I64(_) | Self::F64 => true,
            Self::Decimal | Self::Uuid | Self::Timestamp | Self::Date | Self::Enum(_) => true,
            Self::String | Self::Record(_) | Self::List(_) => false,
            Self::Optional(inner) => inner.is_copy(),
        }
    }

    /// The module with the JSON form of its values, where that is not the one of their Rust type.
    pub fn json_form(&self) -> Option<&'static str> {
        match self {
            Self::Decimal | Self::Timestamp | Self::Date => Some("saga_runtime::exact"),
            Self::I64(Form::Text) => Some("saga_runtime::exact::text"),
            Self::List(inner) | Self::Optional(inner) => inner.json_form(),
            Self::Bool | Self::I32 | Self::I64(Form::Number) | Self::F64 | Self::String => None,
            Self::Uuid | Self::Enum(_) | Self::Record(_) => None,
        }
    }

    /// The enum whose values it has, one of them or none.
    pub fn choice(&self) -> Option<&Ident> {
        match self {
            Self::Enum(ident) => Some(ident),
            Self::Optional(inner) => inner.choice(),
            _ => None,
        }
    }

    /// Whether a value may be missing.
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_))
    }
}

/// The name that serde's `camelCase` gives a field.
pub(crate) fn serde_camel(field: &Ident) -> String {
    let mut camel = String::new();
    let mut humps = false;
    for character in field.bare().chars() {
        if character == '_' {
            humps = true;
        } else if humps && !camel.is_empty() {
            camel.extend(character.to_uppercase());
            humps = false;
        } else {
            camel.push(character);
            humps = false;
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_become_raw_or_get_a_tail() {
        assert_eq!(Ident::snake("type").as_str(), "r#type");
        assert_eq!(Ident::snake("self").as_str(), "self_");
        assert_eq!(Ident::upper_camel("Self").as_str(), "Self_");
        assert_eq!(Ident::snake("orderId").as_str(), "order_id");
        assert_eq!(Ident::upper_camel("3D_PRINT").as_str(), "N3DPrint");
    }

    #[test]
    fn serde_reads_back_what_the_wire_says_or_needs_a_rename() {
        assert_eq!(serde_camel(&Ident::snake("orderId")), "orderId");
        assert_eq!(serde_camel(&Ident::snake("type")), "type");
        assert_eq!(serde_camel(&Ident::snake("orderID")), "orderId");
    }
}
