//! What a team expects of rows that the model does not have.

use std::collections::BTreeMap;

use super::place::AnyPlace;

/// How often each step took effect, and the rows that the services have.
pub struct Books<'r> {
    pub(crate) places: &'r [Box<dyn AnyPlace>],
    /// By name: how often each step ran, less how often it was compensated.
    pub(crate) effects: BTreeMap<&'r str, i64>,
}

impl Books<'_> {
    /// How often a step ran in all instances, less how often it was compensated.
    pub fn effects(&self, step: &str) -> i64 {
        self.effects.get(step).copied().unwrap_or_default()
    }

    /// The numbers in a column, by key; of a decimal, what stands before its point.
    pub fn numbers(&self, service: &str, table: &str, column: &str) -> BTreeMap<String, i64> {
        let place = self.places.iter().find(|place| place.name() == service).expect("the service");
        place.numbers(table, column)
    }
}
