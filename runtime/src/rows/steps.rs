//! The step rows: what each step has seen of each saga instance.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use saga_step::{Arrival, Effect, Mode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::column::RowError;
use crate::mutation::{self, Mutation};

/// What one step keeps of the messages it awaits; generated.
pub trait Inputs: Clone + Default + DeserializeOwned + Send + Serialize + Sync + 'static {
    /// The step's name in `saga.yaml`.
    const STEP: &'static str;

    /// Whether everything the step needs has arrived.
    fn complete(&self) -> bool;
}

/// The rows of one step, one for each saga instance, by correlation key.
#[derive(Debug)]
pub struct StepRows<I: Inputs> {
    wanted: BTreeSet<String>,
    rows: HashMap<String, StepRow<I>>,
}

/// One step of one saga instance: which of the messages it needs have arrived, and whether it has ended.
///
/// It is the memory of a join, and what makes a step run once however often and in whatever order its
/// messages come. What each arrival means to it is decided by [`saga_step::arrive`], the function that the
/// proof of the saga uses as well. A row is closed and not deleted until no message of its instance can
/// be left in a topic: a late one would open a new row, and that instance would never end.
///
/// See `docs/runtime.md`, "Tables".
#[derive(Debug, Clone, Default)]
pub struct StepRow<I> {
    /// Where the step stands.
    pub mode: Mode,
    /// The messages that have arrived.
    pub inputs: I,
    attempts: i32,
    overdue: bool,
    due: Due,
    changed: bool,
}

/// When a step row is due, as a transaction leaves it; counted by the database's clock.
///
/// What is due is the deadline of a step that waits, or the next attempt of a call or a compensation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Due {
    /// As it was: a message that joins a waiting step does not move its deadline.
    #[default]
    Keep,
    /// Never: what was due is done.
    Clear,
    /// So long after the transaction began.
    After(Duration),
}

impl<I: Inputs> Default for StepRows<I> {
    fn default() -> Self {
        Self { wanted: BTreeSet::new(), rows: HashMap::new() }
    }
}

impl<I: Inputs> StepRows<I> {
    /// Has the row of a saga instance locked and loaded.
    pub fn lock(&mut self, correlation: impl ToString) {
        self.wanted.insert(correlation.to_string());
    }

    /// The row of a saga instance.
    pub fn row(&mut self, correlation: impl ToString) -> &mut StepRow<I> {
        self.rows.entry(correlation.to_string()).or_default()
    }
}

impl<I: Inputs> StepRow<I> {
    /// Takes a needed message in: keeps it in its `slot`, and says what to do.
    pub fn arrive<E: Clone>(&mut self, slot: impl FnOnce(&mut I) -> &mut Option<E>, event: &E) -> Effect {
        let kept = slot(&mut self.inputs);
        if kept.is_some() {
            return self.transition(Arrival::Repeat);
        }
        *kept = Some(event.clone());
        self.changed = true;
        let completes = self.inputs.complete();
        if !completes && mutation::active(Mutation::Overtaking) {
            self.inputs = I::default();
        }
        self.transition(Arrival::Need { completes })
    }

    /// Takes a message in after which the step can only fail.
    pub fn close(&mut self) -> Effect {
        self.transition(Arrival::Closer)
    }

    /// Takes a message in that shows the saga took another branch.
    pub fn leave(&mut self) -> Effect {
        self.transition(Arrival::OtherBranch)
    }

    /// How often its call, or its compensation, was tried.
    pub fn attempts(&self) -> i32 {
        self.attempts
    }

    /// Whether its time had come when it was loaded, by the database's clock.
    pub fn overdue(&self) -> bool {
        self.overdue
    }

    /// Sets when it is due.
    pub fn set_due(&mut self, due: Due) {
        self.due = due;
        self.changed = true;
    }

    /// Sets how often it was tried.
    pub fn set_attempts(&mut self, attempts: i32) {
        self.attempts = attempts;
        self.changed = true;
    }

    /// Records how the step ended after it ran.
    pub fn ended(&mut self, succeeded: bool) {
        self.mode = if succeeded { Mode::Done } else { Mode::Failed };
        self.changed = true;
    }

