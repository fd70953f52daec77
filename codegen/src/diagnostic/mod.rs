//! Findings: what is wrong with a file, where, and how to fix it.

mod code;
mod json;
mod render;
mod sarif;

use serde::Serialize;

pub use code::Code;
pub use json::json;
pub use render::{Colour, Detail, Style, render, report};
pub use sarif::sarif;

use crate::source::Span;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule it violates.
    pub code: Code,
    /// Whether it prevents generation.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The text it points at.
    pub span: Span,
    /// A few words below that text.
    pub label: String,
    /// Other locations it involves, each with a few words.
    pub others: Vec<(Span, String)>,
    /// How to fix it.
    pub help: Vec<String>,
    /// A run that shows it, on one line; empty if the finding needs none.
    pub summary: String,
    /// That run, from its first request.
    pub run: Vec<RunStep>,
}

/// One step of a run: a service reacted to something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunStep {
    /// The service, or the outside world.
    pub service: String,
    /// What it reacted to: an event, a request, a deadline.
    pub message: String,
    /// What the service did.
    pub outcome: String,
    /// The rows of the instance and their statuses afterwards.
    pub after: Vec<RowStatus>,
}

/// A row of one instance of the saga.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowStatus {
    /// The entity, as named in the file.
    pub entity: String,
    /// The status, as named in the file.
    pub status: String,
}

impl std::fmt::Display for RunStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} → {}", self.service, self.message, self.outcome)?;
        for (at, RowStatus { entity, status }) in self.after.iter().enumerate() {
            let before = if at == 0 { "; " } else { ", " };
            write!(f, "{before}{entity} {status}")?;
        }
        Ok(())
    }
}

/// Whether a finding prevents generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Prevents generation.
    Error,
    /// Reported only.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Diagnostic {
    /// An error found by the rule `code` at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span,
            label: String::new(),
            others: Vec::new(),
            help: Vec::new(),
            summary: String::new(),
            run: Vec::new(),
        }
    }

    /// A warning found by the rule `code` at `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Adds a few words below the text it points at.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Points at another location that it involves.
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.others.push((span, label.into()));
        self
    }

    /// Adds a way to fix it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Summarises on one line the run that shows it.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Adds the run that shows it.
    pub fn run(mut self, run: impl IntoIterator<Item = RunStep>) -> Self {
        self.run.extend(run);
        self
    }

    /// Adds a way to fix it, if there is one.
    pub fn maybe_help(self, help: Option<String>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }
}

/// All findings in a file, causes before their consequences and then in the order of
/// their locations, without duplicates.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Adds findings.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.found.extend(diagnostics);
    }

    /// Adds all findings of another collection.
    pub fn append(&mut self, other: Self) {
        self.found.extend(other.found);
    }

    /// Whether something could not be read as intended. Misspelt and duplicate
    /// keys and invalid names are understood nevertheless.
    pub(crate) fn leave_holes(&self) -> bool {
        let understood = [Code::UnknownKey, Code::DuplicateKey, Code::BadName];
        self.found.iter().any(|found| !understood.contains(&found.code))
    }

    /// Whether one of the errors is about more than lost messages, so that there
    /// is no flow to explore.
    pub(crate) fn leave_no_whole_flow(&self) -> bool {
        let lost = [Code::NeverConsumed, Code::NeverPublished, Code::CommandConsumers];
        let errors = self.found.iter().filter(|found| found.severity == Severity::Error);
        errors.into_iter().any(|found| !lost.contains(&found.code))
    }

    /// Whether one of them prevents generation.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Adds findings of the proof. One that may be the consequence of an error says so:
    /// its help would repair the wrong place.
    pub(crate) fn extend_by_consequences(&mut self, diagnostics: Vec<Diagnostic>) {
        let errors = self.found.iter().chain(&diagnostics).filter(|found| found.severity == Severity::Error);
        let Some(nearest) = errors.map(|found| found.code.distance()).min() else {
            return self.found.extend(diagnostics);
        };
        self.found.extend(diagnostics.into_iter().map(|mut found| {
            if found.code.distance() > nearest {
                let later = |help: String| format!("if this is still found without the errors above: {help}");
                found.help = found.help.into_iter().map(later).collect();
            }
            found
        }));
    }

    /// Turns the errors of these rules into warnings, and returns the rules that
    /// had any.
    pub(crate) fn allow(&mut self, codes: &[Code]) -> Vec<Code> {
        let mut allowed = Vec::new();
        for found in self.found.iter_mut().filter(|found| codes.contains(&found.code)) {
            found.severity = Severity::Warning;
            allowed.push(found.code);
        }
        allowed.sort_unstable();
        allowed.dedup();
        allowed
    }

    /// Whether there are no findings.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The number of findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.sorted().iter().filter(|found| found.severity == severity).count()
    }

    /// The findings: causes before what may be their consequences, then by location,
    /// errors first at the same location, without duplicates: a rule reports the same
    /// message only once for a location.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut sorted: Vec<&Diagnostic> = self.found.iter().collect();
        sorted.sort_by_key(|found| (found.code.distance(), found.span, found.severity, found.code));
        sorted.dedup_by(|later, earlier| {
            later.span == earlier.span && later.code == earlier.code && later.message == earlier.message
        });
        sorted
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(found: I) -> Self {
        Self { found: found.into_iter().collect() }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { found: vec![diagnostic] }
    }
}

/// A number of things: `1 error`, `2 errors`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// How many names to compare with a misspelt one. No sensible file has more of a
/// kind, and a file full of misspelt names must not take minutes.
const MOST_CANDIDATES: usize = 1_000;

/// The candidate that was most likely meant, if one is close enough.
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let scored = candidates.into_iter().take(MOST_CANDIDATES).map(|candidate| {
        let score = strsim::jaro_winkler(&lower, &candidate.to_lowercase());
        (candidate, score)
    });
    scored
        .filter(|(candidate, score)| *score >= 0.8 && *candidate != written)
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(candidate, _)| candidate)
}

/// Names in backticks: `a`, `b` or `c`.
pub(crate) fn one_of<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
