//! Steps, written down one after the other.

use super::{Command, Compensation, Entity, Need, RowUse, Start, Step};
use crate::Phase;

impl Step {
    /// A step of a service that messages start, without anything else.
    pub fn of(name: &str, service: usize) -> Self {
        Self {
            name: name.to_owned(),
            service,
            start: Start::Messages,
            all: Vec::new(),
            any: Vec::new(),
            closers: Vec::new(),
            deadline: false,
            calls: false,
            sql: false,
            kept: false,
            rows: Vec::new(),
            creates: None,
            successes: Vec::new(),
            rejects: false,
            failure: None,
            commands: Vec::new(),
            undo: Compensation::Missing,
            compensates: None,
        }
    }

    /// Its request begins the instance.
    pub fn begins(self) -> Self {
        Self { start: Start::Beginning, ..self }
    }

    /// It needs a request that may never come.
    pub fn asked(self) -> Self {
        Self { start: Start::Person, ..self }
    }

    /// It needs this message, besides all others.
    pub fn needs(mut self, need: impl Into<Need>) -> Self {
        self.all.push(need.into());
        self
    }

    /// It needs this message, or one of the others that are named so.
    pub fn needs_one(mut self, need: impl Into<Need>) -> Self {
        self.any.push(need.into());
        self
    }

    /// These messages close it.
    pub fn closed_by(mut self, messages: impl IntoIterator<Item = usize>) -> Self {
        self.closers.extend(messages);
        self
    }

    /// A deadline closes it.
    pub fn deadline(self) -> Self {
        Self { deadline: true, ..self }
    }

    /// It waits for the answer to a call.
    pub fn calls(self) -> Self {
        Self { calls: true, ..self }
    }

    /// It waits for the answer of SQL, in a transaction of its own.
    pub fn asks_sql(self) -> Self {
        Self { sql: true, ..self.calls() }
    }

    /// Its mode is stored in a row.
    pub fn kept(self) -> Self {
        Self { kept: true, ..self }
    }

    /// It loads this row.
    pub fn loads(mut self, row: RowUse) -> Self {
        self.rows.push(row);
        self
    }

    /// It creates a row of this entity.
    pub fn creates(self, entity: usize) -> Self {
        Self { creates: Some(entity), ..self }
    }

    /// One way to succeed publishes these messages.
    pub fn publishes(mut self, messages: impl IntoIterator<Item = usize>) -> Self {
        self.successes.push(messages.into_iter().collect());
        self
    }

    /// It may be rejected, and publishes this message then, or when it is closed.
    pub fn rejects_with(self, message: usize) -> Self {
        Self { rejects: true, ..self.fails_with(message) }
    }

    /// It publishes this message when it is closed, and is never rejected.
    pub fn fails_with(self, message: usize) -> Self {
        Self { failure: Some(message), ..self }
    }

    /// When it fails although this need had arrived, it sends this command.
    pub fn owes(mut self, need: usize, message: usize) -> Self {
        self.commands.push(Command { need, message });
        self
    }

    /// How its effect is compensated.
    pub fn undone(self, undo: Compensation) -> Self {
        Self { undo, ..self }
    }

    /// It compensates this step.
    pub fn compensates(self, step: usize) -> Self {
        Self { compensates: Some(step), ..self }
    }
}

impl Need {
    /// One of these messages.
    pub fn of(accepts: impl IntoIterator<Item = usize>) -> Self {
        Self { accepts: accepts.into_iter().collect(), excludes: Vec::new() }
    }

    /// These messages show that it will never come.
    pub fn excluded_by(self, excludes: impl IntoIterator<Item = usize>) -> Self {
        Self { excludes: excludes.into_iter().collect(), ..self }
    }
}

impl From<usize> for Need {
    fn from(message: usize) -> Self {
        Self::of([message])
    }
}

impl Entity {
    /// Rows that these steps create, with the phase of each status.
    pub fn of(statuses: impl IntoIterator<Item = Phase>, creators: impl IntoIterator<Item = usize>) -> Self {
        Self { statuses: statuses.into_iter().collect(), creators: creators.into_iter().collect() }
    }
}

impl RowUse {
    /// A row of the instance, in any status that is not an end.
    pub fn own(entity: usize) -> Self {
        Self::Own { entity, from: None, to: None, unguarded: false, early: false }
    }

    /// A row that instances share.
    pub fn shared(statuses: impl IntoIterator<Item = Phase>) -> Self {
        Self::Shared { statuses: statuses.into_iter().collect(), from: None, to: None }
    }

    /// The same row, in any status.
    pub fn in_any_status(self) -> Self {
        match self {
            Self::Own { entity, from, to, early, .. } => {
                Self::Own { entity, from, to, unguarded: true, early }
            }
            shared @ Self::Shared { .. } => shared,
        }
    }

    /// The same row, which need not exist yet.
    pub fn or_waits(self) -> Self {
        match self {
            Self::Own { entity, from, to, unguarded, .. } => {
                Self::Own { entity, from, to, unguarded, early: true }
            }
            shared @ Self::Shared { .. } => shared,
        }
    }

    /// The same row, in one of these statuses.
    pub fn from(mut self, statuses: impl IntoIterator<Item = u8>) -> Self {
        let (Self::Own { from, .. } | Self::Shared { from, .. }) = &mut self;
        *from = Some(statuses.into_iter().collect());
        self
    }

    /// The same row, which is given this status.
    pub fn moved_to(mut self, status: u8) -> Self {
        let (Self::Own { to, .. } | Self::Shared { to, .. }) = &mut self;
        *to = Some(status);
        self
    }
}
