//! Services and their entities.

use crate::names::lower_camel;
use crate::names::{EntityName, FieldName, ServiceName, TableName, Value};
use crate::resolved::{Deploy, EntityId, Literal, ServiceId, StepId, Type};
use crate::source::Span;

/// A participant of the saga.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its place in the list of services.
    pub id: ServiceId,
    /// Its name.
    pub name: ServiceName,
    /// The port its HTTP interface listens on.
    pub port: u16,
    /// Its entities in file order.
    pub entities: Vec<EntityId>,
    /// Its requests, then its subscriptions, in file order, then the
    /// compensations of its steps.
    pub steps: Vec<StepId>,
    /// How it is deployed.
    pub deploy: Deploy,
    /// Where its name is declared.
    pub span: Span,
}

/// An entity: a table of a service.
#[derive(Debug, Clone)]
pub struct Entity {
    /// Its place in the list of entities.
    pub id: EntityId,
    /// The service that owns it.
    pub service: ServiceId,
    /// Its name.
    pub name: EntityName,
    /// Its table.
    pub table: TableName,
    /// Its primary key.
    pub key: EntityKey,
    /// Its fields in file order, without key and status.
    pub fields: Vec<EntityField>,
    /// The statuses of its rows' lives.
    pub status: Option<Status>,
    /// Its first content.
    pub rows: Vec<Row>,
    /// Where its name is declared.
    pub span: Span,
}

impl Entity {
    /// The field of that name; the key is not a field.
    pub fn field(&self, name: &str) -> Option<&EntityField> {
        self.fields.iter().find(|field| field.name.as_str() == name)
    }

    /// The name others give its key: `productId` for `Product`, or the name
    /// of a given key.
    pub fn key_reference(&self) -> FieldName {
        match &self.key {
            EntityKey::Allocated(_) => FieldName::new(format!("{}Id", lower_camel(self.name.as_str()))),
            EntityKey::Given { field, .. } => field.clone(),
        }
    }

    /// The type of its key.
    pub fn key_type(&self) -> &Type {
        match &self.key {
            EntityKey::Allocated(ty) | EntityKey::Given { ty, .. } => ty,
        }
    }
}

/// The primary key of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityKey {
    /// Column `id`, its values made by the service: `i32`, `i64` or `uuid`.
    Allocated(Type),
    /// A natural key, given by the step that creates the row.
    Given {
        /// The field and column.
        field: FieldName,
        /// Its type.
        ty: Type,
    },
}

/// A field of an entity.
#[derive(Debug, Clone)]
pub struct EntityField {
    /// Its name.
    pub name: FieldName,
    /// Its type.
    pub ty: Type,
    /// Where it is declared.
    pub span: Span,
}

/// The statuses a row can have.
#[derive(Debug, Clone)]
pub struct Status {
    /// The status of a new row.
    pub start: Value,
    /// Statuses on the way.
    pub open: Vec<Value>,
    /// Ends in which every effect is kept.
    pub done: Vec<Value>,
    /// Ends in which every effect is compensated.
    pub failed: Vec<Value>,
    /// Where they are declared.
    pub span: Span,
}

impl Status {
    /// Every status: start, open, done, failed.
    pub fn all(&self) -> impl Iterator<Item = &Value> {
        std::iter::once(&self.start).chain(&self.open).chain(&self.done).chain(&self.failed)
    }

    /// Every status that is not an end.
    pub fn unended(&self) -> impl Iterator<Item = &Value> {
        std::iter::once(&self.start).chain(&self.open)
    }

    /// Whether a status is an end that fails.
    pub fn is_failed(&self, status: &Value) -> bool {
        self.failed.contains(status)
    }

    /// Whether a status is an end of either class.
    pub fn is_end(&self, status: &Value) -> bool {
        self.is_failed(status) || self.done.contains(status)
    }
}

/// A row of an entity's first content.
#[derive(Debug, Clone)]
pub struct Row {
    /// A given key's value; none where the service allocates.
    pub key: Option<Literal>,
    /// One value a field, in the order of the entity's fields.
    pub values: Vec<Literal>,
    /// Where it is written.
    pub span: Span,
}
