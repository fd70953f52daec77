//! The mutations of the runtime and what must notice them, as values of a flag.

use clap::ValueEnum;
use clap::builder::PossibleValue;

// The runtime's own table, without the runtime, so that this builds in seconds: docs/adr/0019.
#[path = "../../../runtime/src/mutation/table.rs"]
mod table;

pub use table::{
    CRASH_VARIABLE, CrashPoint, MUTATION_VARIABLE, Mutation, SIMULATION_SEEDS, SLOW_VARIABLE, Witness,
};

impl ValueEnum for Mutation {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.consequence()))
    }
}
