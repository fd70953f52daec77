//! What requests ask of rows.

use std::fmt::Display;

use saga_step::{Verdict, guard};

use super::Table;
use crate::column::Cell;
use crate::entity::{Entity, Lifecycle, Status as _};
use crate::outcome::Refusal;

impl<E: Entity> Table<E> {
    /// The row `key`, to be shown.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such row.
    pub fn found(&self, key: &E::Key) -> Result<&E, Refusal> {
        self.get(key).ok_or_else(|| Refusal::not_found::<E>(key))
    }

    /// The row whose `column` has `value`, after [`Table::lock_by`], to be shown.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such row.
    pub fn found_by<C: Cell + Display>(&self, column: &'static str, value: &C) -> Result<&E, Refusal> {
        let row = self.find_by(column, value).and_then(|key| self.get(key));
        row.ok_or_else(|| Refusal::NotFound { entity: E::NAME, key: value.to_string() })
    }
}

impl<E: Lifecycle> Table<E> {
    /// Whether a request may change the row `key`, whose status is one of `from`, or no end if it names none;
    /// `false` if the row is already in the status `to` that it would be given.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such row, [`Refusal::Conflict`] when its status does not allow it.
    pub fn allows(
        &self,
        key: &E::Key,
        from: Option<&[E::Status]>,
        to: Option<E::Status>,
    ) -> Result<bool, Refusal> {
        let status = self.found(key)?.status();
        let phased = |status: E::Status| (status, status.phase());
        match guard(phased(status), from, to.map(phased)) {
            Verdict::Run => Ok(true),
            Verdict::Already => Ok(false),
            Verdict::Guarded | Verdict::Ended | Verdict::Conflict => {
                Err(Refusal::conflict(format!("{} {key} is {}", E::NAME, status.name())))
            }
        }
    }
}
