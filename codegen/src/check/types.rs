//! Types: names to types, and records that would never end.

use super::findings::types as findings;
use super::resolver::Resolver;
use crate::diagnostic::nearest;
use crate::names::{FieldName, TypeName, Value};
use crate::resolved::{Declared, Form, RecordField, Type, TypeDef, TypeId, TypeShape};
use crate::source::Spanned;
use crate::spec::{FieldDecl, ShapeDecl, TypeDecl, TypeExpr, Word};

static BUILT_IN: [(&str, Type); 9] = [
    ("bool", Type::Bool),
    ("i32", Type::I32),
    ("i64", Type::I64(Form::Number)),
    ("f64", Type::F64),
    ("string", Type::String),
    ("decimal", Type::Decimal),
    ("uuid", Type::Uuid),
    ("timestamp", Type::Timestamp),
    ("date", Type::Date),
];

/// A number that is text in JSON.
const TEXT_FORM: &str = "i64 as string";

/// The types that no file declares.
#[cfg(test)]
pub(crate) fn built_in_types() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name).chain([TEXT_FORM])
}

/// What other languages call our types.
const FOREIGN: [(&[&str], &str); 8] = [
    (&["int", "integer", "int32", "u8", "u16", "i8", "i16", "short"], "i32"),
    (&["long", "int64", "bigint", "u32", "u64", "unsigned"], "i64"),
    (&["float", "double", "number", "f32", "real"], "f64"),
    (&["str", "text", "String", "varchar", "char"], "string"),
    (&["boolean", "Boolean"], "bool"),
    (&["numeric", "money", "Decimal"], "decimal"),
    (&["datetime", "instant", "timestamptz", "DateTime"], "timestamp"),
    (&["guid", "Uuid", "UUID"], "uuid"),
];

pub(super) fn declare(resolver: &mut Resolver<'_>) {
    let decls: &[TypeDecl] = &resolver.spec.types;
    for (index, decl) in decls.iter().enumerate() {
        let declared = Declared {
            id: TypeId(index),
            name: TypeName::new(decl.name.value.clone()),
            is_enum: matches!(decl.shape, ShapeDecl::Enum(_)),
        };
        resolver.type_names.insert(&decl.name.value, declared);
        resolver.types.push(TypeDef {
            id: TypeId(index),
            name: TypeName::new(decl.name.value.clone()),
            shape: TypeShape::Record(Vec::new()),
            span: decl.name.span,
        });
    }
    for (index, TypeDecl { name: _, shape }) in decls.iter().enumerate() {
        resolver.types[index].shape = match shape {
            ShapeDecl::Record(fields) => TypeShape::Record(record(resolver, fields)),
            ShapeDecl::Enum(values) => {
                let value = |word: &Word| Value::new(word.value.clone());
                TypeShape::Enum(values.iter().map(value).collect())
            }
        };
    }
    for index in 0..resolver.types.len() {
        refuse_endless(resolver, TypeId(index));
    }
}

fn record(resolver: &mut Resolver<'_>, fields: &[FieldDecl]) -> Vec<RecordField> {
    let mut record = Vec::new();
    for FieldDecl { name, ty } in fields {
        record.extend(resolve(resolver, ty).map(|ty| RecordField {
            name: FieldName::new(name.value.clone()),
            ty,
            span: name.span,
        }));
    }
    record
}

/// The type an expression means.
pub(super) fn resolve(resolver: &mut Resolver<'_>, expr: &Spanned<TypeExpr>) -> Option<Type> {
    match &expr.value {
        TypeExpr::Optional(inner) => {
            let inner = resolve(resolver, inner)?;
            Some(Type::Optional(Box::new(inner)))
        }
        TypeExpr::List(item) => {
            let resolved = resolve(resolver, item)?;
            if resolved.is_optional() {
                resolver.report(findings::optional_items(item.span));
                return Some(Type::List(Box::new(resolved.required().clone())));
            }
            Some(Type::List(Box::new(resolved)))
        }
        TypeExpr::Named(name) => named(resolver, &Spanned::new(name.clone(), expr.span)),
    }
}

fn named(resolver: &mut Resolver<'_>, name: &Word) -> Option<Type> {
    let text = name.value.as_str();
    if let Some((_, ty)) = BUILT_IN.iter().find(|(known, _)| *known == text) {
        return Some(ty.clone());
    }
    if text.split_whitespace().eq(TEXT_FORM.split(' ')) {
        return Some(Type::I64(Form::Text));
    }
    if let Some(declared) = resolver.type_names.get(text) {
        return Some(Type::Declared(declared.clone()));
    }
    if text.starts_with('[') || text.ends_with('?') {
        resolver.report(findings::misplaced_mark(text, name.span));
        return None;
    }
    if let Some((of, _)) = text.split_once('(') {
        let ours = built_in(of.trim());
        resolver.report(findings::sized(of.trim(), name.span, ours.map(|(name, _)| *name)));
        return ours.map(|(_, ty)| ty.clone());
    }
    let foreign = FOREIGN.iter().find(|(names, _)| names.contains(&text));
    let known = BUILT_IN.iter().map(|(known, _)| *known).chain(resolver.type_names.keys().copied());
    let known: Vec<&str> = known.collect();
    let meant = foreign.map(|(_, ours)| *ours).or_else(|| nearest(text, known));
    let found = findings::unknown(text, name.span, meant);
    resolver.report(found);
    let built_in = BUILT_IN.iter().find(|(known, _)| Some(*known) == meant);
    let declared = meant.and_then(|meant| resolver.type_names.get(meant));
    let declared = declared.map(|declared| Type::Declared(declared.clone()));
    built_in.map(|(_, ty)| ty.clone()).or(declared)
}

/// The built-in type of that name, or of what another language calls it.
fn built_in(name: &str) -> Option<&'static (&'static str, Type)> {
    let foreign = FOREIGN.iter().find(|(names, _)| names.contains(&name));
    let ours = foreign.map_or(name, |(_, ours)| *ours);
    BUILT_IN.iter().find(|(known, _)| *known == ours)
}

/// A record that contains itself has no end, unless a list stands between.
fn refuse_endless(resolver: &mut Resolver<'_>, id: TypeId) {
    let mut seen = vec![id];
    let mut next = 0;
    while let Some(current) = seen.get(next).copied() {
        next += 1;
        let TypeShape::Record(fields) = &resolver.types[current.0].shape else {
            continue;
        };
        for field in fields {
            let Type::Declared(Declared { id: inner, .. }) = field.ty.required() else {
                continue;
            };
            if *inner == id {
                let span = field.span;
                let name = resolver.types[id.0].name.clone();
                let declared = resolver.types[id.0].span;
                resolver.report(findings::endless(name.as_str(), declared, span));
                return;
            }
            if !seen.contains(inner) {
                seen.push(*inner);
            }
        }
    }
}

/// A type as a reader writes it.
pub(super) fn show(resolver: &Resolver<'_>, ty: &Type) -> String {
    match ty {
        Type::I64(Form::Text) => TEXT_FORM.to_owned(),
        Type::Declared(declared) => declared.name.to_string(),
        Type::OutcomeOf(id, _) => format!("the outcome of {}", resolver.event(*id).name),
        Type::List(item) => format!("[{}]", show(resolver, item)),
        Type::Optional(inner) => format!("{}?", show(resolver, inner)),
        built_in => {
            let name = BUILT_IN.iter().find(|(_, known)| known == built_in);
            name.map_or_else(String::new, |(name, _)| (*name).to_owned())
        }
    }
}
