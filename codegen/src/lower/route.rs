//! Routes as text.

use crate::lower::refused;
use crate::names::ParamName;
use crate::resolved::{Entity, EntityKey, Http, Method, Segment};

/// A path with its parameters between two marks.
pub(super) fn path(http: &Http, before: &str, after: &str) -> String {
    spelt(http, |name| format!("{before}{name}{after}"))
}

/// The path to a row as the runtime reads it, where the parameter `key` is called as the key's own field.
pub(super) fn path_to_row(http: &Http, key: &ParamName, entity: &Entity) -> String {
    let field = match &entity.key {
        EntityKey::Allocated(_) => "id",
        EntityKey::Given { field, .. } => field.as_str(),
    };
    spelt(http, |name| format!("{{{}}}", if name == key { field } else { name.as_str() }))
}

fn spelt(http: &Http, param: impl Fn(&ParamName) -> String) -> String {
    let segments = http.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Param(name) => format!("/{}", param(name)),
    });
    let path: String = segments.collect();
    if path.is_empty() { "/".to_owned() } else { path }
}

/// The variant of the runtime's `Method`.
pub(super) fn method(http: &Http) -> &'static str {
    match http.method {
        Method::Get => refused("request that reads"),
        Method::Post => "Post",
        Method::Put => "Put",
        Method::Patch => "Patch",
        Method::Delete => "Delete",
    }
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
