//! Names in the generated code of one service, so that no two clash.

use std::collections::HashMap;

use crate::lower::entity;
use crate::lower::scope::{Scope, locals};
use crate::model::Ident;
use crate::resolved::{EntityId, Resolved, Service};

/// The names of one service's generated code.
pub(super) struct Names {
    /// Types, in its module of the contracts and in its library.
    pub types: Scope,
    /// Functions of its library.
    pub functions: Scope,
    /// Fields of the rows of a batch.
    pub rows: Scope,
    /// The field with each table's rows.
    pub tables: HashMap<EntityId, Ident>,
    /// The type of each entity's statuses.
    pub statuses: HashMap<EntityId, Ident>,
}

impl Names {
    /// The names that are taken before anything is lowered.
    pub(super) fn new(spec: &Resolved, service: &Service, events: &[Ident]) -> Self {
        let events = events.iter().cloned();
        let entities = spec.entities_of(service.id).map(entity::ident);
        let mut names = Self {
            types: Scope::of(Ident::generated_types().chain(events).chain(entities)),
            functions: functions(),
            rows: Scope::default(),
            tables: HashMap::new(),
            statuses: HashMap::new(),
        };
        for entity in spec.entities_of(service.id) {
            let field = names.rows.take(Ident::snake(entity.name.as_str()), "_rows");
            names.tables.insert(entity.id, field);
        }
        names
    }
}

/// Functions are called where locals are in scope, and beside `new`.
fn functions() -> Scope {
    let mut scope = locals();
    scope.take(Ident::snake("new"), "");
    scope
}
