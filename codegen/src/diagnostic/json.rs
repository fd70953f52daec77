//! Diagnostics as JSON, for editors and scripts. `docs/check-json.md` describes
//! the format and `docs/check-json.schema.json` defines it; both are stable.

use std::path::Path;

use serde::Serialize;

use super::{Diagnostic, Diagnostics, RunStep, Severity};
use crate::source::{Position, Source, Span};

/// Raised for changes that can break a reader; a new key is not one.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    file: &'a Path,
    errors: usize,
    warnings: usize,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    title: &'static str,
    severity: &'static str,
    message: &'a str,
    label: &'a str,
    at: Range<'a>,
    others: Vec<Other<'a>>,
    help: &'a [String],
    #[serde(rename = "gist")]
    summary: &'a str,
    run: &'a [RunStep],
}

#[derive(Serialize)]
struct Other<'a> {
    label: &'a str,
    at: Range<'a>,
}

#[derive(Serialize)]
struct Range<'a> {
    file: &'a Path,
    start: Place,
    end: Place,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
    offset: usize,
}

/// All findings of a file as one JSON document.
pub fn json(found: &Diagnostics, source: &Source) -> String {
    let report = Report {
        version: VERSION,
        file: source.path(),
        errors: found.count(Severity::Error),
        warnings: found.count(Severity::Warning),
        findings: found.sorted().into_iter().map(|found| finding(found, source)).collect(),
    };
    // Only a path that is not UTF-8 could fail, and the file was read by its path.
    let text = serde_json::to_string_pretty(&report).unwrap_or_else(|error| format!("\"{error}\""));
    text + "\n"
}

fn finding<'a>(found: &'a Diagnostic, source: &'a Source) -> Finding<'a> {
    let others = found.others.iter();
    Finding {
        code: found.code.number(),
        title: found.code.title(),
        severity: found.severity.name(),
        message: &found.message,
        label: &found.label,
        at: range(found.span, source),
        others: others.map(|(span, label)| Other { label, at: range(*span, source) }).collect(),
        help: &found.help,
        summary: &found.summary,
        run: &found.run,
    }
}

fn range(span: Span, source: &Source) -> Range<'_> {
    let end = span.end.max(span.start);
    Range { file: source.path(), start: place(span.start, source), end: place(end, source) }
}

fn place(offset: usize, source: &Source) -> Place {
    let Position { line, column } = source.position(offset);
    Place { line, column, offset }
}
