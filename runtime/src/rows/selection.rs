//! Several rows that one decision is about.

use std::collections::BTreeMap;

use crate::entity::Entity;
use crate::outcome::Rejection;

/// Several rows of an entity, by key and in the order of their keys: what a step works on whose message has
/// a list of them.
///
/// It is a draft: a rejection leaves no trace on any of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection<E: Entity> {
    rows: BTreeMap<E::Key, E>,
}

impl<E: Entity> Selection<E> {
    /// The row `key`.
    pub fn get(&self, key: &E::Key) -> Option<&E> {
        self.rows.get(key)
    }

    /// The row `key`, to be changed.
    ///
    /// # Errors
    /// [`Rejection::not_found`] when it is none of these rows.
    pub fn get_mut(&mut self, key: &E::Key) -> Result<&mut E, Rejection> {
        self.rows.get_mut(key).ok_or_else(Rejection::not_found)
    }

    /// The rows, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.rows.values()
    }

    /// The rows, in the order of their keys, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut E> {
        self.rows.values_mut()
    }

    /// How many rows there are; a key that was named twice is one row.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn into_rows(self) -> BTreeMap<E::Key, E> {
        self.rows
    }
}

impl<E: Entity> FromIterator<E> for Selection<E> {
    fn from_iter<I: IntoIterator<Item = E>>(rows: I) -> Self {
        Self { rows: rows.into_iter().map(|row| (row.key().clone(), row)).collect() }
    }
}
