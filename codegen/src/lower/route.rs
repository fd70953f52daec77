//! Routes as text.

use crate::resolved::{Http, Method, Segment};

/// A path with its parameters between two marks.
pub(super) fn path(http: &Http, before: &str, after: &str) -> String {
    let segments = http.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Param(name) => format!("/{before}{name}{after}"),
    });
    let path: String = segments.collect();
    if path.is_empty() { "/".to_owned() } else { path }
}

/// `POST /orders`, as the specification writes it.
pub(super) fn described(http: &Http) -> String {
    let method = match http.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    };
    format!("{method} {}", path(http, ":", ""))
}
