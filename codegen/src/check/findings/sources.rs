//! Findings about where the values come from that a step writes.

use std::fmt::Display;

use crate::diagnostic::{Code, Diagnostic, one_of};
use crate::source::Span;
use crate::spec::Word;

use super::names::unknown;

/// A field that a step writes.
pub(in crate::check) struct Field<'a> {
    pub name: &'a dyn Display,
    pub owner: &'a str,
    pub ty: &'a str,
    pub declared: Span,
}

pub(in crate::check) fn bad_literal(field: &Field<'_>, expected: &str, span: Span) -> Diagnostic {
    let message = format!("this value does not match the type of `{}`", field.name);
    Diagnostic::error(Code::BadLiteral, span, message)
        .label(format!("expected {expected}"))
        .also(field.declared, "the field")
        .help("change the value, or write a path: `Trigger.field` or `Entity.field`")
}

/// Where a field is declared that a step does not write.
pub(in crate::check) enum Declared<'a> {
    /// In an entity of the service.
    Entity(&'a dyn Display, Span),
    /// In an event that the step reads.
    Trigger(&'a dyn Display, Span),
    /// Not where the step could write it.
    Nowhere,
}

pub(in crate::check) fn unwritten_field(
    step: &str,
    word: &Word,
    written: &[String],
    declared: &Declared<'_>,
) -> Diagnostic {
    let (mut found, meant) = unknown(word, "field", written.iter().map(String::as_str), "fields");
    found.help.clear();
    found.message = format!("`{step}` writes no field `{}`", word.value);
    match (meant, declared) {
        (Some(meant), _) => found.help(format!("write `{meant}`")),
        (None, Declared::Entity(entity, span)) => found
            .label("not written by this step")
            .also(*span, format!("`{entity}` has this field, but the step has no row of it"))
            .help(format!("load the row, `entity: {entity}`, or remove this")),
        (None, Declared::Trigger(event, span)) => found
            .label("not written by this step")
            .also(*span, "the step reads a field of this name, and writes none")
            .help(format!(
                "name the field to write, with this one as its value: `field: {event}.{}`",
                word.value
            )),
        (None, Declared::Nowhere) => found
            .label("not written by this step")
            .help("name a field of an event that the step emits, or of a row that it creates or works on"),
    }
}

/// A name under `set` that could mean a row's field or another one.
pub(in crate::check) fn several_targets(word: &Word, owners: &[&str]) -> Diagnostic {
    let name = &word.value;
    let qualified: Vec<String> = owners.iter().map(|owner| format!("{owner}.{name}")).collect();
    Diagnostic::error(
        Code::Source,
        word.span,
        format!("`{name}` names more than one field that the step writes"),
    )
    .label(format!(
        "{} have a field of this name",
        owners.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(" and ")
    ))
    .help(format!("name the one you mean: write {}", one_of(qualified)))
}

pub(in crate::check) fn no_first_value(field: &Field<'_>, span: Span) -> Diagnostic {
    let Field { name, owner, ty, declared } = field;
    let message = format!("`{name}` of a new `{owner}` has no value");
    Diagnostic::error(Code::Source, span, message)
        .label(format!("a {ty} does not begin at zero"))
        .also(*declared, "the field")
        .help(format!(
            "give it one, `set: {{ {name}: Trigger.field }}`, or make the field optional: `{name}: {ty}?`"
        ))
}

pub(in crate::check) fn several(name: &str, owner: &str, from: &[&str], span: Span) -> Diagnostic {
    let first = from.first().map(|it| it.replace('`', "")).unwrap_or_default();
    Diagnostic::error(Code::Source, span, format!("`{name}` of `{owner}` has more than one source"))
        .label(format!("{} provide it", from.join(" and ")))
        .help(format!("choose one: `set: {{ {name}: {first} }}`"))
}

pub(in crate::check) fn other_type(field: &Field<'_>, from: &str, ty: &str, span: Span) -> Diagnostic {
    let message = format!("the source of `{}` of `{}` has a different type", field.name, field.owner);
    Diagnostic::error(Code::Source, span, message)
        .label(format!("expected {}, but {from} is of type {ty}", field.ty))
        .also(field.declared, "the field")
        .help("give both the same type, rename one of them, or name another source under `set`")
}

pub(in crate::check) fn none_on_failure(
    field: &Field<'_>,
    variant: &str,
    when: &str,
    span: Span,
) -> Diagnostic {
    let Field { name, owner, ty, declared } = field;
    let message = format!("`{name}` of `{owner}.{variant}` has no source when {when}");
    Diagnostic::error(Code::FailingSource, span, message)
        .label("no handler runs in this case")
        .also(*declared, "the field")
        .help(format!(
            "write `{name}: {{ type: {ty}, on_failure: null }}` to leave it out of the failing variant, or a value in place of `null`"
        ))
}

/// An optional field that a step leaves out in every message.
pub(in crate::check) fn always_absent(
    field: &Field<'_>,
    (step, asked): (&str, bool),
    can_fail: bool,
    span: Span,
) -> Diagnostic {
    let Field { name, owner, ty, declared } = field;
    let required = ty.trim_end_matches('?');
    Diagnostic::warning(Code::AlwaysAbsent, span, format!("`{step}` never sets `{name}` of `{owner}`"))
        .label("an optional field without a source is absent")
        .also(*declared, "the field")
        .help(match (asked, can_fail) {
            (true, _) => format!("add `{name}: {ty}` to `body`, name its source under `set`, or remove the field"),
            (false, true) => format!(
                "write `{name}: {{ type: {required}, on_failure: null }}`, so that the handler returns it on success; or name its source under `set`"
            ),
            (false, false) => format!("write `{name}: {required}`, so that the handler returns it; or name its source under `set`"),
        })
}

pub(in crate::check) fn wrong_outcome(
    event: (&dyn Display, Span),
    name: &str,
    values: Option<String>,
    (from, ty): (&str, &str),
    span: Span,
) -> Diagnostic {
    let (expected, help) = match values {
        None => ("bool", "change the type, or rename either the field or the outcome".to_owned()),
        Some(values) => (
            "an enum of the outcome's values",
            format!(
                "declare a type for them under `types`, `Kind: [{values}]`, and use it for this field; or rename either the field or the outcome"
            ),
        ),
    };
    Diagnostic::error(Code::Source, span, format!("`{name}` cannot decide the outcome of `{}`", event.0))
        .label(format!("expected {expected}, but {from} is of type {ty}"))
        .also(event.1, "the event")
        .help(help)
}
