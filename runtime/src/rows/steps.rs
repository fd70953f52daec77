//! The step rows: what each step has seen of each saga instance.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use saga_step::Mode;
use saga_step::flow::Compensated;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::copies::Copies;
use crate::column::RowError;
use crate::mutation::{self, Mutation};

/// What one step keeps of the messages it awaits; generated.
pub trait Inputs: Clone + Default + DeserializeOwned + Send + Serialize + Sync + 'static {
    /// The step's name in `saga.yaml`.
    const STEP: &'static str;
    /// Any message of its service.
    type Message;

    /// Whether the message that the step needs has arrived: a place among those it needs all of, and then
    /// among those it needs one of.
    fn has(&self, need: usize) -> bool;

    /// Keeps a message that the step needs.
    fn keep(&mut self, need: usize, message: &Self::Message);
}

/// The rows of one step, one for each saga instance, by correlation key.
#[derive(Debug, Clone)]
pub struct StepRows<I: Inputs> {
    wanted: BTreeSet<String>,
    rows: HashMap<String, StepRow<I>>,
}

/// One step of one saga instance: which of the messages it needs have arrived, and whether it has ended.
///
/// It is the memory of a join, and what makes a step run once however often and in whatever order its
/// messages come. What each arrival means to it is decided by [`saga_step::flow`], which the proof of the
/// saga explores. A row is closed and not deleted until no message of its instance can
/// be left in a topic: a late one would open a new row, and that instance would never end.
///
/// See `docs/runtime.md`, "Tables".
#[derive(Debug, Clone, Default)]
pub struct StepRow<I> {
    mode: Mode,
    inputs: I,
    progress: Progress,
    attempts: i32,
    overdue: bool,
    due: Due,
    changed: bool,
}

/// What a step row keeps beside the messages; nothing, for most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    /// How far its compensation is: see [`Compensated`].
    #[serde(rename = "$compensated", default)]
    compensated: u8,
    /// A bit for each alternative that is ruled out.
    #[serde(rename = "$ruledOut", default)]
    ruled_out: u64,
    /// Whether its call is still to be compensated.
    #[serde(rename = "$undo", default)]
    undo: bool,
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
    pub fn lock(&mut self, key: &str) {
        if !self.wanted.contains(key) {
            self.wanted.insert(key.to_owned());
        }
    }

    /// The messages that have arrived for a saga instance.
    pub fn inputs(&mut self, key: &str) -> &I {
        &self.row(key).inputs
    }

    /// What is kept for a saga instance, to be added to.
    pub fn keep(&mut self, key: &str) -> &mut I {
        let row = self.row(key);
        row.changed = true;
        &mut row.inputs
    }

    /// The row of a saga instance.
    fn row(&mut self, key: &str) -> &mut StepRow<I> {
        // Looked up twice, for `entry` would want a key of its own each time.
        if !self.rows.contains_key(key) {
            self.rows.insert(key.to_owned(), StepRow::default());
        }
        self.rows.get_mut(key).unwrap_or_else(|| unreachable!("it was just inserted"))
    }
}

/// [`StepRows`] without their input type, as the engine sees them: `M` is any message of the service.
pub trait Steps<M>: AnySteps {
    /// Has the row of a saga instance locked and loaded.
    fn want(&mut self, key: &str);

    /// The row of a saga instance.
    fn memory(&mut self, key: &str) -> &mut dyn Memory<M>;
}

/// A [`StepRow`] without its input type.
pub trait Memory<M> {
    /// Where the step stands.
    fn mode(&self) -> Mode;
    /// Puts it there.
    fn set_mode(&mut self, mode: Mode);
    /// Whether a message it needs has arrived.
    fn has(&self, need: usize) -> bool;
    /// Keeps a message it needs.
    fn keep(&mut self, need: usize, message: &M);
    /// Whether one of the messages it needs one of will never come.
    fn is_ruled_out(&self, alternative: usize) -> bool;
    /// One of the messages it needs one of will never come.
    fn rule_out(&mut self, alternative: usize);
    /// How far its compensation is.
    fn compensated(&self) -> Compensated;
    /// Records how far its compensation is.
    fn set_compensated(&mut self, to: Compensated);
    /// Whether its call is still to be compensated, by another call.
    fn is_to_undo(&self) -> bool;
    /// Records whether it is.
    fn set_to_undo(&mut self, undo: bool);
    /// How often its call, or its compensation, was tried.
    fn attempts(&self) -> i32;
    /// Sets how often it was tried.
    fn set_attempts(&mut self, attempts: i32);
    /// Whether its time had come when it was loaded, by the database's clock, and nothing was done about it
    /// since.
    fn overdue(&self) -> bool;
    /// Sets when it is due.
    fn set_due(&mut self, due: Due);
}

