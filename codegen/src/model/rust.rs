//! Names and types as they stand in generated Rust.

use std::fmt;

use crate::names::{snake, upper_camel};

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
pub(crate) const RUNTIME_TYPES: [&str; 35] = [
    "AnySteps",
    "AnyTable",
    "Answer",
    "At",
    "Cell",
    "Column",
    "ColumnDef",
    "ColumnType",
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
    "Service",
    "Status",
    "StepRows",
    "Steps",
    "Table",
    "TableDef",
    "TableSchema",
    "Undecodable",
];

/// Other types that generated code names or defines.
const OTHER_TYPES: [&str; 9] =
    ["Context", "Deserialize", "Duration", "Handlers", "Infallible", "Input", "Request", "Rows", "Serialize"];

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

/// The type of a generated field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RustType {
    /// `bool`
    Bool,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f64`
    F64,
    /// `String`
    String,
    /// `Option<T>`
    Optional(Box<RustType>),
}

impl RustType {
    /// Whether a value is passed on by copying it.
    pub fn is_copy(&self) -> bool {
        match self {
            Self::Bool | Self::I32 | Self::I64 | Self::F64 => true,
            Self::String => false,
            Self::Optional(inner) => inner.is_copy(),
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
