//! Entities: keys, fields, statuses, tables and first rows.

use std::collections::HashMap;

use super::findings::entities as findings;
use super::resolver::Resolver;
use super::{literal, types};
use crate::names::{self, EntityName, FieldName, TableName, Value};
use crate::resolved::*;
use crate::source::Span;
use crate::spec::{EntityDecl, FieldDecl, KeyDecl, RowDecl, StatusDecl, Word};

pub(super) fn declare(resolver: &mut Resolver<'_>, service: ServiceId, decls: &[EntityDecl]) {
    let mut tables: HashMap<TableName, Span> = HashMap::new();
    for decl in decls {
        let id = EntityId(resolver.entities.len());
        let entity = entity(resolver, id, service, decl);
        let span = decl.table.as_ref().map_or(entity.span, |table| table.span);
        if let Some(first) = tables.insert(entity.table.clone(), span) {
            resolver.report(findings::shared_table(&entity.table, span, first));
        }
        resolver.services[service.0].entities.push(id);
        resolver.entities.push(entity);
    }
}

fn entity(resolver: &mut Resolver<'_>, id: EntityId, service: ServiceId, decl: &EntityDecl) -> Entity {
    let EntityDecl { name, key, fields, status, rows: row_decls, table, broken } = decl;
    let resolved_key = key.as_ref().and_then(|key| resolve_key(resolver, key));
    refuse_reserved_columns(resolver, decl);
    let written = fields.len();
    let fields = columns(resolver, fields);
    let whole = !broken && resolved_key.is_some() && fields.len() == written;
    if !whole {
        resolver.broken_entities.insert(id);
    }
    let default_table = || format!("{}_tb", names::snake(&name.value));
    let table = table.as_ref().map_or_else(default_table, |table| table.value.clone());
    let mut entity = Entity {
        id,
        service,
        name: EntityName::new(name.value.clone()),
        table: TableName::new(table),
        // A placeholder where the key is broken: such an entity never leaves the checks.
        key: resolved_key.unwrap_or(EntityKey::Allocated(Type::I64(Form::Number))),
        fields,
        status: status.as_ref().and_then(lifecycle),
        rows: Vec::new(),
        span: name.span,
    };
    if whole {
        entity.rows = rows(resolver, &entity, row_decls);
    }
    entity
}

fn resolve_key(resolver: &mut Resolver<'_>, key: &KeyDecl) -> Option<EntityKey> {
    match key {
        KeyDecl::Allocated(expr) => {
            let ty = types::resolve(resolver, expr)?;
            if !matches!(ty, Type::I32 | Type::I64(_) | Type::Uuid) {
                let shown = types::show(resolver, &ty);
                resolver.report(findings::unallocatable_key(&shown, expr.span));
                return None;
            }
            Some(EntityKey::Allocated(ty))
        }
        KeyDecl::Given(FieldDecl { name, ty: expr }) => {
            let ty = types::resolve(resolver, expr)?;
            if !is_key(&ty) {
                let shown = types::show(resolver, &ty);
                resolver.report(findings::bad_key(&shown, expr.span));
                return None;
            }
            Some(EntityKey::Given { field: FieldName::new(name.value.clone()), ty })
        }
    }
}

/// Whether equal values of a type are written alike, in every database.
fn is_key(ty: &Type) -> bool {
    match ty {
        Type::I32 | Type::I64(_) | Type::Uuid | Type::String | Type::Timestamp | Type::Date => true,
        Type::Declared(declared) => declared.is_enum,
        Type::Bool | Type::F64 | Type::Decimal | Type::OutcomeOf(..) | Type::List(_) | Type::Optional(_) => {
            false
        }
    }
}

/// The key's and the status's columns are not for fields.
fn refuse_reserved_columns(resolver: &mut Resolver<'_>, decl: &EntityDecl) {
    for FieldDecl { name, ty: _ } in &decl.fields {
        let text = name.value.as_str();
        match &decl.key {
            Some(KeyDecl::Given(key)) if key.name.value == text => {
                resolver.report(findings::key_among_fields(text, name.span, key.name.span));
            }
            Some(KeyDecl::Allocated(_)) if text == "id" => {
                resolver.report(findings::field_called_id(name.span));
            }
            _ => {}
        }
        if text == "status" && decl.status.is_some() {
            resolver.report(findings::field_called_status(name.span));
        }
    }
}

fn columns(resolver: &mut Resolver<'_>, decls: &[FieldDecl]) -> Vec<EntityField> {
    let mut columns = Vec::new();
    for FieldDecl { name, ty } in decls {
        columns.extend(types::resolve(resolver, ty).map(|ty| EntityField {
            name: FieldName::new(name.value.clone()),
            ty,
            span: name.span,
        }));
    }
    columns
}

fn lifecycle(decl: &StatusDecl) -> Option<Status> {
    let StatusDecl { start, open, done, failed, span } = decl;
    let values =
        |words: &[Word]| -> Vec<Value> { words.iter().map(|word| Value::new(word.value.clone())).collect() };
    Some(Status {
        start: Value::new(start.as_ref()?.value.clone()),
        open: values(open),
        done: values(done),
        failed: values(failed),
        span: *span,
    })
}

fn rows(resolver: &mut Resolver<'_>, entity: &Entity, decls: &[RowDecl]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for decl in decls {
        let Some(row) = row(resolver, entity, decl) else {
            continue;
        };
        let same_key = |earlier: &&Row| row.key.is_some() && earlier.key == row.key;
        if let Some(earlier) = rows.iter().find(same_key) {
            let earlier = earlier.span;
            resolver.report(findings::shared_key(row.span, earlier));
        }
        rows.push(row);
    }
    rows
}

fn row(resolver: &mut Resolver<'_>, entity: &Entity, decl: &RowDecl) -> Option<Row> {
    let RowDecl { values, span } = decl;
    let mut columns: Vec<(&FieldName, &Type)> = Vec::new();
    if let EntityKey::Given { field, ty } = &entity.key {
        columns.push((field, ty));
    }
    columns.extend(entity.fields.iter().map(|field| (&field.name, &field.ty)));
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    for (key, _) in values {
        if !names.contains(&key.value.as_str()) {
            let allocated = key.value == "id" && matches!(entity.key, EntityKey::Allocated(_));
            resolver.report(match allocated {
                true => findings::key_in_row(&entity.name, key),
                false => findings::unknown_column(&entity.name, key, &names, entity.span),
            });
        }
    }
    let mut literals = Vec::new();
    for (name, ty) in columns {
        let written = values.iter().find(|(key, _)| key.value == name.as_str());
        literals.push(cell(resolver, name, ty, written.map(|(_, node)| node), *span));
    }
    let mut literals = literals.into_iter().collect::<Option<Vec<_>>>()?;
    let given = matches!(entity.key, EntityKey::Given { .. });
    Some(Row { key: given.then(|| literals.remove(0)), values: literals, span: *span })
}

fn cell(
    resolver: &mut Resolver<'_>,
    name: &FieldName,
    ty: &Type,
    written: Option<&crate::yaml::Node>,
    row: Span,
) -> Option<Literal> {
    let Some(node) = written else {
        if ty.is_optional() {
            return Some(Literal::Null);
        }
        resolver.report(findings::missing_value(name, row));
        return None;
    };
    literal::read(node, ty, &resolver.types)
        .map_err(|expected| {
            resolver.report(findings::bad_value(name, &expected, node.span));
        })
        .ok()
}
