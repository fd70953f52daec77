//! What the handlers answer in one transaction, decided beforehand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use saga_runtime::Rejection;

/// The answers for one transaction, and who asked for them.
#[derive(Debug, Clone, Default)]
pub struct Script(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    accepts: BTreeMap<String, bool>,
    asked: Vec<String>,
}

impl Script {
    /// A handler decides for `step`.
    pub fn decides(&self, step: &str) -> Result<(), Rejection> {
        let mut lines = self.lines();
        lines.asked.push(step.to_owned());
        match lines.accepts.get(step) {
            Some(true) => Ok(()),
            Some(false) | None => Err(Rejection::because("chance said so")),
        }
    }

    /// A handler that cannot say no is told to carry out `step`.
    pub fn does(&self, step: &str) {
        self.lines().asked.push(step.to_owned());
    }

    /// Begins a transaction in which the steps are decided like this.
    pub fn begin(&self, accepts: BTreeMap<String, bool>) {
        *self.lines() = Lines { accepts, asked: Vec::new() };
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
