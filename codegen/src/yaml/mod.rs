//! YAML in: the one place that knows which libraries read it.
//!
//! Two parsers read every file. `serde_yaml` says what each value is, but not
//! where it stands; `saphyr-parser` says where. A file they do not understand
//! alike is refused, so nobody else's reading of it can differ from ours.

mod spans;
mod values;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Source, Span, Spanned};
use spans::Place;
use values::Tree;

/// The largest file that is read, in bytes. A specification of a thousand
/// steps has a tenth of this.
pub const LARGEST_FILE: usize = 1 << 20;

/// A value in the file, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
}

/// What a value in the file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// One word, number or text.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping, with its keys in file order and repeated as often as the
    /// file repeats them.
    Map(Vec<(Spanned<String>, Node)>),
}

/// A scalar: its kind by the rules of YAML, and its text as written, so that
/// no digit is lost on the way through a float.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// What YAML takes it for.
    pub kind: ScalarKind,
    /// The text, without quotes.
    pub text: String,
    /// Whether it was written without quotes.
    pub plain: bool,
}

/// What YAML takes a scalar for.
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
    /// What a diagnostic calls it.
    pub fn describe(&self) -> &'static str {
        match &self.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Null => "nothing",
                ScalarKind::Bool => "a boolean",
                ScalarKind::Number => "a number",
                ScalarKind::Text => "a text",
            },
        }
    }

    /// Whether it is `null`, `~` or nothing.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.kind == ScalarKind::Null)
    }
}

/// Reads a file. It has at most one error of syntax: behind it nothing is
/// certain.
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
    let message = format!("the file has {bytes} bytes, more than the {LARGEST_FILE} that are read");
    Diagnostic::error(Code::TooLarge, Span::default(), message).label("too large").help(
        "is this the right file? A specification is a few hundred lines: split the system into several sagas",
    )
        .into()
}

fn empty() -> Box<Diagnostic> {
    Diagnostic::error(Code::EmptyFile, Span::default(), "the file says nothing")
        .label("expected a saga")
        .help("begin with `saga: name`, `correlation: field`, `events:` and `services:`")
        .into()
}

fn refused_by_values(text: &str, error: &serde_yaml::Error) -> Box<Diagnostic> {
    let at = error.location().map_or(0, |place| place.index().min(text.len()));
    let span = spans::character_at(text, at);
    syntax(span, &error.to_string())
}

fn syntax(span: Span, problem: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::Syntax, span, format!("this is not YAML: {problem}"))
        .label("the parser gave up here")
        .help("look for a missing space after `:`, an unclosed `{`, `[` or quote, a tab, or a line indented differently from its neighbours")
        .into()
}

/// Puts what a value is and where it stands together.
fn join(tree: Tree, place: Place) -> Result<Node, Box<Diagnostic>> {
    let span = place.span();
    let value = match (tree, place) {
        (Tree::Scalar(kind), Place::Scalar { text, plain, .. }) => {
            Value::Scalar(Scalar { kind, text, plain })
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
        .label("the versions of YAML disagree about this")
        .help("put the text in quotes")
        .into()
}
