//! Rows found by a value other than their key.

use std::collections::{BTreeSet, HashMap};

use crate::column::{Cell, Column, RowWriter};
use crate::entity::{ColumnDef, Entity};

/// The rows of a batch by the values of one column.
#[derive(Debug, Clone)]
pub(super) struct Lookup<E: Entity> {
    /// The column.
    pub(super) column: &'static str,
    at: usize,
    /// The values whose rows are to be loaded.
    wanted: Column<'static>,
    /// The rows that are loaded or created, by the text of their value.
    found: HashMap<String, Found<E::Key>>,
}

#[derive(Debug, Clone)]
struct Found<K> {
    is_wanted: bool,
    keys: BTreeSet<K>,
}

impl<K> Default for Found<K> {
    fn default() -> Self {
        Self { is_wanted: false, keys: BTreeSet::new() }
    }
}

impl<E: Entity> Lookup<E> {
    /// A lookup by `column`, with the rows that are there already; `None` if the table has no index for it.
    pub(super) fn new<'r>(column: &'static str, rows: impl Iterator<Item = &'r E>) -> Option<Self> {
        let at = E::TABLE.columns.iter().position(|def| def.name == column && def.lookup)?;
        let wanted = Column::with_capacity(E::TABLE.columns[at].ty, 0);
        let mut lookup = Self { column, at, wanted, found: HashMap::new() };
        rows.for_each(|row| lookup.add(row));
        Some(lookup)
    }

    /// Has the rows with `value` loaded.
    pub(super) fn want<C: Cell>(&mut self, value: &C) {
        debug_assert_eq!(C::TYPE, E::TABLE.columns[self.at].ty, "{} of {}", self.column, E::NAME);
        let Some(text) = text_of(value) else { return };
        let found = self.found.entry(text).or_default();
        if !found.is_wanted {
            found.is_wanted = true;
            self.wanted.append(Column::of([value]).into_owned());
        }
    }

    /// The first row with `value`, in the order of their keys.
    pub(super) fn find<C: Cell>(&self, value: &C) -> Option<&E::Key> {
        self.found.get(&text_of(value)?)?.keys.first()
    }

    pub(super) fn want_nothing(&mut self) {
        self.wanted = Column::with_capacity(self.wanted.ty(), 0);
        self.found.values_mut().for_each(|found| found.is_wanted = false);
    }

    /// Remembers a row.
    pub(super) fn add(&mut self, row: &E) {
        if let Some(text) = self.text_in(row) {
            self.found.entry(text).or_default().keys.insert(row.key().clone());
        }
    }

    /// Remembers a row that was `before`.
    pub(super) fn replace(&mut self, before: &E, row: &E) {
        if let Some(found) = self.text_in(before).and_then(|text| self.found.get_mut(&text)) {
            found.keys.remove(before.key());
        }
        self.add(row);
    }

    fn text_in(&self, row: &E) -> Option<String> {
        let mut column = Column::with_capacity(E::TABLE.columns[self.at].ty, 1);
        row.write(&mut RowWriter::only(self.at, &mut column));
        column.texts().pop()
    }
}

/// A value as text; `None` for NULL.
fn text_of<C: Cell>(value: &C) -> Option<String> {
    Column::of([value]).texts().pop()
}

/// What `lookups` want, as a column for each of [`TableDef::lookups`]; none at all if they want nothing.
///
/// [`TableDef::lookups`]: crate::entity::TableDef::lookups
pub(super) fn wanted<E: Entity>(lookups: &[Lookup<E>]) -> Vec<Column<'_>> {
    if lookups.iter().all(|lookup| lookup.wanted.is_empty()) {
        return Vec::new();
    }
    let table = E::TABLE;
    let wanted = |def: &ColumnDef| {
        let lookup = lookups.iter().find(|lookup| lookup.column == def.name);
        lookup.map_or_else(|| Column::with_capacity(def.ty, 0), |lookup| lookup.wanted.clone())
    };
    table.lookups().map(wanted).collect()
}
