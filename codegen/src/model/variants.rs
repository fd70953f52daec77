//! How generated code chooses a variant, and tells variants apart.

use crate::model::{Ask, Ident, Need, Run, Value};

/// What decides which variant a step publishes, where the file does not fix it.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// A boolean field.
    Boolean {
        /// Its value.
        value: Value,
        /// What it is called.
        name: String,
        /// The value that fails the step.
        fails: bool,
    },
    /// One of several variants, by the handler or by a field.
    Variants(Variants),
}

impl Chosen {
    /// Whether a field decides, and may say that the step fails.
    pub fn by_field(&self) -> bool {
        match self {
            Self::Boolean { .. } => true,
            Self::Variants(Variants { field, .. }) => field.is_some(),
        }
    }

    /// The field's value, where it is published as it is, and never says that the step fails.
    pub fn passed_on(&self) -> Option<&Value> {
        match self {
            Self::Variants(Variants { field: Some((value, _)), from, of, cases, .. }) => {
                (from == of && cases.iter().all(|case| case.to.is_some())).then_some(value)
            }
            Self::Variants(_) | Self::Boolean { .. } => None,
        }
    }

    /// Whether what decides uses `binding`.
    pub fn mentions(&self, binding: &Ident) -> bool {
        match self {
            Self::Boolean { value, .. } => value.mentions(binding),
            Self::Variants(Variants { field, .. }) => {
                field.as_ref().is_some_and(|(value, _)| value.mentions(binding))
            }
        }
    }
}

/// A match on what decides, with an arm for each variant.
#[derive(Debug, Clone)]
pub struct Variants {
    /// The field that decides, and what it is called; none for the handler.
    pub field: Option<(Value, String)>,
    /// The enum of what decides.
    pub from: Ident,
    /// The enum of the event's variants.
    pub of: Ident,
    /// The binding that gets the variant.
    pub outcome: Ident,
    /// The arms.
    pub cases: Vec<VariantCase>,
}

/// What one value of what decides means.
#[derive(Debug, Clone)]
pub struct VariantCase {
    /// The variant of what decides.
    pub from: Ident,
    /// The value as it is written.
    pub value: String,
    /// The way to succeed, and the variant that is published; none if it fails the step.
    pub to: Option<(usize, Ident)>,
}

impl Run {
    /// Whether what is asked, created or published uses `binding`.
    pub fn uses(&self, binding: &Ident) -> bool {
        self.ask.as_ref().is_some_and(|ask| ask.takes(binding))
            || self.creates.as_ref().is_some_and(|creates| creates.row.mentions(binding))
            || self.publishes.iter().any(|message| message.mentions(binding))
            || self.chosen.as_ref().is_some_and(|chosen| chosen.mentions(binding))
    }
}

impl Ask {
    /// Whether it is asked about `binding`.
    pub fn takes(&self, binding: &Ident) -> bool {
        self.inputs.iter().any(|param| param.binding == *binding)
    }
}

/// A test that a message is one variant of its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantTest {
    /// The field that tells the variants apart.
    pub field: Ident,
    /// Its value in the variant.
    pub value: Value,
}

/// The messages that a step needs one of, as an enum for its handler.
#[derive(Debug, Clone)]
pub struct OneOf {
    /// The enum.
    pub ident: Ident,
    /// The name of its value.
    pub binding: Ident,
    /// The messages, in file order.
    pub alternatives: Vec<Alternative>,
}

/// One of the messages that a step needs one of.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// The variant of the enum.
    pub ident: Ident,
    /// The message.
    pub need: Need,
    /// The test for its variant, where the same field may keep another one.
    pub test: Option<VariantTest>,
}
