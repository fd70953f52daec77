//! What a table is at its beginning.

use super::columns_of;
use crate::column::Column;
use crate::entity::{Entity, TableDef};

/// A table with the rows it starts with.
#[derive(Debug)]
pub struct TableSchema {
    /// The table.
    pub def: TableDef,
    /// Its first rows, as columns; empty when there is none.
    pub seed: Vec<Column<'static>>,
}

impl TableSchema {
    /// The table of an entity.
    pub fn of<E: Entity>() -> Self {
        let rows = E::seed();
        let seed = match rows.as_slice() {
            [] => Vec::new(),
            rows => {
                columns_of(&rows.iter().collect::<Vec<_>>()).into_iter().map(Column::into_owned).collect()
            }
        };
        Self { def: E::TABLE, seed }
    }

    /// The first key that is free once the seed is stored, for allocated keys.
    pub fn first_free_id(&self) -> i64 {
        let rows = self.seed.first().map_or(0, Column::len);
        i64::try_from(rows).unwrap_or(i64::MAX - 1) + 1
    }
}
