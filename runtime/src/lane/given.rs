//! Keys that handlers give to new rows.

use crate::column::Column;
use crate::rows::Rows;
use crate::store::{Session, StoreError};

/// Keys that handlers gave to new rows in a transaction, and that are taken.
///
/// Rows are loaded before handlers are asked, so a key that one of them gives is looked for afterwards. If it is
/// taken, the transaction runs once more with that row loaded: the step is then rejected at once, as it is for a key
/// that a message gives. To try it again later would not help.
#[derive(Default)]
pub(super) struct Given {
    /// The tables, and the keys.
    taken: Vec<(&'static str, Column<'static>)>,
}

impl Given {
    /// Wants the rows that the last transaction found.
    pub(super) fn want<R: Rows>(&self, rows: &mut R) {
        for table in rows.tables() {
            let name = table.def().name;
            let taken = self.taken.iter().filter(|(of, _)| *of == name);
            taken.for_each(|(_, keys)| table.want(keys));
        }
    }

    /// Looks whether a handler gave a key that is taken. Says what is, for the next transaction.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn look<R: Rows, C: Session>(
        &mut self,
        session: &mut C,
        rows: &mut R,
    ) -> Result<Option<String>, StoreError> {
        self.forget();
        let mut there = R::default();
        for (table, found) in rows.tables().into_iter().zip(there.tables()) {
            let keys = table.given();
            if keys.is_empty() {
                continue;
            }
            found.want(&keys);
            session.read_table(found).await?;
            if found.has_rows() {
                self.taken.push((table.def().name, keys.into_owned()));
            }
        }
        let first = self.taken.first();
        Ok(first.map(|(table, _)| format!("a handler gave a row of {table} a key that is taken")))
    }

    /// Knows of none any more.
    pub(super) fn forget(&mut self) {
        self.taken.clear();
    }
}
