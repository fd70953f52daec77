//! What tests of texts share.

use std::ops::Range;
use std::path::Path;

use saga_cli::diagnostic::{Code, Diagnostic, Diagnostics, RowStatus, RunStep};
use saga_cli::pipeline::examine;
use saga_cli::prove::explore::Limits;
use saga_cli::source::{Source, Span};
use serde_json::Value;

/// Everything that `check` finds in a file.
pub(crate) fn findings(source: &Source) -> Diagnostics {
    examine(source, Limits::default()).found
}

/// A fenced block of a Markdown page.
pub(crate) struct Block<'t> {
    /// The word after the fence.
    pub kind: &'t str,
    /// What is between the fences.
    pub text: &'t str,
    /// Where that is.
    pub range: Range<usize>,
}

impl Block<'_> {
    /// The page with another text in this block.
    pub(crate) fn replaced(&self, page: &str, text: &str) -> String {
        [&page[..self.range.start], text, &page[self.range.end..]].concat()
    }
}

/// The fenced blocks of a page, in order.
pub(crate) fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    let mut at = 0;
    for line in page.split_inclusive('\n') {
        let fence = line.trim_end().strip_prefix("```");
        match (open, fence) {
            (None, Some(kind)) => open = Some((kind, at + line.len())),
            (Some((kind, start)), Some("")) => {
                blocks.push(Block { kind, text: &page[start..at], range: start..at });
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    assert!(open.is_none(), "a fence is not closed");
    blocks
}

/// Files that must be as a test expects them, or are made so with
/// `UPDATE_EXPECT=1`.
#[derive(Default)]
pub(crate) struct Expected {
    wrong: Vec<String>,
}

impl Expected {
    /// Compares a file, or writes it.
    pub(crate) fn file(&mut self, path: &Path, text: &str) {
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(path, text).expect("the text can be written");
        } else if std::fs::read_to_string(path).unwrap_or_default() != text {
            self.wrong.push(format!("{}:\n{text}", path.display()));
        }
    }

    /// Complains about the files that differ.
    pub(crate) fn done(self) {
        let wrong = self.wrong;
        assert!(wrong.is_empty(), "run with UPDATE_EXPECT=1 if this is right:\n{}", wrong.join("\n"));
    }
}

/// What is printed in one form for each broken file among the tests, and for a
/// finding that has a run.
pub(crate) fn printed(form: fn(&Diagnostics, &Source) -> String) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let paths = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path());
    let files = paths.filter(|path| path.extension().is_some_and(|it| it == "yaml")).map(|path| {
        let source = Source::read(&path).expect("the file can be read");
        (path.display().to_string(), findings(&source), source)
    });
    let run = ("a run".to_owned(), with_a_run(), Source::new("saga.yaml", "saga: booking\n"));
    let all = files.chain([run]).map(|(name, found, source)| {
        let text = form(&found, &source);
        let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        (name, value)
    });
    all.collect()
}

/// A finding that has a run.
pub(crate) fn with_a_run() -> Diagnostics {
    let step = |service: &str, message: &str, outcome: &str, status: &str| RunStep {
        service: service.to_owned(),
        message: message.to_owned(),
        outcome: outcome.to_owned(),
        after: vec![RowStatus { entity: "Booking".to_owned(), status: status.to_owned() }],
    };
    let run = [
        step("bookings", "ask-seat", "SeatAsked", "ASKED"),
        step("seats", "SeatAsked", "SeatTaken.failure", "ASKED"),
        step("bookings", "SeatTaken.failure", "REFUSED", "REFUSED"),
    ];
    let found = Diagnostic::error(Code::NeverConsumed, Span::new(6, 13), "a message").label("a label");
    found.help("a way out").run(run).into()
}
