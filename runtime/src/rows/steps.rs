//! The step rows: what each step has seen of each saga instance.

use std::collections::{BTreeSet, HashMap};

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
    changed: bool,
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

/// A stored step row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStep {
    /// The saga instance.
    pub correlation: String,
    /// [`Mode`] as text.
    pub mode: String,
    /// The messages that have arrived, as JSON.
    pub inputs: String,
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
    fn changed(&self) -> Result<Vec<StoredStep>, RowError>;
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
            self.rows.insert(stored.correlation, StepRow { mode, inputs, changed: false });
        }
        Ok(())
    }

    fn keep_no_inputs(&mut self) -> bool {
        let mut waits = false;
        for row in self.rows.values_mut().filter(|row| row.changed) {
            match row.mode {
                Mode::Waiting => waits = true,
                _ => row.inputs = I::default(),
            }
        }
        waits
    }

    fn changed(&self) -> Result<Vec<StoredStep>, RowError> {
        let mut changed: Vec<_> = self.rows.iter().filter(|(_, row)| row.changed).collect();
        changed.sort_unstable_by_key(|(correlation, _)| *correlation);
        changed
            .into_iter()
            .map(|(correlation, row)| {
                let inputs = serde_json::to_string(&row.inputs)
                    .map_err(|error| RowError(format!("step {}: {error}", I::STEP)))?;
                Ok(StoredStep { correlation: correlation.clone(), mode: row.mode.to_string(), inputs })
            })
            .collect()
    }
}
