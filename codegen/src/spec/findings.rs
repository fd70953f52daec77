//! Findings about the shape of a file, and their texts.

use super::Word;
use crate::diagnostic::{Code, Diagnostic, nearest, one_of};
use crate::source::Span;
use crate::yaml::Node;

/// A value that is not what its key needs.
pub(super) fn wrong_shape(node: &Node, expected: &str, example: &str) -> Diagnostic {
    unexpected(node.span, node.describe(), expected, example)
}

/// A value that its key cannot have.
pub(super) fn unexpected(span: Span, found: &str, expected: &str, example: &str) -> Diagnostic {
    Diagnostic::error(Code::WrongShape, span, format!("expected {expected}, found {found}"))
        .label(format!("expected {expected}"))
        .help(format!("write, for example, `{example}`"))
}

pub(super) fn missing_key(what: &str, key: &str, span: Span, example: &str) -> Diagnostic {
    Diagnostic::error(Code::WrongShape, span, format!("{what} needs `{key}`"))
        .label(format!("`{key}` is missing"))
        .help(format!("add `{example}`"))
}

/// A key that `what` does not have, and the one that was probably meant.
pub(super) fn unknown_key(
    what: &str,
    key: &Word,
    known: &'static [&'static str],
) -> (Diagnostic, Option<&'static str>) {
    let meant = nearest(&key.value, known.iter().copied());
    let message = format!("{what} has no key `{}`", key.value);
    let found = Diagnostic::error(Code::UnknownKey, key.span, message);
    let found = match meant {
        Some(meant) => found
            .label(format!("did you mean `{meant}`?"))
            .help(format!("write `{meant}:`, or remove the line")),
        None => found.label("not a key of the language").help(format!("{what} may have {}", one_of(known))),
    };
    (found, known.iter().find(|it| Some(**it) == meant).copied())
}

pub(super) fn later_version(key: &Word, advice: &str) -> Diagnostic {
    let message = format!("`{}` is reserved for a later version of the language", key.value);
    Diagnostic::error(Code::LaterVersion, key.span, message).label("not supported yet").help(advice)
}

pub(super) fn duplicate_key(key: &Word, first: Span) -> Diagnostic {
    Diagnostic::error(Code::DuplicateKey, key.span, format!("duplicate key `{}`", key.value))
        .label("would override the first")
        .also(first, "the first")
        .help("keep one of them, or rename one")
}

pub(super) fn duplicate_item(item: &Word, first: Span) -> Diagnostic {
    let message = format!("`{}` appears twice in this list", item.value);
    Diagnostic::error(Code::DuplicateKey, item.span, message)
        .label("repeated")
        .also(first, "the first")
        .help("remove one of them")
}

pub(super) fn not_a_duration(text: &Word) -> Diagnostic {
    Diagnostic::error(Code::BadDuration, text.span, format!("`{}` is not a duration", text.value))
        .label("expected a whole number and `s`, `m`, `h` or `d`")
        .help("write, for example, `90s`, `15m`, `24h` or `3d`")
}

pub(super) fn not_a_quantity(text: &Word, expected: &str, example: &str) -> Diagnostic {
    Diagnostic::error(Code::WrongShape, text.span, format!("`{}` is not {expected}", text.value))
        .label("not a Kubernetes quantity")
        .help(format!("write, for example, `{example}`"))
}

pub(super) fn not_an_address(text: &Word, example: &str) -> Diagnostic {
    let label = match text.value.contains("://") {
        true => "a host and a port, without `scheme://`",
        false => "expected a host and a port",
    };
    Diagnostic::error(Code::WrongShape, text.span, format!("`{}` is not an address", text.value))
        .label(label)
        .help(format!("write, for example, `{example}`"))
}

pub(super) fn bad_name(name: &Word, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadName, name.span, message)
}

/// A name in the wrong case; `meant` is the same name in the right one.
pub(super) fn wrong_case(name: &Word, what: &str, case: &str, meant: &str) -> Diagnostic {
    let found = bad_name(name, format!("`{}` is not a valid name for {what}", name.value));
    let fits = meant.starts_with(|first: char| first.is_ascii_alphabetic()) && meant.is_ascii();
    found.label(format!("expected {case}")).help(if fits && meant != name.value {
        format!("write `{meant}`")
    } else {
        format!("use letters and digits in {case}, starting with a letter")
    })
}

/// A well-formed name that means something else already.
pub(super) fn reserved(name: &Word, what: &str, why: &str) -> Diagnostic {
    bad_name(name, format!("`{}` cannot name {what}", name.value)).label(why).help("choose another name")
}

pub(super) fn too_long(name: &Word, longest: usize) -> Diagnostic {
    bad_name(name, format!("this name has {} characters", name.value.len()))
        .label(format!("the limit is {longest}"))
        .help("shorten it: databases and Kubernetes truncate or reject longer names")
}

/// Two names that become the same name of `what`.
pub(super) fn same_name(word: &Word, earlier: &Word, what: &str, name: &str) -> Diagnostic {
    bad_name(word, format!("`{}` and `{}` become the same name", earlier.value, word.value))
        .label(format!("as {what}, this is also `{name}`"))
        .also(earlier.span, "the first")
        .help("rename one of them")
}

pub(super) fn bad_route(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadHttp, span, message)
}
