//! What is seen of calls where they start.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::{Call, Calling, Mode, StoredStep};

use super::faults::Faults;
use super::sim::Sim;

/// A step and an instance.
pub(crate) type Caller = (&'static str, String);

/// The calls of a step for one instance.
#[derive(Default)]
pub(crate) struct Calls {
    /// The keys that they had.
    pub keys: BTreeSet<String>,
    /// The attempts that were started; with `true` those that undo the call.
    pub attempts: BTreeSet<(bool, u32)>,
}

/// One attempt.
pub(crate) struct Attempt {
    pub service: &'static str,
    pub step: &'static str,
    pub correlation: String,
    pub call: Call,
    /// Whether it is to undo the call.
    pub undo: bool,
}

/// All calls of a world, and why steps failed.
pub(crate) type Called = BTreeMap<Caller, Calls>;

impl Faults {
    /// A call that is looked at when it starts.
    pub(crate) fn watch<T: Send + 'static>(&self, attempt: Attempt, calling: Calling<T>) -> Calling<T> {
        let faults = self.clone();
        Box::pin(async move {
            faults.sim().starts(&attempt);
            calling.await
        })
    }
}

impl Sim {
    /// A call starts: it must be one that its database knows of, and that was not started before.
    fn starts(&mut self, attempt: &Attempt) {
        let Attempt { service, step, correlation, call, undo } = attempt;
        let what = format!("attempt {} of the call of {step} for {correlation}", call.attempt);
        self.note(|| format!("{what} starts, undo: {undo}"));
        let calls = self.called.entry((*step, correlation.clone())).or_default();
        calls.keys.insert(call.key.clone());
        let is_new = calls.attempts.insert((*undo, call.attempt));
        if self.restored.contains(service) {
            return;
        }
        if !is_new {
            self.findings.push(format!("{what} started twice"));
        }
        let database = self.databases.iter().find(|database| database.service == *service);
        let row = database.and_then(|database| database.inner.step(step, correlation));
        // An earlier attempt may be answered between the record of this one and its start: the row is closed then.
        let is_closed = |row: &StoredStep| matches!(row.mode.parse(), Ok(Mode::Done | Mode::Failed));
        if row.is_none_or(|row| !is_closed(&row) && row.attempts.unsigned_abs() < call.attempt) {
            self.findings.push(format!("{what} started, and no row says so"));
        }
    }
}
