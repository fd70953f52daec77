//! YAML in: the one place that knows which libraries read it.
//!
//! Two parsers read every file: `serde_yaml` for the kind of each value, and
//! `saphyr-parser` for its location. A file that they read differently is
//! rejected, so that no other tool can read it differently, either.

mod parts;
mod spans;
mod values;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Source, Span, Spanned};
use parts::Parts;
use spans::Place;
use values::Tree;

/// The largest file that is read, in bytes. A specification of a thousand
/// steps has a tenth of this.
pub const LARGEST_FILE: usize = 1 << 20;

/// A value in the file, and its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The value itself.
    pub value: Value,
    /// Its location in the file.
    pub span: Span,
}

/// A value in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A word, number or string.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping, with its keys in file order, duplicates included.
    Map(Vec<(Spanned<String>, Node)>),
}

/// A scalar: its kind by the rules of YAML, and its text as written, so that a
/// conversion to a float cannot lose digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// Its kind by the rules of YAML.
    pub kind: ScalarKind,
    /// The text, without quotes.
    pub text: String,
    /// Whether it was written without quotes.
    pub plain: bool,
    parts: Parts,
}

/// The kind of a scalar by the rules of YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarKind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// Anything else, and anything in quotes.
    Text,
}

impl Node {
    /// Its name in diagnostics.
    pub fn describe(&self) -> &'static str {
        match &self.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Null => "nothing",
                ScalarKind::Bool => "a boolean",
                ScalarKind::Number => "a number",
                ScalarKind::Text => "a string",
            },
        }
    }

    /// Where a range of bytes of a scalar's text stands in the file; the whole
    /// value if it is no scalar.
    pub(crate) fn part(&self, range: std::ops::Range<usize>) -> Span {
        match &self.value {
            Value::Scalar(scalar) => scalar.parts.span(self.span, range),
            Value::List(_) | Value::Map(_) => self.span,
        }
    }

    /// Whether it is `null`, `~` or nothing.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.kind == ScalarKind::Null)
    }
}

/// Reads a file. At most one syntax error is reported, since nothing after it is
/// reliable.
pub fn parse(source: &Source) -> Result<Node, Box<Diagnostic>> {
    let text = source.text();
    if text.len() > LARGEST_FILE {
        return Err(too_large(text.len()));
    }
    let Some(place) = spans::read(text)? else {
        return Err(empty());
    };
    let tree = values::read(text).map_err(|error| refused_by_values(text, &error))?;
    join(tree, place)
}

fn too_large(bytes: usize) -> Box<Diagnostic> {
    let message = format!("the file has {bytes} bytes; the limit is {LARGEST_FILE}");
    Diagnostic::error(Code::TooLarge, Span::default(), message).label("too large").help(
        "is this the right file? A specification has a few hundred lines: split larger systems into several sagas",
    )
        .into()
}

fn empty() -> Box<Diagnostic> {
    Diagnostic::error(Code::EmptyFile, Span::default(), "the file is empty")
        .label("expected a saga")
        .help("start with `saga: name`, `correlation: field`, `events:` and `services:`")
        .into()
}

fn refused_by_values(text: &str, error: &serde_yaml::Error) -> Box<Diagnostic> {
    let at = error.location().map_or(0, |place| place.index().min(text.len()));
    let span = spans::character_at(text, at);
    syntax(span, &error.to_string())
}

fn syntax(span: Span, problem: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::Syntax, span, format!("invalid YAML: {problem}"))
        .label("the parser stopped here")
        .help("look for a missing space after `:`, an unclosed `{`, `[` or quote, a tab, or a line indented differently from its neighbours")
        .into()
}

/// Joins the kinds of values with their locations.
fn join(tree: Tree, place: Place) -> Result<Node, Box<Diagnostic>> {
    let span = place.span();
    let value = match (tree, place) {
        (Tree::Scalar(kind), Place::Scalar { text, plain, parts, .. }) => {
            Value::Scalar(Scalar { kind, text, plain, parts })
        }
        (Tree::List(trees), Place::List(places, _)) if trees.len() == places.len() => {
            let pairs = trees.into_iter().zip(places);
            Value::List(pairs.map(|(tree, place)| join(tree, place)).collect::<Result<_, _>>()?)
        }
        (Tree::Map(trees), Place::Map(places, _)) if trees.len() == places.len() => {
            let pairs = trees.into_iter().zip(places);
            Value::Map(
                pairs
                    .map(|(tree, (key, place))| Ok((key, join(tree, place)?)))
                    .collect::<Result<_, Box<Diagnostic>>>()?,
            )
        }
        (Tree::Scalar(_) | Tree::List(_) | Tree::Map(_), _) => return Err(ambiguous(span)),
    };
    Ok(Node { value, span })
}

fn ambiguous(span: Span) -> Box<Diagnostic> {
    let message = "two YAML parsers read this differently";
    Diagnostic::error(Code::YamlFeature, span, message)
        .label("versions of YAML disagree on this")
        .help("put the text in quotes")
        .into()
}
