//! The rows of an entity.

use std::collections::{BTreeSet, HashMap};

use super::copies::Copies;
use super::lookup::{self, Lookup};
use crate::column::{Cell, Column, LONGEST_KEY, RowError, RowReader, RowWriter, Unstorable};
use crate::entity::{ColumnDef, Entity, Key, Lifecycle, Status, TableDef};
use crate::outcome::{Fault, Rejection};

/// The rows of one entity.
#[derive(Debug, Clone)]
pub struct Table<E: Entity> {
    wanted: BTreeSet<E::Key>,
    rows: HashMap<E::Key, Slot<E>>,
    /// How many new rows the batch may ask for.
    may_create: usize,
    next_id: i64,
    taken: i64,
    /// The columns that rows of this batch are looked up by.
    lookups: Vec<Lookup<E>>,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowStatus {
    /// The place of its status: see [`Status::place`].
    pub place: u8,
    /// What the status is called.
    pub name: &'static str,
}

#[derive(Debug, Clone)]
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
        Self {
            wanted: BTreeSet::new(),
            rows: HashMap::new(),
            may_create: 0,
            next_id: 1,
            taken: 0,
            lookups: Vec::new(),
        }
    }
}

impl<E: Entity> Table<E> {
    /// Has the row `key` locked and loaded.
    pub fn lock(&mut self, key: &E::Key) {
        if !self.wanted.contains(key) {
            self.wanted.insert(key.clone());
        }
    }

    /// Has the rows `keys` locked and loaded.
    pub fn lock_all<'k>(&mut self, keys: impl IntoIterator<Item = &'k E::Key>) {
        keys.into_iter().for_each(|key| self.lock(key));
    }

    /// Has the rows locked and loaded whose `column` has `value`. The column must be one of
    /// [`TableDef::lookups`].
    pub fn lock_by<C: Cell>(&mut self, column: &'static str, value: &C) {
        if !self.lookups.iter().any(|lookup| lookup.column == column) {
            let lookup = Lookup::new(column, self.rows.values().map(|slot| &slot.row));
            debug_assert!(lookup.is_some(), "{column} of {} is not looked up", E::NAME);
            self.lookups.extend(lookup);
        }
        if let Some(lookup) = self.lookups.iter_mut().find(|lookup| lookup.column == column) {
            lookup.want(value);
        }
    }

    /// The key of the row whose `column` has `value`, after [`Table::lock_by`]: of the first in the order of
    /// their keys, if there are several.
    pub fn find_by<C: Cell>(&self, column: &'static str, value: &C) -> Option<&E::Key> {
        self.lookups.iter().find(|lookup| lookup.column == column)?.find(value)
    }

    /// The same for the compensation `step`.
    ///
    /// # Errors
    /// [`Fault::NothingToCompensate`] when there is no such row.
    pub fn find_to_compensate<C: Cell>(
        &self,
        step: &'static str,
        column: &'static str,
        value: &C,
    ) -> Result<E::Key, Fault> {
        let what = || format!("with {column} = {}", Column::of([value]).texts().join(""));
        let found = self.find_by(column, value).cloned();
        found.ok_or_else(|| Fault::NothingToCompensate { step, entity: E::NAME, key: what() })
    }

    /// Reserves a key for one more row that may be created.
    pub fn reserve_new(&mut self) {
        self.may_create += 1;
    }

    /// The row `key`, if it exists.
    pub fn get(&self, key: &E::Key) -> Option<&E> {
        self.rows.get(key).map(|slot| &slot.row)
    }

    /// The row `key`.
    ///
    /// # Errors
    /// [`Rejection::not_found`] when there is no such row.
    pub fn row(&self, key: &E::Key) -> Result<&E, Rejection> {
        self.get(key).ok_or_else(Rejection::not_found)
    }

    /// Whether there is a row `key`, which is in no status.
    pub fn existing(&self, key: &E::Key) -> Option<RowStatus> {
        self.get(key).map(|_| RowStatus { place: 0, name: "there" })
    }

    /// Whether there is a row for each of `keys`.
    pub fn existing_all<'k>(&self, keys: impl IntoIterator<Item = &'k E::Key>) -> Option<RowStatus> {
        let all = keys.into_iter().all(|key| self.get(key).is_some());
        all.then_some(RowStatus { place: 0, name: "there" })
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
    /// [`Rejection`] when the key is taken or too long.
    pub fn insert(&mut self, row: E) -> Result<&E, Rejection> {
        let key = row.key().clone();
        Self::fits(&key)?;
        if self.rows.contains_key(&key) {
            return Err(Rejection::because(format!("{} {key} exists already", E::NAME)));
        }
        self.lookups.iter_mut().for_each(|lookup| lookup.add(&row));
        let slot = self.rows.entry(key).or_insert(Slot { row, state: SlotState::Created });
        Ok(&slot.row)
    }

    /// Whether a row may have this key.
    pub(super) fn fits(key: &E::Key) -> Result<(), Rejection> {
        if key.bytes() <= LONGEST_KEY {
            return Ok(());
        }
        Err(Rejection::because(format!("the key of {} has more than {LONGEST_KEY} bytes", E::NAME)))
    }

    /// Puts what has become of the draft of row `key` in its place.
    pub(super) fn replace(&mut self, key: &E::Key, draft: E) {
        if let Some(slot) = self.rows.get_mut(key) {
            slot.replace(draft, &mut self.lookups);
        }
    }
}

