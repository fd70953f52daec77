//! Types that do not exist, or that cannot have a value.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

use super::names::did_you_mean;

pub(in crate::check) fn optional_items(span: Span) -> Diagnostic {
    Diagnostic::error(Code::UnknownType, span, "a list cannot have optional items")
        .label("optional item type")
        .help("remove the `?`: leave a missing item out of the list instead")
}

pub(in crate::check) fn misplaced_mark(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::UnknownType, span, format!("unknown type `{name}`"))
        .label("not a type")
        .help("write a list as `[T]`, without quotes and without `?`, and an optional value as `T?`")
}

pub(in crate::check) fn unknown(name: &str, span: Span, meant: Option<&str>) -> Diagnostic {
    Diagnostic::error(Code::UnknownType, span, format!("unknown type `{name}`"))
        .label(did_you_mean(meant, "neither built in nor declared"))
        .help(match meant {
            Some(meant) => format!("write `{meant}`, or declare `{name}` under `types`"),
            None => "write bool, i32, i64, f64, string, decimal, uuid, timestamp or date, or declare the type under `types`"
                .to_owned(),
        })
}

/// A type with a size: `decimal(10,2)`, `varchar(20)`.
pub(in crate::check) fn sized(name: &str, span: Span, meant: Option<&str>) -> Diagnostic {
    let found =
        Diagnostic::error(Code::UnknownType, span, format!("`{name}(…)` has a size, and types have none"))
            .label("a type is a name");
    found.help(match meant {
        Some("decimal") => {
            "write `decimal`: it is exact, and keeps up to 28 digits as written; a handler checks how many a value may have".to_owned()
        }
        Some(meant) => format!("write `{meant}`; a handler checks how long a value may be"),
        None => "write bool, i32, i64, f64, string, decimal, uuid, timestamp or date".to_owned(),
    })
}

pub(in crate::check) fn endless(name: &str, declared: Span, field: Span) -> Diagnostic {
    Diagnostic::error(Code::UnknownType, declared, format!("`{name}` contains itself"))
        .label("a value of this type would be infinitely large")
        .also(field, "through this field")
        .help(format!("use a list in between: `[{name}]`"))
}
