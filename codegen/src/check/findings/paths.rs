//! Findings about paths that lead nowhere.

use std::fmt::Display;

use crate::diagnostic::{Code, Diagnostic, nearest, one_of};
use crate::source::Span;

fn nothing(path: &[String], span: Span) -> Diagnostic {
    Diagnostic::error(Code::UnknownName, span, format!("`{}` leads to no field", path.join(".")))
}

/// The path starts well, and goes on with a field that is not there.
pub(in crate::check) fn no_such_field(
    path: &[String],
    fields: Vec<&str>,
    declared: Span,
    span: Span,
) -> Diagnostic {
    let (start, wrong) = (path.first().map_or("", String::as_str), path.get(1).map_or("", String::as_str));
    let known = fields.contains(&wrong);
    let meant = nearest(wrong, fields.iter().copied()).filter(|_| !known);
    let paths = fields.iter().map(|field| format!("{start}.{field}"));
    let found = nothing(path, span).also(declared, "declared here");
    match meant {
        _ if known => found
            .label(format!("`{wrong}` of `{start}` has no such part"))
            .help("end the path earlier, or name a field of the record"),
        Some(meant) => {
            found.label(format!("did you mean `{start}.{meant}`?")).help(format!("write `{start}.{meant}`"))
        }
        None => found.label(format!("`{start}` has no field `{wrong}`")).help(match fields.is_empty() {
            true => format!("add the field to `{start}`"),
            false => format!("write {}, or add the field", one_of(paths)),
        }),
    }
}

/// The path names an event that the step does not wait for.
pub(in crate::check) fn unread_event(
    path: &[String],
    step: &dyn Display,
    declared: Span,
    span: Span,
) -> Diagnostic {
    let event = path.first().map_or("", String::as_str);
    nothing(path, span)
        .label(format!("`{step}` does not wait for `{event}`"))
        .also(declared, "declared here")
        .help(format!("add `{event}` to `on`, or name a field of an event that is there"))
}

/// The path names an entity of which the step has no row.
pub(in crate::check) fn unloaded_entity(
    path: &[String],
    step: &dyn Display,
    declared: Span,
    span: Span,
) -> Diagnostic {
    let entity = path.first().map_or("", String::as_str);
    nothing(path, span)
        .label(format!("`{step}` has no row of `{entity}`"))
        .also(declared, "declared here")
        .help(format!("load the row, `entity: {entity}`, or name a field of a trigger"))
}

/// The path starts with nothing that the step has.
pub(in crate::check) fn no_such_start(path: &[String], known: &[String], span: Span) -> Diagnostic {
    let found = nothing(path, span).label("no such field in a trigger, a row, the body or the path");
    let starts: Vec<String> = known.iter().map(|start| format!("{start}.field")).collect();
    found.help(match starts.is_empty() {
        true => "name a field of the body or of the path".to_owned(),
        false => format!("start with a trigger: {}", one_of(&starts)),
    })
}
