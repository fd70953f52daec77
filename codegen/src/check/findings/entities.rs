//! Findings about entities and their first rows.

use std::fmt::Display;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::Span;
use crate::spec::Word;

use super::names::did_you_mean;

pub(in crate::check) fn shared_table(table: &dyn Display, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::Duplicate, span, format!("two entities use the table `{table}`"))
        .label("already in use")
        .also(first, "first used here")
        .help("give each entity a `table` of its own")
}

pub(in crate::check) fn unallocatable_key(ty: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::WrongShape, span, format!("a service cannot allocate keys of type {ty}"))
        .label("expected i32, i64 or uuid")
        .help(format!("if the key comes from outside, name its field: `key: {{ code: {ty} }}`"))
}

pub(in crate::check) fn bad_key(ty: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::WrongShape, span, format!("a key cannot be of type {ty}"))
        .label("expected i32, i64, uuid, string, timestamp, date or an enum")
        .help("choose a field that identifies the row")
}

pub(in crate::check) fn key_among_fields(name: &str, span: Span, key: Span) -> Diagnostic {
    Diagnostic::error(Code::DuplicateKey, span, format!("the key `{name}` is also listed under `fields`"))
        .label("every row has its key already")
        .also(key, "the key")
        .help("remove it from `fields`")
}

pub(in crate::check) fn field_called_id(span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadName, span, "a field of this entity cannot be called `id`")
        .label("this is the name of the allocated key")
        .help("remove the field, or rename it")
}

pub(in crate::check) fn field_called_status(span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadName, span, "a field of this entity cannot be called `status`")
        .label("this is the name of the entity's status")
        .help("rename the field")
}

pub(in crate::check) fn shared_key(span: Span, earlier: Span) -> Diagnostic {
    Diagnostic::error(Code::BadRows, span, "two rows have the same key")
        .label("the key is already in use")
        .also(earlier, "first used here")
        .help("change one of the keys")
}

pub(in crate::check) fn key_in_row(entity: &dyn Display, key: &Word) -> Diagnostic {
    let message = format!("a row of `{entity}` has no field `{}`", key.value);
    Diagnostic::error(Code::BadRows, key.span, message)
        .label("the service allocates the key")
        .help("remove it: rows are numbered from 1 in file order")
}

pub(in crate::check) fn unknown_column(
    entity: &dyn Display,
    key: &Word,
    columns: &[&str],
    declared: Span,
) -> Diagnostic {
    let meant = nearest(&key.value, columns.iter().copied());
    let message = format!("a row of `{entity}` has no field `{}`", key.value);
    Diagnostic::error(Code::BadRows, key.span, message)
        .label(did_you_mean(meant, "no such field"))
        .also(declared, "the entity")
        .help(format!("the fields of a row are {}", columns.join(", ")))
}

pub(in crate::check) fn missing_value(field: &dyn Display, row: Span) -> Diagnostic {
    Diagnostic::error(Code::BadRows, row, format!("this row has no value for `{field}`"))
        .label(format!("`{field}` is missing"))
        .help(format!("add `{field}: …`"))
}

pub(in crate::check) fn bad_value(field: &dyn Display, expected: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadRows, span, format!("this value does not match the type of `{field}`"))
        .label(format!("expected {expected}"))
        .help("change the value, or the type of the field")
}
