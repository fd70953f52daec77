//! Diagnostics as text.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Severity, counted};
use crate::source::{Source, Span};

/// The longest line that is shown whole. A file of one endless line would
/// otherwise be printed once for each finding.
const WIDEST_LINE: usize = 2_000;

/// Whether to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// For a terminal.
    Always,
    /// For files and pipes, and where `NO_COLOR` is set.
    Never,
}

/// How much of a run is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Its summary on one line.
    Short,
    /// Every step of it.
    Full,
}

/// How findings look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colours.
    pub colour: Colour,
    /// How much of a run to print.
    pub detail: Detail,
}

impl Style {
    /// Without colours, and short.
    pub const PLAIN: Self = Self { colour: Colour::Never, detail: Detail::Short };
}

/// Renders every finding, in the order of their places, each followed by an
/// empty line.
pub fn render(diagnostics: &Diagnostics, source: &Source, style: Style) -> String {
    let renderer = match style.colour {
        Colour::Always => Renderer::styled(),
        Colour::Never => Renderer::plain(),
    };
    let mut text = String::new();
    for diagnostic in diagnostics.sorted() {
        text.push_str(&render_one(diagnostic, source, &renderer, style.detail));
        text.push_str("\n\n");
    }
    text
}

/// Renders every finding and their number; empty if there are none.
pub fn report(diagnostics: &Diagnostics, source: &Source, style: Style) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let counts = [Severity::Error, Severity::Warning].map(|severity| (diagnostics.count(severity), severity));
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, severity)| counted(count, severity.name())).collect();
    let text = render(diagnostics, source, style);
    format!("{text}{}: {}\n", source.path().display(), counts.join(", "))
}

fn render_one(diagnostic: &Diagnostic, source: &Source, renderer: &Renderer, detail: Detail) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let path = source.path().display().to_string();
    let help = diagnostic.help.iter().map(|help| Level::HELP.message(printable(help)));
    let excerpt = Excerpt::around(diagnostic, source);
    let mut snippet = Snippet::source(excerpt.text).line_start(excerpt.first_line).path(&path);
    let primary = AnnotationKind::Primary.span(excerpt.range(diagnostic.span));
    snippet = snippet.annotation(if diagnostic.label.is_empty() {
        primary
    } else {
        primary.label(printable(&diagnostic.label))
    });
    for (span, label) in &diagnostic.others {
        if excerpt.holds(*span) {
            let other = AnnotationKind::Context.span(excerpt.range(*span));
            snippet = snippet.annotation(other.label(printable(label)));
        }
    }
    let run = run(diagnostic, detail);
    let group =
        level.primary_title(printable(&diagnostic.message)).id(diagnostic.code.number()).element(snippet);
    let group = group.elements(run.map(|run| Level::NOTE.message(run)));
    renderer.render(&[group.elements(help)])
}

/// A text that quotes the file, without characters that move the cursor, change
/// colours or reverse the direction of reading.
fn printable(text: &str) -> Cow<'_, str> {
    let moves = |character: char| {
        character.is_control() && character != '\n'
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(moves) {
        return Cow::Borrowed(text);
    }
    let escaped = |character: char| match moves(character) {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    Cow::Owned(text.chars().map(escaped).collect())
}

/// A run that shows a finding, in one line or a line for each step.
fn run(diagnostic: &Diagnostic, detail: Detail) -> Option<String> {
    if detail == Detail::Short && !diagnostic.summary.is_empty() {
        return Some(format!("run: {}", diagnostic.summary));
    }
    let steps = diagnostic.run.iter().enumerate();
    let lines: String = steps.map(|(at, step)| format!("\n{:>3}. {step}", at + 1)).collect();
    (!lines.is_empty()).then(|| format!("a run that shows it:{lines}"))
}

/// The part of a source that a finding shows: only what it points at, because
/// the renderer walks all the text it is given.
struct Excerpt<'s> {
    text: &'s str,
    start: usize,
    first_line: usize,
}

impl<'s> Excerpt<'s> {
    fn around(diagnostic: &Diagnostic, source: &'s Source) -> Self {
        let (mut bytes, mut first_line) = source.lines_around(diagnostic.span);
        for (span, _) in &diagnostic.others {
            let (other, line) = source.lines_around(*span);
            bytes = bytes.start.min(other.start)..bytes.end.max(other.end);
            first_line = first_line.min(line);
        }
        let text = source.text();
        if bytes.len() > WIDEST_LINE * 50 {
            (bytes, first_line) = source.lines_around(diagnostic.span);
        }
        if bytes.len() > WIDEST_LINE * 50 {
            bytes.end = (diagnostic.span.end.min(diagnostic.span.start + WIDEST_LINE)).max(bytes.start);
            bytes.start = diagnostic.span.start.min(bytes.end);
        }
        let bytes = text.floor_char_boundary(bytes.start)..text.ceil_char_boundary(bytes.end);
        Self { text: text.get(bytes.clone()).unwrap_or_default(), start: bytes.start, first_line }
    }

    fn holds(&self, span: Span) -> bool {
        span.start >= self.start && span.end <= self.start + self.text.len()
    }

    /// A span in the excerpt, never more than its first line: a whole mapping
    /// is best pointed at by its beginning.
    fn range(&self, span: Span) -> std::ops::Range<usize> {
        let start = self.text.floor_char_boundary(span.start.saturating_sub(self.start));
        let end = self.text.ceil_char_boundary(span.end.saturating_sub(self.start)).max(start);
        let line = self.text[start..end].lines().next().unwrap_or_default();
        start..start + line.trim_end().len()
    }
}
