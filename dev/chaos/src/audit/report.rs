//! What an audit found.

use std::fmt;

use super::invariant::Invariant;

/// The most violations of one invariant that are printed; all are counted.
const TOLD: usize = 10;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What came of each invariant.
    pub findings: Vec<Finding>,
    /// Everything about the first order that is wrong.
    pub story: Option<String>,
}

/// What came of one invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub invariant: Invariant,
    /// How many things were looked at.
    pub looked_at: u64,
    /// What they are.
    pub things: &'static str,
    /// How many violate it.
    pub violations: u64,
    /// The first violations, a line each.
    pub told: Vec<String>,
    /// What is no violation, and worth knowing.
    pub notes: Vec<String>,
    first_order: Option<i64>,
}

impl Report {
    /// Whether everything holds.
    pub fn is_sound(&self) -> bool {
        self.violated().next().is_none()
    }

    /// The invariants that do not hold.
    pub fn violated(&self) -> impl Iterator<Item = Invariant> {
        self.findings.iter().filter(|finding| finding.violations > 0).map(|finding| finding.invariant)
    }
}

impl Finding {
    /// Nothing is looked at yet.
    pub(super) fn new(invariant: Invariant, things: &'static str) -> Self {
        Self {
            invariant,
            looked_at: 0,
            things,
            violations: 0,
            told: Vec::new(),
            notes: Vec::new(),
            first_order: None,
        }
    }

    /// Counts things that were looked at.
    pub(super) fn look(&mut self, things: usize) {
        self.looked_at += things as u64;
    }

    /// Counts a violation, of an order if it is known which.
    pub(super) fn violated(&mut self, order: impl Into<Option<i64>>, what: impl FnOnce() -> String) {
        self.violations += 1;
        self.first_order = self.first_order.or(order.into());
        if self.told.len() < TOLD {
            self.told.push(what());
        }
    }

    /// The first order that violates it.
    pub(super) fn first_order(&self) -> Option<i64> {
        self.first_order
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            finding.fmt(f)?;
        }
        match &self.story {
            Some(story) => write!(f, "\n{story}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, looked_at, things, violations, told, notes, first_order: _ } = self;
        let verdict = if *violations == 0 { "holds" } else { "VIOLATED" };
        writeln!(f, "{verdict:8}  {invariant:42} {looked_at} {things}, {violations} violations")?;
        for line in told {
            writeln!(f, "          - {line}")?;
        }
        if *violations > told.len() as u64 {
            writeln!(f, "          - and {} more", violations - told.len() as u64)?;
        }
        for note in notes {
            writeln!(f, "          ({note})")?;
        }
        Ok(())
    }
}