impl<E: Lifecycle> Table<E> {
    /// Where the row `key` stands; none if there is no such row.
    pub fn status(&self, key: &E::Key) -> Option<RowStatus> {
        let status = self.get(key)?.status();
        Some(RowStatus { place: status.place(), name: status.name() })
    }

    /// Where the first of the rows `keys` stands that does not let a step run, as `lets_run` says of a
    /// status; where any of them stands, if all do. None if one of them is missing.
    pub fn status_of_all<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k E::Key>,
        lets_run: impl Fn(u8) -> bool,
    ) -> Option<RowStatus> {
        let mut found: Option<RowStatus> = None;
        for key in keys {
            let status = self.status(key)?;
            found = found.filter(|found| !lets_run(found.place)).or(Some(status));
        }
        // Where there is no row, none stands against it.
        let any = || (0..u8::MAX).find(|place| lets_run(*place));
        found.or_else(|| any().map(|place| RowStatus { place, name: "there" }))
    }

    /// Moves the rows `keys` to `status`.
    pub fn set_status_of_all<'k>(&mut self, keys: impl IntoIterator<Item = &'k E::Key>, status: E::Status) {
        keys.into_iter().for_each(|key| {
            self.set_status(key, status);
        });
    }

    /// Moves the row `key` to `status`; whether there is such a row.
    pub fn set_status(&mut self, key: &E::Key, status: E::Status) -> bool {
        let Some(slot) = self.rows.get_mut(key) else { return false };
        slot.row.set_status(status);
        slot.touch();
        true
    }
}

