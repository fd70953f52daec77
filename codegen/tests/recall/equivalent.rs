//! Mutants that break nothing, each with the reason.

use std::collections::BTreeSet;

/// Those that no mutant has matched yet.
pub(crate) struct Equivalents(BTreeSet<&'static str>);

impl Equivalents {
    /// A reason is a line that begins with `#`; it holds for the lines below.
    pub(crate) fn read() -> Self {
        let mut reason = "";
        let mut names = BTreeSet::new();
        for line in include_str!("equivalent.txt").lines().filter(|line| !line.is_empty()) {
            match line.strip_prefix('#') {
                Some(said) => reason = said,
                None => {
                    assert!(!reason.is_empty(), "{line}: no reason");
                    assert!(names.insert(line), "{line}: listed twice");
                }
            }
        }
        Self(names)
    }

    pub(crate) fn take(&mut self, name: &str) -> bool {
        self.0.remove(name)
    }

    pub(crate) fn left(self) -> impl Iterator<Item = &'static str> {
        self.0.into_iter()
    }
}
