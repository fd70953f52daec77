//! The rows of an entity.

use std::collections::{BTreeSet, HashMap};

use super::Selection;
use super::lookup::{self, Lookup};
use crate::column::{Cell, Column, LONGEST_KEY, RowError, RowReader, RowWriter, Unstorable};
use crate::entity::{ColumnDef, Entity, Key, Lifecycle, Status, TableDef};
use crate::outcome::{Refusal, Rejection};

/// The rows of one entity.
#[derive(Debug)]
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
        slot.replace(draft, &mut self.lookups);
        Ok(answer)
    }

    /// Lets `decide` change the rows `keys` together; a rejection leaves no trace on any of them. A key that
    /// is named twice is one row.
    ///
    /// # Errors
    /// The rejection, or [`Rejection::not_found`] when one of the rows is missing.
    pub fn change_all<'k, T>(
        &mut self,
        keys: impl IntoIterator<Item = &'k E::Key>,
        decide: impl FnOnce(&mut Selection<E>) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let row = |key| self.get(key).cloned().ok_or_else(Rejection::not_found);
        let mut drafts = keys.into_iter().map(row).collect::<Result<Selection<E>, _>>()?;
        let answer = decide(&mut drafts)?;
        for (key, draft) in drafts.into_rows() {
            if let Some(slot) = self.rows.get_mut(&key) {
                slot.replace(draft, &mut self.lookups);
            }
        }
        Ok(answer)
    }

    /// Lets `decide` change the row `key`, or the row that `make` builds if there is none; a rejection leaves
    /// no trace, and no new row.
    ///
    /// # Errors
    /// The rejection, or that of a key that is too long.
    pub fn change_or_create<T>(
        &mut self,
        key: &E::Key,
        make: impl FnOnce() -> E,
        decide: impl FnOnce(&mut E) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        if self.rows.contains_key(key) {
            return self.change(key, decide);
        }
        let mut row = make();
        let answer = decide(&mut row)?;
        self.insert(row)?;
        Ok(answer)
    }

    /// Lets a request change the row `key`; a refusal leaves no trace on it.
    ///
    /// # Errors
    /// The refusal, or [`Refusal::NotFound`] when there is no such row.
    pub fn ask<T, X: From<Refusal>>(
        &mut self,
        key: &E::Key,
        decide: impl FnOnce(&mut E) -> Result<T, X>,
    ) -> Result<T, X> {
        let slot = self.rows.get_mut(key).ok_or_else(|| Refusal::not_found::<E>(key))?;
        let mut draft = slot.row.clone();
        let answer = decide(&mut draft)?;
        slot.replace(draft, &mut self.lookups);
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
    /// [`Rejection`] when the key is taken or too long.
    pub fn insert(&mut self, row: E) -> Result<&E, Rejection> {
        let key = row.key().clone();
        if key.bytes() > LONGEST_KEY {
            return Err(Rejection::because(format!(
                "the key of {} has more than {LONGEST_KEY} bytes",
                E::NAME
            )));
        }
        if self.rows.contains_key(&key) {
            return Err(Rejection::because(format!("{} {key} exists already", E::NAME)));
        }
        self.lookups.iter_mut().for_each(|lookup| lookup.add(&row));
        let slot = self.rows.entry(key).or_insert(Slot { row, state: SlotState::Created });
        Ok(&slot.row)
    }
}

impl<E: Lifecycle> Table<E> {
    /// Where the row `key` stands; none if there is no such row.
    pub fn status(&self, key: &E::Key) -> Option<RowStatus> {
        let status = self.get(key)?.status();
        Some(RowStatus { place: status.place(), name: status.name() })
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
pub trait AnyTable: Send + Sync {
    /// The table.
    fn def(&self) -> TableDef;
    /// The keys to load, in ascending order.
    fn wanted(&self) -> Column<'_>;
    /// The values to look rows up by, a column for each of [`TableDef::lookups`]; none at all if nothing is
    /// looked up.
    fn looked_up(&self) -> Vec<Column<'_>> {
        Vec::new()
    }
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
}
