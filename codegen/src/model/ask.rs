//! What the team's code is asked, and what it answers.

use crate::model::{Ident, RustType};

/// A call of the team's code.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The method.
    pub method: Ident,
    /// The rows it may change.
    pub rows: Vec<Param>,
    /// The messages, or the body, it sees.
    pub inputs: Vec<Param>,
    /// How it says no, if it may.
    pub error: Option<AskError>,
    /// What it works with, if it is asked apart from the batch.
    pub apart: Option<Apart>,
    /// Whether it compensates.
    pub undoes: bool,
    /// What only it can know, if anything.
    pub answer: Option<AnswerType>,
}

/// What a handler works with that is asked apart from the batch of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// Another system, which it calls outside of every transaction.
    Call,
    /// The database, in a transaction of its step.
    Sql,
}

/// A parameter of a handler.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub binding: Ident,
    /// The type behind the reference.
    pub ty: Ident,
    /// How it is passed.
    pub passed: Passed,
}

/// How a parameter is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// By reference.
    Reference,
    /// By reference, if it is there.
    Optional,
    /// As an enum of references.
    OneOf,
    /// As a selection of rows.
    Selection,
}

/// How a handler says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskError {
    /// The step publishes its failing variant.
    Rejection,
    /// The request is answered with a 4xx.
    Refusal,
}

/// What a handler returns: a struct, or an enum if it chooses a variant.
#[derive(Debug, Clone)]
pub struct AnswerType {
    /// The type.
    pub ident: Ident,
    /// The name of its value.
    pub binding: Ident,
    /// Its fields, and what they are for. Each variant of an enum has all of them.
    pub fields: Vec<AnswerField>,
    /// The variants of an enum: the event's, and what they are called there.
    pub variants: Vec<(Ident, String)>,
}

/// A field that a handler fills.
#[derive(Debug, Clone)]
pub struct AnswerField {
    /// The field.
    pub ident: Ident,
    /// Its type.
    pub ty: RustType,
    /// The field of a message or a row it goes to.
    pub of: Ident,
    /// Where it goes, for its documentation: `text` of `Notice`.
    pub goes_to: Vec<String>,
    /// How often it is written.
    pub uses: usize,
    /// The binding that gets it, where a match takes it out of an enum.
    pub bound: Option<Ident>,
}

impl AnswerField {
    /// Whether this is the value for a field of that name and type.
    pub fn serves(&self, field: &Ident, ty: &RustType) -> bool {
        self.of == *field && self.ty == *ty
    }
}
