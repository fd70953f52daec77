//! Where each part of a scalar stands in the file: quotes, escapes and folded
//! lines make its text differ from what is written.

use saphyr_parser::ScalarStyle;

use crate::source::Span;

/// Where the text of a scalar stands in the file, byte by byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parts {
    /// As written, from the start of its span.
    Verbatim,
    /// For each byte of the text, what is written for it.
    Rewritten(Vec<Span>),
    /// Not known: the whole scalar stands for each of its parts.
    Unknown,
}

impl Parts {
    /// Compares the text of a scalar with what is written at `span`.
    pub(super) fn of(file: &str, span: Span, text: &str, style: ScalarStyle) -> Self {
        let written = file.get(span.start..span.end).unwrap_or_default();
        if written == text {
            return Self::Verbatim;
        }
        let mut reader = Written { rest: written, at: span.start, style };
        reader.skip_opening();
        let mut spans = Vec::with_capacity(text.len());
        for character in text.chars() {
            let Some(span) = reader.find(character) else { return Self::Unknown };
            spans.extend(std::iter::repeat_n(span, character.len_utf8()));
        }
        Self::Rewritten(spans)
    }

    /// Where a range of bytes of the text stands, in a scalar at `whole`.
    pub(super) fn span(&self, whole: Span, range: std::ops::Range<usize>) -> Span {
        match self {
            Self::Unknown => whole,
            Self::Verbatim => Span::new(whole.start + range.start, whole.start + range.end),
            Self::Rewritten(spans) => {
                let last = range.end.checked_sub(1).and_then(|last| spans.get(last));
                let end = last.map_or(whole.start, |span| span.end);
                let first = spans.get(range.start).filter(|_| !range.is_empty());
                Span::new(first.map_or(end, |span| span.start), end)
            }
        }
    }
}

/// What is written for a scalar, read from front to back.
struct Written<'s> {
    rest: &'s str,
    at: usize,
    style: ScalarStyle,
}

impl Written<'_> {
    /// Skips the quote, or the line of `|` or `>`.
    fn skip_opening(&mut self) {
        let bytes = match self.style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
            ScalarStyle::Literal | ScalarStyle::Folded if self.rest.starts_with(['|', '>']) => {
                self.rest.find('\n').map_or(self.rest.len(), |end| end + 1)
            }
            ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => 0,
        };
        self.skip(bytes);
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
        self.at += bytes;
    }

    /// The next place where this character is written. Only white space may
    /// stand before it: indentation, and line ends that were folded.
    fn find(&mut self, wanted: char) -> Option<Span> {
        loop {
            let next = self.rest.chars().next()?;
            let (character, bytes) = match (self.style, next) {
                (ScalarStyle::DoubleQuoted, '\\') => escape(self.rest)?,
                (ScalarStyle::SingleQuoted, '\'') => (Some('\''), 2),
                _ => (Some(next), next.len_utf8()),
            };
            let folded = next == '\n' && wanted == ' ';
            let found = (character == Some(wanted) || folded).then(|| Span::new(self.at, self.at + bytes));
            if found.is_none() && !next.is_whitespace() && character.is_some() {
                return None;
            }
            self.skip(bytes);
            if found.is_some() {
                return found;
            }
        }
    }
}

/// The character that an escape in double quotes stands for, none for an
/// escaped line end, and how long the escape is.
fn escape(written: &str) -> Option<(Option<char>, usize)> {
    let kind = written.chars().nth(1)?;
    let short = |character: char| Some((Some(character), 1 + kind.len_utf8()));
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '\n' | '\r' => return Some((None, 2)),
        '0' => return short('\0'),
        'a' => return short('\u{7}'),
        'b' => return short('\u{8}'),
        't' | '\t' => return short('\t'),
        'n' => return short('\n'),
        'v' => return short('\u{b}'),
        'f' => return short('\u{c}'),
        'r' => return short('\r'),
        'e' => return short('\u{1b}'),
        'N' => return short('\u{85}'),
        '_' => return short('\u{a0}'),
        'L' => return short('\u{2028}'),
        'P' => return short('\u{2029}'),
        _ => return short(kind),
    };
    let number = u32::from_str_radix(written.get(2..2 + digits)?, 16).ok()?;
    Some((Some(char::from_u32(number)?), 2 + digits))
}
