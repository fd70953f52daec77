//! What a step does once everything it needs is there, and with which rows.

use crate::model::{Ask, Chosen, Ident, Param, Passed, StructValue, Value};
use crate::names::EntityName;

/// What a step does once everything it needs is there.
#[derive(Debug, Clone)]
pub struct Run {
    /// The function.
    pub function: Ident,
    /// What it does, for its documentation.
    pub summary: String,
    /// The keys that are looked up, in these tables.
    pub finds: Vec<(Ident, FoundBy)>,
    /// Rows that the handler or `set` changes, each inside the one before.
    pub changes: Vec<RowAt>,
    /// Other rows, from which what is written takes values.
    pub reads: Vec<RowAt>,
    /// Changed rows that what is published mentions.
    pub reads_again: Vec<RowAt>,
    /// What the handler is asked.
    pub ask: Option<Ask>,
    /// What decides which variant it publishes.
    pub chosen: Option<Chosen>,
    /// The row that is created.
    pub creates: Option<Creates>,
    /// Rows that are moved to a status.
    pub moves: Vec<Move>,
    /// The messages that are published on success.
    pub publishes: Vec<StructValue>,
    /// Whether it compensates: that there is no row is a fault.
    pub compensates: bool,
}

/// A row that moves to a status.
#[derive(Debug, Clone)]
pub struct Move {
    /// The row.
    pub row: RowAt,
    /// The type and variant of the new status.
    pub to: (Ident, Ident),
    /// Whether what is published mentions it.
    pub published: bool,
}

/// A row, by its key, or several.
#[derive(Debug, Clone)]
pub struct RowAt {
    /// The field with the table's rows.
    pub table: Ident,
    /// The row's type.
    pub entity: Ident,
    /// Its name in the specification.
    pub name: EntityName,
    /// The name of a reference to it.
    pub binding: Ident,
    /// Its key.
    pub key: Value,
    /// How its key is found, where no message says it.
    pub found: Option<FoundBy>,
    /// How many rows there are, and what becomes of one that is missing.
    pub takes: Takes,
    /// The fields that the file gives a value, once the handler, if there is one, has accepted.
    pub sets: Vec<(Ident, Value)>,
}

impl RowAt {
    /// Whether it is a selection of rows.
    pub fn is_many(&self) -> bool {
        matches!(self.takes, Takes::Each(_))
    }

    /// What a handler gets of it.
    pub fn as_param(&self) -> Param {
        let passed = if self.is_many() { Passed::Selection } else { Passed::Reference };
        Param { binding: self.binding.clone(), ty: self.entity.clone(), passed }
    }

    /// Whether what the file writes into it mentions `binding`.
    pub fn writes(&self, binding: &Ident) -> bool {
        let new = match &self.takes {
            Takes::OrNew(row) => row.mentions(binding),
            Takes::One | Takes::Each(_) => false,
        };
        new || self.sets.iter().any(|(_, value)| value.mentions(binding))
    }
}

/// How many rows a step takes, and what becomes of one that is missing.
#[derive(Debug, Clone)]
pub enum Takes {
    /// One: without it, the step does not run.
    One,
    /// One for each key of a list, all of them or none; in a loop, each has this name.
    Each(Ident),
    /// One, which is created like this if it is missing.
    OrNew(StructValue),
}

/// How the key of a row is found.
#[derive(Debug, Clone)]
pub struct FoundBy {
    /// The binding that gets the key.
    pub key: Ident,
    /// The column that is looked up.
    pub column: String,
    /// The value it must have.
    pub value: Value,
}

/// A row that is created.
#[derive(Debug, Clone)]
pub struct Creates {
    /// The field with the table's rows.
    pub table: Ident,
    /// The name of a reference to the new row.
    pub binding: Ident,
    /// The name of the key, where the service allocates it.
    pub allocates: Option<Ident>,
    /// The row.
    pub row: StructValue,
    /// Whether the step keeps its key, for a compensation.
    pub kept: bool,
}
