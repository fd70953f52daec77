//! Requests that write.

use crate::model::{Ask, Chosen, Creates, Ident, RowAt, RowLock, RustType, StructValue};
use crate::names::StepName;

/// A request as code gets it: a variant of `Request`, with the parameters of its path, then its body.
#[derive(Debug, Clone)]
pub struct Requested {
    /// The variant.
    pub variant: Ident,
    /// The parameters of its path, in order.
    pub params: Vec<PathParam>,
    /// Its body's type.
    pub body: Ident,
    /// Method and path, as written.
    pub http: String,
}

impl Requested {
    /// The names of its parts.
    pub fn bindings(&self) -> Vec<Ident> {
        self.params.iter().map(|param| param.binding.clone()).chain([Ident::snake("body")]).collect()
    }
}

/// A parameter of a path.
#[derive(Debug, Clone)]
pub struct PathParam {
    /// Its name in the path.
    pub name: String,
    /// The name of a reference to its value.
    pub binding: Ident,
    /// Its type.
    pub ty: RustType,
    /// The entity whose key it is, if it is one.
    pub key_of: Option<Ident>,
}

/// The request that a step waits for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The request.
    pub requested: Requested,
    /// Where it says which instance it is about.
    pub instance: SaidBy,
    /// The rows that it says itself.
    pub locks: Vec<RowLock>,
    /// The row that its answer shows.
    pub shows: Option<RowLock>,
}

/// Where a request says which saga instance it is about.
#[derive(Debug, Clone)]
pub enum SaidBy {
    /// By a parameter of its path.
    Path(Ident),
    /// By a field of its body.
    Body(Ident),
    /// By the row that it names, in this field.
    Row(RowLock, Ident),
}

/// A request that writes.
#[derive(Debug, Clone)]
pub struct RequestStep {
    /// Its name in the specification.
    pub name: StepName,
    /// What it says.
    pub requested: Requested,
    /// The function.
    pub function: Ident,
    /// What it does, for its documentation.
    pub summary: String,
    /// The rows it may touch.
    pub locks: Vec<RowLock>,
    /// What the handler is asked.
    pub ask: Ask,
    /// What decides which variant it publishes.
    pub chosen: Option<Chosen>,
    /// What it publishes instead if a field says that it fails; nothing is created then.
    pub failure: Option<StructValue>,
    /// The rows it changes, one inside the other.
    pub changes: Vec<Changed>,
    /// The row it creates.
    pub creates: Option<Creates>,
    /// The messages it publishes.
    pub publishes: Vec<StructValue>,
}

/// A row that a request changes.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The row.
    pub row: RowAt,
    /// The status it must be in and the one it is given, if it has any.
    pub guard: Option<RowGuard>,
}

/// Which statuses of a row a request accepts.
#[derive(Debug, Clone)]
pub struct RowGuard {
    /// The type of the status.
    pub status: Ident,
    /// The accepted variants; none for every status that is not an end.
    pub from: Option<Vec<Ident>>,
    /// The variant it is given.
    pub to: Option<Ident>,
}
