//! Findings about the graph of steps and events as a whole.

use std::fmt::Display;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

pub(in crate::check) fn never_published(
    step: &dyn Display,
    message: &str,
    span: Span,
    declared: Span,
) -> Diagnostic {
    Diagnostic::error(
        Code::NeverPublished,
        span,
        format!("`{step}` waits for `{message}`, which no step publishes"),
    )
    .label("never arrives")
    .also(declared, "declared here")
    .help(format!("let a step emit it, `emits: {message}`, or declare the event `external: publishes`"))
}

pub(in crate::check) fn unhandled_failure(failing: &str, declared: Span, help: Vec<String>) -> Diagnostic {
    let found = Diagnostic::error(Code::NeverConsumed, declared, format!("no step handles `{failing}`"))
        .label("the saga would ignore this failure");
    Diagnostic { help, ..found }
}

pub(in crate::check) fn unread(message: &str, declared: Span) -> Diagnostic {
    Diagnostic::warning(Code::NeverConsumed, declared, format!("no step reads `{message}`"))
        .label("published, but never read")
        .help("declare it `external: subscribes` if other systems read it, or remove it")
}

pub(in crate::check) fn unused(event: &dyn Display, declared: Span) -> Diagnostic {
    Diagnostic::warning(Code::NeverConsumed, declared, format!("`{event}` is not used"))
        .label("neither published nor read")
        .help("remove it, or let a step emit it")
}

/// A command with no consumer, or with more than one.
pub(in crate::check) fn command_consumers(
    command: &dyn Display,
    declared: Span,
    consumers: &[Span],
    external: bool,
    sent: bool,
) -> Diagnostic {
    let message = match (consumers.len() + usize::from(external), sent) {
        (0, true) => format!("the command `{command}` is sent, but no step reads it"),
        (0, false) => format!("the command `{command}` has no consumer"),
        (number, _) => format!("the command `{command}` has {number} consumers"),
    };
    let found =
        Diagnostic::error(Code::CommandConsumers, declared, message).label("expected exactly one consumer");
    consumers.iter().fold(found, |found, span| found.also(*span, "a consumer")).help(format!(
        "let exactly one step read it, `on: {command}`; for several readers, publish an event, whose name does not end in `Command`"
    ))
}

pub(in crate::check) fn no_failed_status(event: &dyn Display, declared: Span) -> Diagnostic {
    let message = format!("`{event}` can fail, but no status says that the saga failed");
    Diagnostic::error(Code::NoFailedStatus, declared, message)
        .label("no entity has a `failed` status")
        .help("give the entity that represents the saga `status: { start: PENDING, done: DONE, failed: FAILED }`, and add a step that moves it to FAILED")
}

pub(in crate::check) fn cycle(step: &dyn Display, way: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::Cycle, span, format!("`{step}` triggers itself"))
        .label(format!("the cycle: {way}"))
        .help("make each round a step of its own, with its own event: a step runs once")
}

/// A step with an event under `unless` that exists only because the step has run.
pub(in crate::check) fn closed_by_itself(
    step: &dyn Display,
    message: &str,
    way: &str,
    span: Span,
) -> Diagnostic {
    Diagnostic::error(
        Code::Cycle,
        span,
        format!("`{step}` cannot be closed by `{message}`, which it causes itself"),
    )
    .label(format!("the way: {way}"))
    .help(format!(
        "remove it from `unless`: when `{message}` is published, `{step}` has run, failed or been closed"
    ))
}

pub(in crate::check) fn same_row(
    one: (&dyn Display, Span),
    other: (&dyn Display, Span),
    entity: &dyn Display,
    doing: &str,
) -> Diagnostic {
    let message = format!("`{}` and `{}` {doing} the same `{entity}`", one.0, other.0);
    Diagnostic::error(Code::SameRow, other.1, message)
        .label("both can run in one instance of the saga")
        .also(one.1, "the other step")
        .help("let them wait for different variants of one event, merge them, or give each its own entity")
}
