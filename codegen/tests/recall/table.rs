//! The fate of the mutants, by kind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use crate::kind::Kind;

/// The fate of a mutant.
pub(crate) enum Fate {
    /// It has errors, with these numbers.
    Found(BTreeSet<&'static str>),
    /// It has warnings, with these numbers.
    Warned(BTreeSet<&'static str>),
    /// It is known to break nothing.
    Equivalent,
    Missed,
}

#[derive(Default)]
pub(crate) struct Table(BTreeMap<Kind, Row>);

#[derive(Default, Clone)]
struct Row {
    mutants: usize,
    found: usize,
    warned: usize,
    equivalent: usize,
    missed: usize,
    codes: BTreeMap<&'static str, usize>,
}

impl Table {
    pub(crate) fn add(&mut self, kind: Kind, fate: Fate) {
        let row = self.0.entry(kind).or_default();
        row.mutants += 1;
        match fate {
            Fate::Found(codes) => {
                row.found += 1;
                codes.into_iter().for_each(|code| *row.codes.entry(code).or_default() += 1);
            }
            Fate::Warned(codes) => {
                row.warned += 1;
                codes.into_iter().for_each(|code| *row.codes.entry(code).or_default() += 1);
            }
            Fate::Equivalent => row.equivalent += 1,
            Fate::Missed => row.missed += 1,
        }
    }

    fn total(&self) -> Row {
        let mut total = Row::default();
        for row in self.0.values() {
            total.mutants += row.mutants;
            total.found += row.found;
            total.warned += row.warned;
            total.equivalent += row.equivalent;
            total.missed += row.missed;
            row.codes.iter().for_each(|(code, count)| *total.codes.entry(code).or_default() += count);
        }
        total
    }

    /// Compares this table with the one in the documentation.
    pub(crate) fn is_documented(&self) {
        const BEGIN: &str = "<!-- mutants: written by a test -->\n";
        const END: &str = "<!-- end of mutants -->\n";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/proof.md");
        let text = std::fs::read_to_string(&path).expect("the page is there");
        let (before, rest) = text.split_once(BEGIN).expect("the table begins");
        let (_, after) = rest.split_once(END).expect("the table ends");
        let expected = format!("{before}{BEGIN}\n{self}\n{END}{after}");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, expected).expect("the page can be written");
        } else {
            assert!(text == expected, "docs/proof.md: run with UPDATE_EXPECT=1 if this is right:\n{self}");
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| mutation | mutants | errors | warnings | equivalent | missed | found by |")?;
        writeln!(f, "|---|--:|--:|--:|--:|--:|---|")?;
        for (kind, row) in &self.0 {
            writeln!(f, "| {} {row}", kind.name())?;
        }
        writeln!(f, "| **all** {}", self.total())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mutants, found, warned, equivalent, missed, codes } = self;
        write!(f, "| {mutants} | {found} | {warned} | {equivalent} | {missed} |")?;
        codes.iter().try_for_each(|(code, count)| write!(f, " {code} ×{count}"))?;
        write!(f, " |")
    }
}
