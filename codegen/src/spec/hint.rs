//! Mistakes that are not YAML at all: the parser's error would not help.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Source, Span};

/// Replaces a syntax error by a finding about what the author most likely meant.
pub(super) fn explain(found: Diagnostic, source: &Source) -> Diagnostic {
    if found.code != Code::Syntax {
        return found;
    }
    let meant = braces_in_route(source, found.span);
    meant.or_else(|| optional_list(source, found.span)).unwrap_or(found)
}

/// `{id}` in a route that stands inside `{ … }` is not YAML at all, so the
/// parser's complaint would not help: says what to write instead.
fn braces_in_route(source: &Source, at: Span) -> Option<Diagnostic> {
    let (line, _) = source.lines_around(at);
    let text = &source.text()[line.clone()];
    let http = text.find("http:")?;
    let start = text[http..].find("/{")? + http + 1;
    let end = text[start..].find('}')? + start;
    let name = &text[start + 1..end];
    let span = Span::new(line.start + start, line.start + end + 1);
    let found =
        Diagnostic::error(Code::BadHttp, span, format!("`{{{name}}}` inside `{{ … }}` is not valid YAML"));
    Some(found.label("a brace opens a mapping here").help(format!("write `:{name}`")))
}

/// `[T]?` ends the list at the bracket, and the rest is not YAML.
fn optional_list(source: &Source, at: Span) -> Option<Diagnostic> {
    let (line, _) = source.lines_around(at);
    let text = &source.text()[line.clone()];
    let end = text.find("]?")?;
    let start = text[..end].rfind('[')?;
    let span = Span::new(line.start + start, line.start + end + 2);
    let list = &text[start..=end];
    let found = Diagnostic::error(Code::UnknownType, span, "a list cannot be optional");
    Some(found.label("an empty list serves the purpose").help(format!("write `{list}`")))
}
