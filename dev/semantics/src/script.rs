//! What is said in one transaction, decided beforehand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use saga_runtime::{CallError, Rejection, Unanswered};

/// What a handler, a client or an external producer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// The step succeeds, in this way; or this one of an external event's messages is published.
    Way(usize),
    /// The step is rejected.
    No,
    /// A call is never answered.
    Silence,
}

/// What is said, by the names of steps and external events.
pub(crate) type Says = BTreeMap<String, Word>;

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
    ///
    /// # Errors
    /// The rejection that the script wants.
    pub fn decides(&self, step: &str) -> Result<(), Rejection> {
        self.chooses(step).map(|_| ())
    }

    /// A handler chooses for `step`, by its place among the variants that do not fail.
    ///
    /// # Errors
    /// The rejection that the script wants.
    pub fn chooses(&self, step: &str) -> Result<usize, Rejection> {
        match self.asks(step) {
            Some(Word::Way(way)) => Ok(way),
            Some(Word::No | Word::Silence) | None => Err(Rejection::because("chance said so")),
        }
    }

    /// The call of `step` is answered, or not.
    ///
    /// # Errors
    /// The rejection that the script wants, or that there is no answer.
    pub fn calls(&self, step: &str) -> Result<usize, CallError> {
        match self.asks(step) {
            Some(Word::Way(way)) => Ok(way),
            Some(Word::Silence) => Err(Unanswered::because("nothing is heard").into()),
            Some(Word::No) | None => Err(Rejection::because("chance said so").into()),
        }
    }

    /// A handler that cannot say no is asked to carry out `step`.
    pub fn does(&self, step: &str) {
        self.asks(step);
    }

    /// How a request chooses for `step`, which begins an instance.
    pub fn way(&self, step: &str) -> usize {
        match self.lines().says.get(step) {
            Some(Word::Way(way)) => *way,
            _ => 0,
        }
    }

    fn asks(&self, step: &str) -> Option<Word> {
        let mut lines = self.lines();
        lines.asked.push(step.to_owned());
        lines.says.get(step).copied()
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
