//! Findings about events, their variants and their correlation.

use std::fmt::Display;

use crate::diagnostic::{Code, Diagnostic, nearest, one_of};
use crate::source::Span;
use crate::spec::Word;

use super::names::did_you_mean;

pub(in crate::check) fn event_and_type(name: &Word, other: Span) -> Diagnostic {
    let message = format!("`{}` is both an event and a type", name.value);
    Diagnostic::error(Code::Duplicate, name.span, message)
        .label("both would become a Rust type of this name")
        .also(other, "the type")
        .help("rename one of them")
}

pub(in crate::check) fn failure_without_outcome(span: Span) -> Diagnostic {
    Diagnostic::error(Code::UnknownVariant, span, "`failure` needs an `outcome`")
        .label("this event has no variants")
        .help("declare `outcome`, or remove `failure`")
}

pub(in crate::check) fn outcome_among_fields(outcome: &Word, repeated: Span) -> Diagnostic {
    let message = format!("the outcome `{}` is also listed under `fields`", outcome.value);
    Diagnostic::error(Code::DuplicateKey, repeated, message)
        .label("every variant has the outcome as a field already")
        .also(outcome.span, "the outcome")
        .help("remove it from `fields`")
}

pub(in crate::check) fn unknown_failure(failure: &Word, variants: &[&str], outcome: Span) -> Diagnostic {
    let meant = nearest(&failure.value, variants.iter().copied());
    let message = format!("the outcome has no variant `{}`", failure.value);
    Diagnostic::error(Code::UnknownVariant, failure.span, message)
        .label(did_you_mean(meant, "no such variant"))
        .also(outcome, "the outcome")
        .help(format!("write {}", one_of(variants)))
}

pub(in crate::check) fn on_failure_without_failure(span: Span) -> Diagnostic {
    Diagnostic::error(Code::UnknownVariant, span, "`on_failure` needs an event that can fail")
        .label("this event has no failing variant")
        .help("declare `outcome`, and `failure` unless the outcome is a boolean, or remove `on_failure`")
}

pub(in crate::check) fn bad_on_failure(field: &str, expected: &str, span: Span) -> Diagnostic {
    let message = format!("`on_failure` does not match the type of `{field}`");
    Diagnostic::error(Code::BadLiteral, span, message)
        .label(format!("expected {expected}"))
        .help("change the value, or write `null` to omit the field from the failing variant")
}

pub(in crate::check) fn shared_wire_name(wire: &dyn Display, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::Duplicate, span, format!("two fields are called `{wire}` on the wire"))
        .label("already in use")
        .also(first, "first used here")
        .help("give one of them another `name`")
}

pub(in crate::check) fn shared_topic(topic: &dyn Display, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::Duplicate, span, format!("two events use the topic `{topic}`"))
        .label("consumers could not distinguish them")
        .also(first, "first used here")
        .help("give each event a `topic` of its own")
}

pub(in crate::check) fn correlation_type(ty: &str, field: Span, correlation: Span) -> Diagnostic {
    Diagnostic::error(Code::NoCorrelation, field, format!("the correlation cannot be of type {ty}"))
        .label("expected i32, i64, uuid or string")
        .also(correlation, "the correlation")
        .help("choose a field that identifies one instance of the saga")
}

pub(in crate::check) fn lacks_correlation(
    event: &dyn Display,
    span: Span,
    correlation: &Word,
    ty: &str,
) -> Diagnostic {
    let name = &correlation.value;
    Diagnostic::error(Code::NoCorrelation, span, format!("`{event}` lacks the correlation"))
        .label(format!("no field `{name}`"))
        .also(correlation.span, "the correlation")
        .help(format!("add `{name}: {ty}` to its fields"))
}

pub(in crate::check) fn other_correlation_type(
    event: &dyn Display,
    name: &str,
    ty: &str,
    span: Span,
    first: Span,
) -> Diagnostic {
    let message = format!("the correlation has a different type in `{event}`");
    Diagnostic::error(Code::NoCorrelation, span, message)
        .label(format!("expected {ty}"))
        .also(first, "as declared here")
        .help(format!("write `{name}: {ty}`"))
}

pub(in crate::check) fn correlation_nowhere(correlation: &Word, fields: &[String]) -> Diagnostic {
    let meant = nearest(&correlation.value, fields.iter().map(String::as_str));
    let message = format!("no event has the correlation `{}`", correlation.value);
    Diagnostic::error(Code::NoCorrelation, correlation.span, message)
        .label(did_you_mean(meant, "no event has a field of this name"))
        .help("name a field that every event carries, such as `orderId`")
}
