//! What was tried.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use saga_step::flow::State;

/// What was tried.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub instances: usize,
    pub acts: usize,
    pub messages: usize,
    pub states: HashSet<Box<[u8]>>,
    pub notes: BTreeMap<&'static str, usize>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instances, acts, messages, states, notes } = self;
        let states = states.len() + 1;
        write!(f, "{instances} instances, {acts} acts, {messages} messages, {states} states")?;
        notes.iter().try_for_each(|(name, count)| write!(f, ", {count} {name}"))
    }
}

impl Tally {
    pub(crate) fn saw(&mut self, state: &State) {
        if !self.states.contains(state.as_bytes()) {
            self.states.insert(state.as_bytes().into());
        }
    }
}
