//! The part of the database that one batch works on, in memory.
//!
//! A service names the rows its messages may touch, the store loads them with
//! one statement a table, the steps read and change them here, and what changed
//! goes back with one statement a table.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;
use step::{Arrival, Effect, Mode};

use crate::breaks;
use crate::column::{Column, RowError, RowReader, RowWriter};
use crate::context::Rejection;
use crate::entity::{Entity, Key, Lifecycle, Phase, Status, TableDef};

/// All rows a batch of one service works on; generated.
pub trait Rows: Default + Send {
    /// The entity tables, ordered by table name: the order of their locks.
    fn tables(&mut self) -> Vec<&mut dyn AnyTable>;

    /// The step rows, ordered by step name: the order of their locks.
    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        Vec::new()
    }
}

/// The rows of one entity.
#[derive(Debug)]
pub struct Table<E: Entity> {
    wanted: BTreeSet<E::Key>,
    rows: HashMap<E::Key, Slot<E>>,
    /// How many new rows the batch may ask for.
    may_create: usize,
    next_id: i64,
    taken: i64,
}

#[derive(Debug)]
struct Slot<E> {
    row: E,
    state: SlotState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SlotState {
    Loaded,
    Changed,
    Created,
}

impl<E: Entity> Default for Table<E> {
    fn default() -> Self {
        Self { wanted: BTreeSet::new(), rows: HashMap::new(), may_create: 0, next_id: 1, taken: 0 }
    }
}

/// What came of moving a row to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// The row is in the new status.
    Moved,
    /// The row was there already: nothing to do.
    Already,
    /// The row's status is not one the step moves from: the message is ignored.
    Guarded,
    /// The row ended the other way: two deciders, which a checked saga cannot have.
    Conflict,
    /// There is no such row: the message belongs to nothing this service knows.
    Missing,
}

impl<E: Entity> Table<E> {
    /// Asks for the row `key` to be loaded and locked.
    pub fn want(&mut self, key: &E::Key) {
        if !self.wanted.contains(key) {
            self.wanted.insert(key.clone());
        }
    }

    /// Announces that one more row may be created.
    pub fn want_new(&mut self) {
        self.may_create += 1;
    }

    /// The row `key`, if it exists.
    pub fn get(&self, key: &E::Key) -> Option<&E> {
        self.rows.get(key).map(|slot| &slot.row)
    }

    /// Lets `decide` change the row `key`; a rejection leaves no trace on it.
    ///
    /// # Errors
    /// The rejection, or [`Rejection::not_found`] when there is no such row.
    pub fn change<T>(
        &mut self,
        key: &E::Key,
        decide: impl FnOnce(&mut E) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let slot = self.rows.get_mut(key).ok_or_else(Rejection::not_found)?;
        let mut draft = slot.row.clone();
        let answer = decide(&mut draft)?;
        slot.replace(draft);
        Ok(answer)
    }

    /// Adds the row that `make` builds from the next free key.
    ///
    /// # Errors
    /// [`Rejection`] when the keys are used up.
    pub fn create(&mut self, make: impl FnOnce(E::Key) -> E) -> Result<&E, Rejection> {
        let key = E::Key::allocated(self.next_id + self.taken)
            .ok_or_else(|| Rejection::because("no free key is left"))?;
        self.taken += 1;
        self.insert(make(key))
    }

    /// Adds a row with a given key.
    ///
    /// # Errors
    /// [`Rejection`] when the key is taken.
    pub fn insert(&mut self, row: E) -> Result<&E, Rejection> {
        let key = row.key().clone();
        if self.rows.contains_key(&key) {
            return Err(Rejection::because(format!("{} {key} exists already", E::NAME)));
        }
        let slot = self.rows.entry(key).or_insert(Slot { row, state: SlotState::Created });
        Ok(&slot.row)
    }
}

impl<E: Lifecycle> Table<E> {
    /// Moves the row `key` to `to` from any status that is not an end.
    pub fn advance(&mut self, key: &E::Key, to: E::Status) -> Moved {
        self.advance_where(key, |status| status.phase() == Phase::Open, to)
    }

    /// Moves the row `key` to `to` from one of `from`.
    pub fn advance_from(&mut self, key: &E::Key, from: &[E::Status], to: E::Status) -> Moved {
        self.advance_where(key, |status| from.contains(&status), to)
    }

