//! Findings about which row, and which instance of the saga, a step is about.

use std::fmt::Display;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::spec::Word;

use super::names::unknown;

/// The row that a step is to load.
pub(in crate::check) struct Row<'a> {
    pub entity: &'a dyn Display,
    /// What other fields call its key: `productId`.
    pub reference: &'a dyn Display,
    /// The type of its key.
    pub key: &'a str,
    pub span: Span,
}

pub(in crate::check) fn path_and_body(param: &dyn Display, body: Span, path: Span) -> Diagnostic {
    Diagnostic::error(Code::Source, body, format!("`{param}` is both in the path and in the body"))
        .label("a second source")
        .also(path, "the first source")
        .help("remove it from `body`")
}

pub(in crate::check) fn unknown_param(param: &Word, known: &[String]) -> Diagnostic {
    let (mut found, _) = unknown(param, "field", known.iter().map(String::as_str), "fields");
    found.message = format!("`:{}` refers to nothing in this step", param.value);
    found.help = vec![
        "write `:id` for the key of the step's entity, or the name of a field of the entity or of what the step writes"
            .to_owned(),
    ];
    found
}

pub(in crate::check) fn row_of_request(row: &Row<'_>) -> Diagnostic {
    let Row { entity, reference, key, span: _ } = row;
    unidentified(row).help(format!(
        "add `:id` to the path, add `{reference}: {key}` to the body, or write `entity: {{ {entity}: path }}`"
    ))
}

/// The row of a step that reads `events`. `fields` of them have the key's type.
pub(in crate::check) fn row_of_subscription(
    row: &Row<'_>,
    (events, fields): (&[String], &[String]),
    correlation: &str,
) -> Diagnostic {
    let Row { entity, reference, key, span: _ } = row;
    let events = events.join("` or `");
    let found = unidentified(row);
    let found = match fields.first() {
        Some(field) => {
            found.help(format!("if `{field}` is its key, write `entity: {{ {entity}: {field} }}`"))
        }
        None => found,
    };
    found.help(format!(
        "add `{reference}: {key}` to the fields of `{events}`, or store `{correlation}` in the row"
    ))
}

fn unidentified(row: &Row<'_>) -> Diagnostic {
    let Row { entity, reference, key: _, span } = row;
    Diagnostic::error(Code::WhichRow, *span, format!("nothing identifies the `{entity}` to load"))
        .label(format!("the step has no `{reference}`"))
}

pub(in crate::check) fn key_of_other_type(row: &Row<'_>, from: &str, ty: &str) -> Diagnostic {
    let Row { entity, reference, key, span } = row;
    let message = format!("nothing identifies the `{entity}` to load: `{reference}` has a different type");
    Diagnostic::error(Code::WhichRow, *span, message)
        .label(format!("the key is of type {key}, but {from} is of type {ty}"))
        .help(format!("give both the same type, or write `entity: {{ {entity}: path }}`"))
}

pub(in crate::check) fn two_keys(row: &Row<'_>, from: &[String]) -> Diagnostic {
    let Row { entity, reference, key: _, span } = row;
    let first = from.first().map(|it| it.replace('`', "")).unwrap_or_default();
    Diagnostic::error(Code::Source, *span, format!("`{reference}` of `{entity}` has more than one source"))
        .label(format!("{} provide it", from.join(" and ")))
        .help(format!("choose one: `entity: {{ {entity}: {first} }}`"))
}

pub(in crate::check) fn path_of_other_type(
    row: &Row<'_>,
    path: &[String],
    ty: &str,
    span: Span,
) -> Diagnostic {
    let Row { entity, reference: _, key, span: _ } = row;
    let message = format!("`{}` does not match the key of `{entity}`", path.join("."));
    Diagnostic::error(Code::Source, span, message)
        .label(format!("expected {key}, but this is {ty}"))
        .help(format!("name a field of type {key}, or a list of them"))
}

pub(in crate::check) fn upserts_without_key(
    entity: &dyn Display,
    reference: &dyn Display,
    ty: &str,
    span: Span,
    declared: Span,
) -> Diagnostic {
    let message = format!("nothing tells whether the `{entity}` to upsert exists");
    Diagnostic::error(Code::WhichRow, span, message)
        .label("the service allocates the key of each new row")
        .also(declared, "its key is not in any message")
        .help(format!("give it the key that a message carries, such as `key: {{ {reference}: {ty} }}`"))
}

pub(in crate::check) fn upserts_by_other_than_key(entity: &dyn Display, span: Span) -> Diagnostic {
    Diagnostic::error(Code::WhichRow, span, format!("`{entity}` is not upserted by its key"))
        .label("a missing row could not be created")
        .help(format!("name the field with the key: `upserts: {{ {entity}: Trigger.field }}`"))
}

/// A row that a step needs and nothing creates.
pub(in crate::check) fn no_row(
    step: &dyn Display,
    entity: &dyn Display,
    can_be_upserted: bool,
    span: Span,
    declared: Span,
) -> Diagnostic {
    let message = format!("`{step}` cannot succeed and cannot fail: nothing creates a `{entity}`");
    let found = Diagnostic::warning(Code::NoRow, span, message)
        .label("no message can find its row")
        .also(declared, "no step creates a row, and there are no `rows`");
    let help = "add `rows` to the entity, or fill its table before the first message arrives";
    match can_be_upserted {
        true => found.help(format!("write `upserts: {entity}`, which creates a missing row; or {help}")),
        false => found.help(format!("let a step create the row; or {help}")),
    }
}

/// A row that a step creates although there may be one with its key.
pub(in crate::check) fn row_twice(
    step: &dyn Display,
    entity: &dyn Display,
    key: &dyn Display,
    can_be_upserted: bool,
    span: Span,
    declared: Span,
) -> Diagnostic {
    let message =
        format!("`{step}` cannot create a second `{entity}` with the same `{key}`, and cannot fail");
    let found = Diagnostic::warning(Code::RowTwice, span, message)
        .label("the second message is given up after its retries")
        .also(declared, format!("two instances of the saga can have the same `{key}`"));
    let help = "let the step emit an event that can fail, or make the correlation the key";
    match can_be_upserted {
        true => found.help(format!("write `upserts: {entity}` to change the row that exists; or {help}")),
        false => found.help(help),
    }
}

pub(in crate::check) fn unknown_instance(step: &dyn Display, correlation: &str, span: Span) -> Diagnostic {
    let message = format!("nothing identifies the `{correlation}` that a call of `{step}` belongs to");
    Diagnostic::error(Code::NoCorrelation, span, message)
        .label(format!("`{correlation}` is not in the path, the body or a row"))
        .help(format!("add `:{correlation}` to the path, or load an entity that stores `{correlation}`"))
}

pub(in crate::check) fn second_key(
    entity: &dyn Display,
    reference: &dyn Display,
    ty: &str,
    span: Span,
    declared: Span,
) -> Diagnostic {
    let message = format!("`{entity}` would get a new key, but the message already has `{reference}`");
    Diagnostic::error(Code::Source, span, message)
        .label("the message identifies the instance")
        .also(declared, "the service allocates the key of this entity")
        .help(format!("write `key: {{ {reference}: {ty} }}`, or rename the entity"))
}
