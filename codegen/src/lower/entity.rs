//! Entities as row types.

use crate::lower::scope::Scope;
use crate::lower::{refused, rust_type};
use crate::model::{self, Cell, Column, ColumnType, Ident, Phase, RustType, StatusType, serde_camel};
use crate::names::{FieldName, Value, snake};
use crate::resolved::{Entity, EntityKey, Lookup, Resolved, Row, Status, Type};

pub(super) fn lower(spec: &Resolved, entity: &Entity, types: &mut Scope) -> model::Entity {
    let (key, allocated) = match &entity.key {
        EntityKey::Allocated(ty) => {
            // The service makes a UUID without counting.
            (column("id", |ty| ColumnType::Key(rust_type(ty)), ty), *ty != Type::Uuid)
        }
        EntityKey::Given { field, ty } => {
            (column(field.as_str(), |ty| ColumnType::Key(rust_type(ty)), ty), false)
        }
    };
    let values = entity
        .fields
        .iter()
        .map(|field| column(field.name.as_str(), |ty| ColumnType::Value(rust_type(ty)), &field.ty));
    let mut columns: Vec<Column> = std::iter::once(key).chain(values).collect();
    let status = entity.status.as_ref().map(|status| {
        let ident = types.take(status_type(entity), "Value");
        columns.push(column("status", |()| ColumnType::Status(ident.clone()), &()));
        StatusType { ident, variants: variants(status) }
    });
    for used in spec.steps().iter().flat_map(|step| &step.rows).filter(|used| used.entity == entity.id) {
        if let Lookup::Field(field, _) = &used.lookup {
            let named = columns.iter_mut().filter(|column| column.wire == field.as_str());
            named.for_each(|column| column.looked_up = true);
        }
    }
    model::Entity {
        name: entity.name.clone(),
        ident: ident(entity),
        table: entity.table.clone(),
        rows: first_rows(entity, status.as_ref()),
        columns,
        allocated,
        status,
    }
}

/// The type of an entity's rows.
pub(super) fn ident(entity: &Entity) -> Ident {
    Ident::spec_type(entity.name.as_str(), "Row")
}

/// The field of the row type with the key.
pub(super) fn key_ident(entity: &Entity) -> Ident {
    match &entity.key {
        EntityKey::Allocated(_) => Ident::snake("id"),
        EntityKey::Given { field, .. } => Ident::snake(field.as_str()),
    }
}

/// The variant of a status.
pub(super) fn status_variant(entity: &Entity, value: &Value) -> Ident {
    let all = entity.status.as_ref().map(variants).unwrap_or_default();
    match all.into_iter().find(|variant| variant.value == *value) {
        Some(variant) => variant.ident,
        None => refused("status that its entity does not declare"),
    }
}

/// The type of the field of that name.
pub(super) fn field_type(entity: &Entity, field: &FieldName) -> RustType {
    match entity.field(field.as_str()) {
        Some(declared) => rust_type(&declared.ty),
        None => refused("field that its entity does not declare"),
    }
}

fn status_type(entity: &Entity) -> Ident {
    ident(entity).with("Status")
}

fn column<T>(name: &str, ty: impl FnOnce(&T) -> ColumnType, of: &T) -> Column {
    let ident = Ident::snake(name);
    let renamed = serde_camel(&ident) != name;
    Column { ident, column: snake(name), wire: name.to_owned(), renamed, ty: ty(of), looked_up: false }
}

fn variants(status: &Status) -> Vec<model::Status> {
    let mut names = Scope::default();
    let start = std::iter::once((&status.start, Phase::Start));
    let open = status.open.iter().map(|value| (value, Phase::Open));
    let done = status.done.iter().map(|value| (value, Phase::Done));
    let failed = status.failed.iter().map(|value| (value, Phase::Failed));
    start
        .chain(open)
        .chain(done)
        .chain(failed)
        .map(|(value, phase)| model::Status {
            ident: names.take(Ident::upper_camel(value.as_str()), "Too"),
            value: value.clone(),
            phase,
        })
        .collect()
}

fn first_rows(entity: &Entity, status: Option<&StatusType>) -> Vec<Vec<Cell>> {
    (1..).zip(&entity.rows).map(|(number, row)| first_row(entity, number, row, status)).collect()
}

fn first_row(entity: &Entity, number: i64, row: &Row, status: Option<&StatusType>) -> Vec<Cell> {
    let key_type = rust_type(entity.key_type());
    let key = match &row.key {
        Some(key) => Cell::Literal(key.clone(), key_type),
        None => Cell::Literal(numbered(entity.key_type(), number), key_type),
    };
    let types = entity.fields.iter().map(|field| rust_type(&field.ty));
    let values = row.values.iter().cloned().zip(types).map(|(literal, ty)| Cell::Literal(literal, ty));
    let start = status.and_then(|status| {
        status.variants.first().map(|start| Cell::Status(status.ident.clone(), start.ident.clone()))
    });
    std::iter::once(key).chain(values).chain(start).collect()
}

/// The key of the row with a number.
fn numbered(ty: &Type, number: i64) -> crate::resolved::Literal {
    use crate::resolved::Literal;
    match ty {
        Type::I32 => i32::try_from(number).map_or(Literal::I64(number), Literal::I32),
        Type::Uuid => Literal::Uuid(format!("00000000-0000-0000-0000-{number:012x}")),
        _ => Literal::I64(number),
    }
}
