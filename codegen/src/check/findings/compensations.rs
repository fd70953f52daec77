//! Findings about compensations, and the commands that request them.

use std::fmt::Display;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::spec::Word;

pub(in crate::check) fn never_runs(name: &Word) -> Diagnostic {
    Diagnostic::error(Code::NothingToHear, name.span, format!("`{}` would never run", name.value))
        .label("no event moves an entity to a `failed` status")
        .help("give the entity that represents the saga a `failed` status, and add a subscription that moves it there")
}

pub(in crate::check) fn row_of_command(
    entity: &dyn Display,
    reference: &dyn Display,
    key: &str,
    span: Span,
) -> Diagnostic {
    Diagnostic::error(Code::WhichRow, span, format!("the command does not identify the `{entity}` to load"))
        .label(format!("it has no field `{reference}: {key}`"))
        .help(format!("add `{reference}: {key}` to the fields of the command"))
}

/// A field of a command that its sender has no value for.
pub(in crate::check) struct CommandField<'a> {
    pub name: &'a dyn Display,
    pub ty: &'a str,
    pub command: &'a dyn Display,
    /// The event that reports the success of the compensated step.
    pub success: &'a str,
    pub declared: Span,
}

pub(in crate::check) fn no_source(
    field: &CommandField<'_>,
    sender: (&dyn Display, Span),
    span: Span,
) -> Diagnostic {
    let CommandField { name, ty, command, success, declared } = field;
    let message = format!("`{name}` of `{command}` has no source when `{}` sends it", sender.0);
    Diagnostic::error(Code::Source, span, message)
        .label(format!("`{success}` has no such field of type {ty}"))
        .also(*declared, "the field")
        .also(sender.1, "the step that sends the command")
        .help(format!(
            "add `{name}: {ty}` to `{success}`, the only message that the sender is certain to have by then"
        ))
}

pub(in crate::check) fn no_sender(
    command: &Word,
    success: &dyn Display,
    (compensated, undo): (&dyn Display, &dyn Display),
) -> Diagnostic {
    unsent(command)
        .label(format!("no step that waits for `{success}` can fail"))
        .help(format!(
            "let the step that may fail afterwards list `{success}` under `on`, or write `{compensated}: {undo}` without a command, and remove `{}`",
            command.value
        ))
}

pub(in crate::check) fn silent_success(
    command: &Word,
    (compensated, undo): (&dyn Display, &dyn Display),
) -> Diagnostic {
    unsent(command).label(format!("`{compensated}` publishes nothing when it succeeds")).help(format!(
        "let it emit an event, or write `{compensated}: {undo}` without a command, and remove `{}`",
        command.value
    ))
}

fn unsent(command: &Word) -> Diagnostic {
    Diagnostic::error(Code::NoSender, command.span, format!("no step can send `{}`", command.value))
}
