//! The text of a specification, and places in it.

use std::path::{Path, PathBuf};

/// A file as it was read: its display name and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    path: PathBuf,
    text: String,
    line_starts: Vec<usize>,
}

impl Source {
    /// Takes the text of a file. A byte order mark at its start is dropped, so
    /// that the first column stays the first column.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path: path.into(), text, line_starts }
    }

    /// Reads a file. Bytes that are not UTF-8 are an I/O error.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        Ok(Self::new(path, std::fs::read_to_string(path)?))
    }

    /// The path as diagnostics print it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text a span covers.
    pub fn snippet(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Line and column of the character that begins at a byte.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_index(offset);
        let before = self.text.get(self.line_starts[line]..offset);
        Position { line: line + 1, column: before.map_or(1, |text| text.chars().count() + 1) }
    }

    /// The bytes of the whole lines a span touches, and the number of the
    /// first of them.
    pub fn lines_around(&self, span: Span) -> (std::ops::Range<usize>, usize) {
        let first = self.line_index(span.start);
        let last = self.line_index(span.end.max(span.start));
        let end = self.line_starts.get(last + 1).copied();
        (self.line_starts[first]..end.unwrap_or(self.text.len()), first + 1)
    }

    fn line_index(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset) - 1
    }
}

/// A range of bytes in a [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range from `start` up to, and without, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// A part of this span, counted in bytes from its start.
    pub fn part(self, range: std::ops::Range<usize>) -> Self {
        Self { start: (self.start + range.start).min(self.end), end: (self.start + range.end).min(self.end) }
    }
}

/// A line and a column, both counted from one; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value read at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned::new(change(self.value), self.span)
    }

    /// Borrows the value, keeps the place.
    pub fn as_ref(&self) -> Spanned<&T> {
        Spanned::new(&self.value, self.span)
    }
}