impl<I: Inputs> Steps<I::Message> for StepRows<I> {
    fn want(&mut self, key: &str) {
        self.lock(key);
    }

    fn memory(&mut self, key: &str) -> &mut dyn Memory<I::Message> {
        self.row(key)
    }
}

impl<I: Inputs> Memory<I::Message> for StepRow<I> {
    fn mode(&self) -> Mode {
        self.mode
    }

    fn set_mode(&mut self, mode: Mode) {
        if mode.is_final() && mutation::active(Mutation::InputsForgotten) {
            self.inputs = I::default();
        }
        self.changed |= mode != self.mode;
        self.mode = mode;
    }

    fn has(&self, need: usize) -> bool {
        self.inputs.has(need)
    }

    fn keep(&mut self, need: usize, message: &I::Message) {
        if self.inputs.has(need) {
            return;
        }
        if mutation::active(Mutation::Overtaking) && self.mode == Mode::Waiting {
            self.inputs = I::default();
        }
        self.inputs.keep(need, message);
        self.changed = true;
    }

    fn is_ruled_out(&self, alternative: usize) -> bool {
        self.progress.ruled_out & (1 << alternative) != 0
    }

    fn rule_out(&mut self, alternative: usize) {
        self.changed |= !Memory::<I::Message>::is_ruled_out(self, alternative);
        self.progress.ruled_out |= 1 << alternative;
    }

    fn compensated(&self) -> Compensated {
        Compensated::ALL[usize::from(self.progress.compensated).min(Compensated::ALL.len() - 1)]
    }

    fn set_compensated(&mut self, to: Compensated) {
        self.changed |= self.progress.compensated != to as u8;
        self.progress.compensated = to as u8;
    }

    fn is_to_undo(&self) -> bool {
        self.progress.undo
    }

    fn set_to_undo(&mut self, undo: bool) {
        self.progress.undo = undo;
        self.changed = true;
    }

    fn attempts(&self) -> i32 {
        self.attempts
    }

    fn set_attempts(&mut self, attempts: i32) {
        self.attempts = attempts;
        self.changed = true;
    }

    fn overdue(&self) -> bool {
        self.overdue
    }

    fn set_due(&mut self, due: Due) {
        (self.due, self.overdue) = (due, false);
        self.changed = true;
    }
}

impl<I: Inputs> StepRow<I> {
    /// What is stored of it: the messages, and its progress if it has made any.
    fn kept(&self) -> serde_json::Result<String> {
        if self.progress == Progress::default() {
            return serde_json::to_string(&self.inputs);
        }
        #[derive(Serialize)]
        struct Whole<'a, I> {
            #[serde(flatten)]
            inputs: &'a I,
            #[serde(flatten)]
            progress: Progress,
        }
        serde_json::to_string(&Whole { inputs: &self.inputs, progress: self.progress })
    }

    fn of(mode: Mode, stored: &StoredStep) -> serde_json::Result<Self> {
        let kept = stored.inputs.as_str();
        let inputs = serde_json::from_str(kept)?;
        let progress = if kept.contains("\"$") { serde_json::from_str(kept)? } else { Progress::default() };
        let (attempts, overdue) = (stored.attempts, stored.overdue);
        Ok(Self { mode, inputs, progress, attempts, overdue, due: Due::Keep, changed: false })
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
pub trait AnySteps: Copies + Send + Sync {
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
    /// The rows that changed, in ascending order.
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
            let row = StepRow::of(mode, &stored).map_err(|error| misfit(&error))?;
            self.rows.insert(stored.correlation, row);
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
                let inputs = row.kept().map_err(|error| RowError(format!("step {}: {error}", I::STEP)))?;
                let StepRow { mode, attempts, due, .. } = *row;
                Ok(ChangedStep { correlation: correlation.clone(), mode, inputs, attempts, due })
            })
            .collect()
    }
}
