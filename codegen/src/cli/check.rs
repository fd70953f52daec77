//! `check`: every finding, and what was proved.

use std::path::Path;

use super::{Outcome, read, say, style, upgrade};
use crate::accepted::not_generated;
use crate::diagnostic::{self, Detail, Severity, counted};
use crate::pipeline;
use crate::prove::Examined;
use crate::prove::explore::Limits;
use crate::prove::report;
use crate::source::Source;

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For editors and scripts, see docs/check-json.md
    Json,
    /// SARIF 2.1.0, for tools for code review
    Sarif,
}

/// What to print, and how far to explore.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub detail: Detail,
    pub limits: Limits,
}

impl Wanted {
    /// Runs every check on a file, and the proof.
    pub(super) fn examine(&self, source: &Source) -> Examined {
        pipeline::examine(source, self.limits)
    }
}

pub(super) fn check(path: &Path, format: Format, wanted: Wanted) -> Result<Outcome, String> {
    let source = read(path)?;
    let examined = wanted.examine(&source);
    let mut out = std::io::stdout();
    match format {
        Format::Text => {
            let report = text(&examined, &source, wanted.detail);
            say(&mut std::io::stderr(), &report.findings);
            say(&mut out, &report.summary);
            if examined.without_errors().is_none() {
                upgrade::hint(path.parent().unwrap_or(Path::new("")));
            }
        }
        Format::Json => say(&mut out, &diagnostic::json(&examined.found, &source)),
        Format::Sarif => say(&mut out, &diagnostic::sarif(&examined.found, &source)),
    }
    Ok(if examined.without_errors().is_some() { Outcome::Good } else { Outcome::Findings })
}

/// The report of `check` as text.
pub(super) struct Text {
    /// For standard error.
    pub findings: String,
    /// For standard output; empty if there are errors.
    pub summary: String,
}

pub(super) fn text(examined: &Examined, source: &Source, detail: Detail) -> Text {
    let mut findings = diagnostic::report(&examined.found, source, style(detail));
    let (Some(proved), Some(exploration)) = (examined.without_errors(), examined.exploration()) else {
        if detail == Detail::Short && examined.found.sorted().iter().any(|found| !found.run.is_empty()) {
            findings.push_str("run with `--explain` to see these runs step by step\n");
        }
        return Text { findings, summary: String::new() };
    };
    let spec = &proved.resolved;
    let mut summary = format!(
        "{}: {}, {}, {}: every run ends well\n{}",
        source.path().display(),
        counted(spec.services().len(), "service"),
        counted(spec.events().len(), "event"),
        counted(spec.steps().len(), "step"),
        report::summary(spec, exploration),
    );
    let refused = not_generated(spec).count(Severity::Error);
    if refused > 0 {
        summary
            .push_str(&format!("  but      `generate` has no code for {}\n", counted(refused, "construct")));
    }
    Text { findings, summary }
}
