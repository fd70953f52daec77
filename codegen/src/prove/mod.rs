//! Proves that every run of a saga ends well, by walking through all of them.

pub mod flow;
pub mod judge;
pub mod reduce;
pub mod story;
pub mod walk;

use std::collections::BTreeMap;

use step::Mode;
use step::flow::State;

use crate::checked::CheckedSpec;
use flow::{Mapped, map};
use judge::{Ending, Flaw, Judge, Reached};
use walk::{Limits, Orders, TooLarge, Walk, walk};

/// All that a walk found out.
#[derive(Debug)]
pub struct Exploration {
    /// The flow.
    pub mapped: Mapped,
    /// Its states.
    pub walk: Walk,
    /// What is wrong, each with the nearest end that shows it.
    pub flaws: BTreeMap<Flaw, u32>,
    /// How many ends keep all effects.
    pub done: usize,
    /// How many ends compensate all effects.
    pub failed: usize,
    /// What happened in some run.
    pub reached: Reached,
    /// For each step, whether it ran in every end that is done, and in none
    /// that failed.
    pub decides: Vec<bool>,
}

/// Walks through a saga.
///
/// # Errors
/// [`TooLarge`] when the limits are reached.
pub fn explore(spec: &CheckedSpec, orders: Orders, limits: Limits) -> Result<Exploration, TooLarge> {
    let mapped = map(spec);
    let flow = &mapped.flow;
    let mut reached = Reached::default();
    let walk = walk(flow, orders, limits, &mut |notes| reached.saw(notes))?;
    let judge = Judge::new(spec, &mapped);
    let mut flaws = BTreeMap::new();
    let (mut done, mut failed) = (0, 0);
    let mut decides = vec![true; flow.steps().len()];
    let mut state = flow.unbegun();
    for &end in &walk.ends {
        state.copy_from(walk.bytes_of(end as usize));
        if !flow.begun(&state) {
            continue;
        }
        for flaw in judge.flaws(&state) {
            flaws.entry(flaw).or_insert(end);
        }
        let ending = judge.ending(&state);
        done += usize::from(ending == Ending::Done);
        failed += usize::from(ending == Ending::Failed);
        rule_out(flow, &state, ending, &mut decides);
    }
    Ok(Exploration { mapped, walk, flaws, done, failed, reached, decides })
}

fn rule_out(flow: &step::flow::Flow, state: &State, ending: Ending, decides: &mut [bool]) {
    for (step, decides) in decides.iter_mut().enumerate() {
        let ran = flow.mode(state, step) == Mode::Done;
        *decides &= match ending {
            Ending::Done => ran,
            Ending::Failed => !ran,
            Ending::Neither => true,
        };
    }
}