    fn transition(&mut self, arrival: Arrival) -> Effect {
        let (mode, effect) = saga_step::arrive(self.mode, arrival);
        self.changed |= mode != self.mode;
        self.mode = mode;
        effect
    }
}

/// A step row as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStep {
    /// The saga instance.
    pub correlation: String,
    /// [`Mode`] as text.
    pub mode: String,
    /// The messages that have arrived, as JSON.
    pub inputs: String,
    /// How often its call, or its compensation, was tried.
    pub attempts: i32,
    /// Whether its time has come, by the database's clock.
    pub overdue: bool,
}

/// A step row as it is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedStep {
    /// The saga instance.
    pub correlation: String,
    /// Where the step stands.
    pub mode: Mode,
    /// The messages that have arrived, as JSON.
    pub inputs: String,
    /// How often its call, or its compensation, was tried.
    pub attempts: i32,
    /// When it is due.
    pub due: Due,
}

impl ChangedStep {
    /// Whether the step has ended, so that its row is deleted once no message of its instance can be left.
    pub(crate) fn is_closed(&self) -> bool {
        !matches!(self.mode, Mode::Waiting | Mode::Running)
    }
}

/// [`StepRows`] without their input type, as the store sees them.
pub trait AnySteps: Send + Sync {
    /// The step's name.
    fn step(&self) -> &'static str;
    /// The saga instances to load, in ascending order.
    fn wanted(&self) -> Vec<&str>;
    /// Takes the loaded rows over.
    ///
    /// # Errors
    /// [`RowError`] when a stored row is not what this version writes.
    fn load(&mut self, rows: Vec<StoredStep>) -> Result<(), RowError>;
    /// Keeps nothing of the messages of steps that have ended in this transaction, for it cannot be stored.
    /// Whether one of them waits on: what it waits for has to be kept.
    fn keep_no_inputs(&mut self) -> bool {
        false
    }
    /// The rows that changed.
    ///
    /// # Errors
    /// [`RowError`] when the inputs cannot be written as JSON.
    fn changed(&self) -> Result<Vec<ChangedStep>, RowError>;
}

impl<I: Inputs> AnySteps for StepRows<I> {
    fn step(&self) -> &'static str {
        I::STEP
    }

    fn wanted(&self) -> Vec<&str> {
        self.wanted.iter().map(String::as_str).collect()
    }

    fn load(&mut self, rows: Vec<StoredStep>) -> Result<(), RowError> {
        for stored in rows {
            let misfit = |cause: &dyn std::fmt::Display| {
                RowError(format!("step row {} of {}: {cause}", stored.correlation, I::STEP))
            };
            let mode = stored.mode.parse().map_err(|error| misfit(&error))?;
            let inputs = serde_json::from_str(&stored.inputs).map_err(|error| misfit(&error))?;
            let StoredStep { correlation, attempts, overdue, .. } = stored;
            let row = StepRow { mode, inputs, attempts, overdue, due: Due::Keep, changed: false };
            self.rows.insert(correlation, row);
        }
        Ok(())
    }

    fn keep_no_inputs(&mut self) -> bool {
        let mut waits = false;
        for row in self.rows.values_mut().filter(|row| row.changed) {
            match row.mode {
                Mode::Waiting | Mode::Running => waits = true,
                _ => row.inputs = I::default(),
            }
        }
        waits
    }

    fn changed(&self) -> Result<Vec<ChangedStep>, RowError> {
        let mut changed: Vec<_> = self.rows.iter().filter(|(_, row)| row.changed).collect();
        changed.sort_unstable_by_key(|(correlation, _)| *correlation);
        changed
            .into_iter()
            .map(|(correlation, row)| {
                let inputs = serde_json::to_string(&row.inputs)
                    .map_err(|error| RowError(format!("step {}: {error}", I::STEP)))?;
                let StepRow { mode, attempts, due, .. } = *row;
                Ok(ChangedStep { correlation: correlation.clone(), mode, inputs, attempts, due })
            })
            .collect()
    }
}