impl<E: Entity> Slot<E> {
    fn replace(&mut self, row: E, lookups: &mut [Lookup<E>]) {
        if self.row != row {
            lookups.iter_mut().for_each(|lookup| lookup.replace(&self.row, &row));
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
pub trait AnyTable: Copies + Send + Sync {
    /// The table.
    fn def(&self) -> TableDef;
    /// The keys to load, in ascending order.
    fn wanted(&self) -> Column<'_>;
    /// The values to look rows up by, a column for each of [`TableDef::lookups`]; none at all if nothing is
    /// looked up.
    fn looked_up(&self) -> Vec<Column<'_>> {
        Vec::new()
    }
    /// Wants the rows with these keys, too.
    fn want(&mut self, keys: &Column<'_>);
    /// The keys of new rows that were not looked for: a handler gave them.
    fn given(&self) -> Column<'_>;
    /// Whether it has any row.
    fn has_rows(&self) -> bool;
    /// Wants nothing any more; what is loaded stays.
    fn want_nothing(&mut self) {}
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
    ///
    /// # Errors
    /// [`Unstorable`] when a handler left a value in them that is never stored.
    fn created(&self) -> Result<Vec<Column<'_>>, Unstorable>;
    /// The rows that changed, as columns; empty when there is none.
    ///
    /// # Errors
    /// [`Unstorable`], as above.
    fn changed(&self) -> Result<Vec<Column<'_>>, Unstorable>;
    /// Every row as columns, in the order of their keys.
    #[cfg(feature = "simulation")]
    fn all_rows(&self) -> Vec<Column<'_>>;
}

/// What `table` wants, as operators read it: the keys, and the values that rows are looked up by.
pub(crate) fn names_of(table: &dyn AnyTable) -> Vec<String> {
    let mut names = table.wanted().texts();
    for (column, values) in table.def().lookups().zip(table.looked_up()) {
        names.extend(values.texts().iter().map(|value| name_by(column, value)));
    }
    names
}

/// A row that is looked up by a value of `column`.
pub(crate) fn name_by(column: &ColumnDef, value: &str) -> String {
    format!("{} = {value}", column.name)
}

impl<E: Entity> Table<E> {
    fn columns_of(&self, state: SlotState) -> Result<Vec<Column<'_>>, Unstorable> {
        let mut rows: Vec<&E> =
            self.rows.values().filter(|slot| slot.state == state).map(|slot| &slot.row).collect();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        rows.sort_unstable_by(|a, b| a.key().cmp(b.key()));
        let columns = columns_of(&rows);
        let indexed = E::TABLE.columns.iter().zip(&columns).enumerate();
        let mut indexed = indexed.filter(|(at, (def, _))| *at == 0 || def.lookup).map(|(_, it)| it);
        if let Some((def, _)) = indexed.find(|(_, column)| column.is_long_key()) {
            return Err(Unstorable { column: def.name, reason: "a key is longer than an index takes" });
        }
        // PostgreSQL refuses a NUL and SQLite does not; SQLite makes NULL of what is not a number.
        match E::TABLE.columns.iter().zip(&columns).find_map(|(def, it)| Some((def.name, it.unstorable()?))) {
            Some((column, reason)) => Err(Unstorable { column, reason }),
            None => Ok(columns),
        }
    }
}

/// The rows of an entity as columns of its table.
pub(crate) fn columns_of<'a, E: Entity>(rows: &[&'a E]) -> Vec<Column<'a>> {
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
pub(crate) fn rows_of<E: Entity>(columns: &[Column<'_>]) -> Result<Vec<E>, RowError> {
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

    fn looked_up(&self) -> Vec<Column<'_>> {
        lookup::wanted(&self.lookups)
    }

    fn want(&mut self, keys: &Column<'_>) {
        self.wanted.extend((0..keys.len()).filter_map(|at| E::Key::take(keys, at).ok()));
    }

    fn given(&self) -> Column<'_> {
        let may_be = !E::TABLE.allocated;
        let created = self.rows.iter().filter(|(_, slot)| may_be && slot.state == SlotState::Created);
        Column::of(created.map(|(key, _)| key).filter(|key| !self.wanted.contains(*key)))
    }

    fn has_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    fn want_nothing(&mut self) {
        self.lookups.iter_mut().for_each(Lookup::want_nothing);
        self.wanted.clear();
        self.may_create = 0;
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
            self.lookups.iter_mut().for_each(|lookup| lookup.add(&row));
            self.rows.insert(row.key().clone(), Slot { row, state: SlotState::Loaded });
        }
        Ok(())
    }

    fn created(&self) -> Result<Vec<Column<'_>>, Unstorable> {
        self.columns_of(SlotState::Created)
    }

    fn changed(&self) -> Result<Vec<Column<'_>>, Unstorable> {
        self.columns_of(SlotState::Changed)
    }

    #[cfg(feature = "simulation")]
    fn all_rows(&self) -> Vec<Column<'_>> {
        let mut rows: Vec<&E> = self.rows.values().map(|slot| &slot.row).collect();
        rows.sort_unstable_by(|a, b| a.key().cmp(b.key()));
        columns_of(&rows)
    }
}
