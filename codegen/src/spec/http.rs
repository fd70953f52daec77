//! Reading routes.

use std::ops::Range;

use super::HttpDecl;
use super::findings::bad_route;
use super::reader::word;
use crate::diagnostic::{Diagnostics, nearest};
use crate::names::ParamName;
use crate::resolved::{Method, Segment};
use crate::source::{Span, Spanned};
use crate::yaml::Node;

const METHODS: [(&str, Method); 5] = [
    ("GET", Method::Get),
    ("POST", Method::Post),
    ("PUT", Method::Put),
    ("PATCH", Method::Patch),
    ("DELETE", Method::Delete),
];

/// Paths that every service serves.
const OURS: [&str; 4] = ["livez", "readyz", "metrics", "openapi.json"];

const EXAMPLE: &str = "write, for example, `POST /orders` or `GET /orders/:id`";

/// `METHOD /path/:param`
pub(super) fn read(node: &Node, out: &mut Diagnostics) -> Option<HttpDecl> {
    let text = word(node, "a method and a path", "POST /orders", out)?;
    let (method, path) = text.value.split_once(' ').unwrap_or((&text.value, ""));
    let path = path.trim_start();
    let at = text.value.len() - path.len();
    let method = read_method(method, node.part(0..method.len()), out);
    let segments = read_path(path, |range| node.part(at + range.start..at + range.end), out);
    Some(HttpDecl { method: method?, segments: segments?, span: text.span })
}

fn read_method(method: &str, span: Span, out: &mut Diagnostics) -> Option<Method> {
    let known = METHODS.iter().find(|(name, _)| *name == method);
    if known.is_none() {
        let near = nearest(method, METHODS.iter().map(|(name, _)| *name));
        let near =
            METHODS.iter().map(|(name, _)| *name).find(|name| name.eq_ignore_ascii_case(method)).or(near);
        let found = bad_route(span, format!("`{method}` is not a method"));
        out.push(match near {
            Some(near) => found.label(format!("did you mean `{near}`?")).help(EXAMPLE),
            None => found.label("expected `GET`, `POST`, `PUT`, `PATCH` or `DELETE`").help(EXAMPLE),
        });
    }
    known.map(|(_, method)| *method)
}

fn read_path(
    path: &str,
    part: impl Fn(Range<usize>) -> Span,
    out: &mut Diagnostics,
) -> Option<Vec<Spanned<Segment>>> {
    let Some(rest) = path.strip_prefix('/').filter(|rest| !rest.is_empty()) else {
        let found = bad_route(part(0..path.len()), "a route needs a path of at least one segment");
        out.push(found.label("expected `/` and a name").help(EXAMPLE));
        return None;
    };
    let mut segments: Vec<Spanned<Segment>> = Vec::new();
    let mut at = 1;
    for text in rest.split('/') {
        let place = part(at..at + text.len());
        at += text.len() + 1;
        let segment = match read_segment(text) {
            Ok(segment) => segment,
            Err((message, help)) => {
                out.push(bad_route(place, message).label("not a segment").help(help));
                return None;
            }
        };
        if matches!(segment, Segment::Param(_)) && segments.iter().any(|it| it.value == segment) {
            let found = bad_route(place, format!("`{text}` appears twice in this path"));
            out.push(found.label("repeated").help("give each parameter a name of its own"));
            return None;
        }
        segments.push(Spanned::new(segment, place));
    }
    if let [only] = segments.as_slice()
        && let Segment::Literal(name) = &only.value
        && OURS.contains(&name.as_str())
    {
        let found = bad_route(only.span, format!("every service already serves `/{name}`"));
        out.push(found.label("taken").help("choose another path"));
        return None;
    }
    Some(segments)
}

fn read_segment(text: &str) -> Result<Segment, (String, String)> {
    if let Some(param) = text.strip_prefix(':') {
        let mut characters = param.chars();
        let starts = characters.next().is_some_and(|first| first.is_ascii_lowercase());
        return if starts && characters.all(|character| character.is_ascii_alphanumeric()) {
            Ok(Segment::Param(ParamName::new(param)))
        } else {
            Err((
                format!("`{text}` is not a parameter"),
                "a parameter is `:` and a name in lower camel case: `:orderId`".to_owned(),
            ))
        };
    }
    if let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return Err((format!("`{text}` is not a parameter"), format!("write `:{name}`")));
    }
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.~".contains(character);
    if !text.is_empty() && text.chars().all(plain) && text != "." && text != ".." {
        return Ok(Segment::Literal(text.to_owned()));
    }
    Err((
        format!("`{text}` is not a segment of a path"),
        "use letters, digits and hyphens between single slashes".to_owned(),
    ))
}