    fn advance_where(
        &mut self,
        key: &E::Key,
        allowed: impl FnOnce(E::Status) -> bool,
        to: E::Status,
    ) -> Moved {
        let Some(slot) = self.rows.get_mut(key) else { return Moved::Missing };
        let status = slot.row.status();
        if status == to {
            return Moved::Already;
        }
        if allowed(status) {
            slot.row.set_status(to);
            slot.touch();
            return Moved::Moved;
        }
        match (status.phase(), to.phase()) {
            (Phase::Done, Phase::Failed) | (Phase::Failed, Phase::Done) => Moved::Conflict,
            _ => Moved::Guarded,
        }
    }
}

impl<E: Entity> Slot<E> {
    fn replace(&mut self, row: E) {
        if self.row != row {
            self.row = row;
            self.touch();
        }
    }

    fn touch(&mut self) {
        if self.state == SlotState::Loaded {
            self.state = SlotState::Changed;
        }
    }
}

/// A [`Table`] without its row type, as the store sees it.
pub trait AnyTable: Send + Sync {
    /// The table.
    fn def(&self) -> TableDef;
    /// The keys to load, in ascending order.
    fn wanted(&self) -> Column<'_>;
    /// Whether rows may be created whose keys the service allocates.
    fn wants_ids(&self) -> bool;
    /// The first key that is free.
    fn set_next_id(&mut self, id: i64);
    /// How many keys were used.
    fn ids_taken(&self) -> i64;
    /// Takes the loaded rows over.
    ///
    /// # Errors
    /// [`RowError`] when a stored value does not fit.
    fn load(&mut self, columns: &[Column<'_>]) -> Result<(), RowError>;
    /// The rows that did not exist before, as columns; empty when there is none.
    fn created(&self) -> Vec<Column<'_>>;
    /// The rows that changed, as columns; empty when there is none.
    fn changed(&self) -> Vec<Column<'_>>;
}

impl<E: Entity> Table<E> {
    fn columns_of(&self, state: SlotState) -> Vec<Column<'_>> {
        let mut rows: Vec<&E> =
            self.rows.values().filter(|slot| slot.state == state).map(|slot| &slot.row).collect();
        if rows.is_empty() {
            return Vec::new();
        }
        rows.sort_unstable_by(|a, b| a.key().cmp(b.key()));
        columns_of(&rows)
    }
}

/// The rows of an entity as columns of its table.
pub fn columns_of<'a, E: Entity>(rows: &[&'a E]) -> Vec<Column<'a>> {
    let mut columns: Vec<Column<'a>> =
        E::TABLE.columns.iter().map(|column| Column::with_capacity(column.ty, rows.len())).collect();
    for row in rows {
        row.write(&mut RowWriter::new(&mut columns));
    }
    columns
}

/// The rows of an entity out of columns of its table.
///
/// # Errors
/// [`RowError`] when a stored value does not fit.
pub fn rows_of<E: Entity>(columns: &[Column<'_>]) -> Result<Vec<E>, RowError> {
    let count = columns.first().map_or(0, Column::len);
    (0..count).map(|row| E::read(&mut RowReader::new(columns, row))).collect()
}

impl<E: Entity> AnyTable for Table<E> {
    fn def(&self) -> TableDef {
        E::TABLE
    }

    fn wanted(&self) -> Column<'_> {
        Column::of(&self.wanted)
    }

    fn wants_ids(&self) -> bool {
        E::TABLE.allocated && self.may_create > 0
    }

    fn set_next_id(&mut self, id: i64) {
        self.next_id = id;
    }

    fn ids_taken(&self) -> i64 {
        self.taken
    }

    fn load(&mut self, columns: &[Column<'_>]) -> Result<(), RowError> {
        for row in rows_of::<E>(columns)? {
            self.rows.insert(row.key().clone(), Slot { row, state: SlotState::Loaded });
        }
        Ok(())
    }

    fn created(&self) -> Vec<Column<'_>> {
        self.columns_of(SlotState::Created)
    }

    fn changed(&self) -> Vec<Column<'_>> {
        self.columns_of(SlotState::Changed)
    }
}

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

/// One step of one saga instance.
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
    /// Asks for the row of a saga instance to be loaded and locked.
    pub fn want(&mut self, correlation: impl ToString) {
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
        if !completes && breaks::off("overtaking") {
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
        let (mode, effect) = step::arrive(self.mode, arrival);
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
