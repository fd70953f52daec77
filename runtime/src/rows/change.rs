//! How steps, requests and compensations change the rows of a table.
//!
//! Each works on drafts: if it says no, no row has changed.

use super::{Selection, Table};
use crate::entity::Entity;
use crate::outcome::{Fault, Refusal, Rejection};

impl<E: Entity> Table<E> {
    /// Lets `decide` change the row `key`; a rejection leaves no trace on it.
    ///
    /// # Errors
    /// The rejection, or [`Rejection::not_found`] when there is no such row.
    pub fn change<T>(
        &mut self,
        key: &E::Key,
        decide: impl FnOnce(&mut E) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        self.draft(key, |_| Rejection::not_found(), decide)
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
        self.drafts(keys, |_| Rejection::not_found(), decide)
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
        if self.get(key).is_some() {
            return self.change(key, decide);
        }
        // `decide` may change rows of other tables, and nothing may fail after that.
        Self::fits(key)?;
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
        self.draft(key, |key| Refusal::not_found::<E>(key).into(), decide)
    }

    /// Lets a request change the rows `keys` together; a refusal leaves no trace on any of them.
    ///
    /// # Errors
    /// The refusal, or [`Refusal::NotFound`] for the first of the rows that is missing.
    pub fn ask_all<'k, T, X: From<Refusal>>(
        &mut self,
        keys: impl IntoIterator<Item = &'k E::Key>,
        decide: impl FnOnce(&mut Selection<E>) -> Result<T, X>,
    ) -> Result<T, X> {
        self.drafts(keys, |key| Refusal::not_found::<E>(key).into(), decide)
    }

    /// Lets a request change the row `key`, or the row that `make` builds if there is none; a refusal leaves
    /// no trace, and no new row.
    ///
    /// # Errors
    /// The refusal, or that of a key that is too long.
    pub fn ask_or_create<T, X: From<Refusal>>(
        &mut self,
        key: &E::Key,
        make: impl FnOnce() -> E,
        decide: impl FnOnce(&mut E) -> Result<T, X>,
    ) -> Result<T, X> {
        if self.get(key).is_some() {
            return self.ask(key, decide);
        }
        Self::fits(key).map_err(Refusal::from)?;
        let mut row = make();
        let answer = decide(&mut row)?;
        self.insert(row).map_err(Refusal::from)?;
        Ok(answer)
    }

    /// Lets the compensation `step` change the row `key`.
    ///
    /// # Errors
    /// [`Fault::NothingToCompensate`] when there is no such row.
    pub fn compensate<T>(
        &mut self,
        step: &'static str,
        key: &E::Key,
        decide: impl FnOnce(&mut E) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.draft(key, |key| Fault::nothing_to_compensate::<E>(step, key), decide)
    }

    /// Lets the compensation `step` change the rows `keys` together.
    ///
    /// # Errors
    /// [`Fault::NothingToCompensate`] for the first of the rows that is missing.
    pub fn compensate_all<'k, T>(
        &mut self,
        step: &'static str,
        keys: impl IntoIterator<Item = &'k E::Key>,
        decide: impl FnOnce(&mut Selection<E>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.drafts(keys, |key| Fault::nothing_to_compensate::<E>(step, key), decide)
    }

    fn draft<T, X>(
        &mut self,
        key: &E::Key,
        missing: impl FnOnce(&E::Key) -> X,
        decide: impl FnOnce(&mut E) -> Result<T, X>,
    ) -> Result<T, X> {
        let mut draft = self.get(key).cloned().ok_or_else(|| missing(key))?;
        let answer = decide(&mut draft)?;
        self.replace(key, draft);
        Ok(answer)
    }

    fn drafts<'k, T, X>(
        &mut self,
        keys: impl IntoIterator<Item = &'k E::Key>,
        missing: impl Fn(&E::Key) -> X,
        decide: impl FnOnce(&mut Selection<E>) -> Result<T, X>,
    ) -> Result<T, X> {
        let row = |key| self.get(key).cloned().ok_or_else(|| missing(key));
        let mut drafts = keys.into_iter().map(row).collect::<Result<Selection<E>, _>>()?;
        let answer = decide(&mut drafts)?;
        drafts.into_rows().into_iter().for_each(|(key, draft)| self.replace(&key, draft));
        Ok(answer)
    }
}
