//! Names that resolve to nothing, and names that clash.

use std::fmt::Display;

use crate::diagnostic::{Code, Diagnostic, nearest, one_of};
use crate::source::Span;
use crate::spec::Word;

/// A name that is not declared, and the declared one that it most likely means.
pub(in crate::check) fn unknown<'a>(
    name: &Word,
    what: &str,
    known: impl Iterator<Item = &'a str>,
    section: &str,
) -> (Diagnostic, Option<String>) {
    let known: Vec<&str> = known.collect();
    let meant = nearest(&name.value, known.iter().copied());
    let found = Diagnostic::error(Code::UnknownName, name.span, format!("unknown {what} `{}`", name.value))
        .label(did_you_mean(meant, "not declared"));
    let found = match (meant, known.as_slice()) {
        (Some(meant), _) => found.help(format!("write `{meant}`, or declare `{}`", name.value)),
        (None, [_, ..]) if known.len() <= 8 => {
            found.help(format!("write {}, or declare it under `{section}`", one_of(&known)))
        }
        (None, _) => found.help(format!("declare it under `{section}`")),
    };
    (found, meant.map(str::to_owned))
}

/// The nearest name as a question.
pub(in crate::check) fn did_you_mean(meant: Option<&str>, otherwise: &str) -> String {
    meant.map_or_else(|| otherwise.to_owned(), |meant| format!("did you mean `{meant}`?"))
}

pub(in crate::check) fn no_variants(name: &Word, event: &dyn Display, declared: Span) -> Diagnostic {
    Diagnostic::error(Code::UnknownVariant, name.span, format!("`{event}` has no variants"))
        .label("this event has no `outcome`")
        .also(declared, "declared here")
        .help(format!("write `{event}`, or declare `outcome: success` on the event"))
}

pub(in crate::check) fn unknown_variant(
    name: &Word,
    event: &dyn Display,
    variants: &[&str],
    outcome: Span,
) -> Diagnostic {
    let meant = nearest(&name.value, variants.iter().copied());
    let message = format!("`{event}` has no variant `{}`", name.value);
    Diagnostic::error(Code::UnknownVariant, name.span, message)
        .label(did_you_mean(meant, "no such variant"))
        .also(outcome, "the variants are declared here")
        .help(format!("write {} after the dot", one_of(variants)))
}

/// An entity that a service does not have. `elsewhere` is a service that has one
/// of that name.
pub(in crate::check) fn unknown_entity<'a>(
    name: &Word,
    service: &dyn Display,
    known: impl Iterator<Item = &'a str>,
    elsewhere: Option<(&dyn Display, Span)>,
) -> (Diagnostic, Option<String>) {
    let (mut found, meant) = unknown(name, "entity", known, "entities");
    found.message = format!("`{service}` has no entity `{}`", name.value);
    if let Some((other, span)) = elsewhere {
        found = found.also(span, format!("this one belongs to `{other}`; services share no data"));
    }
    (found, meant)
}

/// Two names of the file that would be one type in Rust.
pub(in crate::check) fn conflict(
    (what, span): (&str, Span),
    (other, place): (&str, Span),
    rust: &str,
) -> Diagnostic {
    let message = format!("{what} and {other} would both be called `{rust}` in Rust");
    Diagnostic::error(Code::BadName, span, message)
        .label("two types cannot share a name")
        .also(place, other)
        .help("rename one of them")
}

pub(in crate::check) fn package_of_contracts(service: &Word, saga: Span) -> Diagnostic {
    let message = format!("a service cannot be called `{}`", service.value);
    Diagnostic::error(Code::BadName, service.span, message)
        .label("the package of the generated contracts has this name")
        .also(saga, "it is named after the saga")
        .help("choose another name")
}

pub(in crate::check) fn shared_port(port: u16, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::Duplicate, span, format!("two services use port {port}"))
        .label("already in use")
        .also(first, "first used here")
        .help("change one of them, or leave `port` out: ports are then assigned from 8081")
}

pub(in crate::check) fn duplicate_step(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::Duplicate, span, format!("two steps are called `{name}`"))
        .label("already in use")
        .also(first, "first used here")
        .help("rename one of them: step names are unique in the file")
}

pub(in crate::check) fn duplicate_compensation(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::Duplicate, span, format!("two steps are called `{name}`"))
        .label("a compensation is a step of its own")
        .also(first, "first used here")
        .help("give the compensation a new name: its handler is implemented under that name")
}
