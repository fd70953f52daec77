//! What the handlers answer in one transaction, decided beforehand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use saga_runtime::Rejection;

/// What handlers say, by the names of their steps: in which way the step succeeds, or no.
pub(crate) type Says = BTreeMap<String, Option<usize>>;

/// The answers for one transaction, and who asked for them.
#[derive(Debug, Clone, Default)]
pub struct Script(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    says: Says,
    asked: Vec<String>,
}

impl Script {
    /// A handler decides for `step`.
    pub fn decides(&self, step: &str) -> Result<(), Rejection> {
        let mut lines = self.lines();
        lines.asked.push(step.to_owned());
        match lines.says.get(step) {
            Some(Some(_)) => Ok(()),
            Some(None) | None => Err(Rejection::because("chance said so")),
        }
    }

    /// A handler chooses for `step`, by its place among the variants that do not fail.
    pub fn chooses(&self, step: &str) -> Result<usize, Rejection> {
        self.decides(step).map(|()| self.way(step))
    }

    /// The same for a request, which is asked before its instance is there.
    pub fn way(&self, step: &str) -> usize {
        self.lines().says.get(step).copied().flatten().unwrap_or_default()
    }

    /// A handler that cannot say no is told to carry out `step`.
    pub fn does(&self, step: &str) {
        self.lines().asked.push(step.to_owned());
    }

    /// Begins a transaction in which the steps are decided like this.
    pub(crate) fn begin(&self, says: Says) {
        *self.lines() = Lines { says, asked: Vec::new() };
    }

    /// Who was asked since then, by name.
    pub fn asked(&self) -> Vec<String> {
        let mut asked = self.lines().asked.clone();
        asked.sort();
        asked
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
