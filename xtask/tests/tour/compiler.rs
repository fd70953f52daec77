//! What the compiler says.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bounded::Done;

/// The errors and warnings of one build.
#[derive(Debug)]
pub(crate) struct Complaints {
    all: Vec<Complaint>,
}

/// One error or warning.
#[derive(Debug)]
struct Complaint {
    level: String,
    /// The number of an error, the name of a lint.
    code: String,
    file: String,
    message: String,
}

impl Complaints {
    /// Reads the output of a cargo command with `--message-format json`.
    pub(crate) fn of(done: &Done) -> Self {
        let lines = done.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let all = lines.filter_map(|line| Complaint::read(&line["message"])).collect();
        let complaints = Self { all };
        let failed = complaints.all.iter().any(|complaint| complaint.level == "error");
        assert_eq!(failed, !done.status.success(), "{complaints:#?} {}", done.stderr);
        complaints
    }

    /// There are none.
    pub(crate) fn expect_none(&self) {
        assert!(self.all.is_empty(), "{self:#?}");
    }

    /// The files that do not compile.
    pub(crate) fn files(&self) -> BTreeSet<&str> {
        self.errors().map(|complaint| complaint.file.as_str()).collect()
    }

    /// The functions that are missing in a file.
    pub(crate) fn missing(&self, file: &str) -> Vec<&str> {
        let errors = self.errors().filter(|complaint| complaint.file == file && complaint.code == "E0046");
        errors.flat_map(Complaint::quoted).collect()
    }

    /// What the errors in a file name.
    pub(crate) fn named(&self, file: &str) -> BTreeSet<&str> {
        self.errors().filter(|complaint| complaint.file == file).flat_map(Complaint::quoted).collect()
    }

    fn errors(&self) -> impl Iterator<Item = &Complaint> {
        self.all.iter().filter(|complaint| complaint.level == "error")
    }
}

impl Complaint {
    /// A message about a place in a file; the closing "2 errors" is of no file.
    fn read(message: &Value) -> Option<Self> {
        let span = message["spans"].as_array()?.iter().find(|span| span["is_primary"] == true)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Some(Self {
            level: text(&message["level"]),
            code: text(&message["code"]["code"]),
            file: text(&span["file_name"]),
            message: text(&message["message"]),
        })
    }

    /// What stands in back quotes.
    fn quoted(&self) -> impl Iterator<Item = &str> {
        self.message.split('`').skip(1).step_by(2)
    }
}
