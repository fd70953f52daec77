//! The location of each value, by `saphyr-parser`, and the YAML features that are
//! rejected.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::parts::Parts;
use super::syntax;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Spanned};

/// The deepest nesting that is read. The language needs eight levels.
const DEEPEST: usize = 40;

/// The shape of a file, and the locations of its values.
#[derive(Debug)]
pub(super) enum Place {
    /// A scalar and its text.
    Scalar { text: String, plain: bool, parts: Parts, span: Span },
    /// A list.
    List(Vec<Place>, Span),
    /// A mapping.
    Map(Vec<(Spanned<String>, Place)>, Span),
}

impl Place {
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Scalar { span, .. } | Self::List(_, span) | Self::Map(_, span) => *span,
        }
    }
}

/// Reads the only document of a file; none if it contains only comments.
pub(super) fn read(text: &str) -> Result<Option<Place>, Box<Diagnostic>> {
    let offsets = Offsets::of(text);
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = offsets.byte(error.marker().index());
            syntax(character_at(text, at), error.info())
        })?;
        let span = offsets.span(span);
        builder.take(text, event, span)?;
    }
    let nothing = matches!(
        &builder.root,
        Some(Place::Scalar { text, plain: true, .. }) if text.is_empty() || text == "~"
    );
    Ok(builder.root.filter(|_| !nothing))
}

/// The character at a byte, or the last one.
pub(super) fn character_at(text: &str, byte: usize) -> Span {
    let mut start = byte.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let width = text[start..].chars().next().map_or(0, char::len_utf8);
    Span::new(start, start + width)
}

/// The parser counts characters, a [`Span`] counts bytes.
struct Offsets(Vec<usize>);

impl Offsets {
    fn of(text: &str) -> Self {
        let starts = text.char_indices().map(|(at, _)| at);
        Self(starts.chain(std::iter::once(text.len())).collect())
    }

    fn byte(&self, character: usize) -> usize {
        let last = self.0.last().copied().unwrap_or_default();
        self.0.get(character).copied().unwrap_or(last)
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let start = self.byte(span.start.index());
        Span::new(start, self.byte(span.end.index()).max(start))
    }
}

/// Builds the tree with an explicit stack, so that a deeply nested file cannot
/// overflow that of the thread.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Place>,
    documents: usize,
}

/// A list or mapping that has not ended yet.
enum Open {
    List(Vec<Place>, Span),
    Map(Vec<(Spanned<String>, Place)>, Option<Spanned<String>>, Span),
}

impl Builder {
    fn take(&mut self, file: &str, event: Event<'_>, span: Span) -> Result<(), Box<Diagnostic>> {
        match event {
            Event::Alias(_) => return Err(refused(span, "an alias")),
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(anchor, tag)
            | Event::MappingStart(anchor, tag)
                if anchor != 0 || tag.is_some() =>
            {
                let what = if tag.is_some() { "a tag" } else { "an anchor" };
                return Err(refused(span, what));
            }
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(refused(span, "a second document"));
                }
            }
            Event::Scalar(text, style, _, _) => {
                let plain = style == ScalarStyle::Plain;
                let parts = Parts::of(file, span, &text, style);
                let text = text.into_owned();
                self.put(Place::Scalar { text, plain, parts, span })?;
            }
            Event::SequenceStart(..) => self.open(Open::List(Vec::new(), span), span)?,
            Event::MappingStart(..) => self.open(Open::Map(Vec::new(), None, span), span)?,
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(&mut self, open: Open, span: Span) -> Result<(), Box<Diagnostic>> {
        if self.open.len() == DEEPEST {
            let message = format!("more than {DEEPEST} levels of nesting");
            return Err(Diagnostic::error(Code::YamlFeature, span, message)
                .label("nested too deeply")
                .help("the language has eight levels: look for an extra bracket")
                .into());
        }
        self.open.push(open);
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Box<Diagnostic>> {
        match self.open.pop() {
            Some(Open::List(items, span)) => {
                let span = Span::new(span.start, end.end);
                self.put(Place::List(items, span))
            }
            Some(Open::Map(entries, _, span)) => {
                let span = Span::new(span.start, end.end);
                self.put(Place::Map(entries, span))
            }
            None => Ok(()),
        }
    }

    fn put(&mut self, place: Place) -> Result<(), Box<Diagnostic>> {
        match self.open.last_mut() {
            None => self.root = Some(place),
            Some(Open::List(items, _)) => items.push(place),
            Some(Open::Map(entries, key, _)) => match key.take() {
                Some(key) => entries.push((key, place)),
                None => *key = Some(as_key(place)?),
            },
        }
        Ok(())
    }
}

fn as_key(place: Place) -> Result<Spanned<String>, Box<Diagnostic>> {
    match place {
        Place::Scalar { text, span, .. } if text == "<<" => Err(refused(span, "a merge key")),
        Place::Scalar { text, span, .. } => Ok(Spanned::new(text, span)),
        Place::List(_, span) | Place::Map(_, span) => Err(refused(span, "a list or mapping as a key")),
    }
}

fn refused(span: Span, what: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::YamlFeature, span, format!("{what} is not allowed here"))
        .label("the file must mean the same to every reader")
        .help("write it out: a single document, plain keys, no anchors, aliases, tags or merge keys")
        .into()
}
